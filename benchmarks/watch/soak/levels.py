"""Does a series level off: its slope over the last part, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
N_DRAWS = 2_000
SURE = 0.95


@dataclass(frozen=True, slots=True)
class Level:
    """Where a series stands in its last part and how it goes on.

    Attributes:
        n: values of that part.
        level: their median.
        slope, low, high: change a step of time, by Theil and Sen, and its interval of 95%.
        noise: median distance of values from the line.
    """

    n: int
    level: float
    slope: float
    low: float
    high: float
    noise: float


def theil_sen(at: F64, values: F64) -> float:
    """The median of the slopes between all pairs of values.

    >>> theil_sen(np.arange(5.0), np.array([0.0, 1.0, 2.0, 3.0, 90.0]))
    1.0
    """
    i, j = np.triu_indices(at.size, 1)
    apart = at[j] - at[i]
    kept = apart != 0
    if not kept.any():
        return 0.0
    return float(np.median((values[j] - values[i])[kept] / apart[kept]))


def level_of(at: Sequence[float], values: Sequence[float], block: int, seed: int = 0) -> Level:
    """The slope of a series, with a moving-block bootstrap of what is left beside the line.

    Neighbours in time are alike, so whole blocks of residuals are drawn and put on the line
    anew; the interval is that of the slopes of such series.

    Args:
        at: (n,) times, n >= 3.
        values: (n,) what was measured.
        block: values that are drawn together, a third of them at most.
        seed: of the drawing.
    """
    x, y = np.asarray(at, np.float64), np.asarray(values, np.float64)
    slope = theil_sen(x, y)
    line = slope * (x - x.mean())
    centre = float(np.median(y - line))
    rest = y - line - centre
    rng = np.random.default_rng(seed)
    block = max(1, min(block, x.size // 3))
    n_blocks = -(-x.size // block)
    slopes = np.empty(N_DRAWS)
    for nth in range(N_DRAWS):
        starts = rng.integers(0, x.size - block + 1, n_blocks)
        drawn = np.concatenate([rest[s : s + block] for s in starts])[: x.size]
        slopes[nth] = theil_sen(x, line + drawn)
    low, high = np.quantile(slopes, [(1 - SURE) / 2, (1 + SURE) / 2])
    noise = float(np.median(np.abs(rest)))
    return Level(x.size, float(np.median(y)), slope, float(low), float(high), noise)


def without(at: Sequence[float], values: Sequence[float], load: Sequence[float]) -> list[float]:
    """A series without what it has of a load that is not steady either, by least squares.

    >>> [round(one, 6) for one in without([0, 1, 2, 3], [5, 7, 5, 7], [1, 2, 1, 2])]
    [6.0, 6.0, 6.0, 6.0]
    """
    y, x = np.asarray(values, np.float64), np.asarray(load, np.float64)
    apart = x - x.mean()
    beside = np.column_stack([np.ones(y.size), np.asarray(at, np.float64), apart])
    share = np.linalg.lstsq(beside, y, rcond=None)[0][2]
    return [float(one) for one in y - share * apart]


def by_day(days: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """Medians of a series by whole day.

    >>> by_day([0.1, 0.4, 1.2], [1.0, 3.0, 9.0])
    ([0.0, 1.0], [2.0, 9.0])
    """
    whole = np.floor(np.asarray(days))
    each = np.unique(whole)
    found = np.asarray(values, np.float64)
    return each.tolist(), [float(np.median(found[whole == day])) for day in each]
