"""Rows in order of a column, a range at a time, are those in order of the whole column."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect.ordering import ascending, by_range, repeated
from stillwatch.detect.pairs import Pairs
from stillwatch.detect.sights import first_marks, first_rows, some_groups

FEW = st.lists(st.integers(0, 12), max_size=80)
HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=80)
MOMENTS = st.lists(st.integers(-(2**40), 2**60) | st.integers(0, 5), max_size=80)


@given(MOMENTS, st.integers(1, 90))
def test_ranges_change_no_order_of_times(values: list[int], most: int) -> None:
    column = np.array(values, np.int64)
    assert ascending(column, most=most).tolist() == np.argsort(column, kind="stable").tolist()


@given(HASHES, st.integers(1, 90))
def test_ranges_change_no_order_of_hashes(values: list[int], most: int) -> None:
    column = np.array(values, np.uint64)
    assert ascending(column, most=most).tolist() == np.argsort(column, kind="stable").tolist()


@given(HASHES, st.integers(1, 90))
def test_ranges_hold_every_row_once_and_stand_in_order(values: list[int], most: int) -> None:
    column = np.array(values, np.uint64)
    order, bounds = by_range(column, most=most)
    assert sorted(order.tolist()) == list(range(column.size))
    parts = [column[order[lo:hi]] for lo, hi in itertools.pairwise(bounds)]
    held = [part for part in parts if part.size]
    assert all(one.max() < two.min() for one, two in itertools.pairwise(held))


@given(HASHES, st.integers(1, 90))
def test_what_comes_twice_is_told_once(values: list[int], most: int) -> None:
    column = np.array(values, np.uint64)
    twice = {one for one in values if values.count(one) > 1}
    assert repeated(column, most=most).tolist() == sorted(twice)


def test_a_wrong_clock_leaves_ranges_of_a_size() -> None:
    moments = np.concatenate(([0], np.arange(10_000) + 2**60, [2**62])).astype(np.int64)
    _, bounds = by_range(moments, most=1_000)
    assert np.diff(bounds).max() <= 1_100


@given(FEW, st.data())
def test_pairs_are_those_of_a_count_by_hand(values: list[int], data: st.DataObject) -> None:
    size = len(values)
    others = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    pairs = Pairs.of(np.array(values, np.int32), np.array(others, np.int16), 5)
    both = list(zip(values, others, strict=True))
    found = zip(pairs.values[pairs.place], pairs.others, pairs.times, strict=True)
    assert {(a, b): n for a, b, n in found} == {one: both.count(one) for one in both}
    expected = np.zeros((5, 5))
    for i, (value, other) in enumerate(both):
        for j, (again, another) in enumerate(both):
            expected[other, another] += i != j and value == again
    assert np.array_equal(pairs.together(5), expected)


@given(FEW)
def test_pairs_without_some_values_are_pairs_of_the_others(values: list[int]) -> None:
    column = np.array(values, np.int32)
    pairs = Pairs.of(column, column % 3, 3)
    dropped = pairs.values % 2 == 1
    left, alone = (
        pairs.without(dropped),
        Pairs.of(column[column % 2 == 0], column[column % 2 == 0] % 3, 3),
    )
    for name in ("values", "place", "others", "times"):
        assert getattr(left, name).tolist() == getattr(alone, name).tolist()


@given(FEW)
def test_first_rows_are_where_codes_begin(values: list[int]) -> None:
    found = first_rows(np.array(values, np.int32), 13, -1)
    assert found.tolist() == [values.index(c) if c in values else -1 for c in range(13)]


def test_groups_are_gone_through_whole_and_in_order() -> None:
    sizes = np.array([0, 3, 5_000_000, 0, 2, 2_000_000, 3_000_000, 1])
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    found = list(some_groups(bounds))
    assert [lo for lo, _ in found] == [0, *[hi for _, hi in found[:-1]]]
    assert found[-1][1] == sizes.size
    assert (2, 3) in found


@given(FEW, st.data())
def test_marks_are_first_sights_of_each_group(values: list[int], data: st.DataObject) -> None:
    size = len(values)
    group = data.draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    order = np.argsort(np.array(group, np.int32), kind="stable").astype(np.int32)
    bounds = np.searchsorted(np.sort(group), np.arange(5))
    keys, out = np.array(values, np.uint64), np.zeros(size, np.bool_)
    first_marks(order, bounds.astype(np.int64), lambda rows: keys[rows], out)
    seen: set[tuple[int, int]] = set()
    for row, one in enumerate(zip(group, values, strict=True)):
        assert out[row] == (one not in seen)
        seen.add(one)
