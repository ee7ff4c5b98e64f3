"""Rarity: bits for what few others do, and the cap that innocent look-alikes set on bits."""

from __future__ import annotations

from math import log2

#: how often what is looked for does the unusual thing.
LOOKED_FOR_SHARE = 0.25


def capped(bits: float, innocent_share: float) -> float:
    """Bits after granting that a share of innocent groups looks like this as well.

    Args:
        bits: log2 odds before, any sign.
        innocent_share: in (0, 1).

    Returns:
        bits, below ``-log2(innocent_share)``.

    >>> round(capped(30.0, 2.0**-6), 2), round(capped(1.0, 2.0**-6), 2)
    (6.0, 0.98)
    """
    bits = min(bits, 900.0)
    return bits - log2(1.0 - innocent_share + innocent_share * 2.0 ** max(bits, -900.0))


def rarity_bits(p: float) -> float:
    """Bits for what a share ``p`` of others does and what is looked for does more often.

    Args:
        p: in (0, 1].

    >>> rarity_bits(0.25 / 8), rarity_bits(0.9)
    (3.0, 0.0)
    """
    return max(log2(LOOKED_FOR_SHARE / p), 0.0)


def share_of_others(n_such: float, n_others: float) -> float:
    """Share of others that are such, in (0, 1]; one is added to both counts.

    Args:
        n_such: others that are such; less than 0 counts as 0.
        n_others: all others.

    >>> share_of_others(0, 99), share_of_others(-2, 0)
    (0.01, 1.0)
    """
    return (1.0 + max(n_such, 0)) / (n_others + 1.0)


def smoothed_share(n_hits: float, n: float) -> float:
    """Share of hits among some, drawn into (0, 1): one is added to the hits, two to all.

    >>> smoothed_share(0, 0)
    0.5
    """
    return (n_hits + 1.0) / (n + 2.0)
