"""The log of decisions: lines that are only ever added, each chained to the one before.

A line holds an entry, the digest of the line before it and its own, so that no line can be
changed, taken out or put in unseen. It is on the disk before it counts. A line that a crash
cut in two is set aside under a name of its own; anything else that is wrong stops the reader.
Several processes may write to one log: each takes the lock, reads what others added, and adds.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.control.ledger import Ledger, Thing, entry_of, thing_of
from stillwatch.model.errors import BadInput, OutsideFailed

START: Final = "0" * 64
LONGEST_LINE: Final = 1 << 20


class DecisionLog:
    """A file of chained lines, and the ledger that they add up to.

    Args:
        path: the file; made with its folder where it is not there, readable by its owner.
        read_only: take no lock and make nothing; ``is_cut`` says then whether the last line has no
            end, and was passed over.

    Raises:
        BadInput: a line was changed, taken out or put in.
        OutsideFailed: the file cannot be read or written.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.ledger = Ledger()
        self.n_lines = 0
        self.head = START
        self._end = 0
        self.is_cut = False
        if read_only:
            try:
                self._take(path.read_bytes() if path.exists() else b"", settle=False)
            except OSError as error:
                raise OutsideFailed(f"{path}: cannot be read ({error.strerror}).") from error
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _cannot(path, error) from error
        self.refresh()

    def append(self, *things: Thing) -> int:
        """Add things, all on the disk when this returns; returns how many were new."""
        with self._locked():
            self._read_on()
            fresh = {entry_of(thing).id: thing for thing in things}
            fresh = {name: thing for name, thing in fresh.items() if name not in self.ledger}
            lines, head = [], self.head
            for number, thing in enumerate(fresh.values(), self.n_lines):
                line, head = _line(thing, number, head)
                lines.append(line)
            whole = b"".join(lines)
            try:
                written = 0
                while written < len(whole):
                    written += os.write(self._file, whole[written:])
                os.fsync(self._file)
            except OSError as error:
                # What was refused must not come to count when the log is read again.
                with suppress(OSError):
                    os.ftruncate(self._file, self._end)
                raise _cannot(self.path, error) from error
            self.head, self._end = head, self._end + len(whole)
            self.n_lines += len(fresh)
            for thing in fresh.values():
                self.ledger.take(thing)
        return len(fresh)

    def refresh(self) -> int:
        """Read what other processes added; returns how many entries were new."""
        before = len(self.ledger)
        with self._locked():
            self._read_on()
        return len(self.ledger) - before

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read_on(self) -> None:
        size = os.fstat(self._file).st_size
        if size < self._end:
            raise BadInput("the log has become shorter.", where=str(self.path), remedy=_RESTORE)
        if size > self._end:
            self._take(os.pread(self._file, size - self._end, self._end), settle=True)

    def _take(self, data: bytes, *, settle: bool) -> None:
        """Take lines in; a last line that a crash cut in two is set aside."""
        whole, _, torn = data.rpartition(b"\n")
        self.is_cut = bool(torn) and not settle
        for line in whole.split(b"\n") if whole else ():
            self._take_line(line)
            self._end += len(line) + 1
        if torn and settle:
            aside = self.path.with_name(f"{self.path.name}.torn-{self.n_lines}")
            aside.touch(mode=0o600)
            aside.write_bytes(torn)
            os.ftruncate(self._file, self._end)
            os.fsync(self._file)

    def _take_line(self, line: bytes) -> None:
        where = f"{self.path}, line {self.n_lines + 1}"
        try:
            told: dict[str, Any] = orjson.loads(line)
            kind, body = told["kind"], told["body"]
            right = (told["before"], told["n"]) == (self.head, self.n_lines)
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise BadInput(f"is no line of the log: {error}.", where=where, remedy=_RESTORE) from (
                error
            )
        if not right or told.get("digest") != _digest(told):
            raise BadInput("the chain is broken here.", where=where, remedy=_RESTORE)
        self.ledger.take(thing_of(kind, body))
        self.head, self.n_lines = told["digest"], self.n_lines + 1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


_RESTORE = "Keep the file as evidence and restore it from a copy whose chain is whole."


def _line(thing: Thing, number: int, before: str) -> tuple[bytes, str]:
    entry = entry_of(thing)
    told: dict[str, Any] = {
        "n": number, "kind": entry.kind, "id": entry.id, "body": entry.body, "before": before,
    }  # fmt: skip
    told["digest"] = _digest(told)
    line = orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)
    if len(line) > LONGEST_LINE:
        raise BadInput("the entry is longer than a line may be.", where=entry.id)
    return line, told["digest"]


def _digest(told: dict[str, Any]) -> str:
    """SHA-256 over the line without its digest; keys sorted, as any JSON reader can redo it."""
    content = {key: value for key, value in told.items() if key != "digest"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _cannot(path: Path, error: OSError) -> OutsideFailed:
    return OutsideFailed(
        f"the log {path} cannot be written: {error.strerror}.",
        remedy="Free the disk or name another file; nothing was decided.",
    )
