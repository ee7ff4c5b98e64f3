"""Communities and components of weighted graphs; the algorithms are kept libraries'."""

from __future__ import annotations

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


def communities(n: int, left: I64, right: I64, weight: F64, *, resolution: float, seed: int) -> I64:
    """Leiden communities ``(n,)`` under modularity; nodes without an edge stand alone.

    Args:
        n: number of nodes.
        left, right: ``(n_edges,)`` ends, each undirected edge once, no loops.
        weight: ``(n_edges,)`` > 0.
        resolution: > 0; higher gives smaller communities.
        seed: same seed, same labels.
    """
    if left.size == 0:
        return np.arange(n, dtype=np.int64)
    has = np.zeros(n, bool)
    has[left] = has[right] = True
    joined = np.flatnonzero(has)
    place = np.cumsum(has) - 1
    left, right = place[left], place[right]
    both = coo_matrix(
        (
            np.concatenate((weight, weight)),
            (np.concatenate((left, right)), np.concatenate((right, left))),
        ),
        shape=(joined.size, joined.size),
    ).tocsr()
    both.sum_duplicates()
    labels = graspologic_native.leiden_csr(
        both.indptr.astype(np.int64),
        both.indices.astype(np.int32),
        both.data.astype(np.float64),
        joined.size,
        resolution=resolution,
        seed=seed,
    )
    found: dict[int, int] = labels[1]
    out = np.arange(n, dtype=np.int64) + joined.size
    out[joined[np.fromiter(found.keys(), np.int64, joined.size)]] = np.fromiter(
        found.values(), np.int64, joined.size
    )
    return out
