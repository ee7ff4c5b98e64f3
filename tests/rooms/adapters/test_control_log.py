"""The log of decisions: chained, on the disk before it counts, whole after any crash."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.control.snapshot import restore, save
from stillwatch.control import Claim, LocalLimits
from stillwatch.control.deciding import kill
from stillwatch.control.usage import Usage
from stillwatch.model.decision import By, undo
from stillwatch.model.errors import BadInput, OutsideFailed

WRITER = """
import sys
from pathlib import Path
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.control.deciding import kill
log = DecisionLog(Path(sys.argv[1]))
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    made = kill(name=f"{sys.argv[2]}-{number}", now_us=number)
    log.append(made)
    print(made.id, flush=True)
"""
KEEPER = """
import sys, time
from pathlib import Path
from stillwatch.adapters.control.snapshot import Keeper
from stillwatch.control import Claim, LocalLimits
from stillwatch.control.usage import Usage
limits, usage = LocalLimits(), Usage()
keeper = Keeper(Path(sys.argv[1]), limits, usage, print)
keeper.start()
while True:
    now = time.time_ns() // 1000
    limits.take([Claim("a", 3_600_000_000, 10**15)], now)
    usage.note("a", "k", "n", "c", now)
    print(now, flush=True)
    time.sleep(0.01)
"""


def started(source: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", source, *words], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def test_what_was_logged_is_read_again_and_a_copy_is_not_logged_twice(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "log.jsonl"
    log = DecisionLog(path)
    stop = kill(name="ann", now_us=1)
    back = undo(stop, by=By.PERSON, name="bob", made_us=2)
    assert log.append(stop, back, stop) == 2
    assert log.append(stop) == 0
    again = DecisionLog(path)
    assert (again.n_lines, again.head) == (2, log.head)
    assert list(again.ledger.enforcement.decisions) == [stop.id, back.id]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", ["change", "drop", "swap", "insert"])
def test_a_line_that_was_touched_is_found(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "log.jsonl"
    log = DecisionLog(path)
    for number in range(4):
        log.append(kill(name=f"p{number}", now_us=number))
    lines = path.read_bytes().splitlines(keepends=True)
    touched = {
        "change": [lines[0], lines[1].replace(b'"p1"', b'"p9"'), *lines[2:]],
        "drop": [lines[0], *lines[2:]],
        "swap": [lines[0], lines[2], lines[1], lines[3]],
        "insert": [*lines[:2], lines[1], *lines[2:]],
    }[damage]
    path.write_bytes(b"".join(touched))
    with pytest.raises(BadInput, match=r"line [23]"):
        DecisionLog(path)


def test_every_single_byte_counts(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = DecisionLog(path)
    log.append(kill(name="ann", now_us=1), kill(name="bob", now_us=2))
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            found = DecisionLog(path, read_only=True)
        except BadInput:
            continue
        # Only the newline at the end can go without the chain breaking: a torn last line.
        assert found.n_lines < 2, place
    path.write_bytes(whole)
    assert DecisionLog(path, read_only=True).head == log.head


def test_a_line_cut_in_two_is_set_aside_and_the_log_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = DecisionLog(path)
    first, second = kill(name="ann", now_us=1), kill(name="bob", now_us=2)
    log.append(first, second)
    whole = path.read_bytes()
    first_line = whole.index(b"\n") + 1
    for cut in (first_line + 1, first_line + 40, len(whole) - 1):
        path.write_bytes(whole[:cut])
        again = DecisionLog(path)
        assert list(again.ledger.enforcement.decisions) == [first.id]
        assert (tmp_path / "log.jsonl.torn-1").read_bytes() == whole[first_line:cut]
        assert again.append(second) == 1
        assert path.read_bytes() == whole


def test_several_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    writers = [started(WRITER, str(path), name, "25") for name in ("one", "two", "three")]
    said = [writer.communicate(timeout=60)[0].split() for writer in writers]
    log = DecisionLog(path)
    assert log.n_lines == 75
    assert set(log.ledger.enforcement.decisions) == {x for ids in said for x in ids[1:]}


def test_what_was_said_to_be_logged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    for round_ in range(4):
        writer = started(WRITER, str(path), f"w{round_}", "100000")
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(6 + round_)][1:]
        writer.send_signal(signal.SIGKILL)
        said += writer.communicate(timeout=60)[0].split()
        whole = [name for name in said if re.fullmatch(r"decision:[0-9a-f]{20}", name)]
        log = DecisionLog(path)
        assert set(whole) <= set(log.ledger.enforcement.decisions)


def test_a_disk_that_refuses_decides_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideFailed, match="nothing was decided"):
        DecisionLog(tmp_path / "file" / "log.jsonl")


def test_what_the_disk_refused_does_not_count_and_can_be_said_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, made = DecisionLog(tmp_path / "log.jsonl"), kill(name="ann", now_us=1)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(OutsideFailed, match="nothing was decided"):
            log.append(made)
    log.refresh()
    assert made.id not in log.ledger.enforcement.decisions
    assert log.append(made, made) == 1
    assert made.id in DecisionLog(log.path, read_only=True).ledger.enforcement.decisions


def test_a_log_that_was_taken_away_is_missed(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log.jsonl")
    log.append(kill(name="ann", now_us=1))
    log.path.unlink()
    with pytest.raises(BadInput, match="shorter"):
        log.append(kill(name="bob", now_us=2))


def test_what_is_set_aside_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"half')
    DecisionLog(path)
    (aside,) = tmp_path.glob("*.torn-*")
    assert aside.stat().st_mode & 0o077 == 0


def test_a_snapshot_gives_limits_and_usage_back_and_hands_nothing_out_twice(
    tmp_path: Path,
) -> None:
    path, now = tmp_path / "state.json", 10**15
    limits, usage = LocalLimits(), Usage()
    claim = Claim("a", 1_000_000, 5_000_000)
    for _ in range(3):
        limits.take([claim], now)
        usage.note("a", "k", "net", "c", now)
    save(path, limits, usage, now)
    fresh, counted = LocalLimits(), Usage()
    told = restore(path, fresh, counted, now + 250_000)
    assert (told.n_keys, told.n_accounts, told.lost_us) == (1, 1, 250_000)
    assert [fresh.take([claim], now).allowed for _ in range(3)] == [True, True, False]
    assert counted.accounts["a"].day == pytest.approx(3.0)
    restore(path, limits, Usage(), now)
    assert dict(limits.marks(now)) == {"a": now + 3_000_000}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"schema": "other"}', b"\xff\x00"])
def test_a_damaged_snapshot_gives_nothing(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(data)
    told = restore(path, LocalLimits(), Usage(), 1)
    assert (told.n_keys, told.taken_us) == (0, 0)
    assert restore(tmp_path / "none", LocalLimits(), Usage(), 1).n_accounts == 0


def test_a_kill_loses_what_came_since_the_last_snapshot_and_says_how_long_that_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.json"
    keeper = started(KEEPER, str(path))
    assert keeper.stdout is not None
    moments: list[int] = []
    first_taken = 0
    while not first_taken or moments[-1] < first_taken + 900_000:
        moments.append(int(keeper.stdout.readline()))
        if not first_taken and path.exists():
            first_taken = restore(path, LocalLimits(), Usage(), 0).taken_us
    keeper.send_signal(signal.SIGKILL)
    moments += [int(x) for x in keeper.communicate(timeout=60)[0].split() if len(x) == 16]
    limits = LocalLimits()
    now = time.time_ns() // 1_000
    told = restore(path, limits, Usage(), now)
    assert told.lost_us == now - told.taken_us
    n_kept = (dict(limits.marks(now))["a"] - moments[0]) // 3_600_000_000
    n_before = sum(moment <= told.taken_us for moment in moments)
    assert n_kept >= n_before - 1
