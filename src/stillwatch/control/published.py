"""Error rates: how often decisions were contested, and how often a person took them back.

The table is made to be published: counts and shares by rung, with their intervals, and how
long people waited. Nobody is named in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from stillwatch.control.appeals import DUE_US, Appeal, Outcome, Ruling
from stillwatch.control.ladder import LADDER
from stillwatch.model.decision import HOUR_US, Decision
from stillwatch.stats.intervals import clopper_pearson


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """One rung's row; shares are ``None`` where there is nothing to divide by."""

    rung: str
    n_decisions: int
    n_appeals: int
    n_ruled: int
    n_granted: int
    granted_share: float | None
    granted_low_95: float
    granted_high_95: float
    hours_median: float | None
    n_late: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def error_rates(
    decisions: Mapping[str, Decision],
    appeals: Iterable[Appeal],
    rulings: Iterable[Ruling],
    now_us: int,
    rungs_of_rules: Mapping[str, str] | None = None,
) -> list[ErrorRate]:
    """The table, a row for every rung that was used or contested.

    Args:
        decisions: all decisions, by id.
        appeals: all appeals.
        rulings: all rulings.
        now_us: the moment.
        rungs_of_rules: rung of each rule or limit, for cases about one without a decision.
    """
    ruled = {one.appeal: one for one in rulings}
    known = rungs_of_rules or {}
    rows: dict[str, list[Appeal]] = {}
    for appeal in appeals:
        about = decisions.get(appeal.about)
        name = about.control if about else known.get(appeal.about.removeprefix("rule:"), "slow")
        rows.setdefault(name, []).append(appeal)
    made: dict[str, int] = {}
    for decision in decisions.values():
        made[decision.control] = made.get(decision.control, 0) + 1
    return [
        _row(rung.name, made.get(rung.name, 0), rows.get(rung.name, []), ruled, now_us)
        for rung in LADDER
        if rung.name in made or rung.name in rows
    ]


def _row(
    name: str, n_decisions: int, appeals: list[Appeal], ruled: Mapping[str, Ruling], now_us: int
) -> ErrorRate:
    done = [(a, ruled[a.id]) for a in appeals if a.id in ruled]
    n_granted = sum(r.outcome is Outcome.GRANTED for _, r in done)
    low, high = clopper_pearson(n_granted, len(done))
    waits = [r.made_us - a.opened_us for a, r in done]
    open_for = [now_us - a.opened_us for a in appeals if a.id not in ruled]
    return ErrorRate(
        rung=name,
        n_decisions=n_decisions,
        n_appeals=len(appeals),
        n_ruled=len(done),
        n_granted=n_granted,
        granted_share=n_granted / len(done) if done else None,
        granted_low_95=low,
        granted_high_95=high,
        hours_median=median(waits) / HOUR_US if waits else None,
        n_late=sum(wait > DUE_US for wait in (*waits, *open_for)),
    )
