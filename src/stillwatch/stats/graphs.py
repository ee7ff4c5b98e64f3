"""Communities and components of weighted graphs; the algorithms are kept libraries'."""

from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


def components(n: int, left: I64, right: I64) -> I64:
    """``(n,)`` component label of each node of an undirected graph."""
    graph = coo_matrix((np.ones(left.size, np.int8), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1]).astype(np.int64)


@nb.njit(cache=True, nogil=True)
def _in_order(left, right):  # type: ignore[no-untyped-def]
    """Whether left ends are the lesser ones and pairs ascend."""
    for e in range(left.size):
        if left[e] >= right[e]:
            return False
        if e and (left[e - 1], right[e - 1]) >= (left[e], right[e]):
            return False
    return True


@nb.njit(cache=True, nogil=True)
def _laid_out(n, left, right, weight, ends, weights):  # type: ignore[no-untyped-def]
    """Fill ends and weights of edges in order, in both directions; who has any, and where."""
    degree = np.zeros(n, np.int64)
    for e in range(left.size):
        degree[left[e]] += 1
        degree[right[e]] += 1
    joined = np.flatnonzero(degree)
    place = np.empty(n, np.int32)
    offsets = np.zeros(joined.size + 1, np.int64)
    for i in range(joined.size):
        place[joined[i]] = i
        offsets[i + 1] = offsets[i] + degree[joined[i]]
    at = offsets[:-1].copy()
    # the lesser neighbours of every node come first
    for e in range(left.size):
        here, there = place[right[e]], place[left[e]]
        ends[at[here]], weights[at[here]] = there, weight[e]
        at[here] += 1
    for e in range(left.size):
        here, there = place[left[e]], place[right[e]]
        ends[at[here]], weights[at[here]] = there, weight[e]
        at[here] += 1
    return joined, offsets


@nb.njit(cache=True, nogil=True)
def _within(joined, offsets, ends, weights, label, out):  # type: ignore[no-untyped-def]
    for i in range(joined.size):
        node = joined[i]
        for e in range(offsets[i], offsets[i + 1]):
            if label[joined[ends[e]]] == label[node]:
                out[node] += weights[e]


@dataclass(frozen=True, slots=True)
class Graph:
    """An undirected graph laid out for community search; nodes without an edge are left out.

    Attributes:
        n: number of nodes, those without an edge counted.
        joined: ``(m,)`` nodes that have an edge.
        offsets, ends, weights: edges of those as a CSR, each in both directions.
    """

    n: int
    joined: I64
    offsets: I64
    ends: npt.NDArray[np.int32]
    weights: F64

    @classmethod
    def of(cls, n: int, left: I32, right: I32, weight: npt.NDArray[np.floating]) -> Graph:
        """Lay out edges.

        Args:
            n: number of nodes.
            left, right: ``(n_edges,)`` ends, each undirected edge once, no loops; laid out
                without sorting where ``left < right`` and pairs ascend.
            weight: ``(n_edges,)`` > 0.
        """
        if not _in_order(left, right):
            low, high = np.minimum(left, right), np.maximum(left, right)
            order = np.lexsort((high, low))
            left, right, weight = low[order], high[order], weight[order]
        ends, weights = np.empty(2 * left.size, np.int32), np.empty(2 * left.size)
        joined, offsets = _laid_out(n, left, right, weight, ends, weights)
        return cls(n, joined, offsets, ends, weights)

    def within(self, label: I64) -> F64:
        """``(n,)`` what the edges of each node to nodes of its own label weigh."""
        out = np.zeros(self.n)
        _within(self.joined, self.offsets, self.ends, self.weights, label, out)
        return out

    def communities(self, resolution: float, seed: int) -> I64:
        """Leiden communities ``(n,)`` under modularity; nodes without an edge stand alone.

        Args:
            resolution: > 0; higher gives smaller communities.
            seed: same seed, same labels.
        """
        out = np.arange(self.n, dtype=np.int64) + self.joined.size
        if self.ends.size:
            found: dict[int, int] = graspologic_native.leiden_csr(
                self.offsets,
                self.ends,
                self.weights,
                self.joined.size,
                resolution=resolution,
                seed=seed,
            )[1]
            who = np.fromiter(found.keys(), np.int64, self.joined.size)
            out[self.joined[who]] = np.fromiter(found.values(), np.int64, self.joined.size)
        return out
