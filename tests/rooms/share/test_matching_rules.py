"""Budgets of questions, sets that differ too little, and the test for one pool."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.model.marking import Purpose
from stillwatch.share.matching import DAY_US, Agreement, Mode, Past, Wish, refusal, too_near
from stillwatch.share.matching_clusters import decoys, likeness, rare
from stillwatch.share.matching_names import RULES, Kind

NOW = 1_772_000_000_000_000
AGREED = Agreement(
    partner="beta", kinds=frozenset({Kind.EMAIL}), purposes=frozenset({Purpose.DEFENCE}),
    modes=frozenset({Mode.SIZE}), items_a_day=1_000, sessions_a_day=3, until_us=NOW + DAY_US,
)  # fmt: skip
WISH = Wish(
    partner="beta", rules=RULES, kind=Kind.EMAIL, purpose=Purpose.DEFENCE, mode=Mode.SIZE,
    n_items=500,
)  # fmt: skip


def why(wish: Wish, past: list[Past] | None = None, now_us: int = NOW) -> str:
    return refusal(wish, AGREED, past or [], now_us, rules=RULES)


def test_what_is_agreed_goes_on() -> None:
    assert why(WISH) == ""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"partner": "gamma"}, "no agreement"),
        ({"rules": "stillwatch.match/0"}, "other rules"),
        ({"kind": Kind.PHONE}, "kind phone"),
        ({"purpose": Purpose.POLICY}, "purpose policy"),
        ({"mode": Mode.ITEMS}, "mode items"),
        ({"n_items": 99}, "fewer than 100"),
        ({"n_items": 500, "n_sets": 6}, "fewer than 100"),
        ({"n_items": 1_001}, "1000 left"),
    ],
)
def test_what_is_not_agreed_is_refused(changed: dict[str, object], said: str) -> None:
    assert said in why(replace(WISH, **changed))  # type: ignore[arg-type]


def test_an_agreement_has_an_end() -> None:
    assert "not in force" in why(WISH, now_us=NOW + DAY_US)


@given(st.lists(st.tuples(st.integers(0, 3 * DAY_US), st.integers(100, 600)), max_size=40))
def test_no_day_holds_more_than_its_budget(asked: list[tuple[int, int]]) -> None:
    opened: list[Past] = []
    for after_us, n in sorted(asked):
        if not why(replace(WISH, n_items=n), opened, NOW - 3 * DAY_US + after_us):
            opened.append(Past(partner="beta", opened_us=NOW - 3 * DAY_US + after_us, n_items=n))
    for one in opened:
        day = [p for p in opened if one.opened_us <= p.opened_us < one.opened_us + DAY_US]
        assert len(day) <= 3
        assert sum(p.n_items for p in day) <= 1_000


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_near_is_the_number_of_items_in_one_and_not_the_other(a: int, b: int, shared: int) -> None:
    assert too_near(shared, shared + a, shared + b, AGREED) == (a + b < 100)


def test_a_pool_is_told_from_unrelated_clusters() -> None:
    found = likeness(200, 60, [0, 1, 0, 2] * 25)
    assert found.p_rank == 1 / 101
    assert found.p_tail < 1e-30
    assert found.containment.low < 0.3 < found.containment.high
    assert likeness(200, 0, [0] * 99).p_rank == likeness(200, 0, [0] * 99).p_tail == 1.0


def test_the_rank_is_a_p_value_when_firms_bring_all_their_keys() -> None:
    rng = np.random.default_rng(3)
    units = [[f"{u}.{k}" for k in range(int(rng.integers(1, 9)))] for u in range(3_000)]
    n_low = 0
    for _ in range(200):
        theirs = {key for u in rng.choice(3_000, 300, replace=False) for key in units[int(u)]}
        drawn = decoys(60, units, 20, rng)
        counts = [len(theirs & set(one)) for one in drawn]
        n_low += likeness(60, counts[0], counts[1:]).p_rank <= 0.1
    assert n_low <= 34  # 20 expected; 34 has a probability below one in a thousand


def test_decoys_are_of_the_cluster_s_size_and_never_of_common_keys() -> None:
    units = [[f"own{u}", "campus", f"own{u}"] for u in range(100)]
    left = rare(units)
    assert left == [[f"own{u}"] for u in range(100)]
    drawn = decoys(30, left, 19, np.random.default_rng(0))
    assert {len(set(one)) for one in drawn} == {30}
    with pytest.raises(NotEnoughEvidence):
        decoys(51, left, 19, np.random.default_rng(0))
    with pytest.raises(BadInput):
        decoys(5, left, 18, np.random.default_rng(0))
    with pytest.raises(BadInput):
        likeness(5, 6, [0])
