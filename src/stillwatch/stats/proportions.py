"""Proportions: intervals of rates and of their differences, and exact tests without a model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import sqrt

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, hypergeom, norm

from stillwatch.model.errors import BadInput, NotEnoughEvidence

Interval = tuple[float, float]
#: a grader that is right this little more often than a coin says nothing.
LEAST_YOUDEN = 0.3


def wilson(hits: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a rate.

    Args:
        hits: successes, 0 to ``n``.
        n: tries; 0 gives (0, 1), nothing is known.
        level: coverage, in (0, 1).

    Raises:
        BadInput: more hits than tries, or less than none.

    Source: Wilson, JASA 22 (1927).

    >>> [round(x, 4) for x in wilson(0, 10)]
    [0.0, 0.2775]
    """
    if not 0 <= hits <= n:
        raise BadInput(f"{hits} of {n} is no rate.", where="wilson")
    if n == 0:
        return 0.0, 1.0
    z = float(norm.ppf(0.5 + level / 2))
    middle = (hits + z * z / 2) / (n + z * z)
    half = z * sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    return low, 1.0 if hits == n else min(1.0, middle + half)


def difference(hits: int, n: int, hits_other: int, n_other: int, level: float = 0.95) -> Interval:
    """Newcombe's interval (method 10) of the difference of two rates, first minus second.

    Args:
        hits: successes of the first.
        n: its tries.
        hits_other: successes of the second.
        n_other: its tries.
        level: coverage.

    Source: Newcombe, Statistics in Medicine 17:873 (1998).

    >>> [round(x, 4) for x in difference(56, 70, 48, 80)]
    [0.0524, 0.3339]
    """
    return subtracted(
        hits / n if n else 0.5,
        wilson(hits, n, level),
        hits_other / n_other if n_other else 0.5,
        wilson(hits_other, n_other, level),
    )


def subtracted(best: float, around: Interval, other: float, around_other: Interval) -> Interval:
    """Interval of a difference of independent estimates from the interval of each (MOVER).

    Source: Zou and Donner, Statistics in Medicine 27:1693 (2008).
    """
    gap = best - other
    low = gap - sqrt((best - around[0]) ** 2 + (around_other[1] - other) ** 2)
    return low, gap + sqrt((around[1] - best) ** 2 + (other - around_other[0]) ** 2)


def paired_difference(
    both: int, only_first: int, only_second: int, neither: int, level: float = 0.95
) -> Interval:
    """Newcombe's interval (method 10) of the difference of two rates of the same things.

    Args:
        both: things where both were so.
        only_first: where the first alone was.
        only_second: where the second alone was.
        neither: where none was.
        level: coverage.

    Source: Newcombe, Statistics in Medicine 17:2635 (1998).

    >>> [round(x, 4) for x in paired_difference(36, 12, 2, 0)]
    [0.0569, 0.3404]
    """
    n = both + only_first + only_second + neither
    if n == 0:
        return -1.0, 1.0
    first, second = both + only_first, both + only_second
    p, q = first / n, second / n
    (low_p, high_p), (low_q, high_q) = wilson(first, n, level), wilson(second, n, level)
    crossed: float = both * neither - only_first * only_second
    scale = sqrt(first * (n - first) * second * (n - second))
    if crossed > 0:
        crossed = max(crossed - n / 2, 0.0)
    phi = crossed / scale if scale else 0.0
    down, up = (p - low_p, high_q - q), (q - low_q, high_p - p)
    gap = p - q
    low = gap - sqrt(max(0.0, down[0] ** 2 - 2 * phi * down[0] * down[1] + down[1] ** 2))
    high = gap + sqrt(max(0.0, up[0] ** 2 - 2 * phi * up[0] * up[1] + up[1] ** 2))
    return max(-1.0, low), min(1.0, high)


def mcnemar(only_first: int, only_second: int) -> float:
    """McNemar's exact two-sided p-value: of things that differ, is either side more often so?

    >>> mcnemar(9, 1)
    0.021484375
    """
    n = only_first + only_second
    return 1.0 if n == 0 else float(binomtest(only_first, n).pvalue)


def sign_flip(differences: Iterable[int]) -> float:
    """Exact two-sided p-value that sums of clusters are as often below zero as above.

    Each cluster's difference keeps its size and has its sign by a fair coin; the distribution of
    the sum is convolved, not sampled. With clusters of one thing it is McNemar's exact test.

    Args:
        differences: whole numbers, one a cluster; at most a few thousand in sum of sizes.

    >>> sign_flip([1] * 9 + [-1]) == mcnemar(9, 1)
    True
    """
    listed = list(differences)
    sizes = [abs(one) for one in listed if one]
    spread, seen = sum(sizes), abs(sum(listed))
    chance = np.ones(1)
    for size in sizes:
        wider = np.zeros(len(chance) + 2 * size)
        wider[: len(chance)] += chance / 2
        wider[2 * size :] += chance / 2
        chance = wider
    at = np.abs(np.arange(-spread, spread + 1))
    return min(1.0, float(chance[at >= seen].sum()))


def stratified(strata: Iterable[tuple[int, int, int, int]]) -> tuple[float, float]:
    """Exact conditional test that two arms are alike within strata.

    Given how many of a stratum are so, which arm they fall in is chance (hypergeometric); the
    strata's sums are convolved. No model, no normal approximation.

    Args:
        strata: (hits, n, hits of the other arm, n of the other arm) of each.

    Returns:
        p-value that the first arm has this many or more, and the two-sided one (twice the
        smaller tail, at most 1).

    >>> [round(p, 4) for p in stratified([(2, 2, 0, 2), (2, 2, 0, 2)])]
    [0.0278, 0.0556]
    """
    chance, seen = np.ones(1), 0
    for hits, n, hits_other, n_other in strata:
        total = n + n_other
        if not n or not n_other:
            continue
        chance = np.convolve(chance, _mass(total, hits + hits_other, n))
        seen += hits
    above = min(1.0, float(chance[seen:].sum()))
    below = min(1.0, float(chance[: seen + 1].sum()))
    return above, min(1.0, 2 * min(above, below))


@lru_cache(maxsize=4096)
def _mass(total: int, so: int, n: int) -> npt.NDArray[np.float64]:
    """Chances that of ``n`` drawn from ``total`` 0 to ``n`` are among the ``so``; not changed."""
    found: npt.NDArray[np.float64] = hypergeom.pmf(np.arange(n + 1), total, so, n)
    return found


def corrected(
    hits: int, n: int, right_yes: int, n_yes: int, right_no: int, n_no: int, level: float = 0.95
) -> tuple[float, float, float]:
    """A rate that was read by a grader who errs, corrected (Rogan-Gladen), with its interval.

    The interval holds the doubt of the rate and of both error rates of the grader.

    Args:
        hits: things that the grader called so.
        n: things that were graded.
        right_yes: of labelled things that are so, those that the grader called so.
        n_yes: labelled things that are so.
        right_no: of labelled things that are not, those that the grader did not call so.
        n_no: labelled things that are not.
        level: coverage.

    Returns:
        best, low, high, each in [0, 1].

    Raises:
        NotEnoughEvidence: the grader tells too little, or was not measured.

    Source: Lang and Reiczigel, Preventive Veterinary Medicine 113:13 (2014).

    >>> [round(x, 3) for x in corrected(30, 100, 45, 50, 48, 50)]
    [0.302, 0.177, 0.425]
    """
    if min(n, n_yes, n_no) == 0:
        raise NotEnoughEvidence("labelled answers of each kind", needed=1, had=0)
    z = float(norm.ppf(0.5 + level / 2))
    yes, no = (right_yes + 1) / (n_yes + 2), (right_no + 1) / (n_no + 2)
    if yes + no - 1 < LEAST_YOUDEN:
        raise NotEnoughEvidence("a grader's edge", needed=LEAST_YOUDEN, had=yes + no - 1)
    wide, edge = n + z * z, yes + no - 1
    rate = (hits + z * z / 2) / wide
    middle = (rate + no - 1) / edge
    doubt_yes, doubt_no = yes * (1 - yes) / (n_yes + 2), no * (1 - no) / (n_no + 2)
    shift = 2 * z * z * (middle * doubt_yes - (1 - middle) * doubt_no)
    half = (
        z
        * sqrt(rate * (1 - rate) / wide + middle**2 * doubt_yes + (1 - middle) ** 2 * doubt_no)
        / edge
    )
    low, high = max(0.0, middle + shift - half), min(1.0, middle + shift + half)
    low, high = min(low, 1.0), max(high, 0.0)
    sharp = right_yes / n_yes + right_no / n_no - 1
    best = (hits / n + right_no / n_no - 1) / sharp if sharp > 0 else middle
    return min(max(best, low), high), low, high


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given; they hold whatever the tests share.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    adjusted, floor = [1.0] * len(p_values), 0.0
    for rank, at in enumerate(order):
        floor = max(floor, min(1.0, p_values[at] * (len(p_values) - rank)))
        adjusted[at] = floor
    return adjusted
