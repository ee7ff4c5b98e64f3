"""How much of what was drawn came from elsewhere.

A sample ``S`` is a mixture: a share ``s`` from elsewhere (``Q``), the rest as usual (``P``). With
draws of ``Q`` the share can be estimated both ways. Without them only its least value can, for
nobody knows how like ``P`` the other is: ``S(A) >= (1 - s) P(A)`` for every set ``A`` of kinds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from stillwatch.stats.exchangeable import Strata
from stillwatch.stats.intervals import clopper_pearson

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
#: sets of kinds are made of those whose marked share is at most so many times the usual one.
_RATIOS: Final = (0.6, 0.75, 0.85, 0.95, 1.05)
_SMOOTH: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share with its interval.

    Args:
        best: in [0, 1].
        low: lower end.
        high: upper end; 1 where the other source is not known.
    """

    best: float
    low: float
    high: float


def least_share(strata: Strata, level: float = 0.95) -> Share:
    """The least share of marked items that came from elsewhere, wherever that is.

    Kinds that are usual and were marked too seldom are looked for on every second stratum and
    judged on the others, and the other way round, so that the choice costs nothing.

    Args:
        strata: marked items with usual ones beside them.
        level: of the lower end; ``best`` is the share if the other source never gives some kinds.
    """
    halves = _halves(strata)
    found = [_judged(strata, halves == a, halves != a, level) for a in (0, 1)]
    best = float(np.clip(np.mean([one[0] for one in found]), 0.0, 1.0))
    low = float(np.clip(max(one[1] for one in found), 0.0, 1.0))
    return Share(best=max(best, low), low=low, high=1.0)


def share_between(usual: Strata, other: F64 | I64, level: float = 0.95) -> Share:
    """The share of marked items that came from a source that was asked too.

    Each kind is given the chance that it came from the other source; the share is the ratio of two
    mean differences of those chances, with Fieller's interval. Chances are learnt on every second
    stratum and used on the others, and the other way round.

    Args:
        usual: marked items with usual ones beside them.
        other: ``(n_strata,)`` kind of the other source's item in each stratum.
        level: of the interval.

    Returns:
        The whole of [0, 1] where the two sources cannot be told apart.
    """
    halves = _halves(usual)
    top, bottom = np.zeros(usual.n), np.zeros(usual.n)
    sizes = np.diff(usual.starts) - 1
    for half in (0, 1):
        learn, use = halves != half, halves == half
        p, q = (
            counted(usual, learn)[1] + _SMOOTH,
            np.bincount(other[learn], minlength=usual.group.size) + _SMOOTH,
        )
        n_groups = int(usual.group.max()) + 1
        p = p / np.bincount(usual.group, p, n_groups)[usual.group]
        q = q / np.bincount(usual.group, q, n_groups)[usual.group]
        chance = q / (p + q)
        score = chance[usual.kind]
        marked = score[usual.starts[:-1]]
        rest = (np.add.reduceat(score, usual.starts[:-1]) - marked) / sizes
        top[use] = (marked - rest)[use]
        bottom[use] = (chance[other] - rest)[use]
    return _fieller(top, bottom, level)


def _fieller(top: F64, bottom: F64, level: float) -> Share:
    n = top.size
    whole = Share(best=0.5, low=0.0, high=1.0)
    if n < 2:
        return whole
    a, b = float(top.mean()), float(bottom.mean())
    covered = np.cov(top, bottom) / n
    z = float(norm.ppf(0.5 + level / 2.0))
    square = b * b - z * z * covered[1, 1]
    if square <= 0 or b <= 0:
        return Share(best=float(np.clip(a / b, 0, 1)) if b > 0 else 0.5, low=0.0, high=1.0)
    middle = a * b - z * z * covered[0, 1]
    under = middle * middle - square * (a * a - z * z * covered[0, 0])
    reach = float(np.sqrt(max(under, 0.0)))
    low, high = (middle - reach) / square, (middle + reach) / square
    low, high = float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))
    return Share(best=float(np.clip(a / b, low, high)), low=low, high=high)


def _halves(strata: Strata) -> I64:
    """``(n_strata,)`` 0 or 1, turn about within each group."""
    group = strata.group[strata.kind[strata.starts[:-1]]]
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    begins = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if group.size else ordered
    rank = np.arange(group.size) - np.repeat(begins, np.diff(np.r_[begins, group.size]))
    halves = np.empty(group.size, np.int64)
    halves[order] = rank % 2
    return halves


def counted(strata: Strata, chosen: npt.NDArray[np.bool_]) -> tuple[F64, F64]:
    """Marked and usual items of each kind.

    Args:
        strata: whose.
        chosen: ``(n_strata,)`` over which of them.
    """
    inside = np.repeat(chosen, np.diff(strata.starts))
    is_marked = np.zeros(strata.kind.size, bool)
    is_marked[strata.starts[:-1]] = True
    n_kinds = strata.group.size
    marked = np.bincount(strata.kind[inside & is_marked], minlength=n_kinds).astype(np.float64)
    usual = np.bincount(strata.kind[inside & ~is_marked], minlength=n_kinds).astype(np.float64)
    return marked, usual


def _judged(
    strata: Strata, learn: npt.NDArray[np.bool_], judge: npt.NDArray[np.bool_], level: float
) -> tuple[float, float]:
    marked, usual = counted(strata, learn)
    n_groups = int(strata.group.max()) + 1 if strata.group.size else 0
    if not learn.any() or not judge.any() or n_groups == 0:
        return 0.0, 0.0
    of_marked = np.maximum(np.bincount(strata.group, marked, n_groups), 1.0)[strata.group]
    of_usual = np.maximum(np.bincount(strata.group, usual, n_groups), 1.0)[strata.group]
    ratio = ((marked + _SMOOTH) / of_marked) / ((usual + _SMOOTH) / of_usual)
    seldom = _chosen([(ratio <= most) & (usual > 0) for most in _RATIOS], _least, marked, usual)
    often = _chosen([ratio >= 1.0 / most for most in _RATIOS], _excess, marked, usual)
    marked, usual = counted(strata, judge)
    # Two ends each, two ways, two halves: each takes an eighth of what may go wrong.
    each = 1.0 - (1.0 - level) / 8.0
    found = [_least(marked, usual, seldom, each), _excess(marked, usual, often, each)]
    return max(one[0] for one in found), max(one[1] for one in found)


Members = npt.NDArray[np.bool_]


def _chosen(
    sets: list[Members],
    way: Callable[[F64, F64, Members, float], tuple[float, float]],
    marked: F64,
    usual: F64,
) -> Members:
    """The set that says most on what it is chosen on."""
    ends = [way(marked, usual, members, 0.8)[1] for members in sets]
    return sets[int(np.argmax(ends))]


def _least(marked: F64, usual: F64, members: Members, each: float) -> tuple[float, float]:
    """Best and least share by kinds that are too seldom, each end one-sided at ``each``."""
    hits, n = int(marked[members].sum()), int(marked.sum())
    held, m = int(usual[members].sum()), int(usual.sum())
    if held == 0 or n == 0:
        return 0.0, 0.0
    two_sided = 2.0 * each - 1.0
    high = clopper_pearson(hits, n, two_sided)[1]
    low = clopper_pearson(held, m, two_sided)[0]
    return 1.0 - (hits / n) / (held / m), 1.0 - high / low if low > 0 else 0.0


def _excess(marked: F64, usual: F64, members: Members, each: float) -> tuple[float, float]:
    """The same by kinds that come too often."""
    hits, n = int(marked[members].sum()), int(marked.sum())
    held, m = int(usual[members].sum()), int(usual.sum())
    if n == 0 or m == 0:
        return 0.0, 0.0
    two_sided = 2.0 * each - 1.0
    low = clopper_pearson(hits, n, two_sided)[0]
    high = clopper_pearson(held, m, two_sided)[1]
    return hits / n - held / m, low - high
