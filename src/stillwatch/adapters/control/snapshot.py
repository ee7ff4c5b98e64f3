"""Snapshots: limits and usage of one process, written aside twice a second.

A process that is killed loses what came since its last snapshot, at most a second and what
the writing takes; :attr:`Restored.lost_us` says how long it was. Decisions are not here: they
are in the log before they count.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.settled import put_in_place
from stillwatch.control import LocalLimits
from stillwatch.control.usage import Usage
from stillwatch.model.errors import OutsideFailed

SCHEMA: Final = "stillwatch.control-state/1"
EVERY_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class Restored:
    """What a snapshot gave back.

    Args:
        n_keys: keys of limits.
        n_accounts: accounts with usage.
        taken_us: when the snapshot was taken; 0 where there was none.
        lost_us: from then until now: what was counted in it is lost.
    """

    n_keys: int
    n_accounts: int
    taken_us: int
    lost_us: int


def save(path: Path, limits: LocalLimits, usage: Usage, now_us: int) -> int:
    """Write a snapshot whole, on the disk when this returns; returns its bytes.

    Raises:
        OutsideFailed: the disk refuses.
    """
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "taken_us": now_us,
        "limits": list(limits.marks(now_us)),
        "usage": list(usage.rows()),
    }
    data = orjson.dumps(body)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        put_in_place(path, data, half)
    except OSError as error:
        raise OutsideFailed(f"the snapshot {path} cannot be written: {error.strerror}.") from error
    return len(data)


def restore(path: Path, limits: LocalLimits, usage: Usage, now_us: int) -> Restored:
    """Merge a snapshot into limits and usage; one that is missing or damaged gives nothing.

    A limit is set to the later of what stands and what was saved, so that merging never hands
    out what was used.
    """
    try:
        body = orjson.loads(path.read_bytes())
        if body["schema"] != SCHEMA:
            return Restored(0, 0, 0, 0)
        marks = [(str(key), int(moment)) for key, moment in body["limits"]]
        limits.raised(marks)
        usage.merge(body["usage"])
        n_accounts = sum(row[0] == "a" for row in body["usage"])
        taken = int(body["taken_us"])
        return Restored(len(marks), n_accounts, taken, now_us - taken)
    except (OSError, KeyError, TypeError, ValueError):
        return Restored(0, 0, 0, 0)


class Keeper:
    """A thread that writes a snapshot twice a second, and a last one when it is stopped.

    Args:
        path: the file.
        limits: of the gate.
        usage: of the book.
        on_fault: told of a disk that refuses; the gate goes on without.
    """

    def __init__(
        self,
        path: Path,
        limits: LocalLimits,
        usage: Usage,
        on_fault: Callable[[OutsideFailed], None],
    ) -> None:
        self._path, self._limits, self._usage = path, limits, usage
        self._on_fault = on_fault
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshots", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Write a last snapshot and end."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_S):
            self._write()
        self._write()

    def _write(self) -> None:
        try:
            save(self._path, self._limits, self._usage, time.time_ns() // 1_000)
        except OutsideFailed as error:
            self._on_fault(error)
