"""Chances of pairs are those of all assignments: exact without circles, near with them."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.cloud.marginals import exact, marginals

_ODDS = st.floats(0.01, 50.0)


def by_hand(odds: np.ndarray) -> np.ndarray:
    """Chances by adding up every assignment of a small table of odds; 0 is no pair."""
    n, m = odds.shape
    total, found = 0.0, np.zeros_like(odds)
    for choice in product(range(-1, m), repeat=n):
        used = [j for j in choice if j >= 0]
        if len(used) != len(set(used)):
            continue
        pairs = [(i, j) for i, j in enumerate(choice) if j >= 0]
        weight = float(np.prod([odds[pair] for pair in pairs]))
        total += weight
        for pair in pairs:
            found[pair] += weight
    return found / total


def by_messages(odds: np.ndarray, *, in_full: bool = False) -> np.ndarray:
    first, second = np.nonzero(odds)
    told = odds[first, second]
    p, back = marginals(first, second, told, *odds.shape)
    p = exact(first, second, told, *odds.shape, back) if in_full else p
    found = np.zeros_like(odds)
    found[first, second] = p
    return found


@given(st.lists(_ODDS, min_size=1, max_size=6))
def test_a_line_of_pairs_is_weighed_exactly(told: list[float]) -> None:
    n = len(told) // 2 + 1
    odds = np.zeros((n, n))
    for k, value in enumerate(told):
        odds[(k + 1) // 2, k // 2] = value
    np.testing.assert_allclose(by_messages(odds), by_hand(odds), atol=1e-6)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([0.0, 0.1, 1.0, 5.0, 30.0]), min_size=9, max_size=9))
def test_circles_are_added_up_and_chances_sum_to_one_at_most(told: list[float]) -> None:
    odds = np.array(told).reshape(3, 3)
    found = by_messages(odds, in_full=True)
    np.testing.assert_allclose(found, by_hand(odds), atol=0.02)
    assert (found.sum(axis=0) <= 1 + 1e-6).all()
    assert (found.sum(axis=1) <= 1 + 1e-6).all()


def test_two_that_fit_as_well_take_from_each_other() -> None:
    found = by_messages(np.full((2, 2), 1e6))
    np.testing.assert_allclose(found, 0.5, atol=1e-3)


def test_nothing_gives_nothing() -> None:
    none = np.zeros(0, np.int64)
    assert len(marginals(none, none, np.zeros(0), 0, 0)[0]) == 0
