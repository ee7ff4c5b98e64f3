"""Names get numbers in the order in which they come, however many there are at a time."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect import names as names_module
from stillwatch.detect.names import Names


@given(
    sizes=st.lists(st.integers(0, 40), max_size=12),
    least=st.sampled_from([1, 2, 4, 8]),
    chars=st.integers(1, 9),
)
def test_names_are_numbered_as_they_come(sizes: list[int], least: int, chars: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(names_module, "_LEAST", least)
        names, told = Names(), list[str]()
        for size in sizes:
            more = [f"{len(told) + i:0{chars}}" for i in range(size)]
            told += more
            code = names.take(pa.array(more, pa.string()))
            assert code.tolist() == list(range(len(told) - size, len(told)))
            assert names._ends.size > len(names), "an end for each name, and one before them"
        assert names.since(0) == told
        assert names.take(pa.array(told[:3], pa.string())).tolist() == [0, 1, 2][: len(told)]


@pytest.mark.parametrize("n", [1 << 15, (1 << 16) - 1, 1 << 16])
def test_a_table_that_is_full_to_the_last_place_grows(n: int) -> None:
    names = Names()
    every = [f"account {i}" for i in range(2 * n + 3)]
    for begin, end in ((0, n), (n, n + 1), (n + 1, n + 2), (n + 2, 2 * n + 3)):
        assert names.take(pa.array(every[begin:end])).tolist() == list(range(begin, end))
    assert names.since(0) == every
