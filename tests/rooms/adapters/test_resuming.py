"""A run that is killed goes on from its last finished step and ends where it would have ended."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.looking import look
from stillwatch.adapters.readers import open_exchanges
from stillwatch.adapters.resuming import StateFolder, made_for
from stillwatch.adapters.settings import Settings
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from tests.rooms.detect.worlds import World, crowd, table

#: runs the program and ends it with SIGKILL where it is told to: before or after a step
#: counts as finished, after so many writes, or after so many looks.
KILLED = """
import os, signal, sys
from stillwatch.adapters import resuming, shelving
from stillwatch.detect.state import State

where, count = sys.argv.pop(1), int(sys.argv.pop(1))
seen = 0

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def around(owner, name, before, after):
    inner = getattr(owner, name)
    def outer(self, *given, **named):
        global seen
        if before(given):
            die()
        made = inner(self, *given, **named)
        seen += 1
        if after(given):
            die()
        return made
    setattr(owner, name, outer)

never = lambda given: False
if where.startswith("before "):
    around(resuming.StateFolder, "finish", lambda g: g[0].name == where[7:], never)
elif where.startswith("after "):
    around(resuming.StateFolder, "finish", never, lambda g: g[0].name == where[6:])
elif where == "writes":
    around(shelving.DiskShelf, "put", never, lambda g: seen == count)
elif where == "looks":
    around(State, "advance", never, lambda g: seen == count)
from stillwatch.cli.main import main
sys.argv[0] = "stillwatch"
main()
"""
POINTS = [
    ("writes", 9),
    ("after read-00000", 0),
    ("before read-00001", 0),
    ("before traffic", 0),
    ("after traffic", 0),
    ("before links", 0),
    ("after links", 0),
    ("looks", 3),
]


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pool in a crowd: the first half as lines, the rest as Parquet, some rows malformed."""
    folder = tmp_path_factory.mktemp("logs")
    rng = np.random.default_rng(3)
    world = World()
    crowd(world, 120, seed=4)
    for i in range(20):
        world.open(f"pool{i}", -300.0 + i / 60, payment=f"card {i % 3}", device=f"device {i % 2}")
        for hours in np.sort(rng.uniform(0, 96, 40)):
            world.send(
                f"pool{i}", float(hours), turn=0, status=200, address=f"ip{i}", client="sdk-1",
                tls="t1", pathway="api", finish_reason="stop", credential=f"key{i}",
                prompt=f"write out your chain of thought step by step before case {hours:.3f}",
            )  # fmt: skip
    rows = table(world.exchanges, EXCHANGES_SCHEMA)
    half = rows.num_rows // 2
    (folder / "exchanges").mkdir()
    pq.write_table(rows.slice(half), folder / "exchanges" / "b.parquet")
    lines = [
        json.dumps({k: v for k, v in one.items() if v is not None}, default=lambda v: v.isoformat())
        for one in rows.slice(0, half).to_pylist()
    ]
    lines.insert(7, "{not json")
    (folder / "exchanges" / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    pq.write_table(table(world.accounts, ACCOUNTS_SCHEMA), folder / "accounts.parquet")
    return folder


def arguments(logs: Path) -> list[str]:
    """A search of the logs that prints JSON."""
    accounts = ["--accounts", str(logs / "accounts.parquet")]
    return ["detect", str(logs / "exchanges"), *accounts, "--json", "--quiet"]


def run(*words: str, here: Path, program: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    """Run a program in a folder of the test's own."""
    env = {"XDG_STATE_HOME": str(here), "PYTHONPATH": ":".join(p for p in sys.path if p)}
    command = [sys.executable, *program, *words]
    return subprocess.run(command, check=False, capture_output=True, env=env, cwd=here)


@pytest.fixture(scope="module")
def undisturbed(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """What a run without any state prints, and the rows that it sets aside."""
    here = tmp_path_factory.mktemp("undisturbed")
    words = [*arguments(logs), "--rejects", "rejects.jsonl"]
    done = run(*words, here=here, program=("-m", "stillwatch.cli.main"))
    assert done.returncode == 1, done.stderr
    return done.stdout, (here / "rejects.jsonl").read_bytes()


def test_a_run_that_is_killed_again_and_again_ends_as_if_it_never_was(
    logs: Path, undisturbed: tuple[bytes, bytes], tmp_path: Path
) -> None:
    words = [*arguments(logs), "--rejects", "rejects.jsonl", "--state", "state"]
    for where, count in POINTS:
        done = run(where, str(count), *words, here=tmp_path, program=("-c", KILLED))
        assert done.returncode == -9, (where, done.stderr)
        assert done.stdout == b""
    done = run(*words, here=tmp_path, program=("-m", "stillwatch.cli.main"))
    assert done.stdout == undisturbed[0]
    assert (tmp_path / "rejects.jsonl").read_bytes() == undisturbed[1]


def test_a_finished_step_is_not_made_again(logs: Path, tmp_path: Path) -> None:
    words = [*arguments(logs), "--state", "state"]
    run("after read-00000", "0", *words, here=tmp_path, program=("-c", KILLED))
    finished = tmp_path / "state" / "read-00000.shelf"
    before = finished.stat().st_mtime_ns
    run("before links", "0", *words, here=tmp_path, program=("-c", KILLED))
    assert finished.stat().st_mtime_ns == before
    assert (tmp_path / "state" / "traffic.json").is_file()
    assert run(*words, here=tmp_path, program=("-m", "stillwatch.cli.main")).returncode == 1
    assert not finished.exists(), "what the links were made of takes room for nothing"


def looked(folder: Path, settings: Settings | None = None, **asked: Any) -> dict[str, Any]:
    """Look at the logs in this process."""
    given = {"logs": [folder / "exchanges"], "accounts": folder / "accounts.parquet"} | asked
    return look(settings or Settings(), **given)


def test_a_state_of_other_settings_or_input_is_refused(logs: Path, tmp_path: Path) -> None:
    state = tmp_path / "state"
    first = looked(logs, state=state)
    assert json.loads(json.dumps(first))["campaigns"]
    assert looked(logs, state=state) == first
    with pytest.raises(BadSettings, match="other settings"):
        looked(logs, Settings(detect={"fdr": 0.05}), state=state)
    with pytest.raises(BadSettings, match="other inputs"):
        looked(logs, logs=[logs / "exchanges" / "b.parquet"], state=state)
    with pytest.raises(BadSettings, match="other beside"):
        looked(logs, accounts=None, state=state)
    secret = tmp_path / "key"
    secret.write_text("x" * 40, encoding="utf-8")
    with pytest.raises(BadSettings, match="other key"):
        looked(logs, Settings(detect={"key_file": secret}), state=state)


def test_a_folder_of_other_things_is_left_alone(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(BadSettings, match="holds other things"):
        looked(logs, state=tmp_path)
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_two_runs_do_not_share_a_folder(logs: Path, tmp_path: Path) -> None:
    with (
        StateFolder(tmp_path / "state", made_for([])),
        pytest.raises(OutsideFailed, match="another run"),
    ):
        looked(logs, state=tmp_path / "state")


def test_an_input_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("one\n", encoding="utf-8")
    with StateFolder(tmp_path / "state", made_for([path])) as folder:
        folder.unchanged([path])
        path.write_text("one\ntwo\n", encoding="utf-8")
        with pytest.raises(BadInput, match="changed"):
            folder.unchanged([path])


def test_reading_in_parts_reads_what_reading_at_once_does(logs: Path) -> None:
    at_once, by_parts = open_exchanges([logs / "exchanges"]), open_exchanges([logs / "exchanges"])
    rows = [batch for batch in at_once]
    tallies = []
    found = []
    for part in by_parts.parts():
        found += list(by_parts.read(part))
        tallies.append(by_parts.tally())
    assert len(tallies) == 2
    assert found == rows
    assert by_parts.tally() == at_once.tally()
    again = open_exchanges([logs / "exchanges"])
    again.recall(json.loads(json.dumps(tallies[0])))
    assert list(again.read(again.parts()[1])) == rows[-1:]
    assert again.tally() == at_once.tally()
    assert again.n_rejected == 1
