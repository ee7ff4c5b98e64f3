"""How unusual a group's behaviour is in the population: the measurements signals use."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading
from stillwatch.detect.state import State
from stillwatch.stats.likelihood import shared_trait_bits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: how often a campaign does what one signal of harvesting looks for.
CAMPAIGN_SHARE = 0.25
#: a group needs this many exchanges, and a node to stand in the reference.
ENOUGH = 5
#: shares of few exchanges are noisy, which hides what is unusual: with this many busy
#: nodes of that many exchanges, only those stand in the reference.
MANY, BUSY = 200, 20
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
    bits = min(bits, 900.0)
    return bits - log2(1.0 - innocent_share + innocent_share * 2.0 ** max(bits, -900.0))


def rarity_bits(p: float) -> float:
    """Bits for what a share ``p`` of the population does and a campaign does more often.

    Args:
        p: in (0, 1].

    >>> rarity_bits(0.25 / 8), rarity_bits(0.9)
    (3.0, 0.0)
    """
    return max(log2(CAMPAIGN_SHARE / p), 0.0)


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
    others = reference(state, name)
    own = state.share(name)[group.nodes][sent >= others.least]
    above = others.above.size - int(np.searchsorted(others.above, share))
    above -= int((own >= share).sum())
    p = (1.0 + max(above, 0)) / (others.n - own.size + 1.0)
    return Reading(
        capped(rarity_bits(p), innocent_share),
        f"{share:.1%} of exchanges {noun}; {1 - p:.2%} of the population shows less",
        1.0 - p,
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """The nodes that a group's share is held against.

    Attributes:
        above: their shares that are above 0, ascending.
        n: how many nodes, those with a share of 0 included.
        least: exchanges that each has at least.
    """

    above: F64
    n: int
    least: int


def reference(state: State, name: str) -> Reference:
    """Shares of a running count among the nodes that stand in the reference, kept for the look."""
    key = f"{name}, ascending"
    if key not in state.cache:
        sent = state.of("exchanges")
        if "reference" not in state.cache:
            least = BUSY if int((sent >= BUSY).sum()) >= MANY else ENOUGH
            state.cache["reference"] = sent >= least
            state.cache["reference from"] = np.array([least, (sent >= least).sum()])
        with_any = state.cache["reference"] & (state.of(name) > 0)
        state.cache[key] = np.sort(state.of(name)[with_any] / sent[with_any])
    least, n = state.cache["reference from"].tolist()
    return Reference(state.cache[key], n, least)


def keep_marks(state: State, key: str, marked: Mask, counted: Mask) -> None:
    """Keep for this look who is marked among those who count, both ``(n_nodes,)``."""
    both = np.stack((marked & counted, counted))
    state.cache[key] = both
    state.cache[f"{key}, totals"] = both.sum(1)


def read_marks(state: State, key: str, nodes: I64) -> tuple[Mask, float]:
    """What ``keep_marks`` kept, for some nodes and for all others.

    Args:
        state: what is known so far.
        key: under which the marks are kept.
        nodes: ``(n,)`` who is asked about.

    Returns:
        marks of those nodes that count, and the share of marks among all other nodes
        that count, smoothed into (0, 1).
    """
    marked, counted = state.cache[key][:, nodes]
    n_marked, n_counted = state.cache[f"{key}, totals"]
    n_hits = float(n_marked - marked.sum())
    return marked[counted], (n_hits + 1.0) / (float(n_counted - counted.sum()) + 2.0)


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
