"""A folder of arriving files: complete ones are read once, growing ones are followed.

JSON lines are followed to the last whole line. Parquet is read when its end is there;
packed files and JSON arrays when they have been still for a while. Files are read in the
order of their names, so that names that begin with a time keep the traffic in order.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from stillwatch.adapters.live.arrivals import Arrival, Intake
from stillwatch.adapters.live.sources.whole import hand_over
from stillwatch.adapters.readers.detecting import layout_of
from stillwatch.adapters.readers.lines import MAX_VALUE_BYTES, TOO_LONG, codec_of

#: bytes of lines handed over at a time.
CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 4096
_PARQUET = b"PAR1"
#: endings of files that somebody is still writing.
_HALF = (".tmp", ".part", ".half", ".crdownload", ".swp")


@dataclass(slots=True)
class FolderSource:
    """Follows a folder, or one file.

    Attributes:
        path: where.
        positions: what was reached before, by path.
        poll_s: seconds between two looks at the folder.
        still_s: seconds without a change after which a packed file is complete.
        name, n_errors, is_drained, backlog: see :class:`Source`.
    """

    path: Path
    positions: dict[str, Any]
    poll_s: float = 0.5
    still_s: float = 2.0
    name: str = ""
    n_errors: int = 0
    is_drained: bool = False
    backlog: float = 0.0
    ends_there: bool = False
    _seen: dict[str, tuple[int, int, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Be called after the path."""
        self.name = self.name or f"folder:{self.path}"

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Hand arrivals over until told to stop."""
        while not stop.is_set():
            n_before = self._n_handed
            try:
                n_waiting = self._scan(intake, stop)
            except OSError:
                self.n_errors += 1
                n_waiting = 1
            self.is_drained = n_waiting == 0 and n_before == self._n_handed
            if n_before == self._n_handed:
                stop.wait(self.poll_s)

    _n_handed: int = 0

    def _scan(self, intake: Intake, stop: threading.Event) -> int:
        """Take what is new in every file; gives how many files are not complete yet."""
        n_waiting, there, left = 0, set(), 0
        for path in self._files():
            if stop.is_set():
                return 1
            there.add(str(path))
            try:
                about = path.stat()
            except FileNotFoundError:
                continue
            known = self.positions.get(str(path))
            if known and known.get("done") and known["mark"] == _mark(about):
                continue
            before = self._n_handed
            if not self._take(path, about, known, intake, stop):
                n_waiting += 1
            if self._n_handed == before:
                left += max(0, about.st_size - (known or {}).get("offset", 0))
        self.backlog = float(left)
        for gone in set(self._seen) - there:
            del self._seen[gone]
        for gone in set(self.positions) - there:
            self._forget(gone, intake)
        return n_waiting

    def _files(self) -> Iterator[Path]:
        if self.path.is_file():
            yield self.path
            return
        for folder, below, names in os.walk(self.path):
            below[:] = sorted(name for name in below if name[0] not in "._")
            for name in sorted(names):
                if name[0] not in "._" and not name.endswith(_HALF):
                    yield Path(folder, name)

    def _take(
        self, path: Path, about: os.stat_result, known: Any, intake: Intake, stop: threading.Event
    ) -> bool:
        """Take what can be taken of a file; says whether nothing is known to be missing."""
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            if not head.strip():
                return True
            if head.startswith(_PARQUET):
                file.seek(-min(4, about.st_size), os.SEEK_END)
                complete = about.st_size > 8 and file.read(4) == _PARQUET
            elif codec_of(head[:4]) is None and layout_of(head) == "lines":
                return self._follow(path, about, known, intake, stop)
            else:
                complete = self._is_still(path, about)
        if not complete:
            return False
        done = hand_over(
            path, _mark(about), known,
            source=self.name, key=str(path), intake=intake, stop=stop,
        )  # fmt: skip
        if done:
            self.positions[str(path)] = {"mark": _mark(about), "done": True}
            self._seen.pop(str(path), None)
            self._n_handed += 1
        return done

    def _is_still(self, path: Path, about: os.stat_result) -> bool:
        size, changed_ns, since = self._seen.get(str(path), (-1, -1, 0.0))
        if (size, changed_ns) != (about.st_size, about.st_mtime_ns):
            since = time.monotonic()
            self._seen[str(path)] = (about.st_size, about.st_mtime_ns, since)
        return time.monotonic() - since >= self.still_s

    def _follow(
        self, path: Path, about: os.stat_result, known: Any, intake: Intake, stop: threading.Event
    ) -> bool:
        """Hand over the whole lines that were added; another or a cut file is read anew."""
        offset = 0
        if known and known.get("inode") == about.st_ino and known["offset"] <= about.st_size:
            offset = known["offset"]
        with path.open("rb") as file:
            while offset < about.st_size and not stop.is_set():
                arrival = Arrival(self.name)
                n = self._lines(file, offset, arrival, path)
                if not n:
                    return not self.ends_there or self._is_still(path, about)
                offset += n
                reached = {"inode": about.st_ino, "offset": offset}
                arrival.positions = {str(path): reached}
                while not intake.put(arrival, wait_s=0.5):
                    if stop.is_set():
                        return False
                self.positions[str(path)] = reached
                self._n_handed += 1
        return not stop.is_set()

    def _lines(self, file: BinaryIO, offset: int, arrival: Arrival, path: Path) -> int:
        """Read whole lines into an arrival; gives the bytes they took."""
        size = CHUNK_BYTES
        while True:
            file.seek(offset)
            chunk = file.read(size)
            end = chunk.rfind(b"\n") + 1
            if end:
                break
            if len(chunk) < size:
                if self.ends_there and chunk and self._is_still(path, path.stat()):
                    end = len(chunk)
                    break
                return 0
            if size > MAX_VALUE_BYTES:
                arrival.rejects[TOO_LONG] += 1
                return len(chunk)
            size *= 4
        for line in chunk[:end].split(b"\n"):
            if line.strip():
                arrival.take(line, str(path))
        return end

    def _forget(self, gone: str, intake: Intake) -> None:
        """Drop the position of a file that is there no longer."""
        if intake.put(Arrival(self.name, positions={gone: None}), wait_s=0):
            del self.positions[gone]


def _mark(about: os.stat_result) -> dict[str, int]:
    return {"size": about.st_size, "changed_ns": about.st_mtime_ns}
