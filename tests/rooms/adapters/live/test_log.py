"""A commit is in the log whole or not at all, whatever became of the program or the disk."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from stillwatch.adapters.live import log as log_module
from stillwatch.adapters.live.frames import Note
from stillwatch.adapters.live.log import Follower, Log, make_block
from stillwatch.detect.batches import Batch, read_batch
from stillwatch.model import EXCHANGES_SCHEMA
from stillwatch.model.errors import BadSettings, OutsideFailed
from stillwatch.stats.siphash import Key
from tests.rooms.detect.worlds import START_US, World, table

KEY = Key.of(b"log" * 12)
HOUR_US = 3_600_000_000


def batch(hour: float, n: int = 3) -> tuple[Batch, Note]:
    """Rows of one hour and what is said of them."""
    world = World()
    for i in range(n):
        world.send(f"a{i}", hour + i / 100, prompt=f"a question of hour {hour} and number {i}")
    rows = table(world.exchanges, EXCHANGES_SCHEMA).combine_chunks().to_batches()[0]
    first = START_US + int(hour * HOUR_US)
    last = START_US + int((hour + (n - 1) / 100) * HOUR_US)
    note = Note(0, 0, n, first, last, {str(first // HOUR_US): n}, event_us=last)
    note.positions = {"s": {"f": hour}}
    note.counts = {"late": 1}
    return read_batch(rows, KEY), note


def compact(log: Log, upto: int) -> int:
    """Put together what was read; gives how many files."""
    paths = log.full(upto)
    for path in paths:
        make_block(Path(path))
    log.adopt(paths)
    return len(paths)


def fill(log: Log, *hours: float) -> None:
    """A commit an hour."""
    for hour in hours:
        log.append(*batch(hour))


def read(state: Path, upto: int) -> list[tuple[int, int]]:
    """Last number and rows of each commit or block that a follower reads."""
    return [(note.last, one.n if one else 0) for note, one in Follower(state).read(upto)]


def test_a_log_is_known_again(tmp_path: Path) -> None:
    with Log(tmp_path, {"key": "k"}) as log:
        fill(log, 0, 1)
        log.append(None, Note(0, 0, positions={"s": {"g": 7}}))
        known = log.note
    with Log(tmp_path, {"key": "k"}) as again:
        assert again.note == known
        assert (again.note.last, again.n_rows) == (3, 6)
        assert again.note.positions == {"s": {"f": 1, "g": 7}}
        assert again.note.counts == {"late": 2}
        fill(again, 2)
    assert read(tmp_path, 4) == [(1, 3), (2, 3), (3, 0), (4, 3)]


def test_half_a_commit_never_was(tmp_path: Path) -> None:
    with Log(tmp_path / "whole", {}) as log:
        fill(log, 0, 1)
        path = log.parts[0].path
    content = path.read_bytes()
    with Log(tmp_path / "first", {}) as log:
        fill(log, 0)
    n_first = (tmp_path / "first" / "log" / path.name).stat().st_size
    for end in [*range(n_first, len(content), 61), len(content) - 1]:
        path.write_bytes(content[:end])
        with Log(tmp_path / "whole", {}) as log:
            assert (log.note.last, log.note.n) == (1, 3), end
            assert path.stat().st_size == n_first


def test_a_commit_with_a_flipped_bit_is_cut_off(tmp_path: Path) -> None:
    with Log(tmp_path, {}) as log:
        fill(log, 0, 1)
        path = log.parts[0].path
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with Log(tmp_path, {}) as log:
        assert log.note.last == 1
        fill(log, 5)
    assert read(tmp_path, 2) == [(1, 3), (2, 3)]


def test_a_disk_that_is_full_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Log(tmp_path, {}) as log:
        fill(log, 0)
        real, written = os.write, []

        def full(number: int, data: bytes) -> int:
            if written:
                raise OSError(28, "No space left on device")
            written.append(1)
            return real(number, bytes(data)[:100])

        with monkeypatch.context() as patch:
            patch.setattr(log_module.os, "write", full)
            with pytest.raises(OutsideFailed, match="No space left"):
                fill(log, 1)
        fill(log, 2)
        assert log.note.last == 2
    with Log(tmp_path, {}) as log:
        assert (log.note.last, log.n_rows) == (2, 6)


def test_full_files_become_blocks_that_hold_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 6)
    with Log(tmp_path, {}) as log:
        fill(log, *range(7))
        follower = Follower(tmp_path)
        before = [one for _, one in follower.read(3) if one]
        assert compact(log, follower.taken) == 1
        rest = [one for _, one in follower.read(7) if one]
        assert compact(log, follower.taken) == 2
        assert compact(log, follower.taken) == 0
        note = log.note
    sent = np.concatenate([one.rows["sent_us"] for one in before + rest])
    again = np.concatenate([one.rows["sent_us"] for _, one in Follower(tmp_path).read(7) if one])
    assert np.array_equal(sent, again) and sent.size == 21
    assert [path.suffix for path in sorted((tmp_path / "log").iterdir())] == [
        ".block", ".block", ".block", ".frames"
    ]  # fmt: skip
    with Log(tmp_path, {}) as log:
        assert log.note == note


def test_old_files_are_let_go_and_what_they_said_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 3)
    with Log(tmp_path, {}) as log:
        fill(log, 0, 1, 2, 3)
        assert log.let_go(START_US + 2 * HOUR_US) == 2
        assert log.let_go(START_US + 2 * HOUR_US) == 0
        assert (log.n_rows, log.note.n) == (6, 12)
    with Log(tmp_path, {}) as log:
        assert (log.note.last, log.note.n, log.n_rows) == (4, 12, 6)
        assert log.note.positions == {"s": {"f": 3}}
        assert log.note.counts == {"late": 4}


def test_a_crash_between_two_files_of_one_content_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 6)
    with Log(tmp_path, {}) as log:
        fill(log, 0, 1, 2)
        path = log.parts[0].path
        frames = path.read_bytes()
        compact(log, 3)
        path.write_bytes(frames)
        (tmp_path / "log" / "x.block.half").write_bytes(b"half")
    assert read(tmp_path, 3) == [(2, 6), (3, 3)]
    with Log(tmp_path, {}) as log:
        assert (log.note.n, log.n_rows) == (9, 9)
        assert not path.exists()


def test_a_folder_serves_one_watcher_of_one_key(tmp_path: Path) -> None:
    with Log(tmp_path, {"key": "k"}), pytest.raises(OutsideFailed, match="another watcher"):
        Log(tmp_path, {"key": "k"})
    with pytest.raises(BadSettings, match="begun with other key"):
        Log(tmp_path, {"key": "other"})
    with Log(tmp_path, {"key": "k"}):
        assert oct(os.stat(tmp_path).st_mode)[-3:] == "700"
