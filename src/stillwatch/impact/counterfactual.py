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
        price_factor: how many times the answers, and so the price, half of the gap takes; None
            where half of it is never reached or it makes no sense.
        served_share: what honest users keep of the teacher's accuracy; None where not measured.
        measured: how its effect is known.
    """

    name: str
    uplift: Quantity
    spared: float
    price_factor: float | None
    served_share: float | None
    measured: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "name": self.name, "uplift": self.uplift.to_json(), "spared": self.spared,
            "price_factor": self.price_factor, "served_share": self.served_share,
            "measured": self.measured,
        }  # fmt: skip


def worlds(tokens: Quantity, learning: Learning, know: Assumptions) -> list[World]:
    """Worlds with and without the campaign and each defence that the lab measured.

    A defence keeps the number of answers and changes what each is worth, as it did in the lab.
    A cap on the cluster keeps what each is worth and cuts their number.
    """
    as_it_was = share_of_gap(tokens, learning, know)
    out = [
        World(name="without the campaign", uplift=exactly(0.0, "share"), spared=as_it_was.best,
              price_factor=None, served_share=1.0,
              measured="by definition: the gap before is the measure"),
        World(name="with the campaign, no defence", uplift=as_it_was, spared=0.0, price_factor=1.0,
              served_share=1.0, measured="lab's curve without a defence"),
    ]  # fmt: skip
    plain = learning.know.dose_for(0.5)
    for name in learning.defences:
        if name == NO_DEFENCE:
            continue
        value = share_of_gap(tokens, learning, know, name)
        half = learning.know.dose_for(0.5, learning.defences.index(name))
        out.append(World(
            name=name, uplift=value, spared=as_it_was.best - value.best,
            price_factor=half / plain if half and plain else None,
            served_share=learning.served[name], measured="lab's students under this defence",
        ))  # fmt: skip
    for cap in CAPS:
        less = box(tokens.low * cap, tokens.best * cap, tokens.high * cap, tokens.unit)
        value = share_of_gap(less, learning, know)
        out.append(World(
            name=f"cluster capped at {cap:.0%}", uplift=value, spared=as_it_was.best - value.best,
            price_factor=1.0, served_share=None,
            measured="lab's curve at fewer tokens; what a cap costs honest users is in the ledger",
        ))  # fmt: skip
    return out


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
