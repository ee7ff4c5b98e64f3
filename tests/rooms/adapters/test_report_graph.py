"""The picture of a cluster: every account or an honest sample, the same each time."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.report.charts.graph import graph_chart
from stillwatch.adapters.report.graph_layout import (
    MAX_NODES,
    choose_nodes,
    place,
    read_links,
)
from tests.rooms.adapters.sample_result import account_ids, graph


def two_groups(n: int) -> list[list[object]]:
    """Two groups of ``n`` accounts, each a ring with spokes, joined by one weak link."""
    edges: list[list[object]] = []
    for base in (0, n):
        edges += [[base, base + k, 9.0, "content"] for k in range(1, n)]
        edges += [[base + k, base + (k + 1) % n, 6.0, "timing"] for k in range(n)]
    return [*edges, [n - 1, n, 1.0, "network"]]


def test_groups_are_drawn_apart() -> None:
    links, _ = read_links(two_groups(40), 80)
    spots = place(links, 80)
    centres = [spots[:40].mean(axis=0), spots[40:].mean(axis=0)]
    inside = max(np.linalg.norm(spots[:40] - centres[0], axis=1).mean(), 1e-9)
    assert np.linalg.norm(centres[0] - centres[1]) > 1.5 * inside


def test_accounts_do_not_lie_on_each_other() -> None:
    links, _ = read_links(two_groups(150), 300)
    spots = place(links, 300)
    gaps = np.linalg.norm(spots[:, None] - spots[None], axis=2)[np.triu_indices(300, 1)]
    assert np.quantile(gaps, 0.001) > 0.008


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 12), st.lists(st.tuples(st.integers(-2, 14), st.integers(-2, 14), st.floats()))
)
def test_any_graph_gets_finite_places(n: int, rows: list[tuple[int, int, float]]) -> None:
    links, families = read_links([[*row, "content"] for row in rows], n)
    assert len(families) == len(links.bits)
    spots = place(links, n, n_steps=20)
    assert spots.shape == (n, 2)
    assert np.isfinite(spots).all()
    assert (np.hypot(spots[:, 0], spots[:, 1]) <= 1.0 + 1e-9).all()


@pytest.mark.parametrize("row", [None, [], [0], [0, 1], [0, 0, 1.0], [0, 9, 1.0], ["0", 1, 1.0],
                                 [True, 1, 1.0], [0, 1, "9"], {"a": 1}])  # fmt: skip
def test_rows_that_are_no_links_are_left_out(row: object) -> None:
    links, _ = read_links([row], 2)
    assert len(links.bits) == 0


def test_five_thousand_accounts_are_sampled_and_the_page_says_so() -> None:
    rng = np.random.default_rng(3)
    given_graph = graph(account_ids("a", 5_000, rng), 110, rng)
    links, _ = read_links(given_graph["edges"], 5_000)
    chosen = choose_nodes(links, 5_000)
    assert len(chosen) == MAX_NODES
    assert len(set(chosen.tolist())) == MAX_NODES
    inside = np.isin(links.ends, chosen).all(axis=1).sum()
    assert inside > MAX_NODES  # connected enough to show how accounts hang together
    picture = graph_chart(given_graph, "c1", 6_000)
    assert picture.count("<circle") == MAX_NODES
    assert "600 of 5,000 accounts are drawn" in picture
    assert "put 5,000 of 6,000 accounts into the picture" in picture
    assert re.search(r"of [\d,]+ links are drawn", picture)


def test_legend_counts_what_is_drawn() -> None:
    nodes = [{"id": str(k), "membership": 1.0} for k in range(4)]
    edges = [[0, 1, 5, "timing"], [1, 2, 5, "timing"], [2, 3, 5, "partner:x"], [0, 3, 1, "odd"]]
    picture = graph_chart({"nodes": nodes, "edges": edges}, "c1", 4)
    assert "2 by timing, 1 by partner, 1 by other" in picture
    assert picture.count("<circle") == 4


def test_links_of_one_pair_lie_beside_each_other() -> None:
    nodes = [{"id": "a"}, {"id": "b"}]
    edges = [[0, 1, 5, "timing"], [1, 0, 5, "content"]]
    picture = graph_chart({"nodes": nodes, "edges": edges}, "c1", 2)
    drawn = {
        frozenset(re.findall(r"[-\d.]+ [-\d.]+", d))
        for d in re.findall(r' d="(M[^"]+L[^"]+)"', picture)
    }
    assert len(drawn) == 2
