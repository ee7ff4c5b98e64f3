"""Are two clusters at two providers the same pool?

Asked by counting, through the private protocol, how many of a cluster's keys the other side's
cluster holds. A count alone says little: unrelated customers of two providers share offices,
networks and people. So the count is ranked among those of *decoys*, sets of equally many keys
that the asking side draws from its own innocent population, whole accounts at a time. If the
cluster has nothing to do with the other one, it is one more such draw, and the rank is a p-value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.model.quantity import Quantity
from stillwatch.stats.intervals import clopper_pearson

MOST_HOLDERS = 3
"""Innocent accounts that may hold a key before it says nothing of a cluster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What the counts say.

    Args:
        n_keys: of our cluster.
        n_shared: of them at the other.
        containment: share of our keys that the other holds, with its exact interval.
        p_rank: p-value by rank among decoys; valid, at least 1 / (decoys + 1).
        p_tail: p-value if counts of unrelated sets are Poisson with one rate; it goes lower
            than the rank, and is right only as far as that holds.
        decoys: mean and largest count among the decoys.
        n_decoys: how many.
    """

    n_keys: int
    n_shared: int
    containment: Quantity
    p_rank: float
    p_tail: float
    decoys: tuple[float, int]
    n_decoys: int


def rare(units: Sequence[Sequence[str]], most_holders: int = MOST_HOLDERS) -> list[list[str]]:
    """Units without the keys that many hold: networks of campuses, addresses of proxies.

    Such keys match between any two providers. What is left of each unit is sorted and distinct.

    Args:
        units: innocent accounts (or firms, households), each with its keys.
        most_holders: units that may hold a key, at most.
    """
    held = Counter(key for unit in units for key in set(unit))
    return [sorted({key for key in unit if held[key] <= most_holders}) for unit in units]


def decoys(
    n_keys: int, units: Sequence[Sequence[str]], n_decoys: int, rng: np.random.Generator
) -> list[list[str]]:
    """Sets of the cluster's size, each of whole innocent units, the last one cut.

    Whole units, because one customer of both providers brings all of its keys at once: sets of
    single keys would vary less than clusters do, and their rank would be no p-value.

    Args:
        n_keys: distinct keys of the cluster.
        units: of our innocent population, as :func:`rare` leaves them; none of the cluster.
        n_decoys: sets to draw, 19 at least.
        rng: randomness.

    Returns:
        ``n_decoys`` lists of ``n_keys`` distinct keys.

    Raises:
        BadInput: too few decoys are asked for.
        NotEnoughEvidence: the population has fewer than twice as many keys as the cluster.
    """
    if n_decoys < 19:
        raise BadInput("fewer than 19 decoys cannot show anything at one in twenty.")
    full = [unit for unit in units if unit]
    n_had = len({key for unit in full for key in unit})
    if n_had < 2 * n_keys:
        raise NotEnoughEvidence("keys of innocent accounts", needed=2 * n_keys, had=n_had)
    drawn: list[list[str]] = []
    for _ in range(n_decoys):
        one: dict[str, None] = {}
        for place in rng.permutation(len(full)):
            one.update(dict.fromkeys(full[int(place)]))
            if len(one) >= n_keys:
                break
        drawn.append(list(one)[:n_keys])
    return drawn


def likeness(n_keys: int, n_shared: int, decoy_counts: Sequence[int]) -> Likeness:
    """Rank a count among those of decoys.

    Args:
        n_keys: of our cluster.
        n_shared: of them at the other.
        decoy_counts: counts of the decoys, each of ``n_keys`` keys.

    >>> found = likeness(200, 60, [0, 1, 0, 2] * 10)
    >>> found.p_rank == 1 / 41, found.containment.best
    (True, 0.3)
    """
    if not 0 <= n_shared <= n_keys or not decoy_counts:
        raise BadInput("a count is outside its set, or there are no decoys.")
    counts = np.asarray(decoy_counts)
    m, total = int(counts.size), int(counts.sum())
    low, high = clopper_pearson(n_shared, n_keys)
    return Likeness(
        n_keys=n_keys,
        n_shared=n_shared,
        containment=Quantity(best=n_shared / n_keys, low=low, high=high, unit="share"),
        p_rank=float(1 + (counts >= n_shared).sum()) / (m + 1),
        p_tail=float(binom.sf(n_shared - 1, n_shared + total, 1 / (m + 1))) if n_shared else 1.0,
        decoys=(float(counts.mean()), int(counts.max())),
        n_decoys=m,
    )
