"""The real service as its own processes, with callers, campaigns and a log in a folder."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.gateway.tokens import Role, entry_of, new_token
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.rooms.http.ruled import campaign
from tests.rooms.http.served import Got, call

PATIENCE_S = 60.0
AT_ONCE = 8
PEOPLE = {
    "gw": [Role.GATEWAY],
    "ann": [Role.OPERATOR],
    "bob": [Role.APPROVER],
    "cid": [Role.APPROVER, Role.OPERATOR],
    "rev": [Role.REVIEWER],
    "aud": [Role.AUDITOR],
}


@dataclass
class Service:
    """A running service.

    Args:
        folder: where its files are.
        port: where it listens.
        tokens: of people and gateways, by name.
        process: the first of its processes.
    """

    folder: Path
    port: int
    tokens: dict[str, str]
    process: subprocess.Popen[bytes]
    extra: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, who: str = "gw", **headers: str) -> Got:
        """Call it as somebody; as nobody where ``who`` is empty."""
        sent = {"authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return call(self.port, method, path, body, {**sent, **headers})

    def decide(self, account: str, **fields: Any) -> Any:
        """Ask for a decision."""
        got = self.ask("POST", "/v1/decide", {"account": account, **fields})
        assert got.status == 200, got
        return got.told

    def find(self, *campaigns: dict[str, Any]) -> None:
        """Put a result of the search in place, as ``stillwatch watch`` does."""
        aside = self.folder / "campaigns.aside"
        aside.write_bytes(orjson.dumps({"campaigns": campaigns, "watched": []}))
        aside.replace(self.folder / "campaigns.json")

    def until_everywhere(self, account: str, *, go: bool) -> None:
        """Wait until every replica says so.

        Replicas take connections from one queue, and one that is asked alone may get them all:
        several ask at once, so that while one answers another has to.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:

            def said() -> bool:
                answers = list(pool.map(self.decide, [account] * (4 * AT_ONCE)))
                return all(told["go"] is go for told in answers)

            self.until(said, f"every replica lets {account} {'go' if go else 'wait'}")

    def until(self, wanted: Any, what: str) -> None:
        """Wait until something holds; fail where it never does."""
        end_s = time.monotonic() + PATIENCE_S
        while not wanted():
            if time.monotonic() > end_s:
                raise AssertionError(f"it never came to it that {what}: {self.said()}")
            time.sleep(0.05)

    def said(self) -> str:
        """Everything that it logged."""
        return (self.folder / "stderr").read_text("utf-8", "replace")

    def written(self) -> str:
        """Everything in its log of decisions."""
        path = self.folder / "stillwatch-control" / "decisions.jsonl"
        return path.read_text("utf-8") if path.exists() else ""


def told_campaign(name: str, *accounts: str) -> dict[str, Any]:
    """A campaign with what the summary of a case tells."""
    return {
        **campaign(name, *accounts),
        "n_exchanges": 12_345,
        "first_seen": "2026-01-01T00:00:00Z",
        "last_seen": "2026-01-09T00:00:00Z",
        "signals": [{"signal": "SWS-1", "bits": 9.0, "observed": "requests keep one pace all day"}],
    }


@contextlib.contextmanager
def running(
    folder: Path, *options: str, workers: int = 1, live: bool = True, settings: str = ""
) -> Iterator[Service]:
    """Run ``stillwatch serve`` while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    tokens, entries = {}, []
    for name, roles in PEOPLE.items():
        tokens[name], digest = new_token()
        entries.append(entry_of(name, roles, digest))
    (folder / "callers.toml").write_text("\n".join(entries))
    (folder / "stillwatch.toml").write_text(settings)
    port = free_port()
    words = [
        "serve", "--listen", f"127.0.0.1:{port}", "--workers", str(workers),
        "--campaigns", "campaigns.json", "--live" if live else "--shadow", *options,
    ]  # fmt: skip
    process = start(words, folder, folder / "stderr")
    service = Service(folder, port, tokens, process)
    try:
        wait_for(port, process, service.said)
        yield service
    finally:
        stop(process)


def start(words: Sequence[str], folder: Path, said: Path) -> subprocess.Popen[bytes]:
    """Start the program in a folder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with said.open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "stillwatch.cli.main", *words],
            cwd=folder, env=environment, stdout=err, stderr=err, start_new_session=True,
        )  # fmt: skip


def wait_for(
    port: int, process: subprocess.Popen[bytes], said: Any, path: str = "/healthz"
) -> None:
    """Wait until something answers at a port, or say why nothing will."""
    end_s = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if call(port, "GET", path).status < 500:
                return
        if process.poll() is not None or time.monotonic() > end_s:
            raise AssertionError(f"nothing answers at {port}: {said()}")
        time.sleep(0.1)


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a process and all that it started; returns its exit code."""
    if process.poll() is None:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait(20)
