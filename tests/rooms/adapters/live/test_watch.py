"""A watcher ends where ``detect`` ends, whatever came late, twice, or in between."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.ports import free_port
from tests.rooms.adapters.live.watched import Place, as_lines, page, plain, until

#: runs a watcher that ends itself with SIGKILL at the nth time it comes by a place.
KILLED = """
import os, signal, sys
where, count = sys.argv.pop(1), int(sys.argv.pop(1))
from stillwatch.adapters.live import committing, ledger, log
from stillwatch.adapters.live.sources import whole

whole.SLICE_ROWS = committing.MOST_ROWS = 300

def die():
    os.kill(os.getpid(), signal.SIGKILL)

seen = 0

def killed_around(owner, name, *, before):
    inner = getattr(owner, name)
    def outer(*given, **named):
        global seen
        seen += 1
        if before and seen == count:
            die()
        made = inner(*given, **named)
        if not before and seen == count:
            die()
        return made
    setattr(owner, name, outer)

def half_written(self, whole):
    global seen
    seen += 1
    if seen == count:
        os.write(self._file, whole[: len(whole) // 2])
        die()
    os.write(self._file, whole)

if where == "in a commit":
    log.Log._write = half_written
elif where == "after a commit":
    killed_around(log.Log, "append", before=False)
elif where == "before the register":
    killed_around(ledger.Ledger, "_settle", before=True)
elif where == "after the register":
    killed_around(ledger.Ledger, "_write_events", before=True)
elif where == "after the events":
    killed_around(ledger.Ledger, "_write_current", before=True)
elif where == "before a block is adopted":
    killed_around(log.Log, "adopt", before=True)
sys.argv = ["stillwatch", "watch", *sys.argv[1:]]
from stillwatch.cli.main import main
main()
"""
POINTS = [
    ("in a commit", 2),
    ("after a commit", 3),
    ("before a block is adopted", 1),
    ("before the register", 1),
    ("after the register", 1),
    ("after the events", 1),
]
#: small commits, so that there are places to be killed between them.
SMALL = {"STILLWATCH_WATCH__GATHER_S": "0"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The world as Parquet by day, and what ``detect`` says of it."""
    made = Place(tmp_path_factory.mktemp("watched"))
    folder = made.here / "exchanges"
    folder.mkdir()
    n = made.rows.num_rows
    for nth in range(4):
        part = made.rows.slice(nth * n // 4, (nth + 1) * n // 4 - nth * n // 4)
        pq.write_table(part, folder / f"day{nth}.parquet")
    return made


@pytest.fixture(scope="module")
def by_the_clock(place: Place) -> list[dict[str, object]]:
    """The events of an undisturbed watcher that looks by the traffic's clock."""
    code, said = place.run("exchanges", "--state", "calm", "--once", "--every", "0", **SMALL)
    assert code == 1, said
    return place.events("calm")


def test_what_a_watcher_finds_is_what_detect_finds(place: Place) -> None:
    code, said = place.run("exchanges", "--state", "once", "--once")
    assert code == 1, said
    found = place.current("once")
    expected = place.detected(place.here / "exchanges")
    assert expected["campaigns"]
    assert plain(found) == expected


def test_looks_by_the_clock_end_there_too(place: Place, by_the_clock: list[object]) -> None:
    assert plain(place.current("calm")) == place.detected(place.here / "exchanges")
    kinds = [event["kind"] for event in by_the_clock]
    assert kinds[0] == "opened" and len(kinds) > 1
    numbers = [event["sequence"] for event in by_the_clock]
    assert numbers == list(range(1, len(numbers) + 1))


def test_a_watcher_that_is_killed_again_and_again_ends_as_if_it_never_was(
    place: Place, by_the_clock: list[object]
) -> None:
    words = ("exchanges", "--state", "killed", "--once", "--every", "0")
    for where, count in POINTS:
        code, said = place.run(where, str(count), *words, program=("-c", KILLED), **SMALL)
        assert code == -signal.SIGKILL, (where, count, said)
    code, said = place.run(*words, **SMALL)
    assert code == 1, said
    calm, killed = place.current("calm"), place.current("killed")
    assert plain(killed) == plain(calm)
    assert [c["id"] for c in killed["campaigns"]] == [c["id"] for c in calm["campaigns"]]
    assert place.events("killed") == by_the_clock


def test_late_rows_count_and_later_ones_are_told(place: Place, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    n = place.rows.num_rows
    sent = place.rows.column("sent_at").to_numpy().astype("datetime64[s]").astype(np.int64)
    # within 20 hours anything may come in any order
    order = np.argsort(sent + rng.uniform(0, 72_000, n))
    lines = as_lines(place.rows.take(order))
    extra = json.loads(lines[0])
    too_late = {**extra, "exchange_id": "too late"}
    ahead = {**extra, "exchange_id": "ahead", "sent_at": "2100-01-01T00:00:00Z"}
    told = [*lines[:100], *lines[50:100], "{no json", json.dumps(ahead), *lines[100:]]
    told += [json.dumps(too_late), '{"exchange_id": "x", "model": "m", "account": "a"}']
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "all.jsonl").write_text("\n".join(told), encoding="utf-8")
    state = str(tmp_path / "state")
    code, said = place.run(
        str(tmp_path / "lines"), "--state", state, "--once", "--rejects", str(tmp_path / "bad")
    )
    assert code == 1, said
    found = json.loads((tmp_path / "state" / "campaigns.json").read_bytes())
    assert found["watch"]["set_aside"] == {"ahead": 1, "duplicate": 50, "late": 1}
    assert found["n_rejected"] == 2
    expected = place.detected(place.here / "exchanges")
    assert plain(found) == expected | {"n_rejected": 2}
    assert "sent_at is missing" in (tmp_path / "bad").read_text(encoding="utf-8")


def test_a_watcher_lives_answers_and_ends_when_asked(place: Place, tmp_path: Path) -> None:
    port = free_port()
    folder, lines = tmp_path / "in", as_lines(place.rows)
    folder.mkdir()
    log = folder / "log.jsonl"
    log.write_text("".join(f"{line}\n" for line in lines[:1000]), encoding="utf-8")
    watcher = place.start(
        str(folder), "--state", str(tmp_path / "s"), "--listen", f"127.0.0.1:{port}",
        "--every", "1", "--json", STILLWATCH_WATCH__IDLE_S="0.5", STILLWATCH_WATCH__DELAY_S="0",
    )  # fmt: skip
    try:
        until(lambda: _metric(port, "exchanges_total") == 1000, "a thousand rows")
        with log.open("a", encoding="utf-8") as more:
            more.write("".join(f"{line}\n" for line in ["{no json", *lines[1000:]]))
        until(lambda: _metric(port, "exchanges_total") == len(lines), "all rows")
        until(lambda: _metric(port, "campaigns") == 1, "a campaign")
        assert page(port, "/healthz") == (200, "ok\n")
        assert page(port, "/readyz") == (200, "ok\n")
        assert page(port, "/nothing")[0] == 404
        said = page(port, "/metrics")[1]
        current = json.loads(page(port, "/campaigns")[1])
        assert len(current["campaigns"]) == 1
        twice = place.run(str(folder), "--state", str(tmp_path / "s"))
        assert twice[0] == 2 and b"another watcher works in this folder" in twice[1]
    finally:
        watcher.send_signal(signal.SIGTERM)
        out, errors = watcher.communicate(timeout=60)
    assert watcher.returncode == 0, errors
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0]["kind"] == "opened" and events[0]["entry"]["accounts"]
    _shows_what_the_dashboard_asks(said)


def _metric(port: int, name: str) -> float | None:
    found = re.search(rf"^stillwatch_watch_{name} ([0-9.e+]+)$", page(port, "/metrics")[1], re.M)
    return float(found[1]) if found else None


def _shows_what_the_dashboard_asks(metrics: str) -> None:
    from stillwatch.adapters.live.watch import dashboard

    board = json.loads(dashboard())
    asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    assert len(asked) >= 10
    for expression in asked:
        for name in re.findall(r"(?:stillwatch_watch|process)_\w+", expression):
            assert re.search(rf"^{name}(?:{{| )", metrics, re.M), name


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((), 3, "Missing SOURCES"),
        (("nowhere", "--state", "s"), 2, "no such file"),
        (("exchanges", "--state", "s", "--every", "soon"), 3, "is no duration"),
        (("otlp://0.0.0.0:4318", "--state", "s"), 3, "token_file"),
        (("ftp://host/x", "--state", "s"), 3, "known are folders"),
        (("exchanges", "--state", "s", "--listen", "here"), 3, "is no HOST:PORT"),
    ],
)
def test_what_cannot_be_watched_is_said(
    place: Place, words: tuple[str, ...], code: int, said: str
) -> None:
    from stillwatch.cli.main import run

    here = Path.cwd()
    try:
        import os

        os.chdir(place.here)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stderr", captured := _Captured())
            assert run(["watch", *words]) == code
    finally:
        os.chdir(here)
    assert said in captured.text


class _Captured:
    """What is written to stderr."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False
