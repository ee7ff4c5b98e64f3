"""Collateral: what stopping it cost others, line by line, and what nobody wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity, exactly
from stillwatch.stats.intervals import clopper_pearson

NOT_RECORDED: Final = "not recorded"
#: uses that a person may have registered beforehand and that no decision should have hit.
RESEARCH_USES: Final = frozenset({"research", "evaluation", "researcher", "evaluator"})
HOUR_US: Final = 3_600_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """What the log of decisions says of one campaign, as plain numbers.

    Args:
        n_decisions: about the campaign or its accounts, undoings left out.
        n_enforced: of these, those that were more than noted.
        n_undone: of these, taken back.
        n_appeals: opened.
        n_granted, n_upheld: ruled.
        waits_us: per ruling, from the appeal to it.
        n_research_hit: registered researchers or evaluators whom an enforced decision touched;
            None where no use is registered at all.
        n_accounts_hit: accounts that an enforced decision touched, as far as they are named.
    """

    n_decisions: int
    n_enforced: int
    n_undone: int
    n_appeals: int
    n_granted: int
    n_upheld: int
    waits_us: Sequence[int]
    n_research_hit: int | None
    n_accounts_hit: int

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        counts = (self.n_decisions, self.n_enforced, self.n_undone, self.n_appeals, self.n_granted,
                  self.n_upheld, self.n_accounts_hit, self.n_research_hit or 0)  # fmt: skip
        if min(counts) < 0 or self.n_granted + self.n_upheld > self.n_appeals:
            raise BadInput("more was ruled than asked, or a count is negative.", where="ledger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger.

    Args:
        name: short.
        value: with its interval; None where it is not recorded.
        says: what stands behind it, or why it is not recorded.
    """

    name: str
    value: Quantity | None
    says: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "value": self.value and self.value.to_json(), "says": self.says}


def ledger(
    contested: Contested | None, *, revenue_usd_per_account: Quantity | None = None
) -> list[Line]:
    """The ledger, each line with its interval or ``not recorded``.

    Args:
        contested: what the log says; None where no log was given.
        revenue_usd_per_account: what an honest account pays in the time that a decision holds.
    """
    if contested is None:
        why = f"{NOT_RECORDED}: no log of decisions was given"
        names = ("decisions", "appeals", "false positives", "hours to a ruling",
                 "research blocked", "lost legitimate revenue")  # fmt: skip
        return [Line(name=name, value=None, says=why) for name in names]
    n_ruled = contested.n_granted + contested.n_upheld
    low, high = clopper_pearson(contested.n_granted, n_ruled)
    wrong = None
    if n_ruled:
        wrong = Quantity(best=contested.n_granted / n_ruled, low=low, high=high, unit="share")
    lines = [
        Line(name="decisions", value=exactly(float(contested.n_decisions), "decision"),
             says=f"{contested.n_enforced} enforced, the others noted only; "
             f"{contested.n_undone} taken back"),
        Line(name="appeals", value=exactly(float(contested.n_appeals), "appeal"),
             says=f"{contested.n_granted} granted, {contested.n_upheld} upheld, "
             f"{contested.n_appeals - n_ruled} open"),
        Line(name="false positives", value=wrong,
             says="of appeals that a person ruled on, those granted; who never appealed is not in "
             "it" if n_ruled else f"{NOT_RECORDED}: nobody has ruled on an appeal"),
        Line(name="hours to a ruling",
             value=exactly(median(contested.waits_us) / HOUR_US, "hour") if contested.waits_us
             else None,
             says="median" if contested.waits_us else f"{NOT_RECORDED}: no ruling"),
        Line(name="research blocked",
             value=None if contested.n_research_hit is None
             else exactly(float(contested.n_research_hit), "account"),
             says="registered researchers and evaluators whom an enforced decision touched"
             if contested.n_research_hit is not None
             else f"{NOT_RECORDED}: no use is registered"),
    ]  # fmt: skip
    lines.append(_revenue(contested, wrong, revenue_usd_per_account))
    return lines


def _revenue(contested: Contested, wrong: Quantity | None, each: Quantity | None) -> Line:
    name = "lost legitimate revenue"
    if each is None:
        return Line(name=name, value=None,
                    says=f"{NOT_RECORDED}: say what an honest account pays with "
                    "revenue_usd_per_account")  # fmt: skip
    if wrong is None and contested.n_accounts_hit:
        return Line(name=name, value=None,
                    says=f"{NOT_RECORDED}: how many of {contested.n_accounts_hit} accounts were "
                    "hit by mistake is not known without a ruling")  # fmt: skip
    share = wrong or exactly(0.0, "share")
    n = contested.n_accounts_hit
    # Who appealed is no sample of who was hit: without a ruling an account may have been either.
    least, most = min(contested.n_granted, n), max(n - contested.n_upheld, 0)
    best = min(max(n * share.best, least), max(most, least))
    return Line(
        name=name, says=f"{n:,} accounts hit, the share of appeals granted, and what one pays; "
        "accounts without a ruling are taken to be all guilty at the low end, none at the high",
        value=Quantity(best=best * each.best, low=least * each.low,
                       high=max(most, least) * each.high, unit="usd"),
    )  # fmt: skip
