"""Communities: groups held together by many small links rather than by one trait.

Every key joins each holder to a few others in an order of its own, so that edges
grow linearly with holders; a shared order per key would make ring lattices, which
community search cuts up. An edge weighs the rarity of what is shared, the strongest
per family, families added; weak sums are dropped, since unfiltered edges merge
everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.gathering import Packed, joined
from stillwatch.detect.links import FAMILY_OF, KIND_ID, KINDS
from stillwatch.detect.state import State
from stillwatch.stats.graphs import Graph

I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]

#: partners that each holder of a key is joined to.
N_PARTNERS = 6
#: least weight of an edge, bits.
LEAST_BITS = 7.0
#: most that one shared key may add, bits.
MOST_BITS = 12.0
RESOLUTIONS = (1.0, 8.0)
#: ends of edges from which on one resolution is searched after the other: each search holds
#: the graph several times over.
MANY_ENDS = 6_000_000
#: kinds of traits that strangers share out of habit.
LOOSE = ("manner", "client_stack", "contact")
#: a member of a community belongs to its core from this share of the upper quartile of
#: its members' strengths.
CORE_SHARE = 0.25
#: families of links, by the numbers that edges have.
FAMILIES = sorted(set(FAMILY_OF.values()))
#: a key that weighs less joins nobody, bits.
WORTHLESS_BITS = 0.5
#: weights are counted in parts of a bit, below ``WEIGHTS`` of them, and families in one
#: word with them; eight digits are left to each end of an edge.
SHARES = 64
WEIGHTS = 1024
MOST_FAMILIES = 8


@nb.njit(cache=True)
def _joined(offsets, node, shares, family, asleep, seed, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with one word for each edge and the key that makes it.

    The word holds both ends, the family and what the key weighs, so that sorting words
    brings the edges of a pair together, each family's weightiest last.
    """
    n_out = 0
    holders = np.empty(node.size, np.int64)
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    for k in range(offsets.size - 1):
        if shares[k] <= 0:
            continue
        n = 0
        n_awake = 0
        for i in range(offsets[k], offsets[k + 1]):
            holders[n] = node[i]
            n += 1
            n_awake += not asleep[node[i]]
        if n_awake == 0:
            continue
        for i in range(n - 1, 0, -1):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            j = np.int64(state % np.uint64(i + 1))
            holders[i], holders[j] = holders[j], holders[i]
        low = np.int64(family[k]) * WEIGHTS + shares[k]
        for i in range(n):
            for step in range(1, min(N_PARTNERS, (n - 1) // 2 + (n == 2)) + 1):
                a, b = holders[i], holders[(i + step) % n]
                if a == b or (n == 2 and i == 1) or (asleep[a] and asleep[b]):
                    continue
                pair = np.int64(min(a, b)) * asleep.size + max(a, b)
                out[n_out] = pair * (MOST_FAMILIES * WEIGHTS) + low
                n_out += 1
    return n_out


@nb.njit(cache=True)
def _added_up(words, least, n_nodes, left_out, right_out, weight_out, family_out):  # type: ignore[no-untyped-def]
    """From sorted words: pairs whose families' weightiest keys add up to ``least``."""
    n_out = 0
    start = 0
    for i in range(1, words.size + 1):
        pair = words[start] // (MOST_FAMILIES * WEIGHTS)
        if i < words.size and words[i] // (MOST_FAMILIES * WEIGHTS) == pair:
            continue
        total = 0
        top = 0
        where = 0
        for j in range(start, i):
            if j + 1 < i and words[j + 1] // WEIGHTS == words[j] // WEIGHTS:
                continue
            weight = words[j] % WEIGHTS
            total += weight
            if weight > top:
                top = weight
                where = words[j] // WEIGHTS % MOST_FAMILIES
        if total >= least:
            left_out[n_out], right_out[n_out] = pair // n_nodes, pair % n_nodes
            weight_out[n_out] = total / SHARES
            family_out[n_out] = where
            n_out += 1
        start = i
    return n_out


def weighted_edges(
    state: State,
    least: float = LEAST_BITS,
    *,
    loose: bool = True,
    asleep: npt.NDArray[np.bool_] | None = None,
    among: I64 | None = None,
) -> tuple[I32, I32, F32, npt.NDArray[np.int8]]:
    """Edges between nodes, each once; left ends are the lesser ones, and pairs ascend.

    Args:
        state: what is known so far.
        least: lightest edge kept, bits.
        loose: count traits that habit alone makes common (``LOOSE``) as well.
        asleep: ``(n_nodes,)`` nodes that are not joined to one another; none where not given.
        among: nodes, ascending, that alone are joined; all where not given.

    Returns:
        ``(n_edges,)`` left and right ends, weights in bits (at least ``least``) and which of
        ``FAMILIES`` weighs most.
    """
    links, n_nodes = state.held, state.window.population.n
    shares = _shares(state, () if loose else LOOSE)
    family = np.array([FAMILIES.index(FAMILY_OF[i]) for i in range(len(KINDS))], np.int8)
    offsets, node = (links.offsets, links.node) if among is None else links.among(among)
    words = np.empty(int(np.diff(offsets)[shares > 0].sum()) * N_PARTNERS, np.int64)
    asleep = np.zeros(n_nodes, bool) if asleep is None else asleep
    told = shares, family[links.kind], asleep, state.window.settings.seed
    n = int(_joined(offsets, node, *told, words))
    words = words[:n]
    words.sort()
    left, right = np.empty(n, np.int32), np.empty(n, np.int32)
    weight, top = np.empty(n, np.float32), np.empty(n, np.int8)
    if n:
        n = int(_added_up(words, round(least * SHARES), n_nodes, left, right, weight, top))
    return left[:n], right[:n], weight[:n], top[:n]


def _shares(state: State, left_out: tuple[str, ...]) -> npt.NDArray[np.int16]:
    """``(n_keys,)`` what each key weighs, in parts of a bit, 0 where it joins nobody."""
    df = np.arange(max(1, int(state.df.max(initial=0))) + 1)
    bits = np.minimum(np.log2(max(state.n_active, 2) / np.maximum(df, 1)), MOST_BITS)
    bits[(df < 2) | (bits < WORTHLESS_BITS)] = 0.0
    out: npt.NDArray[np.int16] = np.round(bits * SHARES).astype(np.int16)[state.df]
    if left_out:
        out[np.isin(state.held.kind, [KIND_ID[kind] for kind in left_out])] = 0
    return out


def searching(state: State, asleep: npt.NDArray[np.bool_] | None = None) -> Callable[[], Packed]:
    """Begin to search for communities beside whatever else is done.

    Args:
        state: what is known so far.
        asleep: ``(n_nodes,)`` nodes that are looked at only where others touch them.

    Returns:
        Gives node sets of the communities' cores and of what hangs on to them, at each
        resolution; waits for them, and may be called again.
    """
    n = state.window.population.n
    # the edges themselves are let go of before the search, which takes much memory
    graph = Graph.of(n, *weighted_edges(state, asleep=asleep)[:3])
    if graph.ends.size == 0:
        return lambda: Packed.of([])
    seed, least = state.window.settings.seed, state.window.settings.min_accounts

    def at(resolution: float) -> Packed:
        label = graph.communities(resolution, seed)
        return _cores(label, graph.within(label), least)

    threads = ThreadPoolExecutor(1 if graph.ends.size > MANY_ENDS else len(RESOLUTIONS))
    found = [threads.submit(at, resolution) for resolution in RESOLUTIONS]
    threads.shutdown(wait=False)
    return lambda: joined([one.result() for one in found])


def _cores(label: I64, strength: F64, least: int) -> Packed:
    """Of each community those who are held by many links, and those who hang on by one or two."""
    sizes = np.bincount(label)
    nodes = np.flatnonzero(sizes[label] >= least)
    order = nodes[np.lexsort((strength[nodes], label[nodes]))]
    starts = np.flatnonzero(np.diff(label[order], prepend=-1))
    n = np.diff(np.append(starts, order.size))
    place = starts + (n - 1) * 0.75
    lower = np.floor(place).astype(np.int64)
    some, above = strength[order], np.minimum(lower + 1, starts + n - 1)
    quartile = some[lower] + (place - lower) * (some[above] - some[lower])
    of = np.repeat(np.arange(n.size), n)
    group = 2 * of + (some < CORE_SHARE * quartile[of])
    order, group = order[by := np.lexsort((order, group))], group[by]
    offsets = np.concatenate(([0], np.cumsum(np.bincount(group)))).astype(np.int64)
    every = Packed(offsets, order)
    return every.take(np.flatnonzero(every.sizes >= least))
