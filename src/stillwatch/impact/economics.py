"""Economics: what the tokens cost whoever took them, beside what training on them costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.impact.assumptions import Assumptions
from stillwatch.impact.counted import Counted
from stillwatch.impact.quantities import box
from stillwatch.model.quantity import Quantity, exactly

MILLION = 1e6
SECONDS_AN_HOUR = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One line of the bill.

    Args:
        name: short.
        says: what it is.
        value: with its interval; None where it could not be said.
        per_mtok: of usable tokens, a million; None where there are none or it makes no sense.
    """

    name: str
    says: str
    value: Quantity | None
    per_mtok: Quantity | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "says": self.says, "value": self.value and self.value.to_json(),
            "per_mtok": self.per_mtok and self.per_mtok.to_json(),
        }  # fmt: skip


def list_cost(counted: Counted, billed: Quantity, know: Assumptions) -> Quantity:
    """What the exchanges cost at list prices.

    Args:
        counted: for the tokens of requests, which count where they were recorded.
        billed: tokens of answers, shown or not, with their interval.
        know: the prices.
    """
    out, into = know["list_output_usd_per_mtok"], know["list_input_usd_per_mtok"]
    asked = float(counted.input_tokens.sum()) / MILLION
    asked_low = float((counted.weight * counted.input_tokens).sum()) / MILLION
    return box(
        billed.low / MILLION * out.low + asked_low * into.low,
        billed.best / MILLION * out.best + asked * into.best,
        billed.high / MILLION * out.high + asked * into.high,
        "usd",
    )


def billed_tokens(counted: Counted, know: Assumptions) -> Quantity:
    """Tokens of answers that were billed, reasoning included."""
    each, given = know["tokens_per_answer"], know["answered_share"]
    known = counted.shown_tokens + counted.reasoning_tokens
    missing = counted.n_without_tokens
    best = float(known.sum())
    if counted.by_account or not best:
        best += float(each.best * given.best * missing.sum())
    return box(
        float((counted.weight * known).sum()), best,
        float(known.sum() + each.high * missing.sum()) / know["found_share"].low, "token",
    )  # fmt: skip


def costs(counted: Counted, usable: Quantity, days: float, know: Assumptions) -> list[Cost]:
    """The bill: at list, through resellers, through stolen keys, and training.

    Args:
        counted: what was sent and got.
        usable: tokens that could be trained on.
        days: that the campaign lasted, above 0.
        know: prices and the rest.
    """
    at_list = list_cost(counted, billed_tokens(counted, know), know)
    resold = know["reseller_share"]
    cheap = box(at_list.low * resold.low, at_list.best * resold.best, at_list.high * resold.high,
                "usd")  # fmt: skip
    victim, scratch = know["victim_usd_per_day"], know["scratch_usd"]
    trained = training_cost(usable, know)
    return [
        Cost(name="list", says="The exchanges at list prices.", value=at_list,
             per_mtok=per_mtok(at_list, usable)),
        Cost(name="reseller", says=f"The same through resellers at {resold.low:.0%} to "
             f"{resold.high:.0%} of list.", value=cheap, per_mtok=per_mtok(cheap, usable)),
        Cost(name="stolen keys", says="With keys of others the operator pays nothing for tokens; "
             f"each victim can be billed up to {victim.high:,.0f} USD a day.",
             value=exactly(0.0, "usd"), per_mtok=None),
        Cost(name="billed to victims", says=f"The most that one victim could be billed in "
             f"{days:,.0f} day{'' if round(days) == 1 else 's'}.",
             value=box(0.0, 0.0, victim.high * days, "usd")),
        Cost(name="training", says="One student on the usable tokens: 6 N D, passes, rent.",
             value=trained),
        Cost(name="from nothing", says="A model of that class without copying, its official run "
             "alone.", value=scratch.quantity),
    ]  # fmt: skip


def training_cost(usable: Quantity, know: Assumptions) -> Quantity:
    """Rent of accelerators for one student: 6 x parameters x tokens x passes."""
    n, passes = know["student_parameters"], know["epochs"]
    speed, rent = know["flop_s"], know["accelerator_usd_per_hour"]

    def usd(tokens: float, size: float, times: float, flop_s: float, hour: float) -> float:
        return 6.0 * size * tokens * times / flop_s / SECONDS_AN_HOUR * hour

    return box(
        usd(usable.low, n.low, passes.low, speed.high, rent.low),
        usd(usable.best, n.best, passes.best, speed.best, rent.best),
        usd(usable.high, n.high, passes.high, speed.low, rent.high),
        "usd",
    )


def per_mtok(cost: Quantity, usable: Quantity) -> Quantity | None:
    """Price of a million usable tokens; nothing where there may be none.

    Dearest where most was paid for fewest. Cost and tokens rise together in truth, so the ends are
    further apart than they need be.
    """
    if usable.low <= 0 or usable.best <= 0:
        return None
    return box(cost.low / usable.high * MILLION, cost.best / usable.best * MILLION,
               cost.high / usable.low * MILLION, "usd")  # fmt: skip
