"""Columns on a disk: they hold what was put, leave memory when told, and go when let go."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from stillwatch.adapters import shelving
from stillwatch.adapters.shelving import Pages
from stillwatch.model.errors import OutsideFailed


def n_mapped() -> int:
    """How many of our files this process has mapped."""
    return Path("/proc/self/maps").read_text().count("/stillwatch.")


def test_columns_keep_their_values_through_a_rest() -> None:
    room = Pages(most_bytes=1_000)
    small, large = room.column(100, np.int32), room.column(500_000, np.int64)
    small[:], large[:] = 7, np.arange(500_000)
    room.rest()
    assert (small == 7).all()
    assert np.array_equal(large, np.arange(500_000))


def test_only_what_does_not_fit_is_on_the_disk_and_room_is_given_back() -> None:
    room, before = Pages(most_bytes=1_000), n_mapped()
    first = room.column(200, np.int32)
    second = room.column(200, np.int32)
    assert n_mapped() == before + 1
    part = second[10:20]
    del second
    assert n_mapped() == before + 1, "a part of a column keeps all of it"
    del part
    assert n_mapped() == before
    del first
    again = room.column(250, np.int32)
    assert n_mapped() == before
    assert again.size == 250


def flags() -> list[set[str]]:
    """What the kernel knows of each file of ours that is mapped."""
    told, mine = [], False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split(" ", 1)[0]:
            mine = "/stillwatch." in line
        elif mine and line.startswith("VmFlags:"):
            told.append(set(line.split()[1:]))
    return told


def test_rows_here_and_there_are_read_without_those_around() -> None:
    room, others = Pages(most_bytes=0), len(flags())
    before = room.column(100_000, np.int64)
    before[:] = np.arange(100_000)
    assert sum("rr" in one for one in flags()) == 0
    room.scatter()
    after = room.column(100_000, np.int64)
    after[:] = 3
    assert sum("rr" in one for one in flags()) == len(flags()) - others == 2
    room.rest()
    assert np.array_equal(before[::-7], np.arange(100_000)[::-7]) and (after == 3).all()


def test_many_columns_change_nothing_but_where_arrays_stand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shelving, "MANY_BYTES", 1_000)
    room = Pages(most_bytes=0)
    column, other = room.column(1_000, np.int64), np.arange(1_000_000)
    column[:] = np.arange(1_000)
    room.rest()
    assert np.array_equal(column, np.arange(1_000)) and int(other.sum()) == 499_999_500_000


def test_no_name_is_left_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    column = Pages(most_bytes=0).column(1_000, np.int64)
    assert os.listdir(tmp_path) == []
    assert column.size == 1_000


def test_a_full_disk_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(OutsideFailed, match="MiB cannot be kept") as told:
        Pages(most_bytes=0).column(2**58, np.uint8)
    assert "TMPDIR" in str(told.value)
    assert os.listdir(tmp_path) == []


def test_an_empty_column_needs_no_file() -> None:
    assert Pages(most_bytes=0).column(0, np.int64).size == 0
