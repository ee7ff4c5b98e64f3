"""How unusual a group's behaviour is in the population: the measurements signals use."""

from __future__ import annotations

from math import log2

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading
from stillwatch.detect.state import State
from stillwatch.stats.likelihood import shared_trait_bits
from stillwatch.stats.sequential import p_to_bits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: a node needs this many exchanges to stand in the reference.
ENOUGH = 5
DAY_US = 86_400_000_000


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
    ratio = 2.0 ** min(max(bits, -900.0), 900.0)
    return bits - log2(1.0 - innocent_share + innocent_share * ratio)


def unusual_share(
    group: Group, name: str, noun: str, floor: float, innocent_share: float
) -> Reading:
    """Weigh the group's share of exchanges with a property against the population's nodes.

    Args:
        group: who is tested.
        name: a running count of ``state.COUNTS``.
        noun: for the sentence.
        floor: below this share there is nothing to weigh, in [0, 1].
        innocent_share: how often innocent groups do this all the same, in (0, 1).
    """
    sent = group.of("exchanges")
    total = sent.sum()
    if total < ENOUGH:
        return NOTHING
    share = float(group.of(name).sum() / total)
    if share <= floor:
        return Reading(0.0, f"{share:.1%} of exchanges {noun}", 0.0)
    state = group.state
    others = _reference(state, name)
    own = state.share(name)[group.nodes][sent >= ENOUGH]
    above = others.size - int(np.searchsorted(others, share)) - int((own >= share).sum())
    p = (1.0 + max(above, 0)) / (others.size - own.size + 1.0)
    return Reading(
        capped(max(p_to_bits(p), 0.0), innocent_share),
        f"{share:.1%} of exchanges {noun}; {1 - p:.2%} of the population shows less",
        1.0 - p,
    )


def _reference(state: State, name: str) -> F64:
    """Ascending shares of the nodes with enough exchanges; kept for the look."""
    key = f"{name}, ascending"
    if key not in state.cache:
        state.cache[key] = np.sort(state.share(name)[state.of("exchanges") >= ENOUGH])
    return state.cache[key]


def rate_outside(marked: Mask, counted: Mask, nodes: I64) -> float:
    """Share of marked among counted nodes outside ``nodes``, smoothed into (0, 1).

    Args:
        marked, counted: ``(n_nodes,)``; marked only matters where counted.
        nodes: who is left out.

    >>> rate_outside(np.array([True, False, True]), np.ones(3, bool), np.array([0]))
    0.5
    """
    both = marked & counted
    n = int(counted.sum()) - int(counted[nodes].sum())
    hits = int(both.sum()) - int(both[nodes].sum())
    return (hits + 1.0) / (n + 2.0)


def more_than_chance(hits: Mask, by_chance: float | F64, innocent_share: float) -> float:
    """Weight for "members do this because of one hand" from who does it.

    Args:
        hits: ``(n,)`` which members do it.
        by_chance: how probable that is for others, in (0, 1); one number or ``(n,)``.
        innocent_share: how often innocent groups do it all the same, in (0, 1).

    Returns:
        bits between -1 and ``-log2(innocent_share)``.
    """
    chance = np.broadcast_to(np.asarray(by_chance, np.float64), hits.shape).copy()
    return float(shared_trait_bits(hits.astype(np.float64), chance, innocent_share))


def sampled(group: Group, most: int) -> I64:
    """At most ``most`` members, evenly in the order of their first exchange.

    A member's name has no part in whether it is taken.
    """
    if group.n <= most:
        return group.nodes
    order = np.argsort(group.state.window.first_us[group.nodes], kind="stable")
    picked = np.linspace(0, group.n - 1, most).astype(np.int64)
    return np.sort(group.nodes[order[picked]])


def bins_a_day(state: State) -> int:
    """How many bins of the clock make a day, 0 where a bin is longer than one."""
    return int(DAY_US // state.window.step_us)
