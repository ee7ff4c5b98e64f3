"""Rows are judged one by one: how they are cut into commits changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.live import admission
from stillwatch.adapters.live.admission import AHEAD_US, Admission, RecentIds
from stillwatch.adapters.live.ticking import window_start

NOW_US = 10**9
DAY_US = 86_400_000_000
ROWS = st.lists(st.tuples(st.integers(0, 2 * 10**9), st.integers(1, 12)), max_size=30)


def judged(rows: list[tuple[int, int]], cuts: list[int]) -> tuple[list[bool], dict[str, int]]:
    """What becomes of rows that come in pieces."""
    judge, taken, counts = Admission(lateness_us=10**8), [], {}
    for lo, hi in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        part = rows[lo:hi]
        sent = np.array([sent for sent, _ in part], np.int64)
        ids = np.array([number for _, number in part], np.uint64)
        mask, some = judge.judge(sent, ids, NOW_US)
        taken += mask.tolist()
        for name, count in some.items():
            counts[name] = counts.get(name, 0) + count
    return taken, counts


@given(rows=ROWS, cuts=st.lists(st.integers(0, 30), max_size=4))
def test_cuts_change_nothing(rows: list[tuple[int, int]], cuts: list[int]) -> None:
    cuts = sorted(min(cut, len(rows)) for cut in cuts)
    assert judged(rows, cuts) == judged(rows, [])


@given(rows=ROWS)
def test_a_row_is_taken_if_it_is_new_and_neither_late_nor_ahead(
    rows: list[tuple[int, int]],
) -> None:
    latest, seen, expected = 0, set(), []
    for sent, number in rows:
        fine = sent <= NOW_US + AHEAD_US and sent >= latest - 10**8
        expected.append(fine and number not in seen)
        if sent <= NOW_US + AHEAD_US:
            latest = max(latest, sent)
        if fine:
            seen.add(number)
    taken, counts = judged(rows, [])
    assert taken == expected
    assert sum(counts.values()) == len(rows) - sum(expected)


def test_ids_are_forgotten_after_some_generations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "GENERATION", 100)
    ids = RecentIds(1)
    rng = np.random.default_rng(0)
    every = rng.integers(1, 2**63, 2000).astype(np.uint64)

    def fresh(some: np.ndarray) -> np.ndarray:
        at_us = np.zeros(some.size, np.int64)
        return ids.fresh(some, at_us, at_us)

    for begin in range(0, 2000, 50):
        assert fresh(every[begin : begin + 50]).all()
        assert not fresh(every[begin : begin + 50]).any()
    n_remembered = 100 * admission.N_GENERATIONS
    assert not fresh(every[-n_remembered + 100 :]).any()
    assert fresh(every[:100]).all()
    assert len(ids) <= n_remembered


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 60), st.integers(-200, 0), st.integers(1, 9)), max_size=60
    ),
    cuts=st.lists(st.integers(0, 60), max_size=6),
)
def test_an_id_is_known_as_long_as_its_row_would_not_be_late(
    steps: list[tuple[int, int, int]], cuts: list[int]
) -> None:
    """The clock goes on by the first number, a row was sent so long before it, with an id."""
    lateness = 100
    clocks = np.cumsum([step for step, _, _ in steps], dtype=np.int64)
    rows = [(int(c) + back, n) for c, (_, back, n) in zip(clocks, steps, strict=True)]
    rows = [(max(0, sent), number) for sent, number in rows]
    clock, came, expected = 0, dict[int, int](), []
    for sent, number in rows:
        fine = sent >= clock - lateness
        known = number in came and came[number] >= clock - lateness
        clock = max(clock, sent)
        if fine and not known:
            came[number] = clock
        expected.append(fine and not known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(admission, "LEAST_US", 1)
        judge, taken = Admission(lateness_us=lateness), []
        ends = sorted(min(cut, len(rows)) for cut in cuts)
        for lo, hi in zip([0, *ends], [*ends, len(rows)], strict=True):
            sent_us = np.array([sent for sent, _ in rows[lo:hi]], np.int64)
            ids = np.array([number for _, number in rows[lo:hi]], np.uint64)
            taken += judge.judge(sent_us, ids, NOW_US)[0].tolist()
    assert taken == expected


def test_what_is_remembered_is_the_traffic_of_a_day_and_not_of_all_time() -> None:
    judge, held = Admission(lateness_us=DAY_US), []
    for day in range(40):
        for hour in range(24):
            begin = (day * 24 + hour) * 1000
            sent_us = np.full(1000, day * DAY_US + hour * DAY_US // 24, np.int64)
            ids = np.arange(begin + 1, begin + 1001, dtype=np.uint64)
            assert judge.judge(sent_us, ids, 100 * DAY_US)[0].all()
        held.append(len(judge.ids))
    assert 24_000 <= max(held) <= 36_000
    assert max(held[20:]) <= max(held[:20])
    # all of the last day is still known
    sent_us = np.full(24_000, 40 * DAY_US - 1, np.int64)
    ids = np.arange(40 * 24_000 - 23_999, 40 * 24_000 + 1, dtype=np.uint64)
    assert judge.judge(sent_us, ids, 100 * DAY_US)[1] == {"duplicate": 24_000}


def test_rows_from_the_future_alone_are_noticed() -> None:
    judge = Admission(lateness_us=0)
    far = np.full(5, NOW_US + 2 * AHEAD_US, np.int64)
    judge.judge(far, np.arange(1, 6, dtype=np.uint64), NOW_US)
    judge.judge(far, np.arange(6, 11, dtype=np.uint64), NOW_US)
    assert judge.n_ahead == 10
    mixed = np.array([NOW_US, far[0], far[0]], np.int64)
    judge.judge(mixed, np.arange(11, 14, dtype=np.uint64), NOW_US)
    assert judge.n_ahead == 2


def test_a_window_begins_where_its_rows_say() -> None:
    hours = {str(hour): 10 for hour in range(24 * 30)}
    end = 30 * DAY_US - 1
    assert window_start(hours, end, 7 * 86_400, 10**6) == 22 * DAY_US
    assert window_start(hours, end, 7 * 86_400, 24 * 10 * 3) == 27 * DAY_US
    assert window_start(hours, end, 7 * 86_400, 100) == 30 * DAY_US - DAY_US // 4
    assert window_start(hours, end, 7 * 86_400, 25) == 30 * DAY_US - DAY_US // 12
    assert window_start(hours, end, 7 * 86_400, 1) == 30 * DAY_US - DAY_US // 24
