"""Intervals hold what they say, tests are exact, and neither depends on the order of things."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.proportions import (
    corrected,
    difference,
    holm,
    mcnemar,
    paired_difference,
    sign_flip,
    stratified,
    wilson,
)

CELLS = st.integers(0, 12)


@given(st.integers(1, 400), st.data())
def test_wilson_holds_its_rate_and_mirrors(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    assert wilson(n - hits, n) == pytest.approx((1 - high, 1 - low))


def test_nothing_tried_is_nothing_known_and_nonsense_is_refused() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    for hits, n in ((3, 2), (-1, 4)):
        with pytest.raises(BadInput):
            wilson(hits, n)


@given(CELLS, CELLS, CELLS, CELLS)
def test_differences_turn_with_their_sides(a: int, b: int, c: int, d: int) -> None:
    low, high = paired_difference(a, b, c, d)
    assert paired_difference(a, c, b, d) == pytest.approx((-high, -low))
    n = a + b + c + d
    if n:
        assert low - 1e-12 <= (b - c) / n <= high + 1e-12
    assert mcnemar(b, c) == mcnemar(c, b)
    if a + b and c + d:
        low, high = difference(a, a + b, c, c + d)
        assert difference(c, c + d, a, a + b) == pytest.approx((-high, -low))


@given(st.lists(st.integers(-4, 4), max_size=9))
def test_sign_flips_are_counted_exactly(differences: list[int]) -> None:
    seen = abs(sum(differences))
    flips = list(product((-1, 1), repeat=len(differences)))
    share = np.mean(
        [abs(sum(s * d for s, d in zip(flip, differences, strict=True))) >= seen for flip in flips]
    )
    assert sign_flip(differences) == pytest.approx(share)


@given(CELLS, CELLS, CELLS, CELLS)
def test_one_stratum_is_fishers_exact_test(a: int, b: int, c: int, d: int) -> None:
    above, _ = stratified([(a, a + b, c, c + d)])
    if a + b and c + d:
        assert above == pytest.approx(fisher_exact([[a, b], [c, d]], "greater").pvalue)
    else:
        assert above == 1.0


def test_the_stratified_test_keeps_its_rate_where_strata_differ() -> None:
    rng = np.random.default_rng(1)
    rates = np.linspace(0.05, 0.9, 12)
    p = [
        stratified([(int(rng.binomial(4, r)), 4, int(rng.binomial(4, r)), 4) for r in rates])[0]
        for _ in range(800)
    ]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 800)
    assert np.mean(np.array(p) <= 0.2) > 0.08


@pytest.mark.parametrize(
    ("rate", "yes", "no"), [(0.0, 0.8, 0.98), (0.3, 0.85, 0.9), (0.9, 0.9, 0.95)]
)
def test_corrected_rates_cover_the_truth(rate: float, yes: float, no: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        seen = rng.binomial(120, rate * yes + (1 - rate) * (1 - no))
        best, low, high = corrected(
            int(seen), 120, int(rng.binomial(30, yes)), 30, int(rng.binomial(30, no)), 30
        )
        assert 0 <= low <= best <= high <= 1
        held += low <= rate <= high
    assert held / 400 >= 0.93


def test_a_grader_that_tells_nothing_is_refused() -> None:
    with pytest.raises(NotEnoughEvidence, match="edge"):
        corrected(10, 20, 12, 20, 9, 20)
    with pytest.raises(NotEnoughEvidence, match="labelled"):
        corrected(10, 20, 0, 0, 9, 20)


@given(st.lists(st.floats(0, 1), max_size=20))
def test_holm_is_at_least_the_p_value_and_keeps_its_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= q <= 1 for p, q in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values, kind="stable")
    assert np.all(np.diff(np.array(adjusted)[order]) >= 0)
    if p_values:
        assert min(adjusted) == pytest.approx(min(1.0, min(p_values) * len(p_values)))
