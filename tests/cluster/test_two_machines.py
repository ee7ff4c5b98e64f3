"""Two machines, each in its own network, say what one process says, whatever becomes of one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.ingest import read_key
from stillwatch.adapters.looking import look
from stillwatch.adapters.results import write_json
from stillwatch.adapters.settings import load_settings
from stillwatch.cli.detect import _without_text
from tests.cluster.machines import Machines

pytestmark = pytest.mark.slow
PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made world in row groups small enough for a score of parts, and a key of our own."""
    folder = tmp_path_factory.mktemp("world")
    words = ["--exchanges", "60000", "--accounts", "1200", "--prompt-chars", "900", "--responses"]
    words += ["--campaign-accounts", "30", "--files", "2"]
    subprocess.run([*PROGRAM, "lab", "simulate", str(folder / "made"), *words], check=True)
    (folder / "logs").mkdir()
    for path in sorted((folder / "made" / "exchanges").glob("*.parquet")):
        rows = pq.read_table(path)
        half = rows.num_rows // 2
        pq.write_table(rows.slice(half), folder / "logs" / path.name, row_group_size=2500)
        lines = rows.slice(0, half).to_pylist()
        with (folder / "logs" / f"{path.stem}.jsonl").open("w", encoding="utf-8") as sink:
            for line in lines:
                known = {k: v for k, v in line.items() if v is not None}
                sink.write(json.dumps(known, default=lambda v: v.isoformat()) + "\n")
            sink.write("{broken\n")
    (folder / "key").write_text(os.urandom(32).hex(), encoding="utf-8")
    (folder / "stillwatch.toml").write_text(
        f'[detect]\nkey_file = "{folder}/key"\n[engine]\npart_mib = 1\n', encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    with Machines(Path(f"/tmp/sw-{os.getpid()}")) as started:
        yield started


def words_of(world: Path, *options: str) -> list[str]:
    """A search of the world that prints JSON."""
    made = world / "made"
    words = ["--config", str(world / "stillwatch.toml"), "detect", str(world / "logs"), "--json"]
    words += ["--accounts", str(made / "accounts.parquet")]
    return [*words, "--releases", str(made / "releases.json"), *options]


def begun(machines: Machines, words: list[str], here: Path, **more: str) -> subprocess.Popen[bytes]:
    """A search that has been begun."""
    env = machines.environment | {"XDG_STATE_HOME": str(here)} | more
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*PROGRAM, *words], cwd=here, env=env, **pipes)


@pytest.fixture(scope="module")
def alone(world: Path, machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What one process prints."""
    search = begun(machines, words_of(world, "--quiet"), tmp_path_factory.mktemp("alone"))
    out, said = search.communicate()
    assert search.returncode == 1, said
    found = json.loads(out)
    assert found["campaigns"] and "watched" in found
    return out


def elsewhere(machines: Machines, *options: str) -> list[str]:
    """Options that send the work to the cluster."""
    return ["--engine", f"ray://{machines.address}", *options]


def test_two_machines_print_what_one_process_prints(
    world: Path, machines: Machines, alone: bytes, tmp_path: Path
) -> None:
    words = words_of(world, *elsewhere(machines, "--state", "state"))
    search = begun(machines, words, tmp_path)
    worked: set[int] = set()
    while search.poll() is None and len(worked) < 2:
        worked |= {nth for nth in (1, 2) if "read_part" in machines.works_on(nth)}
        time.sleep(0.02)
    out, said = search.communicate()
    assert search.returncode == 1, said
    assert out == alone
    assert worked == {1, 2}
    assert b"machines 2, processors 2" in said
    # the state holds the links: the same command ends without a cluster, or without Ray
    words = words_of(world, "--state", "state", "--quiet")
    again = begun(machines, words, tmp_path)
    assert again.communicate()[0] == alone


def test_a_machine_that_is_killed_while_it_works_changes_nothing(
    world: Path, machines: Machines, alone: bytes, tmp_path: Path
) -> None:
    search = begun(machines, words_of(world, *elsewhere(machines)), tmp_path)
    held: list[str] = []
    try:
        while search.poll() is None and not held:
            if "read_part" in machines.works_on(2):
                machines.stop_the_clock(2)
                # nothing moves there any more: what it says to do now it will not finish
                held = machines.works_on(2)
            time.sleep(0.02)
        machines.kill(2)
        out, said = search.communicate()
    finally:
        machines.kill(2)
        machines.start(2)
    assert "read_part" in held
    assert search.returncode == 1, said
    assert b"1 of 2 machines lost on the way" in said
    assert out == alone


class KillsAMachine:
    """Ends the second machine when everything was read and nothing has been counted."""

    def __init__(self, machines: Machines) -> None:
        self.machines = machines
        self.read_there = 0
        self.said: list[str] = []

    def rows(self, n_rows: int, share: float) -> None:
        self.read_there += "read_part" in self.machines.works_on(2)

    def linking(self) -> None:
        assert self.machines.pids(2)
        self.machines.kill(2)

    def looks(self, done: int, total: int) -> None:
        pass

    def say(self, line: str) -> None:
        self.said.append(line)


def test_lists_that_a_killed_machine_held_are_made_again(
    world: Path, machines: Machines, alone: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in machines.environment.items():
        monkeypatch.setenv(name, value)
    watcher = KillsAMachine(machines)
    try:
        found = look(
            load_settings(world / "stillwatch.toml"), progress=watcher,
            logs=[world / "logs"], accounts=world / "made" / "accounts.parquet",
            releases=world / "made" / "releases.json", engine=f"ray://{machines.address}",
        )  # fmt: skip
    finally:
        machines.kill(2)
        machines.start(2)
    assert watcher.read_there, "the machine that was killed had read parts"
    assert any("1 of 2 machines lost" in line for line in watcher.said)
    printed = io.BytesIO()
    write_json(_without_text(found, show_text=False), printed)
    assert printed.getvalue() == alone


def test_an_error_of_a_worker_is_told_as_one_of_this_process(
    world: Path, machines: Machines, tmp_path: Path
) -> None:
    said = []
    for options in ([], elsewhere(machines)):
        search = begun(machines, words_of(world, "--strict", "--quiet", *options), tmp_path)
        out, told = search.communicate()
        assert (search.returncode, out) == (2, b"")
        said.append(told)
    assert said[0] == said[1]
    assert b"not valid JSON" in said[0] and b".jsonl, line " in said[0]


def test_who_has_no_token_or_a_wrong_one_is_refused(
    world: Path, machines: Machines, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("0" * 64, encoding="utf-8")
    words = words_of(world, *elsewhere(machines), "--quiet")
    for path, expected in ((wrong, b"does not take our token"), (tmp_path / "none", b"none here")):
        search = begun(machines, words, tmp_path, RAY_AUTH_TOKEN_PATH=str(path))
        out, said = search.communicate()
        assert (search.returncode, out) == (2, b""), said
        assert expected in said
        assert b"RAY_AUTH_TOKEN_PATH" in said
        assert b"Traceback" not in said


def test_what_is_secret_stands_in_no_log(world: Path, machines: Machines, alone: bytes) -> None:
    key = read_key(world / "key")
    text = (
        pq.read_table(world / "made" / "exchanges", columns=["prompt"]).column("prompt").to_pylist()
    )
    secret = [machines.token.read_bytes(), (world / "key").read_bytes()]
    secret += [str(int(half)).encode() for half in (key.k0, key.k1)]
    secret += [int(half).to_bytes(8, "little") for half in (key.k0, key.k1)]
    secret += [one[:60].encode() for one in text[:: len(text) // 300] if one and len(one) > 60]
    assert len(secret) > 100
    logs = [path for path in (machines.folder / "ray").rglob("*") if path.is_file()]
    assert any(path.stat().st_size for path in logs)
    for path in logs:
        held = path.read_bytes()
        assert not [one for one in secret if one in held], path


def test_nobody_there_and_everybody_let_in_are_told(
    world: Path, machines: Machines, tmp_path: Path, alone: bytes
) -> None:
    nobody = words_of(world, "--engine", "ray://127.0.0.1:9", "--quiet")
    search = begun(machines, nobody, tmp_path)
    assert b"no Ray client server answers" in search.communicate()[1]
    assert search.returncode == 2
    with Machines(Path(f"/tmp/sw-{os.getpid()}o"), 1, authenticated=False) as unlocked:
        words = words_of(world, *elsewhere(unlocked))
        search = begun(unlocked, words, tmp_path)
        out, said = search.communicate()
        assert (search.returncode, out) == (3, b"")
        assert b"lets everybody in" in said and b"RAY_AUTH_MODE=token" in said
        search = begun(unlocked, [*words, "--engine-unauthenticated"], tmp_path)
        out, said = search.communicate()
        assert search.returncode == 1, said
        assert out == alone
