"""Keyed choices: does somebody pick what a secret key picked more often than chance has it?

A slot has K equally good ways; the key picks one of them, uniformly and apart from everything
else (a pseudo-random function of a secret). Whoever is asked and knows nothing of the key hits
it once in K times *whatever ways it likes itself*: over distinct slots the hits are a sum of
independent coins, and the test is exact. Null: the answers are independent of the key.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput
from stillwatch.stats.coins import Coins
from stillwatch.stats.decoys import rank_p

BOOL = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


def hits_p(n_hits: int, n_slots: int, n_ways: int) -> float:
    """P(at least so many hits), the exact upper tail of Bin(n_slots, 1 / n_ways); in (0, 1].

    Args:
        n_hits: slots in which the key's way was shown, 0 to ``n_slots``.
        n_slots: distinct slots that were asked about, each counted once.
        n_ways: ways of each slot, >= 2.

    >>> f"{hits_p(35, 100, 10):.2g}"
    '1.4e-11'
    """
    if not 0 <= n_hits <= n_slots or n_ways < 2:
        raise BadInput("hits lie between 0 and the slots, ways are at least 2.", where="hits")
    return Coins(np.array([1]), np.array([1.0 / n_ways]), np.array([n_slots])).tail(n_hits)


def slot_coins(ways: I64) -> Coins:
    """The coins that hits are under the null, slots of one number of ways put together.

    Args:
        ways: ``(n_slots,)`` ways of each slot, >= 2.
    """
    if (ways < 2).any():
        raise BadInput("a slot has at least two ways.", where="ways")
    kinds, counts = np.unique(ways, return_counts=True)
    return Coins(np.ones(kinds.size, np.int64), 1.0 / kinds, counts.astype(np.int64))


def hits_p_of(hit: BOOL, ways: I64) -> float:
    """P(at least so many hits) for slots with different numbers of ways (Poisson-binomial).

    Args:
        hit: ``(n_slots,)`` whether the key's way was shown; each slot once.
        ways: ``(n_slots,)`` ways of each slot, >= 2.

    >>> round(hits_p_of(np.array([True, True]), np.array([2, 4])), 6)
    0.125
    """
    if hit.shape != ways.shape:
        raise BadInput("hits and ways differ in shape.", where="hits")
    return slot_coins(ways).tail(int(hit.sum())) if hit.size else 1.0


def choice_mass(mass: F64) -> float:
    """Rank of the true key by the probability that a model gives to the keys' ways.

    For open weights, or several answers a slot: the sum over slots of the probability of the
    way that a key picks, true key against decoys; floor 1 / n_keys. Null: the true key and the
    decoys are exchangeable, as keys are that were drawn alike (Barnard 1963).

    Args:
        mass: ``(n_keys, n_slots)`` probabilities, the true key in row 0.
    """
    if mass.ndim != 2 or mass.shape[0] < 2 or not np.isfinite(mass).all():
        raise BadInput("needs a finite row for the key and one for each decoy.", where="mass")
    sums = mass.sum(axis=1)
    return rank_p(float(sums[0]), sums[1:])
