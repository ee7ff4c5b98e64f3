"""The servers that are compared, each as its own process over a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from benchmarks.control.measuring import cpu_s, family
from stillwatch.adapters.taxii.connection import Connection, Credentials
from stillwatch.model.errors import OutsideFailed

HERE = Path(__file__).resolve().parent
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Running:
    """A server that answers.

    Args:
        name: as it stands in the table.
        url: of its collection.
        credentials: of a client that may read and write.
        pid: of its first process.
    """

    name: str
    url: str
    credentials: Credentials
    pid: int

    def connected(self) -> Connection:
        """A connection to its collection."""
        return Connection(self.url, self.credentials)

    def cpu_s(self) -> float:
        """Processor time of all its processes so far."""
        return cpu_s(family(self.pid))


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _stillwatch(*words: str) -> list[str]:
    return [sys.executable, "-m", "stillwatch.cli.main", "share", "taxii", *words]


@contextlib.contextmanager
def ours(folder: Path, store: str = "", workers: int = 1) -> Iterator[Running]:
    """Ours, over SQLite, or whatever ``store`` names."""
    folder.mkdir(parents=True, exist_ok=True)
    store = store or str(folder / "objects.db")
    made = subprocess.run(
        _stillwatch("init", "--store", store, "--client", "ann", "--json"),
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    told = orjson.loads(made.stdout)
    (folder / "stillwatch.toml").write_text(
        "[taxii]\nrequests_a_minute = 10000000\nbytes_an_hour = 1000000000000\n"
    )
    port = _free_port()
    words = _stillwatch(
        "serve", "--store", store, "--listen", f"127.0.0.1:{port}", "--workers", str(workers)
    )
    name = "stillwatch, PostgreSQL" if "://" in store else "stillwatch, SQLite"
    url = f"http://127.0.0.1:{port}/api/collections/{told['collection']}/"
    who = Credentials(user="ann", password=told["password"])
    with _process(words, folder) as pid:
        yield _until(Running(f"{name}, {workers} process{'es' * (workers > 1)}", url, who, pid))


@contextlib.contextmanager
def peer(name: str, environments: Path, folder: Path) -> Iterator[Running]:
    """medallion or OpenTAXII, from an environment of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    python = environments / name / "bin" / "python"
    if not python.exists():
        raise OutsideFailed(f"{python} is not there.", remedy="The README says how to make it.")
    words = [str(python), str(HERE / f"serve_{name}.py"), str(_free_port()), str(folder)]
    with _process(words, folder) as pid:
        told = folder / "collection"
        _wait(told.exists, name)
        who = Credentials(user="ann", password="secret")
        yield _until(Running(name, told.read_text(), who, pid))


def _until(server: Running) -> Running:
    def answers() -> bool:
        with contextlib.suppress(OutsideFailed):
            return Connection(server.url, server.credentials, backoff_s=0.01).get().status == 200
        return False

    _wait(answers, server.name)
    return server


def _wait(wanted: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while not wanted():
        if time.monotonic() > end_s:
            raise OutsideFailed(f"{what} does not answer.")
        time.sleep(0.2)


@contextlib.contextmanager
def _process(words: list[str], folder: Path) -> Iterator[int]:
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            words, cwd=folder, stdout=said, stderr=said, start_new_session=True
        )
    try:
        yield process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
