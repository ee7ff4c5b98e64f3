"""Lag: months between a model's release and the day on which the frontier passed its ability.

The frontier is the line through those reference models that were abler than all before them, by day
of release. Intervals come from a bootstrap over benchmarks (random weights, so that a benchmark
that links others is never lost whole) and over reference models (drawn with replacement). Where the
model lies below the first point of the frontier the lag is at least what is shown: the table does
not reach back. Ahead of the frontier it is 0. A lag is a weighted difference of days; what the days
may be off widens it by the same weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from stillwatch.impact.ability import Suite, Table, suites_of
from stillwatch.impact.release import Release, doubt_of
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.model.quantity import Quantity
from stillwatch.stats.item_response import POINTS

F64 = npt.NDArray[np.float64]

DAYS_A_MONTH: Final = 30.4375
N_DRAWS: Final = 120
MOST_SUITES: Final = 60
_EDGES: Final = (0.025, 0.975)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteLag:
    """What one suite says.

    Attributes:
        suite: its name.
        told_by: who ran it.
        n_benchmarks: that the model met there.
        ability_points: 200 points are three times the odds; 0 is the middle of the table.
        lag: in months, with its 95% interval; None where it could not be said.
        at_least_share: of the draws, those in which the table did not reach back far enough.
        why_not: where there is no lag.
        rests_on: models from whose days the best value was reckoned.
        doubt: what is not sure of these days and by how much the interval is wider for it.
    """

    suite: str
    told_by: str
    n_benchmarks: int
    ability_points: Quantity | None
    lag: Quantity | None
    at_least_share: float = 0.0
    why_not: str = ""
    rests_on: tuple[str, ...] = ()
    doubt: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "suite": self.suite, "told_by": self.told_by, "n_benchmarks": self.n_benchmarks,
            "ability_points": self.ability_points and self.ability_points.to_json(),
            "lag": self.lag and self.lag.to_json(), "at_least_share": self.at_least_share,
            "why_not": self.why_not, "rests_on": list(self.rests_on), "doubt": self.doubt,
        }  # fmt: skip


class _Found(NamedTuple):
    """One reading: points, months, whether they are a floor, what days may add, and whose."""

    points: float
    months: float
    floor: bool
    margin: float
    rests_on: tuple[str, ...]


def months(first: date, second: date) -> float:
    """From one day to another."""
    return (second - first).days / DAYS_A_MONTH


def frontier(points: Sequence[tuple[date, float]]) -> list[tuple[date, float]]:
    """Those that were abler than all before them, by day; of one day the ablest."""
    out: list[tuple[date, float]] = []
    for day, ability in sorted(points, key=lambda p: (p[0], -p[1])):
        if not out or ability > out[-1][1]:
            out.append((day, ability))
    return out


def resting(line: Sequence[tuple[date, float]], ability: float) -> list[tuple[date, float]]:
    """The days of a line from which an ability's lag is reckoned, with weights that add up to 1.

    Nothing where the ability lies ahead of the line.

    Raises:
        NotEnoughEvidence: there is no line.
    """
    if not line:
        raise NotEnoughEvidence("no reference model", needed=1, had=0)
    if ability < line[0][1]:
        return [(line[0][0], 1.0)]
    for (d0, a0), (d1, a1) in pairwise(line):
        if a0 <= ability < a1:
            share = (ability - a0) / (a1 - a0)
            return [(d0, 1.0 - share), (d1, share)]
    return [(line[-1][0], 1.0)] if ability == line[-1][1] else []


def passed(line: Sequence[tuple[date, float]], ability: float, day: date) -> tuple[float, bool]:
    """Months before ``day`` at which the line reached an ability, and whether that is a floor.

    Args:
        line: of :func:`frontier`.
        ability: on the same scale.
        day: release of the model.

    Raises:
        NotEnoughEvidence: there is no line.
    """
    back = sum(weight * months(when, day) for when, weight in resting(line, ability))
    return max(back, 0.0), ability < line[0][1]


def _found(
    points: Sequence[tuple[str, float]], mine: float, model: str, released: Mapping[str, date],
    margins: Mapping[str, float], scale: float,
) -> _Found:  # fmt: skip
    """The lag of a model of some ability behind models of other abilities."""
    line = frontier([(released[name], ability) for name, ability in points])
    back, floor = passed(line, mine, released[model])
    at, margin, rests_on = dict(line), 0.0, [model]
    used = [(day, weight) for day, weight in resting(line, mine) if weight > 0]
    for day, weight in used:
        here = sorted({n for n, a in points if released[n] == day and a == at[day]})
        margin += weight * max(margins.get(name, 0.0) for name in here)
        rests_on += here
    if used:
        margin += margins.get(model, 0.0)
    return _Found(mine * scale, back, floor, margin, tuple(rests_on) if used else ())


def lags(
    table: Table, model: str, rng: np.random.Generator, *, references: Sequence[str] = (),
    n_draws: int = N_DRAWS,
) -> list[SuiteLag]:  # fmt: skip
    """Per suite the ability of a model and how far it lags.

    Args:
        table: published results.
        model: the one that is asked about.
        rng: for the bootstrap.
        references: models of the frontier; all but ``model`` where none is named.
        n_draws: of the bootstrap, at least 20.

    Raises:
        BadInput: a model is not in the table or in too many suites, or the draws are too few.
        NotEnoughEvidence: there are fewer than two others.
    """
    if n_draws < 20:
        raise BadInput(f"{n_draws} draws make no interval.", where="draws")
    target = table.position(model)
    others = [table.position(m) for m in references] or [
        n for n, name in enumerate(table.models) if name != model
    ]
    if target in others:
        raise BadInput("a model cannot be its own reference.", where=model)
    asked = suites_of(table.rows, model)
    if len(asked) > MOST_SUITES:
        raise BadInput(f"is met in more than {MOST_SUITES} suites and their parts.", where=model)
    scale = table.fitted(target)
    best = [_one(table, target, suite, others, scale.ability, scale, None) for suite in asked]
    drawn: list[list[_Found | str]] = [[] for _ in asked]
    for _ in range(n_draws):
        weight = rng.exponential(size=len(table.groups))
        again = table.fitted(target, weight, start=scale)
        some = [others[i] for i in rng.integers(0, len(others), len(others))]
        for n, suite in enumerate(asked):
            if not isinstance(best[n], str):
                drawn[n].append(_one(table, target, suite, some, again.ability, again, weight))
    return [_told(table, target, *three) for three in zip(asked, best, drawn, strict=True)]


def _one(
    table: Table, target: int, suite: Suite, others: Sequence[int], abilities: F64, scale: Any,
    weight: F64 | None,
) -> _Found | str:  # fmt: skip
    """What a suite says, or why it says nothing."""
    try:
        mine = table.ability(target, suite, scale, weight)
    except NotEnoughEvidence as error:
        return str(error)
    seen = set(map(int, table.without(target).model))
    points = [(table.models[n], float(abilities[n])) for n in others if n in seen]
    return _found(points, mine, table.models[target], table.released, table.margins, POINTS)


def _told(
    table: Table, target: int, suite: Suite, best: _Found | str, drawn: Sequence[_Found | str]
) -> SuiteLag:
    mine = [row for row in table.rows
            if suite.takes(row) and row.model == table.models[target]]  # fmt: skip
    told_by = " and ".join(sorted({row.told_by for row in mine}))
    n_benchmarks = len({row.benchmark for row in mine})
    if isinstance(best, str):
        return SuiteLag(
            suite=suite.name, told_by=told_by, n_benchmarks=n_benchmarks, ability_points=None,
            lag=None, why_not=f"could not say: {best}",
        )  # fmt: skip
    listed = [d for d in drawn if not isinstance(d, str)]
    points = np.array([d.points for d in listed])
    return SuiteLag(
        suite=suite.name, told_by=told_by, n_benchmarks=n_benchmarks,
        ability_points=_around(best.points, points, points, "point"), lag=_months(best, listed),
        at_least_share=float(np.mean([d.floor for d in listed])), rests_on=best.rests_on,
        doubt=doubt_of(best.rests_on, table.releases, best.margin),
    )  # fmt: skip


def _months(best: _Found, drawn: Sequence[_Found]) -> Quantity:
    """The interval of a lag, each draw as far each way as its days may be off."""
    low = np.array([max(d.months - d.margin, 0.0) for d in drawn])
    high = np.array([d.months + d.margin for d in drawn])
    return _around(best.months, low, high, "month")


def _around(best: float, lows: F64, highs: F64, unit: str) -> Quantity:
    low, high = float(np.quantile(lows, _EDGES[0])), float(np.quantile(highs, _EDGES[1]))
    return Quantity(best=best, low=min(low, best), high=max(high, best), unit=unit)


def lag_of_published(
    abilities: Mapping[str, Quantity], releases: Mapping[str, Release], model: str,
    rng: np.random.Generator, n_draws: int = 2_000,
) -> SuiteLag:  # fmt: skip
    """The lag on a scale that somebody published, by its own intervals.

    Args:
        abilities: per model, with a 95% interval.
        releases: per model.
        model: the one that is asked about.
        rng: for draws from the intervals.
        n_draws: how many.

    Raises:
        BadInput: the model has no ability or no day.
    """
    if model not in abilities or any(name not in releases for name in abilities):
        raise BadInput("a model lacks its ability or its day.", where=model)
    days = {name: one.released for name, one in releases.items()}
    margins = {name: one.margin_months for name, one in releases.items()}

    def read(at: Mapping[str, float]) -> _Found:
        others = [(name, at[name]) for name in abilities if name != model]
        return _found(others, at[model], model, days, margins, 1.0)

    best = read({name: q.best for name, q in abilities.items()})
    drawn = [
        read({n: rng.normal(q.best, (q.high - q.low) / 3.92) for n, q in abilities.items()})
        for _ in range(n_draws)
    ]
    return SuiteLag(
        suite="published scale", told_by="independent", n_benchmarks=0,
        ability_points=abilities[model], lag=_months(best, drawn),
        at_least_share=float(np.mean([d.floor for d in drawn])), rests_on=best.rests_on,
        doubt=doubt_of(best.rests_on, releases, best.margin),
    )  # fmt: skip


def inflation(found: Sequence[SuiteLag], suite: str) -> Quantity | None:
    """Points by which a suite's public tasks flatter the model beside its held-out ones.

    The interval takes the two ends as they come; nothing where a part is missing.
    """
    at = {one.suite: one.ability_points for one in found}
    public, held = at.get(f"{suite}, public"), at.get(f"{suite}, held out")
    if public is None or held is None:
        return None
    return Quantity(best=public.best - held.best, low=public.low - held.high,
                    high=public.high - held.low, unit="point")  # fmt: skip
