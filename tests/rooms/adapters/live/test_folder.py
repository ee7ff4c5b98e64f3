"""A folder is followed: grown lines, whole files, prefixes of a store, across restarts."""

from __future__ import annotations

import gzip
import itertools
import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.live.sources import folder as folder_module
from stillwatch.adapters.live.sources import whole
from stillwatch.adapters.live.sources.bucket import BucketSource
from stillwatch.adapters.live.sources.folder import FolderSource
from stillwatch.model import EXCHANGES_SCHEMA
from tests.rooms.adapters.live.taking import Taking, accounts_in
from tests.rooms.detect.worlds import World, table

NUMBERS = itertools.count()


def rows(n: int, account: str = "a") -> list[dict[str, Any]]:
    """New rows; no two of a run have the same id."""
    world = World()
    for i, number in zip(range(n), NUMBERS, strict=False):
        world.send(f"{account}{i}", number / 1000, prompt=f"question {number}")
        world.exchanges[-1]["exchange_id"] = f"e{number}"
    return world.exchanges


def lines(some: list[dict[str, Any]]) -> str:
    """Rows as JSON lines."""
    listed = table(some, EXCHANGES_SCHEMA).to_pylist()
    return "".join(
        json.dumps({k: v for k, v in one.items() if v is not None}, default=lambda v: v.isoformat())
        + "\n"
        for one in listed
    )


def follow(here: Path, **more: Any) -> Any:
    """Makes a source that follows a folder."""
    return lambda positions: FolderSource(
        here, dict(positions.get(f"folder:{here}", {})), poll_s=0.02, still_s=0.1, **more
    )


def test_lines_are_followed_to_the_last_whole_one(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    log = here / "a.jsonl"
    text = lines(rows(5))
    log.write_text(text[:-20], encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(4)
        with log.open("a", encoding="utf-8") as more:
            more.write(text[-20:])
        taking.wait_for(5)
    with log.open("a", encoding="utf-8") as more:
        more.write(lines(rows(3, "b")))
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(8)
        taking.wait_drained()
        assert not taking.tally.counts, "nothing was read twice"
    assert accounts_in(tmp_path / "state") == ["a0", "a1", "a2", "a3", "a4", "b0", "b1", "b2"]


def test_a_log_that_is_rotated_or_cut_loses_and_doubles_nothing(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    log = here / "log.jsonl"
    log.write_text(lines(rows(5)), encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(5)
        log.rename(here / "log.jsonl.1")
        log.write_text(lines(rows(2)), encoding="utf-8")
        taking.wait_for(7)
        log.write_text(lines(rows(1)), encoding="utf-8")
        taking.wait_for(8)
        taking.wait_drained()
        assert set(taking.tally.counts) <= {"duplicate"}


def test_malformed_lines_are_counted_by_reason(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    good = lines(rows(2))
    text = good + '{broken\n[1]\n{"a": 1}\n{"exchange_id": "x", "account": "a", "model": "m"}\n\n'
    (here / "a.jsonl").write_text(text, encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(2)
        taking.wait_drained()
        assert taking.tally.counts == {
            "rejected: not valid JSON": 1,
            "rejected: not a JSON object": 1,
            "rejected: no known log format": 1,
            "rejected: sent_at is missing": 1,
        }


def test_whole_files_wait_for_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "SLICE_ROWS", 2)
    here = tmp_path / "in"
    here.mkdir()
    pq.write_table(table(rows(5), EXCHANGES_SCHEMA), tmp_path / "p")
    content = (tmp_path / "p").read_bytes()
    (here / "b.parquet").write_bytes(content[:-10])
    (here / ".hidden.parquet").write_bytes(content)
    (here / "c.jsonl.tmp").write_text(lines(rows(1)), encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        (here / "d.jsonl.gz").write_bytes(gzip.compress(lines(rows(3)).encode()))
        taking.wait_for(3)
        array = [json.loads(line) for line in lines(rows(4)).splitlines()]
        (here / "e.json").write_text(json.dumps(array), encoding="utf-8")
        taking.wait_for(7)
        os.replace(tmp_path / "p", here / "b.parquet")
        taking.wait_for(12)
        taking.wait_drained()
        positions = taking.log.note.positions[f"folder:{here}"]
        assert positions[str(here / "b.parquet")]["slices"] == 3
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_drained()
        assert taking.tally.n_commits == 0, "nothing is read again"


def test_a_file_that_was_half_taken_goes_on_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "SLICE_ROWS", 2)
    here = tmp_path / "in"
    here.mkdir()
    path = here / "a.parquet"
    pq.write_table(table(rows(5), EXCHANGES_SCHEMA), path)
    mark = {"size": path.stat().st_size, "changed_ns": path.stat().st_mtime_ns}
    known = {str(path): {"mark": mark, "slices": 2}}

    def make(_: Any) -> FolderSource:
        return FolderSource(here, known, poll_s=0.02)

    with Taking(tmp_path / "state", make) as taking:
        taking.wait_for(1)
        taking.wait_drained()
    assert accounts_in(tmp_path / "state") == ["a4"]


def test_a_file_that_is_no_log_is_said_and_passed_over(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    pq.write_table(pa.table({"x": [1]}), here / "a.parquet")
    (here / "b.jsonl").write_text(lines(rows(1)), encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(1)
        taking.wait_drained()
        (reason,) = taking.tally.counts
        assert reason.startswith("rejected: a file that cannot be read: required column")


def test_a_line_too_long_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "CHUNK_BYTES", 1 << 10)
    monkeypatch.setattr(folder_module, "MAX_VALUE_BYTES", 1 << 14)
    here = tmp_path / "in"
    here.mkdir()
    text = lines(rows(1)) + '{"a": "' + "x" * (1 << 17) + '"}\n' + lines(rows(2))
    (here / "a.jsonl").write_text(text, encoding="utf-8")
    with Taking(tmp_path / "state", follow(here)) as taking:
        taking.wait_for(3)
        taking.wait_drained()
        assert taking.tally.counts["rejected: longer than 64 MiB"] >= 1


def test_objects_of_a_store_are_read_once(tmp_path: Path) -> None:
    here = tmp_path / "bucket" / "day=1"
    here.mkdir(parents=True)
    pq.write_table(table(rows(5), EXCHANGES_SCHEMA), here / "a.parquet")
    url = f"file://{tmp_path / 'bucket'}"

    def make(positions: dict[str, Any]) -> BucketSource:
        return BucketSource(url, dict(positions.get(f"bucket:{url}", {})), poll_s=0.02)

    with Taking(tmp_path / "state", make) as taking:
        taking.wait_for(5)
        (here / "b.jsonl.gz").write_bytes(gzip.compress(lines(rows(2)).encode()))
        taking.wait_for(7)
    pq.write_table(table(rows(1), EXCHANGES_SCHEMA), here / "c.parquet")
    with Taking(tmp_path / "state", make) as taking:
        taking.wait_for(8)
        taking.wait_drained()
        assert not taking.tally.counts


def test_a_span_and_its_log_record_become_one_exchange(tmp_path: Path) -> None:
    here = tmp_path / "in"
    here.mkdir()
    ids = {"traceId": "1" * 32, "spanId": "2" * 16}
    start = str(1_772_409_600_000_000_000)

    def attributes(**given: str) -> list[dict[str, Any]]:
        return [
            {"key": key.replace("__", "."), "value": {"stringValue": value}}
            for key, value in given.items()
        ]

    span = {
        **ids, "startTimeUnixNano": start,
        "attributes": attributes(gen_ai__request__model="m", user__id="u"),
    }  # fmt: skip
    log = {
        **ids, "timeUnixNano": start, "eventName": "gen_ai.user.message",
        "attributes": attributes(gen_ai__system="x"),
        "body": {"kvlistValue": {"values": attributes(content="what is the time?")}},
    }  # fmt: skip
    records = [
        {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]},
        {"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]},
    ]
    text = "".join(json.dumps(one) + "\n" for one in records)
    (here / "a.jsonl").write_text(text, encoding="utf-8")
    with Taking(tmp_path / "state", follow(here), keep_text=True) as taking:
        taking.wait_for(1)
    from stillwatch.adapters.live.log import Follower

    ((note, batch),) = [one for one in Follower(tmp_path / "state").read(10) if one[1]]
    assert note.texts == [(0, "what is the time?")]
    assert batch is not None and batch.accounts.names.to_pylist() == ["u"]
