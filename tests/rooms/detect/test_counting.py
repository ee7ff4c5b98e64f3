"""Counts are those of plain counting, however many there are and however wide the table is."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect.counting import counted, nothing_counted
from stillwatch.detect.gathering import Packed
from stillwatch.detect.group import probe_groups
from stillwatch.detect.membership import load_bits
from stillwatch.detect.signals import interchangeability, no_ramp, round_the_clock
from stillwatch.detect.topic_fit import topic_bits
from tests.rooms.detect.worlds import World, crowd, group_of

FULL = 2**16 - 1

places = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 40_000)))


@given(places, places)
def test_counts_are_those_of_plain_counting(
    early: list[tuple[int, int, int]], late: list[tuple[int, int, int]]
) -> None:
    table, plain = nothing_counted(4, 5), np.zeros((4, 5), np.int64)
    for part in (early, late):
        row, column, times = np.array(part, np.int64).reshape(-1, 3).T
        table = counted(table, np.repeat(row, times), np.repeat(column, times))
        np.add.at(plain, (row, column), times)
    assert np.array_equal(table, plain)
    assert table.dtype == (np.int32 if plain.max() > FULL else np.uint16)


def test_what_just_fits_stays_narrow_and_one_more_does_not() -> None:
    table = counted(nothing_counted(2, 2), np.ones(FULL, np.int32), np.zeros(FULL, np.int16))
    assert (table.dtype, table[1, 0]) == (np.uint16, FULL)
    table = counted(table, np.array([0, 1, 0]), np.array([1, 0, 1]))
    assert table.dtype == np.int32
    assert table.tolist() == [[0, 2], [FULL + 1, 0]]


def test_a_wide_table_says_what_a_narrow_one_says() -> None:
    world = World()
    crowd(world, 60)
    rng = np.random.default_rng(3)
    for i in range(20):
        world.open(f"p{i:02d}", -1.0)
        for hours in rng.uniform(0, 110, 30):
            world.send(f"p{i:02d}", float(hours), prompt=f"one of {rng.integers(9)} prompts")
    said = []
    for wide in (False, True):
        state = world.state()
        nodes = group_of(state, "p").nodes
        interchangeability.topics(state, nodes)
        if wide:
            state.table = state.table.astype(np.int32)
            state.lasting["topics"] = state.lasting["topics"].astype(np.int32)
        no_ramp.mark_ramps(state)
        said.append(
            [
                probe_groups(state, Packed.of([nodes]), np.array([-np.inf])),
                load_bits(state, nodes, nodes),
                topic_bits(state, nodes, nodes),
                *round_the_clock.pairs_of(state),
                state.cache["no ramp"],
            ]
        )
    for narrow, one in zip(*said, strict=True):
        assert np.array_equal(narrow, one)
