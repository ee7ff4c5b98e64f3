"""Communities and components of weighted graphs; the algorithms are kept libraries'."""

from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


def components(n: int, left: I64, right: I64) -> I64:
    """``(n,)`` component label of each node of an undirected graph."""
    graph = coo_matrix((np.ones(left.size, np.int8), (left, right)), shape=(n, n))
    return np.asarray(connected_components(graph, directed=False)[1]).astype(np.int64)


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
    def of(cls, n: int, left: I64, right: I64, weight: F64) -> Graph:
        """Lay out edges.

        Args:
            n: number of nodes.
            left, right: ``(n_edges,)`` ends, each undirected edge once, no loops; laid out
                without sorting where ``left < right`` and pairs ascend.
            weight: ``(n_edges,)`` > 0.
        """
        has = np.zeros(n, bool)
        has[left] = has[right] = True
        joined = np.flatnonzero(has)
        place = (np.cumsum(has) - 1).astype(np.int32)
        ends = (np.concatenate((right, left)), np.concatenate((left, right)))
        both = coo_matrix(
            (np.concatenate((weight, weight)), (place[ends[0]], place[ends[1]])),
            shape=(joined.size, joined.size),
        ).tocsr()
        both.sum_duplicates()
        offsets, to = both.indptr.astype(np.int64), both.indices.astype(np.int32)
        return cls(n, joined, offsets, to, both.data.astype(np.float64))

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
