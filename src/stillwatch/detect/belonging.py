"""Belonging: whether two groups are one pool, by their load, their topics and rare traits."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from stillwatch.detect.gathering import Packed, trimmed
from stillwatch.detect.group import Group, probe_groups
from stillwatch.detect.membership import TOPIC_TELLS_BITS
from stillwatch.detect.prevalence import sampled
from stillwatch.detect.signals import interchangeability
from stillwatch.detect.state import State
from stillwatch.detect.ties import Ties
from stillwatch.detect.topic_fit import topic_bits
from stillwatch.stats.pooled_load import load_bits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: from this weight of load balance on, volumes tell whether two groups are one.
LOAD_TELLS_BITS = 3.0
#: a node of one campaign is tied to another by this many bits in this many families.
TIED_BITS = 3.0
TIED_FAMILIES = 2
#: as many nodes of a large group, drawn by lot, tell what load it shares.
ENOUGH = 400
#: bytes of ties that are kept of a look.
KEPT_BYTES = 128 << 20


def are_two(state: State, small: I64, large: I64) -> bool:
    """Whether each of two groups shares a load, or topics, that both together do not."""
    whole, parts = _loads(state, small, large)
    return (max(parts) >= LOAD_TELLS_BITS and whole < _still(parts)) or _two_topics(
        state, small, large
    )


def _two_topics(state: State, small: I64, large: I64) -> bool:
    """Whether each of two groups has a mix of topics, and both together have not.

    The mix of the one may also be strange to the typical member of the other.
    """
    one, other = (Group(state, nodes) for nodes in (small, large))
    if min(interchangeability.weigh(group).bits for group in (one, other)) > 0.0:
        both = Group(state, np.union1d(small, large))
        if interchangeability.weigh(both).bits < 0.0:
            return True
    mine, theirs = sampled(one, interchangeability.MOST), sampled(other, interchangeability.MOST)
    fits_own = np.median(topic_bits(state, mine, mine)) >= TOPIC_TELLS_BITS
    return bool(fits_own and np.median(topic_bits(state, theirs, mine)) < 0.0)


def belong(state: State, small: I64, large: I64, *, tied: bool | None = None) -> bool:
    """Whether two groups taken together share one load nearly as well as the better one.

    Where neither shares one, most of the smaller group must be tied to the larger. In
    either case the topics of the larger must not be strange to the smaller. Nodes that both
    have speak for the smaller alone: a group that came about of two campaigns belongs to
    neither for having nodes of either.

    Args:
        state: what is known so far.
        small, large: nodes of the two.
        tied: whether they are, where that is known.
    """
    rest = large[~np.isin(large, small)]
    if rest.size < state.window.settings.min_accounts:
        rest = large
    small, rest = sorted((small, rest), key=len)
    whole, parts = _loads(state, small, rest)
    if max(parts) >= LOAD_TELLS_BITS:
        fits = whole >= _still(parts)
    else:
        fits = is_tied(state, small, rest) if tied is None else tied
    return fits and not _two_topics(state, small, rest)


def share_a_load(state: State, small: I64, large: I64) -> bool:
    """Whether each of two groups shares a load, and both together share one."""
    whole, parts = _loads(state, small, large)
    return min(parts) >= LOAD_TELLS_BITS and whole >= _still(parts)


def _loads(state: State, a: I64, b: I64) -> tuple[float, tuple[float, float]]:
    """How equally two groups together share one load, bits, and each of them.

    Of a large group some speak, so that a small one is heard beside it.
    """
    a, b = (trimmed(Packed.of([nodes]), ENOUGH, state.window.lot).nodes for nodes in (a, b))
    both = probe_groups(state, Packed.of([np.union1d(a, b)]), np.array([-np.inf]))[0]
    return _told(both), (_load(state, a), _load(state, b))


def _still(parts: tuple[float, float]) -> float:
    """Bits of load that two groups together must have to share one."""
    return max(0.6 * max(parts), max(parts) - 12.0)


def _load(state: State, nodes: I64) -> float:
    """How equally nodes share one load, bits; kept for the look."""
    key = f"load of {name_of(nodes)}"
    if key not in state.cache:
        state.cache[key] = probe_groups(state, Packed.of([nodes]), np.array([-np.inf]))[0]
    return _told(state.cache[key])


def name_of(nodes: I64) -> str:
    """What some nodes are called among what is kept of a look."""
    return blake2b(nodes.tobytes(), digest_size=16).hexdigest()


def _told(load: F64) -> float:
    """Bits of load; 0 where too little was sent."""
    return float(np.nan_to_num(load_bits(load)))


def _ties(state: State, nodes: I64) -> Ties:
    """Ties of a campaign; those that were asked last are kept for the look."""
    key = name_of(nodes)
    ties = state.known.pop(key) if key in state.known else Ties.of(state, nodes)
    state.known[key] = ties
    while len(state.known) > 1 and sum(one.n_bytes for one in state.known.values()) > KEPT_BYTES:
        del state.known[next(iter(state.known))]
    return ties


def is_tied(state: State, small: I64, large: I64) -> bool:
    """Whether most of a group share rare traits of several families with a campaign."""
    bits = _ties(state, large).some(state, small)
    return bool(((bits >= TIED_BITS).sum(1) >= TIED_FAMILIES).mean() >= 0.5)
