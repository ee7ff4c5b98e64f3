"""Intervals of rates."""

from __future__ import annotations

from scipy.stats import beta


def clopper_pearson(hits: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Exact two-sided interval of a binomial rate.

    Args:
        hits: successes, 0 to ``trials``.
        trials: tries; 0 gives (0, 1), nothing is known.
        level: coverage, in (0, 1).
    """
    if trials == 0:
        return 0.0, 1.0
    tail = (1.0 - level) / 2.0
    low = 0.0 if hits == 0 else float(beta.ppf(tail, hits, trials - hits + 1))
    high = 1.0 if hits == trials else float(beta.ppf(1.0 - tail, hits + 1, trials - hits))
    return low, high
