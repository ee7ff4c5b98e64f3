"""Evidence that may say the same thing twice, added up so that it does not count twice.

Of the weights of one group the strongest for and the strongest against count, and groups
add. The sum does not depend on order, repetition or echo.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]


@nb.njit(cache=True)
def put_sides(bits, group, used, best, worst):  # type: ignore[no-untyped-def]
    """Per row of ``used`` and group: the strongest for and the strongest against.

    Args:
        bits: ``(n,)`` weights.
        group: ``(n,)`` group of each.
        used: ``(n_rows, n)`` which count in each row.
        best, worst: ``(n_rows, n_groups)``; raised and lowered where a weight goes beyond.
    """
    for r in range(used.shape[0]):
        for s in range(bits.size):
            if used[r, s]:
                f = group[s]
                best[r, f] = max(best[r, f], bits[s])
                worst[r, f] = min(worst[r, f], bits[s])


def sides(
    bits: F64, group: I64, n_groups: int, used: npt.NDArray[np.bool_], cap: float
) -> tuple[F64, F64]:
    """The strongest for and against, ``(n_rows, n_groups)``, each at most ``cap``.

    Args:
        bits: ``(n,)`` weights, 0 where there is none.
        group: ``(n,)`` group of each, 0 to ``n_groups - 1``.
        n_groups: how many groups there are.
        used: ``(n_rows, n)`` which count in each row.
        cap: most that one group may say, bits.
    """
    best, worst = np.zeros((2, used.shape[0], n_groups))
    put_sides(np.clip(bits, -cap, cap), group, used, best, worst)
    return best, worst


def added_up(parts: F64) -> F64:
    """``(n,)`` the sum of each row of ``(n, n_parts)``, from the first part to the last."""
    total = np.zeros(parts.shape[0])
    for nth in range(parts.shape[1]):
        total += parts[:, nth]
    return total


def probability_of(bits: F64, prior_bits: float) -> F64:
    """``(n,)`` probabilities of weights on top of a prior.

    Args:
        bits: ``(n,)`` log2 odds from evidence.
        prior_bits: log2 odds before; small ones, so that a share's logarithm does as well.
    """
    out: F64 = 1.0 / (1.0 + np.exp2(-np.clip(bits + prior_bits, -60, 60)))
    return out


def strangers_bits(bits: F64, n: int) -> float:
    """What strangers show of a kind of evidence, to be taken off what anybody shows.

    The mean of ``2 ** bits`` over strangers is at most 1 where the bits are what they say. It
    is more where the strongest of many weights was taken, or where what is looked for is a
    habit of many.

    Args:
        bits: ``(m,)`` weights of strangers, those left out being 0.
        n: how many strangers there are, at least ``m``.

    Returns:
        bits, at least 0.

    >>> strangers_bits(np.array([8.0]), 255), strangers_bits(np.array([-2.0, 0.0]), 9)
    (1.0, 0.0)
    """
    excess = float((np.exp2(bits) - 1.0).sum())
    return float(np.log2(1.0 + max(excess, 0.0) / max(n, 1)))


def weighed_by_holding(
    bits: F64,
    members: F64,
    n_members: int,
    strangers: F64,
    n_strangers: int,
    most_against: float,
) -> F64:
    """Weights of what accounts hold of one kind, so that a stranger gains nothing by it.

    Of several things that an account holds the strongest counts, so that together they say too
    much. By how much is known: over strangers a likelihood ratio has mean 1, and so those who
    hold something may show, in all, what those who hold nothing leave. Where every member holds
    something that is all of it, and where few do it is little.

    Args:
        bits: ``(n,)`` the strongest of what each account holds, 0 or less where it holds nothing.
        members, strangers: the same of members and of strangers who hold something; those left
            out hold nothing.
        n_members, n_strangers: how many there are of each.
        most_against: bits that holding nothing may speak against an account at most, >= 0.

    Returns:
        ``(n,)`` bits: who holds something loses what strangers show beyond that, and who holds
        nothing gets what that is worth.

    >>> asked = np.array([8.0, 0.0])
    >>> all_hold, four = np.full(99, 8.0), np.full(4, 8.0)
    >>> weighed_by_holding(asked, all_hold, 99, four, 1024, 4.0).round(2)
    array([ 7.91, -4.  ])
    >>> weighed_by_holding(asked, all_hold[:9], 99, four, 1024, 4.0).round(2)
    array([ 4.61, -0.14])
    """
    n_hold, n_do = int((members > 0.0).sum()), int((strangers > 0.0).sum())
    share, chance = (n_hold + 0.5) / (n_members + 1.0), (n_do + 0.5) / (n_strangers + 1.0)
    without = float(np.clip(np.log2((1.0 - share) / (1.0 - chance)), -most_against, 0.0))
    left = 1.0 - (1.0 - chance) * 2.0**without
    shown = float(np.exp2(strangers[strangers > 0.0]).sum()) / (n_strangers + 1.0)
    out: F64 = np.where(
        bits > 0.0, bits - np.log2(max(shown / left, 1.0)), np.minimum(bits, without)
    )
    return out
