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
    ids = RecentIds()
    rng = np.random.default_rng(0)
    every = rng.integers(1, 2**63, 2000).astype(np.uint64)
    for begin in range(0, 2000, 50):
        assert ids.fresh(every[begin : begin + 50]).all()
        assert not ids.fresh(every[begin : begin + 50]).any()
    n_remembered = 100 * admission.N_GENERATIONS
    assert not ids.fresh(every[-n_remembered + 100 :]).any()
    assert ids.fresh(every[:100]).all()


def test_a_window_begins_where_its_rows_say() -> None:
    hours = {str(hour): 10 for hour in range(24 * 30)}
    end = 30 * DAY_US - 1
    assert window_start(hours, end, 7 * 86_400, 10**6) == 22 * DAY_US
    assert window_start(hours, end, 7 * 86_400, 24 * 10 * 3) == 27 * DAY_US
    assert window_start(hours, end, 7 * 86_400, 100) == 30 * DAY_US - DAY_US // 4
    assert window_start(hours, end, 7 * 86_400, 25) == 30 * DAY_US - DAY_US // 12
    assert window_start(hours, end, 7 * 86_400, 1) == 30 * DAY_US - DAY_US // 24
