"""The log of disclosures: lines that are only ever added, each chained to the one before.

A line holds an entry, the digest of the line before it and its own, so that none can be changed,
taken out or put in unseen. It is on the disk before what it tells of leaves. A line that a crash
cut in two is set aside under a name of its own; anything else that is wrong stops the reader.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput, OutsideFailed

START: Final = "0" * 64
_RESTORE: Final = "Keep the file as evidence and restore it from a copy whose chain is whole."


class Chain:
    """A file of chained lines.

    Args:
        path: the file; made with its folder where it is not there, readable by its owner.

    Raises:
        BadInput: a line was changed, taken out or put in.
        OutsideFailed: the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[dict[str, Any]]:
        """Every entry, the chain checked."""
        if not self.path.exists():
            return []
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise OutsideFailed(f"the log {self.path} cannot be read: {error.strerror}.") from None
        whole, _, _ = data.rpartition(b"\n")
        return [entry for entry, _ in self._checked(whole)]

    def append(self, entries: Sequence[Mapping[str, Any]]) -> int:
        """Add entries, all on the disk when this returns; returns how many lines there are."""
        with self._held() as number:
            data = os.pread(number, os.fstat(number).st_size, 0)
            whole, _, torn = data.rpartition(b"\n")
            end = len(whole) + 1 if whole else 0
            if torn:
                aside = self.path.with_name(f"{self.path.name}.torn-{end}")
                aside.touch(mode=0o600)
                aside.write_bytes(torn)
                os.ftruncate(number, end)
            known = list(self._checked(whole))
            head, lines = (known[-1][1] if known else START), []
            for at, entry in enumerate(entries, len(known)):
                line, head = _line(entry, at, head)
                lines.append(line)
            try:
                _write(number, b"".join(lines))
            except OSError as error:
                with suppress(OSError):
                    os.ftruncate(number, end)
                raise OutsideFailed(
                    f"the log {self.path} cannot be written: {error.strerror}.",
                    remedy="Free the disk; nothing was disclosed.",
                ) from None
            return len(known) + len(lines)

    def _checked(self, whole: bytes) -> Iterator[tuple[dict[str, Any], str]]:
        head = START
        for at, line in enumerate(whole.split(b"\n") if whole else ()):
            where = f"{self.path}, line {at + 1}"
            try:
                told: dict[str, Any] = orjson.loads(line)
                right = (told["before"], told["n"], told["digest"]) == (head, at, _digest(told))
                entry: dict[str, Any] = told["entry"]
            except (orjson.JSONDecodeError, KeyError, TypeError, BadInput):
                raise BadInput("is no line of the log.", where=where, remedy=_RESTORE) from None
            if not right:
                raise BadInput("the chain is broken here.", where=where, remedy=_RESTORE)
            head = told["digest"]
            yield entry, head

    @contextmanager
    def _held(self) -> Iterator[int]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            number = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise OutsideFailed(
                f"the log {self.path} cannot be opened: {error.strerror}."
            ) from None
        try:
            fcntl.flock(number, fcntl.LOCK_EX)
            yield number
        finally:
            os.close(number)


def _write(number: int, data: bytes) -> None:
    written = 0
    while written < len(data):
        written += os.write(number, data[written:])
    os.fsync(number)


def _line(entry: Mapping[str, Any], at: int, before: str) -> tuple[bytes, str]:
    told: dict[str, Any] = {"n": at, "entry": dict(entry), "before": before}
    told["digest"] = _digest(told)
    return orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE), told["digest"]


def _digest(told: Mapping[str, Any]) -> str:
    """SHA-256 over the line without its digest, as RFC 8785 spells it."""
    content = {key: value for key, value in told.items() if key != "digest"}
    return hashlib.sha256(spell(content)).hexdigest()
