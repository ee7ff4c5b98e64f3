"""Marks among exchangeable items: exact, valid at any time, blind to names and order of items."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.model.errors import BadInput
from stillwatch.stats import exchangeable
from stillwatch.stats.exchangeable import Strata, deal, e_process
from stillwatch.stats.onset import onset, usual_chances
from stillwatch.stats.shares import least_share, share_between


def drawn(p: np.ndarray, s: np.ndarray, n: int, r: int, rng: np.random.Generator) -> Strata:
    """``n`` strata over one group: the marked item of ``s``, ``r`` others of ``p``."""
    items = np.concatenate(
        [rng.choice(p.size, (n, 1), p=s), rng.choice(p.size, (n, r), p=p)], axis=1
    )
    starts = np.arange(0, (r + 1) * n + 1, r + 1)
    return Strata(items.ravel().astype(np.int64), starts, np.zeros(p.size, np.int64))


@st.composite
def small(draw: st.DrawFn) -> Strata:
    sizes = draw(st.lists(st.integers(2, 4), min_size=1, max_size=5))
    kinds = draw(st.lists(st.integers(0, 5), min_size=sum(sizes), max_size=sum(sizes)))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return Strata(np.array(kinds, np.int64), starts, np.array([0, 0, 0, 1, 1, 1], np.int64))


def marked_anew(strata: Strata) -> list[Strata]:
    """Every way in which the marks can stand."""
    found = []
    sizes = np.diff(strata.starts)
    for at in product(*map(range, sizes)):
        kind = strata.kind.copy()
        for lo, nth in zip(strata.starts[:-1], at, strict=True):
            kind[[lo, lo + nth]] = kind[[lo + nth, lo]]
        found.append(Strata(kind, strata.starts, strata.group))
    return found


@given(small())
@settings(max_examples=25, deadline=None)
def test_the_bets_have_mean_one_over_all_ways_the_marks_can_stand(strata: Strata):
    ends = [2.0 ** e_process(one)[-1] for one in marked_anew(strata)]
    assert np.mean(ends) == pytest.approx(1.0, rel=1e-9)


def test_late_bets_have_mean_one_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchangeable, "FIRST_LATE", 2)
    rng = np.random.default_rng(0)
    strata = drawn(np.array([0.6, 0.3, 0.1]), np.array([0.1, 0.1, 0.8]), 7, 1, rng)
    every = [2.0 ** e_process(one) for one in marked_anew(strata)]
    assert np.mean(every, axis=0) == pytest.approx(np.ones(7), rel=1e-9)
    # What stands at a moment does not depend on what comes after it.
    assert e_process(strata)[:4] == pytest.approx(e_process(strata.first(4)), abs=1e-12)


def test_p_is_uniform_or_larger_where_nothing_is_different():
    rng = np.random.default_rng(1)
    p = np.array([0.5, 0.2, 0.1, 0.1, 0.05, 0.05])
    found = np.array([deal(drawn(p, p, 60, 2, rng), rng, 199).p for _ in range(400)])
    for level in (0.05, 0.2, 0.5):
        # Four deviations of a binomial.
        assert (found <= level).mean() <= level + 4 * np.sqrt(level * (1 - level) / 400)
    assert found.min() >= 1 / 200


def test_a_stranger_is_found_and_a_twin_is_not():
    rng = np.random.default_rng(2)
    p, q = np.array([0.6, 0.3, 0.1, 0.0, 0.0]), np.array([0.0, 0.1, 0.1, 0.5, 0.3])
    mixed = drawn(p, 0.8 * p + 0.2 * q, 500, 3, rng)
    assert deal(mixed, rng, 999).p == 1 / 1_000
    assert e_process(mixed).max() > 20
    same = drawn(p, p, 500, 3, rng)
    assert deal(same, rng, 999).p > 0.01
    assert e_process(same).max() < 10


@given(small(), st.permutations(range(3)), st.permutations(range(3)))
@settings(max_examples=25, deadline=None)
def test_names_of_kinds_and_order_of_the_others_do_not_matter(strata, first, second):
    # Kinds are renamed within their group.
    renamed = np.array([*first, *(3 + np.array(second))])[strata.kind]
    other = Strata(renamed, strata.starts, strata.group)
    assert e_process(other) == pytest.approx(e_process(strata), abs=1e-9)
    a, b = (deal(one, np.random.default_rng(3), 99) for one in (strata, other))
    assert a.p == b.p
    turned = strata.kind.copy()
    for lo, hi in zip(strata.starts[:-1], strata.starts[1:], strict=True):
        turned[lo + 1 : hi] = turned[lo + 1 : hi][::-1]
    again = Strata(turned, strata.starts, strata.group)
    assert e_process(again) == pytest.approx(e_process(strata), abs=1e-9)


def test_nothing_says_nothing():
    none = Strata(np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int64))
    assert deal(none, np.random.default_rng(0)).p == 1.0
    assert e_process(none).size == 0
    assert onset(none) is None
    one = Strata(np.array([0, 0]), np.array([0, 2]), np.array([0]))
    assert deal(one, np.random.default_rng(0), 99).p == 1.0
    assert least_share(one).low == 0.0 and least_share(one).high == 1.0
    for kind, starts in [([0, 0], [0, 1, 2]), ([0, 3], [0, 2]), ([0, 0], [0, 1])]:
        with pytest.raises(BadInput):
            Strata(np.array(kind), np.array(starts), np.array([0]))


def test_shares_hold_the_truth():
    rng = np.random.default_rng(4)
    p, q = np.array([0.6, 0.25, 0.1, 0.05, 0.0]), np.array([0.1, 0.1, 0.1, 0.4, 0.3])
    held = least = 0
    for _ in range(60):
        share = rng.choice([0.0, 0.2, 0.6])
        strata = drawn(p, (1 - share) * p + share * q, 400, 2, rng)
        both = share_between(strata, rng.choice(5, 400, p=q))
        held += both.low <= share <= both.high
        least += least_share(strata).low <= share
    # 95 of 100 are promised; 60 tries fall below 51 once in a thousand times.
    assert held >= 51 and least >= 57
    alike = drawn(p, p, 200, 2, rng)
    assert share_between(alike, rng.choice(5, 200, p=p)).high == 1.0


def test_the_beginning_is_found_and_held():
    rng = np.random.default_rng(5)
    p, q = np.array([0.6, 0.25, 0.1, 0.05, 0.0]), np.array([0.1, 0.1, 0.1, 0.4, 0.3])
    held = 0
    for _ in range(30):
        before, after = drawn(p, p, 150, 2, rng), drawn(p, 0.5 * p + 0.5 * q, 150, 2, rng)
        whole = Strata(
            np.concatenate([before.kind, after.kind]), np.arange(0, 901, 3), before.group
        )
        began = onset(whole)
        assert began is not None
        held += began.low <= 150 <= began.high
        assert began.bits > 7
    assert held >= 24
    same = onset(drawn(p, p, 300, 2, rng))
    assert same is not None and same.bits < 7
    chances, seen = usual_chances(whole)
    assert chances.sum() == pytest.approx(1.0, abs=0.01) and seen.sum() == 600
