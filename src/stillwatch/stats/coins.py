"""Weighted coins: the exact tail of a sum of independent coins with whole weights.

S = sum of w over the coins that fall on heads, each with a chance of its own. Hits among keyed
choices, green tokens by their counts and signed ranks are all such sums, so that one exact
p-value and one e-value serve them all.

The tail is taken after an exponential tilt that brings its mean to the total, from the
characteristic function by a fast Fourier transform: small tails keep their relative accuracy
(Keich 2005, "Efficiently computing the p-value of the entropy score"; Wilson and Keich 2017).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, exp, log
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: the least p-value that is told: none is zero.
LEAST_P: Final = 1e-300
#: what rounding may have lost of a tail, added to it, so that it errs upwards.
_SLACK: Final = 1e-13
#: standard deviations, and largest weights, that a distribution spans on each side of its mean:
#: beyond lies less than 1e-25 (Bernstein).
_REACH: Final = 12.0
_REACH_WEIGHTS: Final = 40.0
_STEEPEST: Final = 700.0


@dataclass(frozen=True, slots=True)
class Coins:
    """Groups of like coins.

    Args:
        weights: ``(n_groups,)`` whole numbers, >= 1.
        chances: ``(n_groups,)`` of heads, in (0, 1).
        counts: ``(n_groups,)`` coins of a kind, >= 0.

    Raises:
        BadInput: the shapes differ, or a value is out of range.

    >>> round(Coins(np.array([1]), np.array([0.5]), np.array([3])).tail(3), 9)
    0.125
    """

    weights: I64
    chances: F64
    counts: I64

    def __post_init__(self) -> None:
        """Refuse coins that are none."""
        if not self.weights.shape == self.chances.shape == self.counts.shape:
            raise BadInput("weights, chances and counts differ in shape.", where="coins")
        right = (self.weights >= 1) & (self.counts >= 0)
        if not (right & (self.chances > 0) & (self.chances < 1)).all():
            raise BadInput("a weight, chance or count is out of range.", where="coins")

    @property
    def most(self) -> int:
        """The sum where every coin falls on heads."""
        return int((self.weights * self.counts).sum())

    @property
    def mean(self) -> float:
        """What the sum is on average."""
        return float((self.weights * self.counts * self.chances).sum())

    @property
    def sd(self) -> float:
        """Standard deviation of the sum."""
        spread = self.weights**2.0 * self.counts * self.chances * (1 - self.chances)
        return float(np.sqrt(spread.sum()))

    def tail(self, total: int) -> float:
        """P(S >= total), exact up to rounding, which only raises it; in (0, 1].

        Args:
            total: what was seen.
        """
        if total <= 0:
            return 1.0
        if total >= self.most:
            whole = float((self.counts * np.log(self.chances)).sum())
            return exp(max(whole, log(LEAST_P))) if total == self.most else LEAST_P
        if total <= self.mean:
            return float(self.tails(np.array([total]))[0])
        tilt = self._tilt(total)
        pmf, low = self._window(tilt)
        first = max(total - low, 0)
        steps = np.arange(pmf.size - first)
        part = float((pmf[first:] * np.exp(-np.minimum(tilt * steps, _STEEPEST))).sum())
        log_p = (
            float(self.log_mgf(np.array([tilt]))[0]) - tilt * total + log(min(part + _SLACK, 1.0))
        )
        return min(max(exp(max(log_p, -_STEEPEST)), LEAST_P), 1.0)

    def tails(self, totals: I64) -> F64:
        """P(S >= total) for many totals at once; none is told below 1e-13.

        Args:
            totals: ``(n,)`` what was seen.
        """
        if not self.most:
            return np.where(totals <= 0, 1.0, LEAST_P)
        pmf, low = self._window(0.0)
        above = np.cumsum(pmf[::-1])[::-1]
        place = np.clip(totals - low, 0, pmf.size)
        reached = np.append(above, 0.0)[place]
        out: F64 = np.minimum(reached + _SLACK, 1.0)
        return np.where(totals <= 0, 1.0, out)

    def log_e(self, total: int, grid: F64) -> F64:
        """``(n_grid,)`` natural logarithms of exp(lambda S) / E exp(lambda S): e-values.

        Each has mean 1 under the null, and products over independent sums have too.

        Args:
            total: what was seen.
            grid: ``(n_grid,)`` values of lambda, fixed beforehand.
        """
        return grid * total - self.log_mgf(grid)

    def log_mgf(self, lam: F64) -> F64:
        """``(n,)`` ln E exp(lambda S) for each lambda."""
        steep = lam[:, None] * self.weights
        each = np.logaddexp(np.log1p(-self.chances), np.log(self.chances) + steep)
        total: F64 = each @ self.counts
        return total

    def _tilted(self, lam: float) -> F64:
        odds = np.log(self.chances) - np.log1p(-self.chances) + lam * self.weights
        tilted: F64 = 1.0 / (1.0 + np.exp(-np.clip(odds, -_STEEPEST, _STEEPEST)))
        return tilted

    def _tilt(self, total: int) -> float:
        """The lambda under which the mean is the total."""

        def off(lam: float) -> float:
            return float((self.weights * self.counts * self._tilted(lam)).sum()) - total

        high = 1.0
        while off(high) < 0 and high < _STEEPEST:
            high *= 2
        return float(brentq(off, 0.0, high, xtol=1e-10)) if off(high) > 0 else high

    def _window(self, lam: float) -> tuple[F64, int]:
        """The tilted distribution where it is not nothing, and the total it begins at."""
        chances = self._tilted(lam)
        return _distribution(self.weights.tobytes(), chances.tobytes(), self.counts.tobytes())


@lru_cache(maxsize=8)
def _distribution(*told: bytes) -> tuple[F64, int]:
    """The distribution of a sum of coins where it is not nothing, and the total it begins at."""
    weights, counts = (np.frombuffer(part, np.int64) for part in (told[0], told[2]))
    chances = np.frombuffer(told[1], np.float64)
    mean = float((weights * counts * chances).sum())
    spread = float((weights**2.0 * counts * chances * (1 - chances)).sum())
    reach = ceil(_REACH * spread**0.5 + _REACH_WEIGHTS * float(weights.max()))
    low = max(0, int(mean) - reach)
    high = min(int((weights * counts).sum()), int(mean) + reach)
    n = 1 << (high - low).bit_length()
    place = np.arange(n // 2 + 1)
    angle = np.exp(2j * np.pi * place / n)
    log_phi = np.zeros(angle.size, np.complex128)
    with np.errstate(divide="ignore"):
        for weight, chance, count in zip(weights, chances, counts, strict=True):
            log_phi += count * np.log(1 - chance + chance * angle**weight)
    phi = np.exp(log_phi) * np.exp(-2j * np.pi * (place * low % n) / n)
    pmf: F64 = np.maximum(np.fft.irfft(np.conj(phi), n)[: high - low + 1], 0.0)
    return pmf, low


def grouped(weights: I64, chance: float) -> Coins:
    """Coins of one chance, those of one weight put together; weights below 1 are left out.

    Args:
        weights: ``(n,)`` whole numbers.
        chance: of heads, in (0, 1).
    """
    kinds, counts = np.unique(weights[weights >= 1], return_counts=True)
    return Coins(kinds.astype(np.int64), np.full(kinds.size, chance), counts.astype(np.int64))


def chernoff_p(weights: F64, chance: float, total: float) -> float:
    """A bound on P(S >= total) for coins whose weights are no whole numbers; in (0, 1].

    min over lambda of E exp(lambda (S - total)) (Chernoff 1952), never above Hoeffding's
    exp(-2 (total - mean)^2 / sum w^2).

    Args:
        weights: ``(n,)`` >= 0.
        chance: of heads, in (0, 1).
        total: what was seen.
    """
    told = weights[weights > 0]
    over = total - chance * float(told.sum())
    if over <= 0 or not told.size:
        return 1.0
    squares = float((told**2).sum())
    bound = -2.0 * over * over / squares
    lam = 4.0 * over / squares
    for _ in range(60):
        odds = np.log(chance) - np.log1p(-chance) + lam * told
        tilted = 1.0 / (1.0 + np.exp(-np.clip(odds, -_STEEPEST, _STEEPEST)))
        each = np.logaddexp(np.log1p(-chance), np.log(chance) + lam * told)
        bound = min(bound, float(each.sum()) - lam * total)
        slope = float((told * tilted).sum()) - total
        bend = float((told**2 * tilted * (1 - tilted)).sum())
        if abs(slope) < 1e-9 * (1 + total) or bend <= 0:
            break
        lam = min(max(lam - slope / bend, lam / 2), lam * 2)
    return min(1.0, max(exp(max(bound, -_STEEPEST)), LEAST_P))


def chernoff_ps(weights: F64, chance: float, totals: F64) -> F64:
    """``(n,)`` the same bound for many totals, its lambda taken from a grid; each holds.

    Args:
        weights: ``(n_coins,)`` >= 0.
        chance: of heads, in (0, 1).
        totals: ``(n,)`` what was seen.
    """
    told = weights[weights > 0]
    if not told.size:
        return np.ones(totals.size)
    sd = float(np.sqrt((told**2).sum() * chance * (1 - chance)))
    grid = np.geomspace(0.25, 64.0, 48) / sd
    log_mgf = np.array([
        np.logaddexp(np.log1p(-chance), np.log(chance) + lam * told).sum() for lam in grid
    ])  # fmt: skip
    bound = np.minimum((log_mgf - np.outer(totals, grid)).min(axis=1), 0.0)
    out: F64 = np.maximum(np.exp(np.maximum(bound, -_STEEPEST)), LEAST_P)
    return out
