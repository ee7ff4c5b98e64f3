"""Communities: groups held together by many small links rather than by one trait.

Every key joins each holder to a few others in an order of its own, so that edges
grow linearly with holders; a shared order per key would make ring lattices, which
community search cuts up. An edge weighs the rarity of what is shared, the strongest
per family, families added; weak sums are dropped, since unfiltered edges merge
everybody.
"""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.links import FAMILY_OF, KIND_ID, KINDS
from stillwatch.detect.state import State
from stillwatch.stats.graphs import communities

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: partners that each holder of a key is joined to.
N_PARTNERS = 6
#: least weight of an edge, bits.
LEAST_BITS = 7.0
#: most that one shared key may add, bits.
MOST_BITS = 12.0
RESOLUTIONS = (1.0, 8.0)
#: kinds of traits that strangers share out of habit.
LOOSE = ("manner", "client_stack", "contact")
#: a member of a community belongs to its core from this share of the upper quartile of
#: the members' strengths.
CORE_SHARE = 0.25
_FAMILIES = sorted(set(FAMILY_OF.values()))


@nb.njit(cache=True)
def _joined(offsets, node, known, now, df, seed, left, right, key_out):  # type: ignore[no-untyped-def]
    n_out = 0
    holders = np.empty(node.size, np.int64)
    state = np.uint64(seed) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1)
    for k in range(offsets.size - 1):
        if df[k] < 2:
            continue
        n = 0
        for i in range(offsets[k], offsets[k + 1]):
            if known[i] < now:
                holders[n] = node[i]
                n += 1
        for i in range(n - 1, 0, -1):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            j = np.int64(state % np.uint64(i + 1))
            holders[i], holders[j] = holders[j], holders[i]
        for i in range(n):
            for step in range(1, min(N_PARTNERS, (n - 1) // 2 + (n == 2)) + 1):
                a, b = holders[i], holders[(i + step) % n]
                if a == b or (n == 2 and i == 1):
                    continue
                left[n_out] = min(a, b)
                right[n_out] = max(a, b)
                key_out[n_out] = k
                n_out += 1
    return n_out


def weighted_edges(
    state: State, least: float = LEAST_BITS, *, loose: bool = True
) -> tuple[I64, I64, F64, npt.NDArray[np.str_]]:
    """Edges between nodes, each once.

    Args:
        state: what is known so far.
        least: lightest edge kept, bits.
        loose: count traits that habit alone makes common (``LOOSE``) as well.

    Returns:
        ``(n_edges,)`` left and right ends, weights in bits (at least ``least``) and the
        family that weighs most.
    """
    links = state.window.links
    size = int(links.node.size) * N_PARTNERS + 1
    seed = state.window.settings.seed
    left, right, key = (np.empty(size, np.int64) for _ in range(3))
    held = (links.offsets, links.node, links.known_us)
    n = _joined(*held, state.now_us, state.df, seed, left, right, key)
    left, right, key = left[:n], right[:n], key[:n]
    bits = np.minimum(np.log2(max(state.n_active, 2) / np.maximum(state.df[key], 1)), MOST_BITS)
    if not loose:
        bits[np.isin(links.kind[key], [KIND_ID[kind] for kind in LOOSE])] = 0.0
    family = np.array([_FAMILIES.index(FAMILY_OF[i]) for i in range(len(KINDS))])[links.kind[key]]
    pair = left * state.window.population.n + right
    order = np.lexsort((-bits, family, pair))
    p, f = pair[order], family[order]
    first = np.ones(n, bool)
    first[1:] = (p[1:] != p[:-1]) | (f[1:] != f[:-1])
    best = order[first]
    unique, slot = np.unique(pair[best], return_inverse=True)
    weight = np.bincount(slot, weights=bits[best]).astype(np.float64)
    keep = weight >= least
    top = np.lexsort((-bits[best], slot))
    first = np.searchsorted(slot[top], np.arange(unique.size))
    name = np.array(_FAMILIES)[family[best][top[first]]]
    unique = unique[keep]
    n_nodes = state.window.population.n
    return unique // n_nodes, unique % n_nodes, weight[keep], name[keep]


def find_communities(state: State) -> list[I64]:
    """Node sets of the communities' cores and of what hangs on to them, at each resolution."""
    left, right, weight, _ = weighted_edges(state)
    if left.size == 0:
        return []
    n = state.window.population.n
    out = []
    for resolution in RESOLUTIONS:
        label = communities(
            n, left, right, weight, resolution=resolution, seed=state.window.settings.seed
        )
        inner = label[left] == label[right]
        strength = np.zeros(n)
        for ends in (left, right):
            strength += np.bincount(ends[inner], weights=weight[inner], minlength=n)
        order = np.argsort(label, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
        least = state.window.settings.min_accounts
        for part in parts:
            if part.size < least:
                continue
            held = _held(strength[part])
            out += [np.sort(group) for group in (part[held], part[~held]) if group.size >= least]
    return out


def _held(strength: F64) -> npt.NDArray[np.bool_]:
    """Which members are held by many links, and do not hang on by one or two."""
    held: npt.NDArray[np.bool_] = strength >= CORE_SHARE * np.quantile(strength, 0.75)
    return held
