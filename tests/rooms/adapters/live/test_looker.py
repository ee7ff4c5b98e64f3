"""What is gathered of a log is the traffic of its rows, however it was cut, kept and let go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.adapters.live import log as log_module
from stillwatch.adapters.live import looker
from stillwatch.adapters.live.admission import Admission
from stillwatch.adapters.live.arrivals import Arrival, Waiting
from stillwatch.adapters.live.committing import Committer
from stillwatch.adapters.live.log import Log
from stillwatch.adapters.live.looker import Gathered
from stillwatch.detect.traffic import Traffic, build_traffic
from stillwatch.model import EXCHANGES_SCHEMA
from tests.rooms.adapters.live.taking import KEY, LONG_US, Counting
from tests.rooms.adapters.live.test_log import compact
from tests.rooms.detect.test_packing import plain
from tests.rooms.detect.worlds import START_US, World, crowd, table

HOUR_US = 3_600_000_000


@pytest.fixture(scope="module")
def rows() -> pa.RecordBatch:
    """Four days of a small crowd, in order of time."""
    world = World()
    crowd(world, 25, seed=6)
    whole = table(world.exchanges, EXCHANGES_SCHEMA).sort_by("sent_at")
    return whole.combine_chunks().to_batches()[0]


def fill(log: Log, rows: pa.RecordBatch, size: int) -> Committer:
    """Commit rows, so many at a time."""
    committer = Committer(log, KEY, Waiting(), Admission(LONG_US), Counting())
    for begin in range(0, rows.num_rows, size):
        committer.commit([Arrival("s", batch=rows.slice(begin, size))])
    return committer


def between(rows: pa.RecordBatch, low_us: int, high_us: int) -> Traffic:
    """The traffic of the rows sent within a span."""
    sent = np.asarray(rows.column("sent_at").cast(pa.int64()))
    kept = rows.filter(pa.array((sent >= low_us) & (sent < high_us)))
    return build_traffic([kept], KEY, keep_text=False)


@pytest.mark.parametrize("size", [7, 60, 10_000])
def test_looks_one_after_another_see_what_was_sent_before(
    rows: pa.RecordBatch, size: int, tmp_path: Path
) -> None:
    with Log(tmp_path, {}) as log:
        fill(log, rows, size)
        gathered = Gathered(tmp_path, KEY, keep_text=False)
        for hours in (20, 20.5, 60, 61):
            until_us = START_US + int(hours * HOUR_US)
            gathered.read(log.note.last, 0, until_us)
            assert plain(gathered.traffic()) == plain(between(rows, 0, until_us))
        gathered.read(log.note.last, 0, None)
        assert plain(gathered.traffic()) == plain(between(rows, 0, LONG_US * 10))


def test_a_window_that_moves_on_is_gathered_anew(
    rows: pa.RecordBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 100)
    with Log(tmp_path, {}) as log:
        fill(log, rows, 30)
        gathered = Gathered(tmp_path, KEY, keep_text=False)
        assert gathered.read(log.note.last, 0, None)
        assert not gathered.read(log.note.last, 0, None)
        compact(log, gathered.taken)
        cut_us = START_US + 50 * HOUR_US
        assert gathered.read(log.note.last, cut_us, None)
        found = plain(gathered.traffic()) | {"since_us": None}
        assert found == plain(between(rows, cut_us, LONG_US * 10)) | {"since_us": None}
        n_before = log.n_rows
        assert log.let_go(cut_us) > 0
        assert log.n_rows < n_before
        again = Gathered(tmp_path, KEY, keep_text=False)
        again.read(log.note.last, cut_us, None)
        assert plain(again.traffic()) | {"since_us": None} == found


def test_many_small_parts_are_put_together(
    rows: pa.RecordBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looker, "MOST_PARTS", 5)
    with Log(tmp_path, {}) as log:
        committer = fill(log, rows.slice(0, 10), 10)
        gathered = Gathered(tmp_path, KEY, keep_text=False)
        for begin in range(10, 200, 10):
            committer.commit([Arrival("s", batch=rows.slice(begin, 10))])
            gathered.read(log.note.last, 0, None)
            assert gathered._n_parts <= 7
        expected = build_traffic([rows.slice(0, 200)], KEY)
        assert plain(gathered.traffic()) == plain(expected)


def test_rows_that_go_on_coming_take_no_more_room(
    rows: pa.RecordBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 200)
    sent = rows.column("sent_at").cast(pa.int64())
    sizes = []
    with Log(tmp_path, {}) as log:
        committer = Committer(log, KEY, Waiting(), Admission(LONG_US), Counting())
        for round_ in range(12):
            moved = pa.array(np.asarray(sent) + round_ * 96 * HOUR_US).cast(rows.schema[1].type)
            ids = pa.array([f"{one}-{round_}" for one in rows.column("exchange_id").to_pylist()])
            batch = rows.set_column(1, rows.schema[1], moved).set_column(0, rows.schema[0], ids)
            for begin in range(0, batch.num_rows, 50):
                committer.commit([Arrival("s", batch=batch.slice(begin, 50))])
            compact(log, log.note.last)
            log.let_go(START_US + (round_ - 1) * 96 * HOUR_US)
            sizes.append(sum(path.stat().st_size for path in (tmp_path / "log").iterdir()))
        assert len(log.parts) < 3 * rows.num_rows // 200 + 3
    assert max(sizes[6:]) <= 1.1 * max(sizes[:6])
