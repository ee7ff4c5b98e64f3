"""Since when the marked items differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.stats.exchangeable import UNSEEN, Strata
from stillwatch.stats.shares import counted

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
_WEIGHTS: Final = (3.0, 10.0, 30.0)
_FEWEST: Final = 20
#: power that the likelihood of a moment is taken to, for what is usual is itself only estimated;
#: set so that intervals hold what they say on made pairs (`benchmarks/vet/substitution`).
TEMPER: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """When a difference began.

    Args:
        best: stratum from which on marked items differ, 0 for from the first.
        low: earliest stratum of the interval.
        high: latest.
        bits: log2 of the odds of one change at some moment to none, both judged alike.
    """

    best: int
    low: int
    high: int
    bits: float


def onset(strata: Strata, level: float = 0.95) -> Onset | None:
    """Since which stratum the marked items differ, if they changed once.

    Before the change they are as usual; after it, of a distribution that is usual to some degree
    and otherwise anything (a Dirichlet around the usual one, of three weights). Every moment is as
    likely beforehand.

    Args:
        strata: in the order in which the marked items were drawn.
        level: of the interval.

    Returns:
        None where there are too few strata to say.
    """
    if strata.n < _FEWEST:
        return None
    group, marked = strata.group, strata.kind[strata.starts[:-1]]
    base, held = usual_chances(strata)
    before = foretold(marked, group, base, held + UNSEEN[0])
    after = [
        foretold(marked[::-1], group, base, np.full(held.size, weight))[::-1] for weight in _WEIGHTS
    ]
    gains = np.array([np.cumsum(one[::-1])[::-1] for one in after])
    score = np.logaddexp.reduce(gains, axis=0) - np.log(len(_WEIGHTS))
    earlier = np.concatenate([[0.0], np.cumsum(before)])
    score = TEMPER * (score + earlier[:-1])
    whole = float(np.logaddexp.reduce(score))
    none = TEMPER * float(earlier[-1])
    chance = np.exp(score - whole)
    order = np.argsort(-chance, kind="stable")
    n_held = int(np.searchsorted(np.cumsum(chance[order]), level)) + 1
    within = order[:n_held]
    bits = float((whole - none - np.log(strata.n)) / np.log(2.0))
    return Onset(best=int(order[0]), low=int(within.min()), high=int(within.max()), bits=bits)


def foretold(kinds: I64, group: I64, base: F64, weight: F64) -> F64:
    """Log chance of each kind in turn, given those before it.

    Args:
        kinds: ``(n,)``.
        group: ``(n_kinds,)``.
        base: ``(n_kinds,)`` what is supposed of each group beforehand.
        weight: ``(n_groups,)`` of that supposition, in items.
    """
    seen, of_group = np.zeros(group.size), np.zeros(weight.size)
    out = np.empty(kinds.size)
    for j, c in enumerate(kinds):
        g = group[c]
        out[j] = np.log((weight[g] * base[c] + seen[c]) / (weight[g] + of_group[g]))
        seen[c] += 1.0
        of_group[g] += 1.0
    return out


def foretold_mixed(kinds: I64, group: I64, base: F64, share: float, weight: float = 2.0) -> F64:
    """The same where a share comes from a source that is learnt as it goes.

    Args:
        kinds: ``(n,)``.
        group: ``(n_kinds,)``.
        base: ``(n_kinds,)`` what is usual.
        share: that comes from elsewhere, in (0, 1].
        weight: in items, of its being of any kind beforehand.
    """
    even = (1.0 / np.bincount(group))[group]
    seen, of_group = np.zeros(group.size), np.zeros(int(group.max()) + 1)
    out = np.empty(kinds.size)
    for j, c in enumerate(kinds):
        g = group[c]
        other = (weight * even[c] + seen[c]) / (weight + of_group[g])
        whole = (1.0 - share) * base[c] + share * other
        out[j] = np.log(whole)
        seen[c] += share * other / whole
        of_group[g] += share * other / whole
    return out


def usual_chances(strata: Strata) -> tuple[F64, F64]:
    """What the items beside the marked ones say of each kind (Pitman and Yor's estimate).

    Returns:
        ``(n_kinds,)`` chance of each kind within its group, and ``(n_groups,)`` items seen.
    """
    usual = counted(strata, np.ones(strata.n, bool))[1]
    group = strata.group
    n_groups = int(group.max()) + 1
    theta, discount = UNSEEN
    held = np.bincount(group, usual, n_groups).astype(np.float64)
    n_seen = np.bincount(group, usual > 0, n_groups)
    n_unseen = np.bincount(group, usual == 0, n_groups)
    left = (theta + discount * n_seen) / (held + theta)
    base = np.where(
        usual > 0, (usual - discount) / (held + theta)[group], (left / (n_unseen + 1.0))[group]
    )
    return base, held
