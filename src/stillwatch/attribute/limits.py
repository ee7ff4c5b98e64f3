"""Limits: what must travel with every case, made from the case itself.

A sentence here stands in every form of the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stillwatch.model.finding import Finding

#: stands in every report.
ALWAYS: tuple[tuple[str, str], ...] = (
    ("floors", "Numbers of accounts, exchanges and tokens are floors: they count what was seen in"
     " the window, not all that was done."),
    ("attempts", "Exchanges are attempts. How many were answered, and how much of the answers could"
     " be used to train, is another question; nothing here says what was taken."),
    ("families", "Families of evidence are added as if they were independent. That is assumed; the"
     " ratios between hypotheses are tempered for it, the sums are not."),
    ("replay", "Times of detection in a search of past logs are those of a replay: what a look at"
     " that moment would have known, not what was known then."),
    ("made", "Likelihoods and error rates were counted on made worlds. A provider's own traffic"
     " differs from them in ways that nobody has counted."),
    ("behaviour", "Behaviour alone was weighed. Where somebody comes from entered nowhere."),
    ("false_flag", "Traffic cannot tell a harvest from one that was staged to look like it."),
)  # fmt: skip


def limits_of(
    record: Mapping[str, Any], findings: Iterable[Finding], not_looked: Mapping[str, str]
) -> list[dict[str, str]]:
    """The limits of one case, most telling first.

    Args:
        record: the campaign.
        findings: all of the case.
        not_looked: signal to why it could not look.
    """
    listed = tuple(findings)
    out = []
    outside = {f.family for f in listed if f.family == "external" or f.family[:8] == "partner:"}
    if not outside:
        out.append({"name": "single_source", "says": "Single source: everything rests on the"
                    " records of one provider. Nobody outside has corroborated it."})  # fmt: skip
    out += [{"name": name, "says": says} for name, says in ALWAYS]
    if record.get("weighed") != "all members":
        out.append({"name": "core", "says": "The weights are those of the core of the accounts at"
                    " the moment of most evidence; all members together weigh less."})  # fmt: skip
    if record.get("output_tokens") is None:
        out.append({"name": "tokens", "says": "Tokens were not recorded."})
    out += [
        {"name": f"not_looked.{signal}", "says": f"Could not look, {signal.replace('_', ' ')}:"
         f" {why}."} for signal, why in sorted(not_looked.items())
    ]  # fmt: skip
    travelled = {c: None for f in listed for c in f.caveats}
    out += [{"name": f"caveat.{n}", "says": c} for n, c in enumerate(travelled, 1)]
    return out
