"""Edges are laid out as a kept library lays them out, in whatever order they come."""

from __future__ import annotations

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_matrix

from stillwatch.stats.graphs import Graph

N = 12

edges = st.dictionaries(
    st.tuples(st.integers(0, N - 1), st.integers(0, N - 1)).filter(lambda e: e[0] < e[1]),
    st.integers(1, 6000),
)


@given(edges, st.booleans(), st.randoms(use_true_random=False))
def test_edges_are_laid_out_as_in_a_sparse_matrix(
    found: dict[tuple[int, int], int], ordered: bool, rng: Random
) -> None:
    pairs = sorted(found)
    if not ordered:
        rng.shuffle(pairs)
        pairs = [pair if rng.random() < 0.5 else (pair[1], pair[0]) for pair in pairs]
    left, right = np.array(pairs, np.int32).reshape(-1, 2).T
    weight = np.array([found[min(a, b), max(a, b)] / 64 for a, b in pairs], np.float32)
    graph = Graph.of(N, left, right, weight)
    both = coo_matrix(
        (np.tile(weight.astype(float), 2), (np.append(left, right), np.append(right, left))),
        shape=(N, N),
    ).tocsr()
    both.sort_indices()
    sizes = np.diff(both.indptr)
    assert graph.joined.tolist() == np.flatnonzero(sizes).tolist()
    assert np.diff(graph.offsets).tolist() == sizes[sizes > 0].tolist()
    assert graph.joined[graph.ends].tolist() == both.indices.tolist()
    assert graph.weights.tolist() == both.data.tolist()
    label = graph.communities(1.0, 7)
    assert label.tolist() == Graph.of(N, left, right, weight).communities(1.0, 7).tolist()
    alone = np.flatnonzero(sizes == 0)
    assert np.unique(label[alone]).size == alone.size
    inside = np.array([[label[a] == label[b] for b in range(N)] for a in range(N)])
    assert graph.within(label).tolist() == (both.toarray() * inside).sum(1).tolist()
