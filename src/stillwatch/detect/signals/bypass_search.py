"""A search for a way round the safeguards: many one-off devices, many refusals.

**Why it tells.** Before a harvest scales up somebody looks for wordings that pass: each
technique is tried about once, most are refused, the survivors are used in bulk. People
who meet a refusal reword once or twice and give up.

**Formula.** With ``s`` the share of the group's exchanges that carry a filter-evading
device, ``p`` is the share of the population's accounts at least as high (one added to
both counts), as ``log2(0.25 / p)`` bits if positive; the same for the share that was
refused, if ``s`` is unusual at all. The sum is scaled by the share of distinct prompts
among the exchanges with a device or a refusal, and capped at 6 bits.

**Reads.** prompt, or prompt_facts and prompt_digest; finish_reason sharpens it.

**Returns.** Bits in [0, 6]. Never negative: the search may be over, or done elsewhere.

**Benign twin.** An authorised red team or a bug bounty: disclosed beforehand, and no
node then; one that is not differs from a campaign only by its size.

**Evasion.** Search on accounts that are not used for the harvest: they still share
manner and means with the pool.

**Source.** Anthropic, Sep 2026, p. 145 (12,000 probes, each a technique of its own).

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(2 * rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.1, 0.001)]
[2.5, 6.0]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.detect.classes import PromptClass
from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import counted, unusual_share
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.stats.chance_formulas import TWO_UNUSUAL_SHARES

#: red teams that did not say so, and players: one innocent group in 64.
INNOCENT_SHARE = 2.0**-6
#: share of exchanges with a device up to which there is nothing to weigh.
FLOOR = 0.01
#: for either of the two shares, before they are added.
_EITHER = 2.0**-5
FEWEST = 5


def weigh(group: Group) -> Reading:
    """Weigh devices, refusals and one-off variants; see the module."""
    if group.of("bypass").sum() < FEWEST:
        return NOTHING
    tried = unusual_share(group, "bypass", "carry a filter-evading device", FLOOR, _EITHER)
    if tried.bits <= 0:
        return tried
    refused = unusual_share(group, "refused", "were refused", FLOOR, _EITHER)
    w = group.state.window
    rows = group.rows
    reasons = w.traffic.names["finish_reason"]
    codes = [i for i, name in enumerate(reasons) if name in ("refusal", "content_filter")]
    probes = (w.traffic.flags[rows] & PromptClass.BYPASS > 0) | np.isin(
        w.traffic.codes["finish_reason"][rows], codes
    )
    digests = w.traffic.digest[rows][probes]
    inputs = _counted(group) | {"n_distinct": np.unique(digests).size, "n_probes": digests.size}
    said = TWO_UNUSUAL_SHARES.run(**inputs)
    return Reading(
        said["bits"],
        f"{tried.observed}; {refused.observed}; {said['once']:.0%} of these prompts are distinct",
        said["percentile"],
        terms=terms_of(group, TWO_UNUSUAL_SHARES, inputs),
    )


def _counted(group: Group) -> dict[str, Any]:
    """What both shares follow from; the second may be too small to be held against anybody."""
    sent = group.of("exchanges")
    tried, refused = (
        counted(group, name, FLOOR, sent, float(sent.sum())) for name in ("bypass", "refused")
    )
    each = {f"tried_{name}": tried[name] for name in ("n_with", "n_at_least")}
    each |= {f"refused_{name}": refused[name] for name in ("n_with", "n_at_least")}
    both = {name: tried[name] for name in ("n_sent", "floor", "n_others")}
    return {**each, **both, "each_innocent_share": _EITHER, "innocent_share": INNOCENT_SHARE}


SIGNAL = Signal(
    id="SWS-17",
    name="bypass_search",
    family="content",
    question="harvest",
    reads=(),
    twin="authorised red team, bug bounty",
    weigh=weigh,
    needs_any=("prompt", "prompt_facts"),
    techniques=("SWT-L7", "SWT-L4"),
    at_most=6.0,
)
