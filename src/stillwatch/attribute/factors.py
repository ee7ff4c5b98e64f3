"""Factors: the boxes of H.R. 8283's definition, each filled or expressly void with why.

Paraphrased from the bill as introduced (3(11)(A)(i)-(iii), 3(11)(B)(i)-(iv)); introduced, not
law. Check the wording against the bill before relying on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.attribute.exclusions import NOT_APPLIES, Excluded
from stillwatch.model.finding import Claim, Finding

FILLED, VOID = "filled", "void"
#: weight from which on a signal fills a box.
FILLS_BITS = 2.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One box: where it stands in the bill, what it asks, and the signals that speak to it."""

    clause: str
    asks: str
    signals: tuple[str, ...]


FACTORS: tuple[Factor, ...] = (
    Factor("3(11)(A)(i)", "circumvention of safeguards or access controls", (
        "bypass_search", "reasoning_replay", "failover", "metadata_stripping", "replacement",
        "reasoning_elicitation")),
    Factor("3(11)(A)(ii)", "fraudulent credentials, accounts or identities", (
        "shared_payment", "shared_device", "shared_contact", "shared_credential",
        "creation_cohort", "programme_cluster")),
    Factor("3(11)(A)(iii)", "breach of the terms of service", ()),
    Factor("3(11)(B)(i)", "volume, structure, pattern, coordination and timing of the queries", (
        "load_balance", "round_the_clock", "sharding", "shared_template", "interchangeability",
        "no_ramp", "plan_to_usage")),
    Factor("3(11)(B)(ii)", "concentration on particular capabilities", (
        "task_concentration", "judge_use", "safe_rewriting", "trace_refining", "sharding",
        "reasoning_elicitation")),
    Factor("3(11)(B)(iii)", "several accounts that act together", (
        "load_balance", "shared_payment", "shared_device", "shared_credential", "shared_address",
        "creation_cohort", "replacement")),
    Factor("3(11)(B)(iv)", "correlation with the development timeline of another model", (
        "timeline",)),
)  # fmt: skip
_TERMS = "3(11)(A)(iii)"


def factors_of(
    findings: Iterable[Finding],
    exclusions: Iterable[Excluded],
    not_looked: Mapping[str, str],
    *,
    authorised: str,
) -> list[dict[str, Any]]:
    """Every box, filled or void, with the findings or the reason.

    Args:
        findings: all of the case.
        exclusions: as they stand.
        not_looked: signal to why it could not look.
        authorised: where the part "without authorisation" stands.
    """
    listed = tuple(findings)
    status = {x.name: x for x in exclusions}
    out = []
    for factor in FACTORS:
        if factor.clause == _TERMS:
            out.append(_row(factor, *_terms(status["authorised_training"], authorised)))
            continue
        mine = [
            f for f in listed
            if name_of(f.method) in factor.signals and f.value.unit == "bit"
            and f.value.best >= FILLS_BITS
            and f.claim in (Claim.ONE_OPERATOR, Claim.COLLECTION)
        ]  # fmt: skip
        if mine:
            seen = "; ".join(f"{name_of(f.method).replace('_', ' ')}: {f.observed}" for f in mine)
            out.append(_row(factor, FILLED, seen, tuple(f.id for f in mine)))
        else:
            out.append(_row(factor, VOID, _why_void(factor, not_looked)))
    return out


def name_of(method: str) -> str:
    """Name of the signal in a method: its second word, ``SWS-1 load_balance 0.1.0``."""
    words = method.split()
    return words[1] if len(words) > 1 else method


def _row(factor: Factor, status: str, why: str, findings: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"clause": factor.clause, "asks": factor.asks, "status": status, "why": why,
            "findings": list(findings)}  # fmt: skip


def _terms(training: Excluded, authorised: str) -> tuple[str, str]:
    if authorised == "met" and training.status == NOT_APPLIES:
        return FILLED, f"no use was agreed, and {training.by} says of the terms: {training.why}"
    if authorised != "met":
        return VOID, f"whether a use was agreed: {authorised}"
    return VOID, "nobody has said which term was broken"


def _why_void(factor: Factor, not_looked: Mapping[str, str]) -> str:
    blind = [s for s in factor.signals if s in not_looked]
    seen = [s.replace("_", " ") for s in factor.signals if s not in not_looked]
    parts = []
    if seen:
        parts.append(f"looked at by {', '.join(seen)}: nothing that weighs {FILLS_BITS:g} bits")
    parts += [f"{s.replace('_', ' ')} could not look: {not_looked[s]}" for s in blind]
    return "; ".join(parts)
