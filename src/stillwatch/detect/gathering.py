"""Gathering: the compiled parts of finding candidates, for many groups in one go.

Groups are packed: group ``g`` is ``nodes[offsets[g]:offsets[g + 1]]``, ascending.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]
U64 = npt.NDArray[np.uint64]

#: bunches taken from one group along each axis, the densest first.
N_BUNCHES = 3
#: a bunch that is nearly all of a group is no bunch of it.
NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Packed:
    """Groups of nodes.

    Attributes:
        offsets: ``(n_groups + 1,)``.
        nodes: positions of nodes, ascending within each group.
    """

    offsets: I64
    nodes: I64

    @classmethod
    def of(cls, groups: list[I64]) -> Packed:
        """Pack some groups."""
        sizes = np.array([0, *(g.size for g in groups)], np.int64)
        empty = np.zeros(0, np.int64)
        return cls(np.cumsum(sizes), np.concatenate([empty, *groups]))

    @property
    def n(self) -> int:
        """How many groups."""
        return int(self.offsets.size - 1)

    @property
    def sizes(self) -> I64:
        """``(n,)`` nodes of each group."""
        return np.diff(self.offsets)

    def group(self, nth: int) -> I64:
        """Nodes of one group."""
        return self.nodes[self.offsets[nth] : self.offsets[nth + 1]]

    def sums(self, values: npt.NDArray[np.generic]) -> F64:
        """``(n,)`` sums over the nodes of each group, of values ``(n_nodes,)``."""
        running = np.zeros(self.nodes.size + 1)
        np.cumsum(values[self.nodes], out=running[1:])
        out: F64 = np.diff(running[self.offsets])
        return out

    def without(self, taken: npt.NDArray[np.bool_], least: int) -> tuple[Packed, I64]:
        """What is left of groups that lose a node, where that is enough, and of which group.

        Args:
            taken: ``(n_nodes,)`` who is taken out of every group.
            least: nodes that must be left.
        """
        left = ~taken[self.nodes]
        ends = np.concatenate(([0], np.cumsum(left)))[self.offsets]
        sizes = np.diff(ends)
        which = np.flatnonzero((sizes < self.sizes) & (sizes >= least))
        return Packed(ends, self.nodes[left]).take(which), which

    def take(self, which: I64) -> Packed:
        """Some of the groups, in the order of ``which``."""
        sizes = self.sizes[which]
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        index = np.repeat(self.offsets[which] - offsets[:-1], sizes) + np.arange(offsets[-1])
        return Packed(offsets, self.nodes[index])


@nb.njit(cache=True)
def _trim(offsets, nodes, lot, most, out, ends):  # type: ignore[no-untyped-def]
    n = 0
    for g in range(offsets.size - 1):
        members = nodes[offsets[g] : offsets[g + 1]]
        if members.size <= most:
            out[n : n + members.size] = members
            n += members.size
        else:
            last = np.sort(lot[members])[most - 1]
            for node in members:
                if lot[node] <= last:
                    out[n] = node
                    n += 1
        ends[g + 1] = n


def trimmed(groups: Packed, most: int, lot: U64) -> Packed:
    """The groups with at most so many nodes of each, drawn by lot.

    Args:
        groups: nodes ascending.
        most: nodes that stay of a larger group, and those of the same lot as the last.
        lot: ``(n_nodes,)`` a uniform word of each node.
    """
    if groups.n == 0 or groups.sizes.max() <= most:
        return groups
    out, ends = np.empty(groups.nodes.size, np.int64), np.zeros(groups.n + 1, np.int64)
    _trim(groups.offsets, groups.nodes, lot, most, out, ends)
    return Packed(ends, out[: ends[-1]].copy())


def joined(parts: list[Packed]) -> Packed:
    """The groups of several packs, one after another."""
    sizes = np.concatenate([np.zeros(1, np.int64), *(p.sizes for p in parts)])
    return Packed(
        np.cumsum(sizes), np.concatenate([np.zeros(0, np.int64), *(p.nodes for p in parts)])
    )


@nb.njit(cache=True, nogil=True)
def sign(offsets, node, keys, word, total, words, volume):  # type: ignore[no-untyped-def]
    """MinHash words and volumes of the nodes that hold some keys.

    Args:
        offsets, node: rows of each key.
        keys: ``(n,)`` which keys.
        word: ``(n_nodes, n_words)`` words of each node.
        total: ``(n_nodes,)`` volumes.
        words: ``(n, n_words)`` is filled; all ones at first.
        volume: ``(n,)`` is filled.
    """
    for nth in range(keys.size):
        held = 0.0
        for row in range(offsets[keys[nth]], offsets[keys[nth] + 1]):
            for j in range(words.shape[1]):
                words[nth, j] = min(words[nth, j], word[node[row], j])
            held += total[node[row]]
        volume[nth] = held


@nb.njit(cache=True)
def _gather(kin_offsets, kin, offsets, node, times, nodes, ends):  # type: ignore[no-untyped-def]
    n = 0
    for f in range(kin_offsets.size - 1):
        start = n
        need = max(1, (kin_offsets[f + 1] - kin_offsets[f]) // 4)
        for k in kin[kin_offsets[f] : kin_offsets[f + 1]]:
            for i in range(offsets[k], offsets[k + 1]):
                times[node[i]] += 1
                if times[node[i]] == 1:
                    nodes[n] = node[i]
                    n += 1
        held = start
        for i in range(start, n):
            if times[nodes[i]] >= need:
                nodes[held] = nodes[i]
                held += 1
                times[nodes[held - 1]] = 0
            else:
                times[nodes[i]] = 0
        n = held
        ends[f + 1] = n


def gather(kin_offsets: I64, kin: I64, offsets: I64, node: I32, n_nodes: int) -> Packed:
    """Nodes that hold at least a quarter of the keys of each family.

    Args:
        kin_offsets, kin: keys of each family, packed.
        offsets, node: rows of all keys.
        n_nodes: how many nodes there are.
    """
    nodes = np.empty(int((offsets[kin + 1] - offsets[kin]).sum()), np.int64)
    ends = np.zeros(kin_offsets.size, np.int64)
    _gather(kin_offsets, kin, offsets, node, np.zeros(n_nodes, np.int32), nodes, ends)
    return ascending(Packed(ends, nodes[: ends[-1]]), n_nodes)


def ascending(groups: Packed, n_nodes: int) -> Packed:
    """The same groups with the nodes of each in ascending order."""
    firsts, sizes = np.arange(groups.n) * n_nodes, groups.sizes
    nodes = np.repeat(firsts, sizes)
    nodes += groups.nodes
    nodes.sort()
    nodes -= np.repeat(firsts, sizes)
    return Packed(groups.offsets, nodes)


@nb.njit(cache=True)
def describe(offsets, nodes, word, sent, name_out, least_out, volume_out):  # type: ignore[no-untyped-def]
    """Per group: the sum and the least of its nodes' words, and its volume."""
    for g in range(offsets.size - 1):
        name = np.uint64(0)
        least = np.uint64(0xFFFFFFFFFFFFFFFF)
        volume = 0.0
        for node in nodes[offsets[g] : offsets[g + 1]]:
            name += word[node]
            least = min(least, word[node])
            volume += sent[node]
        name_out[g] = name
        least_out[g] = least
        volume_out[g] = volume


@nb.njit(cache=True)
def densest(sorted_times, least):  # type: ignore[no-untyped-def]
    """Window ``[lo, hi)`` of sorted times with the best burst score.

    The score is members times log of how much denser than the whole the window is.
    """
    n = sorted_times.size
    best = 0.0
    where = (0, n)
    span = sorted_times[n - 1] - sorted_times[0] + 1e-9
    for k in range(1, 16):
        width = span * 0.5**k
        lo = 0
        top = 0
        at = (0, n)
        for hi in range(n):
            while sorted_times[hi] - sorted_times[lo] > width:
                lo += 1
            if hi - lo + 1 > top:
                top = hi - lo + 1
                at = (lo, hi + 1)
        if top < least:
            break
        share = top / n
        if share <= 0.5**k:
            continue
        score = top * np.log(share / 0.5**k)
        if score > best:
            best = score
            where = at
    return where


@nb.njit(cache=True)
def _bunches(offsets, nodes, moments, least, whole, out, ends, parent, nth):  # type: ignore[no-untyped-def]
    n_out = 0
    n = 0
    for g in range(offsets.size - 1):
        rest = nodes[offsets[g] : offsets[g + 1]].copy()
        times = moments[offsets[g] : offsets[g + 1]].copy()
        size = rest.size
        for turn in range(N_BUNCHES):
            if size < least:
                break
            lo, hi = densest(times[:size], least)
            all_known = size == whole[g]
            if hi - lo < least or (hi - lo > NEARLY_ALL * size and all_known):
                break
            out[n : n + hi - lo] = rest[lo:hi]
            n += hi - lo
            ends[n_out + 1] = n
            parent[n_out] = g
            nth[n_out] = turn
            n_out += 1
            for i in range(hi, size):
                rest[i - hi + lo] = rest[i]
                times[i - hi + lo] = times[i]
            size -= hi - lo
            whole[g] -= hi - lo
    return n_out


def bunches(groups: Packed, moments: F64, least: int) -> tuple[Packed, I64, I64]:
    """Nodes of each group whose moments bunch.

    Args:
        groups: where to look.
        moments: ``(n_nodes,)`` when; nan where unknown.
        least: nodes of a bunch.

    Returns:
        the bunches, which group each is of, and its number there, the densest first.
    """
    sizes = groups.sizes
    of_group = np.repeat(np.arange(groups.n), sizes)
    known = np.flatnonzero(~np.isnan(moments[groups.nodes]))
    known = known[np.lexsort((moments[groups.nodes[known]], of_group[known]))]
    nodes = groups.nodes[known]
    n_known = np.bincount(of_group[known], minlength=groups.n)
    offsets = np.concatenate(([0], np.cumsum(n_known))).astype(np.int64)
    most = groups.n * N_BUNCHES
    out, ends = np.empty(nodes.size, np.int64), np.zeros(most + 1, np.int64)
    parent, nth = np.empty(most, np.int64), np.empty(most, np.int64)
    times = moments[nodes]
    n = int(_bunches(offsets, nodes, times, least, sizes.copy(), out, ends, parent, nth))
    found = Packed(ends[: n + 1].copy(), out[: ends[n]])
    return ascending(found, moments.size), parent[:n], nth[:n]
