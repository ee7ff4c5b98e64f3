"""Dose and response: how much of a gap closes with how much data, and how sure that is.

    u = c_d / (1 + exp(-k (ln x - m - b_d - e_w)))

``x`` is the dose, ``u`` the share of the gap that closed, ``k`` how steep the threshold is, ``m``
the logarithm of the dose at half height, ``b_d`` and ``c_d`` what condition *d* (a defence) does to
place and height, and ``e_w`` what is peculiar to a world. Least squares with shrunk ``e_w`` gives
the curve. The interval for a world that was not seen is conformal: each run of a world is scored by
the curve that was fitted without that world, the score being the least ``t`` for which

    f0 - t r sqrt(f0) <= u <= f1 + t r sqrt(f1),   f0 = f(x e^{-t s}),  f1 = f(x e^{t s})

No dose, no response: what is left shrinks with it. The quantile of the scores, each world counting
alike and an unseen one as infinite, is the ``t`` of the interval. Both ends rise with the dose by
construction.

Source: Vovk, Gammerman and Shafer (2005); Dunn, Wasserman and Ramdas (2022), on groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isinf, log, sqrt

import numpy as np
import numpy.typing as npt
from scipy.optimize import least_squares

from stillwatch.model.errors import BadInput, NotEnoughEvidence

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

WORLD_SD = 1.5
CONDITION_SD = 2.0
RESIDUAL_SD = 0.08
_HALVINGS = 60
_LARGEST_SCORE = 64.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs in which dose and response are known.

    Args:
        dose: ``(n,)`` above 0.
        share: ``(n,)`` of the gap that closed, 0 nothing to 1 all.
        condition: ``(n,)`` position of the condition, 0 the reference.
        world: ``(n,)`` position of the world.
        n_conditions: how many conditions there are.

    Raises:
        BadInput: a value is not finite, a dose not above 0, or lengths differ.
    """

    dose: F64
    share: F64
    condition: I64
    world: I64
    n_conditions: int

    def __post_init__(self) -> None:
        """Refuse what is no table of runs."""
        if len({a.shape for a in (self.dose, self.share, self.condition, self.world)}) != 1:
            raise BadInput("columns of runs have different lengths.", where="runs")
        if not np.isfinite(self.dose).all() or not np.isfinite(self.share).all():
            raise BadInput("a dose or a response is not finite.", where="runs")
        if ((self.share < 0) | (self.share > 1)).any():
            raise BadInput("a response is outside 0 to 1.", where="runs")
        if (self.dose <= 0).any():
            raise BadInput("a dose is not above 0.", where="runs")
        if (
            self.condition.size
            and not ((self.condition >= 0) & (self.condition < self.n_conditions)).all()
        ):
            raise BadInput("a condition is out of range.", where="runs")

    def where(self, keep: npt.NDArray[np.bool_]) -> Runs:
        """The runs for which ``keep`` is true."""
        return Runs(
            dose=self.dose[keep], share=self.share[keep], condition=self.condition[keep],
            world=self.world[keep], n_conditions=self.n_conditions,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A fitted curve.

    Attributes:
        steepness: ``k``, above 0.
        ln_half: ``m``, logarithm of the dose at half height in the reference condition.
        shift: ``(n_conditions,)`` ``b_d``; 0 for the reference.
        height: ``(n_conditions,)`` ``c_d``, 0 to 1.
        world_sd: spread of ``e_w`` over worlds, in ln dose.
        residual_sd: spread of what is left.
    """

    steepness: float
    ln_half: float
    shift: F64
    height: F64
    world_sd: float
    residual_sd: float

    def at(self, dose: F64, condition: I64, moved: F64 | float = 0.0) -> F64:
        """Responses; ``moved`` is added to the logarithm of the dose, which may be 0."""
        with np.errstate(divide="ignore"):
            x = np.log(dose) + moved - self.ln_half - self.shift[condition]
        told = self.height[condition] / (1.0 + np.exp(-np.clip(self.steepness * x, -700, 700)))
        return np.where(dose > 0, told, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Predicting:
    """A curve with the score that its intervals are made of; infinite where worlds are too few."""

    curve: Curve
    score: float
    level: float
    n_runs: int
    n_worlds: int

    def between(self, low_dose: float, high_dose: float, condition: int = 0) -> tuple[float, float]:
        """Ends of the interval when the dose lies between two values, each 0 or more.

        Raises:
            BadInput: a dose is negative or not finite, or the first is above the second.
        """
        if not 0 <= low_dose <= high_dose < np.inf:
            raise BadInput(f"{low_dose} to {high_dose} is no range of doses.", where="dose")
        if isinf(self.score):
            return 0.0, 1.0
        d, s, r = np.array([condition]), self.curve.world_sd, self.curve.residual_sd
        down = float(self.curve.at(np.array([low_dose]), d, -self.score * s)[0])
        up = float(self.curve.at(np.array([high_dose]), d, self.score * s)[0])
        low, high = down - self.score * r * sqrt(down), up + self.score * r * sqrt(up)
        return min(max(low, 0.0), 1.0), min(max(high, 0.0), 1.0)

    def best(self, dose: float, condition: int = 0) -> float:
        """The curve itself at a dose of 0 or more."""
        return float(self.curve.at(np.array([dose]), np.array([condition]))[0])

    def dose_for(self, share: float, condition: int = 0) -> float | None:
        """The dose at which the curve reaches a share; nothing where it never does."""
        height = float(self.curve.height[condition])
        if not 0 < share < height:
            return None
        x = -log(height / share - 1.0) / self.curve.steepness
        return exp(x + self.curve.ln_half + float(self.curve.shift[condition]))


def fit_curve(runs: Runs) -> Curve:
    """The curve by least squares.

    Raises:
        NotEnoughEvidence: fewer than six runs.
    """
    n = runs.dose.size
    if n < 6:
        raise NotEnoughEvidence("a curve cannot be fitted", needed=6, had=n)
    worlds, world = np.unique(runs.world, return_inverse=True)
    ln_dose, d, w = np.log(runs.dose), runs.n_conditions, worlds.size
    scale = max(float(ln_dose.std()), 1e-3)

    rows, last = np.arange(n), 1 + d

    def parts(p: F64) -> tuple[F64, F64, F64, F64]:
        """Per run: distance from its threshold, height, the logistic, and its slope."""
        shift = np.concatenate([[0.0], p[2:last]])
        x = ln_dose - p[1] - shift[runs.condition] - p[last + d :][world]
        height = 1.0 / (1.0 + np.exp(-p[last : last + d]))
        rise = 1.0 / (1.0 + np.exp(-np.clip(np.exp(p[0]) * x, -700, 700)))
        return x, height[runs.condition], rise, rise * (1.0 - rise)

    def residuals(p: F64) -> F64:
        _, height, rise, _ = parts(p)
        return np.concatenate([
            (height * rise - runs.share) / RESIDUAL_SD, p[last + d :] / WORLD_SD,
            p[2:last] / CONDITION_SD, p[:1], (p[last : last + d] - 3.0) / 3.0,
        ])  # fmt: skip

    def slopes(p: F64) -> F64:
        x, height, rise, bend = parts(p)
        steep, out = np.exp(p[0]), np.zeros((n + w + d - 1 + 1 + d, p.size))
        along = height * bend * steep
        out[rows, 0] = along * x
        out[rows, 1] = -along
        moved = runs.condition > 0
        out[rows[moved], 1 + runs.condition[moved]] = -along[moved]
        out[rows, last + runs.condition] = height * (1.0 - height) * rise
        out[rows, last + d + world] = -along
        out[:n] /= RESIDUAL_SD
        at = n
        for size, first, sd in ((w, last + d, WORLD_SD), (d - 1, 2, CONDITION_SD), (1, 0, 1.0),
                                (d, last, 3.0)):  # fmt: skip
            each = np.arange(size)
            out[at + each, first + each] = 1.0 / sd
            at += size
        return out

    begin = np.concatenate([[0.0, ln_dose.mean()], np.zeros(d - 1), np.full(d, 3.0), np.zeros(w)])
    p = np.asarray(least_squares(residuals, begin, jac=slopes, x_scale="jac", max_nfev=200).x)
    height = 1.0 / (1.0 + np.exp(-p[1 + d : 1 + 2 * d]))
    own = p[1 + 2 * d :]
    left = residuals(p)[:n] * RESIDUAL_SD
    return Curve(
        steepness=float(np.exp(p[0])), ln_half=float(p[1]),
        shift=np.concatenate([[0.0], p[2 : 1 + d]]), height=height,
        world_sd=max(float(np.sqrt((own**2).mean())), 0.05 * scale),
        residual_sd=max(float(np.sqrt((left**2).mean())), 0.01),
    )  # fmt: skip


def scores(curve: Curve, runs: Runs) -> F64:
    """Per run the least ``t`` whose interval holds it; infinite where none does."""
    low, high = np.zeros(runs.dose.size), np.full(runs.dose.size, _LARGEST_SCORE)

    def holds(t: F64) -> npt.NDArray[np.bool_]:
        down = curve.at(runs.dose, runs.condition, -t * curve.world_sd)
        up = curve.at(runs.dose, runs.condition, t * curve.world_sd)
        low_end = np.maximum(down - t * curve.residual_sd * np.sqrt(down), 0.0)
        high_end = np.minimum(up + t * curve.residual_sd * np.sqrt(up), 1.0)
        return np.asarray((low_end <= runs.share) & (runs.share <= high_end))

    never = ~holds(high)
    high = np.where(holds(low), 0.0, high)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = holds(middle)
        low, high = np.where(inside, low, middle), np.where(inside, middle, high)
    return np.where(never, np.inf, high)


def predicting(runs: Runs, level: float = 0.9) -> Predicting:
    """A curve whose intervals hold the response in a new world with probability ``level``.

    So it is where leaving one world out hardly moves the curve; without that, scores that were
    taken around other curves promise less (Barber et al. 2021: 2 ``level`` - 1 for a relative).

    Args:
        runs: of several worlds.
        level: coverage, in (0, 1).

    Returns:
        The curve of all runs with the conformal score. With fewer worlds than
        ``1 / (1 - level)`` the score is infinite: the interval is everything.

    Raises:
        NotEnoughEvidence: fewer than six runs are left without one of the worlds.
    """
    if not 0 < level < 1:
        raise BadInput(f"{level} is no level.", where="level")
    worlds = np.unique(runs.world)
    found, weight = [], []
    for one in worlds:
        here = runs.world == one
        told = scores(fit_curve(runs.where(~here)), runs.where(here))
        found.append(told)
        weight.append(np.full(told.size, 1.0 / told.size))
    each, counts = np.concatenate(found), np.concatenate(weight)
    order = np.argsort(each, kind="stable")
    reached = np.cumsum(counts[order]) / (worlds.size + 1)
    enough = np.flatnonzero(reached >= level - 1e-12)
    score = float(each[order][enough[0]]) if enough.size else float("inf")
    return Predicting(
        curve=fit_curve(runs), score=score, level=level, n_runs=runs.dose.size,
        n_worlds=int(worlds.size),
    )  # fmt: skip
