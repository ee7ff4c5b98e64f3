"""A small world that a watcher is shown, and watchers in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.adapters.looking import look
from stillwatch.adapters.settings import Settings
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from tests.rooms.detect.worlds import World, crowd, table

#: a clock of twelve hours, so that four days take eight looks.
CLOCK_S = 43_200
PATIENCE_S = 60.0
WATCH = ("-m", "stillwatch.cli.main", "watch")


def world() -> tuple[pa.Table, pa.Table]:
    """Exchanges in order of time, and accounts: a pool that grows to twenty, in a crowd."""
    rng = np.random.default_rng(3)
    made = World()
    crowd(made, 120, seed=4)
    for i in range(20):
        made.open(f"pool{i}", -300.0 + i / 60, payment=f"card {i % 3}", device=f"device {i % 2}")
        for hours in np.sort(rng.uniform(max(0, i - 14) * 10, 96, 40)):
            made.send(
                f"pool{i}", float(hours), turn=0, status=200, address=f"ip{i}", client="sdk-1",
                tls="t1", pathway="api", finish_reason="stop", credential=f"key{i}",
                prompt=f"write out your chain of thought step by step before case {hours:.3f}",
            )  # fmt: skip
    rows = table(made.exchanges, EXCHANGES_SCHEMA).sort_by("sent_at").combine_chunks()
    return rows, table(made.accounts, ACCOUNTS_SCHEMA)


def as_lines(rows: pa.Table) -> list[str]:
    """Rows as native JSON."""
    return [
        json.dumps({k: v for k, v in row.items() if v is not None}, default=lambda v: v.isoformat())
        for row in rows.to_pylist()
    ]


class Place:
    """A folder of the test's own: sources, tables, a key, states.

    Args:
        here: an empty folder.
    """

    def __init__(self, here: Path) -> None:
        self.here = here
        self.rows, accounts = world()
        pq.write_table(accounts, here / "accounts.parquet")
        (here / "key").write_text("k" * 64, encoding="utf-8")
        self.n_started = 0

    @property
    def env(self) -> dict[str, str]:
        """What a watcher finds in its environment."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.here),
            "XDG_STATE_HOME": str(self.here),
            "PYTHONPATH": ":".join(p for p in sys.path if p),
            "STILLWATCH_DETECT__KEY_FILE": str(self.here / "key"),
            "STILLWATCH_DETECT__CLOCK_S": str(CLOCK_S),
        }

    def start(
        self, *words: str, program: tuple[str, ...] = WATCH, **env: str
    ) -> subprocess.Popen[bytes]:
        """Start a watcher."""
        command = [sys.executable, *program, *words, "--accounts", "accounts.parquet"]
        self.n_started += 1
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.here,
            env=self.env | env,
        )  # fmt: skip

    def run(self, *words: str, program: tuple[str, ...] = WATCH, **env: str) -> tuple[int, bytes]:
        """Run a watcher to its end; gives the exit code and what it said."""
        watcher = self.start(*words, "--listen", "", "--quiet", program=program, **env)
        out, said = watcher.communicate(timeout=300)
        return watcher.returncode, out + said

    def detected(self, *logs: Path) -> dict[str, Any]:
        """What ``detect`` finds in logs."""
        settings = Settings(detect={"key_file": self.here / "key", "clock_s": CLOCK_S})
        found = look(settings, logs=list(logs), accounts=self.here / "accounts.parquet")
        return plain(json.loads(json.dumps(found)))

    def current(self, state: str) -> dict[str, Any]:
        """What stands in ``campaigns.json`` of a state."""
        return json.loads((self.here / state / "campaigns.json").read_bytes())

    def events(self, state: str) -> list[dict[str, Any]]:
        """The events of a state, without the time at which they were written."""
        lines = (self.here / state / "campaigns.jsonl").read_text("utf-8").splitlines()
        return [without_wall(json.loads(line)) for line in lines]


def plain(result: dict[str, Any]) -> dict[str, Any]:
    """A result without what only a watcher or only ``detect`` says."""
    out = {k: v for k, v in result.items() if k not in ("watch", "reading")}
    out["campaigns"] = [
        {k: v for k, v in one.items() if k not in ("named_now", "opened_at")}
        | {"id": one.get("named_now", one["id"])}
        for one in out["campaigns"]
    ]
    return out


def without_wall(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what the wall clock said."""
    entry = event["entry"] and {k: v for k, v in event["entry"].items() if k != "opened_at"}
    return {k: v for k, v in event.items() if k != "written_at"} | {"entry": entry}


def until(true: Any, what: str, wait_s: float = PATIENCE_S) -> Any:
    """Wait until something is true; gives it."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited for {wait_s:.0f} s: {what}")


def page(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page of a watcher."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""
