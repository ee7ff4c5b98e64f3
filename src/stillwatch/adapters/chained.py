"""A file of lines, each holding the digest of the one before; appended and on the disk at once.

Whoever keeps a copy of the last digest can tell later that nothing was put in, taken out or
changed. A last line that was cut off by a crash is no line: it was never acknowledged.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed

START: Final = "0" * 64
Agrees = Callable[[Sequence[Mapping[str, Any]]], None]
_RESTORE: Final = "Keep the file as evidence and compare it with a copy whose chain is whole."


class Chained:
    """One such file; several processes may append.

    Args:
        path: made with its folder at the first line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to, self._lines, self._last = 0, list[dict[str, Any]](), START

    def add(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """Append one line; see :meth:`append`."""
        return self.append([told])[0]

    def append(
        self, told: Sequence[Mapping[str, Any]], agrees: Agrees | None = None
    ) -> list[dict[str, Any]]:
        """Append lines, all of them or none; on the disk when this returns.

        Args:
            told: what each says; ``nth``, ``before`` and ``line`` are added, and must not be in it.
            agrees: sees the lines so far, while nobody else can append, and raises if these
                must not follow them.

        Raises:
            BadInput: the file was changed.
            OutsideFailed: it cannot be written; nothing of it was.
        """
        with self._held() as file:
            known = self._take(file)
            if agrees is not None:
                agrees(known)
            n, last, lines = len(known), self._last, []
            for nth, one in enumerate(told, n):
                line = {**one, "nth": nth, "before": last}
                last = line["line"] = _digest(line)
                lines.append(line)
            spelt = [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) for line in lines]
            self._write(file, b"".join(spelt))
            for line, data in zip(lines, spelt, strict=True):
                self._keep(line, len(data))
        return lines

    def read(self) -> list[dict[str, Any]]:
        """Every line so far, the chain checked; nothing where there is no file.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be read.
        """
        if not self._path.exists():
            return []
        with self._held() as file:
            return list(self._take(file))

    def _write(self, file: int, data: bytes) -> None:
        """Write at the end of what was checked; a line that a crash cut off is set aside."""
        try:
            if torn := os.pread(file, os.fstat(file).st_size - self._read_to, self._read_to):
                aside = self._path.with_name(f"{self._path.name}.torn-{self._read_to}")
                aside.touch(mode=0o600)
                aside.write_bytes(torn)
            os.ftruncate(file, self._read_to)
            written = 0
            while written < len(data):
                written += os.pwrite(file, data[written:], self._read_to + written)
            os.fsync(file)
        except OSError as error:
            # What was refused must not come to count when the file is read again.
            with suppress(OSError):
                os.ftruncate(file, self._read_to)
            raise OutsideFailed(
                f"{self._path} cannot be written: {error.strerror}.",
                remedy="Free the disk; nothing of it counts.",
            ) from None

    @contextmanager
    def _held(self) -> Iterator[int]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise OutsideFailed(f"{self._path} cannot be opened: {error.strerror}.") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _take(self, file: int) -> list[dict[str, Any]]:
        size = os.fstat(file).st_size
        if size < self._read_to:
            raise BadInput("is shorter than it was.", where=str(self._path), remedy=_RESTORE)
        rest = os.pread(file, size - self._read_to, self._read_to) if size > self._read_to else b""
        whole = rest[: rest.rfind(b"\n") + 1]
        for data in whole.splitlines(keepends=True):
            self._keep(self._checked(data), len(data))
        return self._lines

    def _keep(self, line: dict[str, Any], n_bytes: int) -> None:
        self._lines.append(line)
        self._last, self._read_to = line["line"], self._read_to + n_bytes

    def _checked(self, data: bytes) -> dict[str, Any]:
        where = f"{self._path}, line {len(self._lines) + 1}"
        try:
            line = orjson.loads(data)
            right = (line["nth"], line["before"]) == (len(self._lines), self._last)
            right = right and line["line"] == _digest(
                {key: value for key, value in line.items() if key != "line"}
            )
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise BadInput("is no line of this file.", where=where, remedy=_RESTORE) from None
        if not right:
            raise BadInput("the chain is broken here.", where=where, remedy=_RESTORE)
        found: dict[str, Any] = line
        return found


def _digest(told: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()
