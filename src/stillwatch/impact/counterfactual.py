"""Counterfactual: with and without the campaign, with and without each defence; what decides it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.impact.assumptions import Assumptions, Origin
from stillwatch.impact.quantities import box
from stillwatch.impact.students import NO_DEFENCE
from stillwatch.impact.uplift import Learning, share_of_gap
from stillwatch.model.quantity import Quantity, exactly

#: caps on what a whole cluster gets, as a share of what it got.
CAPS: Final = (0.5, 0.1, 0.01)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One world that could have been.

    Args:
        name: what was in force.
        uplift: share of the gap in the copied domain; the interval itself, however wide.
        spared: best value as it was, less the best value here; below 0 where it got worse.
        price_factor: how many times the answers, and so the price, half of the gap takes, beside
            what was in force; None where half of it is never reached or it makes no sense.
        usd_per_mtok: at list, what tokens cost that are worth a million usable ones as it was.
        served_share: what honest users keep of the teacher's accuracy; None where not measured.
        measured: how its effect is known.
    """

    name: str
    uplift: Quantity
    spared: float
    price_factor: float | None
    usd_per_mtok: Quantity | None
    served_share: float | None
    measured: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "uplift": self.uplift.to_json(), "spared": self.spared,
            "price_factor": self.price_factor,
            "usd_per_mtok": self.usd_per_mtok and self.usd_per_mtok.to_json(),
            "served_share": self.served_share, "measured": self.measured,
        }  # fmt: skip


def worlds(
    tokens: Quantity, learning: Learning, know: Assumptions, *, in_force: str = NO_DEFENCE,
    usd_per_mtok: Quantity | None = None,
) -> list[World]:  # fmt: skip
    """Worlds with and without the campaign and each defence that the lab measured.

    A defence keeps the number of answers and changes what each is worth, as it did in the lab.
    A cap on the cluster keeps what each is worth and cuts their number.

    Args:
        tokens: usable ones, as they were taken.
        learning: of the lab.
        know: the assumptions.
        in_force: the defence that was; what the others are compared with.
        usd_per_mtok: what a million usable tokens cost as it was, None where there are none.
    """
    as_it_was = share_of_gap(tokens, learning, know, in_force)
    was = learning.know.dose_for(0.5, learning.defences.index(in_force))
    out = [
        World(name="without the campaign", uplift=exactly(0.0, "share"), spared=as_it_was.best,
              price_factor=None, usd_per_mtok=None, served_share=1.0,
              measured="by definition: the gap before is the measure"),
    ]  # fmt: skip
    for position, name in enumerate(learning.defences):
        value = share_of_gap(tokens, learning, know, name)
        half = learning.know.dose_for(0.5, position)
        factor = half / was if half and was else None
        mark = " (as it was)" if name == in_force else ""
        label = "campaign, no defence" if name == NO_DEFENCE else name
        out.append(World(
            name=label + mark, uplift=value, spared=as_it_was.best - value.best,
            price_factor=factor, usd_per_mtok=_times(usd_per_mtok, factor),
            served_share=learning.served[name],
            measured="lab's students without a defence" if name == NO_DEFENCE
            else "lab's students under this defence",
        ))  # fmt: skip
    for cap in CAPS:
        less = box(tokens.low * cap, tokens.best * cap, tokens.high * cap, tokens.unit)
        value = share_of_gap(less, learning, know, in_force)
        out.append(World(
            name=f"cluster capped at {cap:.0%}", uplift=value, spared=as_it_was.best - value.best,
            price_factor=1.0, usd_per_mtok=usd_per_mtok, served_share=None,
            measured="lab's curve at fewer tokens",
        ))  # fmt: skip
    return out


def _times(price: Quantity | None, factor: float | None) -> Quantity | None:
    """A price so many times as high."""
    if price is None or factor is None:
        return None
    return Quantity(best=price.best * factor, low=price.low * factor, high=price.high * factor,
                    unit=price.unit)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """How far one assumption moves a result, the others at their best values.

    Args:
        key: of the assumption.
        says: what it is.
        at_low, at_high: the result at the ends of its range.
        best: the result as it stands.
        origin: of the assumption.
    """

    key: str
    says: str
    at_low: float
    at_high: float
    best: float
    origin: Origin

    @property
    def width(self) -> float:
        """How far."""
        return abs(self.at_high - self.at_low)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "key": self.key, "says": self.says, "at_low": self.at_low, "at_high": self.at_high,
            "best": self.best, "origin": self.origin.value,
        }  # fmt: skip


def tornado(
    keys: Iterable[str], know: Assumptions, result: Callable[[Assumptions], float]
) -> list[Swing]:
    """Each assumption by itself at both ends of its range, the widest swing first.

    Args:
        keys: of the assumptions; guesses are passed over, for they enter nothing.
        know: all of them.
        result: from assumptions to the best value that is looked at.
    """
    best = result(know)
    out = []
    for key in dict.fromkeys(keys):
        one = know[key]
        if one.origin is Origin.GUESS:
            continue
        out.append(Swing(key=key, says=one.says, best=best, origin=one.origin,
                         at_low=result(know.at(key, one.low)),
                         at_high=result(know.at(key, one.high))))  # fmt: skip
    return sorted(out, key=lambda s: (-s.width, s.key))
