"""What is old is let go: of the disk, of memory, of what is remembered by name."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.live import committing, ledger
from stillwatch.adapters.live import log as log_module
from stillwatch.adapters.live.admission import Admission
from stillwatch.adapters.live.apart import Apart
from stillwatch.adapters.live.arrivals import Arrival, Waiting
from stillwatch.adapters.live.committing import OTHERS, Committer
from stillwatch.adapters.live.frames import Note
from stillwatch.adapters.live.ledger import EVENTS, Ledger
from stillwatch.adapters.live.log import Log
from stillwatch.adapters.live.sources.bucket import BucketSource
from stillwatch.adapters.live.sources.folder import FolderSource
from stillwatch.adapters.live.ticking import Pace, Ticking
from stillwatch.model import EXCHANGES_SCHEMA
from stillwatch.model.errors import OutsideFailed
from tests.ports import free_port
from tests.rooms.adapters.live.taking import KEY, LONG_US, Counting, Taking
from tests.rooms.adapters.live.test_ledger import ABOUT, lines, result
from tests.rooms.adapters.live.test_log import HOUR_US, START_US, batch, compact, fill
from tests.rooms.adapters.live.watched import Place, page, until
from tests.rooms.detect.worlds import World, table

RESOURCE = pytest.importorskip("resource", reason="files cannot be limited here")


def exchanges(n: int, begin: int = 0) -> list[dict[str, Any]]:
    """Native records, a second apart."""
    return [
        {
            "exchange_id": f"e{i}", "sent_at": 1_772_409_600 + i, "account": f"a{i % 7}",
            "model": "m", "prompt": f"question {i}",
        }
        for i in range(begin, begin + n)
    ]  # fmt: skip


def arrival(records: list[dict[str, Any]], **more: Any) -> Arrival:
    """Records that arrived together."""
    one = Arrival("s", **more)
    for record in records:
        one.take(json.dumps(record).encode())
    return one


@contextmanager
def no_file_longer_than(n_bytes: int) -> Iterator[None]:
    """Let the system refuse longer files, as a full disk does."""
    before = RESOURCE.getrlimit(RESOURCE.RLIMIT_FSIZE)
    RESOURCE.setrlimit(RESOURCE.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        RESOURCE.setrlimit(RESOURCE.RLIMIT_FSIZE, before)


def test_a_stream_of_few_rows_is_let_go_by_the_day(tmp_path: Path) -> None:
    with Log(tmp_path, {}) as log:
        for day in range(30):
            fill(log, *(day * 24.0 + hour for hour in (1, 9, 17)))
            compact(log, log.note.last)
            log.let_go(START_US + (day - 2) * 24 * HOUR_US)
        assert len(log.parts) <= 4
        assert log.n_rows <= 4 * 9
        assert log.note.n == 30 * 9
        oldest_us = min(part.note.min_us for part in log.parts)
    assert oldest_us >= START_US + 26 * 24 * HOUR_US
    assert len(list((tmp_path / "log").iterdir())) <= 4


def test_hours_and_files_that_are_gone_are_forgotten_while_it_runs(tmp_path: Path) -> None:
    with Log(tmp_path, {}) as log:
        for day in range(40):
            made, note = batch(day * 24.0)
            note.positions = {"s": {f"day{day}": {"offset": 1}, f"day{day - 1}": None}}
            log.append(made, note)
            log.let_go(START_US + (day - 1) * 24 * HOUR_US)
        assert len(log.note.hours) <= 3
        assert set(log.note.positions["s"]) <= {"day39", "day38"}
        assert log.note.positions["s"]["day39"] == {"offset": 1}
        assert log.note.n == 40 * 3


def test_a_file_that_could_not_be_begun_is_begun_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "FULL_ROWS", 3)
    with Log(tmp_path, {}) as log:
        fill(log, 0)
        (tmp_path / "log").rename(tmp_path / "away")
        for _ in range(2):
            with pytest.raises(OutsideFailed):
                fill(log, 1)
        (tmp_path / "away").rename(tmp_path / "log")
        with no_file_longer_than(100), pytest.raises(OutsideFailed):
            fill(log, 1)
        fill(log, 1, 2)
        assert [part.note.n for part in log.parts] == [3, 3, 3]
    with Log(tmp_path, {}) as log:
        assert (log.note.last, log.n_rows) == (3, 9)


def test_a_disk_that_refuses_for_a_while_makes_sources_wait_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committing, "_RETRY_S", 0.05)
    waiting, heard = Waiting(), list[int]()
    with Log(tmp_path, {}) as log:
        committer = Committer(log, KEY, waiting, Admission(LONG_US), Counting())
        waiting.put(arrival(exchanges(3)))
        committer.commit(waiting.gather(1.0, 0.0, 1))
        running = threading.Thread(target=committer.run, daemon=True)
        with no_file_longer_than(log.n_bytes + 50):
            running.start()
            waiting.put(arrival(exchanges(5, 3), done=lambda _: heard.append(log.n_rows)))
            until(lambda: committer.error, "a disk that refuses")
            assert (log.n_rows, heard, committer.failed) == (3, [], None)
        until(lambda: heard, "an answer")
        assert heard == [8] and not committer.error
        committer.stop()
        running.join()
    with Log(tmp_path, {}) as log:
        assert (log.note.last, log.n_rows) == (2, 8)


def test_who_is_told_to_stop_before_a_full_disk_answers_nobody(tmp_path: Path) -> None:
    waiting, heard = Waiting(), list[int]()
    with Log(tmp_path, {}) as log:
        committer = Committer(log, KEY, waiting, Admission(LONG_US), Counting())
        running = threading.Thread(target=committer.run, daemon=True)
        with no_file_longer_than(50):
            running.start()
            waiting.put(arrival(exchanges(5), done=lambda _: heard.append(1)))
            until(lambda: committer.error, "a disk that refuses")
            committer.stop()
            running.join()
        assert isinstance(committer.failed, OutsideFailed)
        assert not heard and not log.n_rows


def test_a_reject_that_cannot_be_written_down_is_counted_all_the_same(tmp_path: Path) -> None:
    def refuse(_: object) -> None:
        raise OutsideFailed("no room for rejects.")

    with Log(tmp_path, {}) as log:
        committer = Committer(log, KEY, Waiting(), Admission(LONG_US), Counting(), on_reject=refuse)
        incomplete = {k: v for k, v in exchanges(1)[0].items() if k != "account"}
        committer.commit([arrival([incomplete, *exchanges(2, 1)])])
        assert log.note.counts == {"rejected: account is missing": 1}
        assert log.n_rows == 2
        assert "no room" in committer.reject_error


def test_reasons_are_not_kept_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committing, "MOST_NAMES", 5)
    with Log(tmp_path, {}) as log:
        committer = Committer(log, KEY, Waiting(), Admission(LONG_US), Counting())
        for i in range(30):
            one = Arrival("s")
            one.rejects[f"a file that cannot be read: reason {i}"] += 2
            one.rejects["not valid JSON"] += 1
            committer.commit([one])
        assert len(log.note.counts) <= 6
        assert sum(log.note.counts.values()) == 90
        assert log.note.counts["rejected: not valid JSON"] == 30
        assert log.note.counts[OTHERS] >= 50


def test_full_files_of_events_stand_aside_and_the_oldest_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "FULL_BYTES", 2_000)
    kept = Ledger(tmp_path, 8_000)
    for nth in range(80):
        kept.take(result("abcd", *(["wxyz"] if nth % 2 else [])), ABOUT)
        aside = sorted(tmp_path.glob("campaigns-*.jsonl"))
        assert len(aside) <= 3
    told = [json.loads(line)["sequence"] for path in aside for line in path.open(encoding="utf-8")]
    told += [line["sequence"] for line in lines(tmp_path)]
    assert told == list(range(told[0], kept.sequence + 1))
    assert told[0] > 1, "the oldest are gone"
    for path in aside:
        last = json.loads(path.read_text("utf-8").splitlines()[-1])
        assert int(path.stem.rpartition("-")[2]) == last["sequence"]
    # killed when a file stood aside and no other was begun
    os.replace(tmp_path / EVENTS, tmp_path / f"campaigns-{kept.sequence:015}.jsonl")
    again = Ledger(tmp_path, 8_000)
    assert again.sequence == kept.sequence
    again.take(result("abcd", "mnop"), ABOUT)
    assert lines(tmp_path)[0]["sequence"] == kept.sequence + 1


def test_objects_and_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    world = World()
    world.send("a", 1.0, prompt="a question")
    pq.write_table(table(world.exchanges, EXCHANGES_SCHEMA), here / "a.parquet")
    (here / "b.json").write_text(json.dumps(exchanges(3, 100)), encoding="utf-8")
    url = f"file://{here}"
    for made in (
        BucketSource(url, {}, poll_s=0.02),
        FolderSource(here, {}, still_s=0.05, poll_s=0.02),
    ):
        with Taking(tmp_path / type(made).__name__, lambda _, made=made: made) as taking:
            taking.wait_for(4)
            until(lambda made=made: len(made.positions) == 2, "both are known")
            (here / "b.json").rename(tmp_path / "b.json")
            until(lambda made=made: len(made.positions) == 1, "one is forgotten")
            until(lambda t=taking: None in t.log.note.positions[t.source.name].values(), "told")
            taking.log.let_go(0)
            assert len(taking.log.note.positions[taking.source.name]) == 1
            assert not getattr(made, "_seen", {})
        (tmp_path / "b.json").rename(here / "b.json")


def test_a_process_that_cannot_be_started_is_no_end() -> None:
    before = RESOURCE.getrlimit(RESOURCE.RLIMIT_NOFILE)
    RESOURCE.setrlimit(RESOURCE.RLIMIT_NOFILE, (3, before[1]))
    try:
        with pytest.raises(OutsideFailed, match="cannot be started"):
            Apart({})
    finally:
        RESOURCE.setrlimit(RESOURCE.RLIMIT_NOFILE, before)


class NoLooks:
    """A tally of looks that nobody takes."""

    def looked(self, *_: Any) -> None:
        raise AssertionError

    def failed_to_look(self) -> None:
        raise AssertionError


def test_a_wall_clock_that_is_set_moves_no_window(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace(every_s=60, clock_s=10_800, delay_s=0, idle_s=0, window_s=86_400, most_rows=10**6)
    with Log(tmp_path, {}) as log:
        log.append(None, Note(0, 0, event_us=START_US))
        ticking = Ticking(log, Ledger(tmp_path), pace, {}, NoLooks(), lambda _: None)
        before_us = ticking.now_us()
        assert START_US <= before_us < START_US + HOUR_US
        real = __import__("time").time
        for jump_s in (30 * 86_400, -30 * 86_400, 0):
            monkeypatch.setattr("time.time", lambda jump_s=jump_s: real() + jump_s)
            assert before_us <= ticking.now_us() < START_US + HOUR_US


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A world of four days, and an empty folder that is watched."""
    made = Place(tmp_path)
    (tmp_path / "in").mkdir()
    return made


def test_a_watcher_through_which_weeks_flow_keeps_what_it_looks_over(place: Place) -> None:
    port = free_port()
    sent = place.rows.column("sent_at").cast("int64").to_numpy()
    ids = place.rows.column("exchange_id").to_pylist()
    watcher = place.start(
        "in", "--state", "s", "--every", "1", "--window", "2d", "--quiet",
        "--listen", f"127.0.0.1:{port}", STILLWATCH_WATCH__IDLE_S="1",
    )  # fmt: skip
    held, files = [], []
    try:
        for nth in range(7):
            moved = np.asarray(sent) + nth * 96 * HOUR_US
            rows = place.rows.set_column(
                place.rows.schema.get_field_index("sent_at"),
                place.rows.schema.field("sent_at"),
                _as_times(moved, place.rows.schema.field("sent_at").type),
            ).set_column(0, place.rows.schema.field(0), [[f"{one} {nth}" for one in ids]])
            for day in range(4):
                low, high = (START_US + (nth * 96 + day * 24 + h) * HOUR_US for h in (0, 24))
                part = rows.filter((moved >= low) & (moved < high))
                pq.write_table(part, place.here / "in" / f".{nth}{day}")
                os.rename(
                    place.here / "in" / f".{nth}{day}", place.here / "in" / f"{nth}{day}.parquet"
                )
            until(lambda n=nth + 1: _metric(port, "exchanges_total") == n * len(ids), "all rows")
            latest = str(rows.column("sent_at")[-1].as_py().date())
            until(lambda latest=latest: _looked(place, latest), "a look at them")
            # two days, and what of a day before them stands in the same file
            until(lambda: _metric(port, "log_exchanges") <= 2 * len(ids), "old rows let go")
            log = list((place.here / "s" / "log").iterdir())
            files.append(len(log))
            held.append(sum(path.stat().st_size for path in log))
    finally:
        watcher.terminate()
        _, said = watcher.communicate(timeout=60)
    assert watcher.returncode == 0, said
    assert max(held) <= 2.5 * held[0]
    assert max(files) <= 8


def _as_times(values: Any, kind: Any) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.int64()).cast(kind)


def _metric(port: int, name: str) -> float:
    said = page(port, "/metrics")[1].splitlines()
    found = [line.split()[1] for line in said if line.startswith(f"stillwatch_watch_{name} ")]
    return float(found[0]) if found else -1.0


def _looked(place: Place, day: str) -> bool:
    path = place.here / "s" / "campaigns.json"
    return path.exists() and json.loads(path.read_bytes())["watch"]["until"][:10] >= day
