"""Apart: the process that looks, so that taking in never waits for it.

One line of JSON comes in for each look, one goes out. The process ends when its input
does, or when whoever started it is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import orjson
import pyarrow as pa

from stillwatch.adapters.ingest import read_key
from stillwatch.adapters.live.log import make_block
from stillwatch.adapters.live.looker import Beside, Gathered, GoingOn, Looker, Tables
from stillwatch.detect.settings import DetectSettings
from stillwatch.model.errors import NotEnoughEvidence, OutsideFailed, StillwatchError

#: taking comes before looking.
_NICE = 2


class Apart:
    """The other side of the process: asks for looks.

    Args:
        told: what the process is told once; see :func:`serve`.

    Raises:
        OutsideFailed: the system starts no more processes, or has no descriptors left.
    """

    def __init__(self, told: Mapping[str, Any]) -> None:
        """Start it."""
        command = [sys.executable, "-m", "stillwatch.adapters.live.apart"]
        try:
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except OSError as error:
            raise OutsideFailed(
                f"the process that looks cannot be started ({error.strerror}); it is tried again."
            ) from error
        self._say(told)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._child.pid

    def is_alive(self) -> bool:
        """Whether it can be asked."""
        return self._child.poll() is None

    def look(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for a look and wait for it.

        Raises:
            OutsideFailed: the process is gone, or could not look.
        """
        assert self._child.stdout is not None
        self._say(wanted)
        line = self._child.stdout.readline()
        if not line.endswith(b"\n"):
            raise OutsideFailed("the process that looks has ended; it is started again.")
        answer: dict[str, Any] = orjson.loads(line)
        if "error" in answer:
            raise OutsideFailed(answer["error"])
        return answer

    def close(self) -> None:
        """End it, whatever it does."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()

    def _say(self, what: Mapping[str, Any]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(orjson.dumps(what) + b"\n")
            self._child.stdin.flush()
        except BrokenPipeError as error:
            raise OutsideFailed("the process that looks has ended; it is started again.") from error


def serve(inlet: IO[bytes], outlet: IO[bytes], looker: Looker) -> None:
    """Answer looks until the input ends.

    Args:
        inlet: first a line with ``state``, ``key_file``, ``keep_text``, ``accounts``,
            ``releases`` and ``settings``; then a line a look with ``upto``, ``cut_us``,
            ``until_us``, ``n_rejected`` and ``full``, files of the log to make blocks of.
        outlet: gets a line a look with ``result`` (null where there is no row) or ``error``.
        looker: the search.
    """
    told = orjson.loads(inlet.readline())
    key = read_key(Path(told["key_file"]))
    gathered = Gathered(Path(told["state"]), key, keep_text=told["keep_text"])
    accounts, releases = (Path(p) if p else None for p in (told["accounts"], told["releases"]))
    tables = Tables(accounts, releases)
    settings = DetectSettings(**told["settings"])
    for line in inlet:
        wanted = orjson.loads(line)
        begun = time.monotonic(), time.process_time()
        try:
            result = _look(gathered, looker, tables, settings, wanted)
            answer: dict[str, Any] = {
                "result": result,
                "taken": gathered.taken,
                "blocks": _blocks(wanted["full"]),
                "n": gathered.n,
                "wall_s": time.monotonic() - begun[0],
                "cpu_s": time.process_time() - begun[1],
            }
        except StillwatchError as error:
            answer = {"error": str(error)}
        outlet.write(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")
        outlet.flush()


def _blocks(full: list[str]) -> list[str]:
    """Put full files together, as many as the disk has room for; gives which."""
    made = []
    for path in full:
        try:
            make_block(Path(path))
        except OutsideFailed:
            break
        made.append(path)
    return made


def _look(
    gathered: Gathered,
    looker: Looker,
    tables: Tables,
    settings: DetectSettings,
    wanted: Mapping[str, Any],
) -> dict[str, Any] | None:
    until_us = wanted["until_us"]
    if gathered.read(wanted["upto"], wanted["cut_us"], until_us):
        looker.restart()
    if not gathered.n:
        return None
    accounts, releases = tables.read()
    beside = Beside(
        accounts=accounts,
        releases=releases,
        settings=settings,
        until_us=until_us,
        n_rejected=wanted["n_rejected"],
    )
    try:
        result = looker.look(gathered.traffic(), beside)
    except NotEnoughEvidence:
        return None
    pa.default_memory_pool().release_unused()
    return result


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Serve the process that started this one."""
    os.setpriority(os.PRIO_PROCESS, 0, max(_NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    serve(sys.stdin.buffer, sys.stdout.buffer, GoingOn())


if __name__ == "__main__":
    main()
