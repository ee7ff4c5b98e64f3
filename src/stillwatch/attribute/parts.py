"""The four parts, and the word that may be said when they are met.

Industrial scale, covert, without authorisation, enabled by fraud. Only the four together, with
every exclusion looked at and none that applies, are called adversarial distillation. Else what is
there is called by its own name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stillwatch.attribute.exclusions import NOT_APPLIES, NOT_LOOKED, Excluded
from stillwatch.model.finding import Claim, Finding

MET, NOT_SHOWN, BLIND = "met", "not shown", "could not look"
PARTS: tuple[tuple[Claim, str], ...] = (
    (Claim.INDUSTRIAL_SCALE, "Industrial scale"),
    (Claim.COVERT, "Covert"),
    (Claim.UNAUTHORISED, "Without authorisation"),
    (Claim.FRAUD_ENABLED, "Enabled by fraud"),
)
ADVERSARIAL = "adversarial distillation"
#: techniques by which the safeguards of a model are worked around.
JAILBREAKING = frozenset({"SWT-L3", "SWT-L4", "SWT-L5", "SWT-L7", "SWT-L12", "SWT-E9"})


def parts_of(
    told: Mapping[str, str], findings: Iterable[Finding], exclusions: Iterable[Excluded] = ()
) -> list[dict[str, str]]:
    """The four parts, each with where it stands and why.

    Args:
        told: the sentences of ``detect``, each beginning with where the part stands.
        findings: one from outside, in bits with its whole interval above 0, meets a part that
            was not shown.
        exclusions: a person who says that nobody agreed to the use meets "without
            authorisation" where records could not look.
    """
    listed = tuple(findings)
    denied = next(
        (x for x in exclusions
         if x.name == "express_authorisation" and x.by and x.status == NOT_APPLIES), None,
    )  # fmt: skip
    out = []
    for claim, title in PARTS:
        status, why = _told(told.get(claim.value, ""))
        shown = [
            f for f in listed
            if f.claim is claim and f.value.unit == "bit" and f.value.low > 0
            and f.family in ("external",)
        ]  # fmt: skip
        if status != MET and shown:
            status, why = MET, "a finding from outside: " + shown[0].observed
        if claim is Claim.UNAUTHORISED and status == BLIND and denied is not None:
            status, why = MET, f"{denied.by} says: {denied.why}"
        out.append({"part": claim.value, "title": title, "status": status, "why": why})
    return out


def term_of(
    parts: Iterable[Mapping[str, str]],
    exclusions: Iterable[Excluded],
    *,
    techniques: Iterable[str],
    best: str,
) -> dict[str, Any]:
    """What may be said of the whole, and why not more.

    Args:
        parts: the four.
        exclusions: as they stand; none applies.
        techniques: SWT ids that the findings point to.
        best: name of the hypothesis that fits best.
    """
    listed = list(parts)
    lacking = [f"{p['title'].lower()} is {p['status']}" for p in listed if p["status"] != MET]
    unlooked = [f"{x.title.lower()}: could not look" for x in exclusions if x.status == NOT_LOOKED]
    doubt = [] if best in ("harvest", "rerouted") else [f"the findings fit {best} better"]
    why_not = lacking + unlooked + doubt
    if not why_not:
        return {"term": ADVERSARIAL, "why_not_more": []}
    names = []
    if JAILBREAKING & set(techniques):
        names.append("jailbreaking")
    if any(p["part"] == Claim.FRAUD_ENABLED.value and p["status"] == MET for p in listed):
        names.append("credential fraud")
    if best == "reseller":
        names.append("resale")
    return {"term": ", ".join(names) or "coordinated use of accounts", "why_not_more": why_not}


def _told(sentence: str) -> tuple[str, str]:
    for status in (MET, NOT_SHOWN, BLIND):
        if sentence.startswith(f"{status}:"):
            return status, sentence[len(status) + 1 :].strip()
    return BLIND, sentence or "nothing was said about it"
