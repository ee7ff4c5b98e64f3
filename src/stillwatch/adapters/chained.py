"""A file of lines, each holding the digest of the one before; appended and on the disk at once.

Whoever keeps a copy of the last digest can tell later that nothing was put in, taken out or
changed. A last line that a crash cut in two is no line: it was never acknowledged, and is set
aside under a name of its own by whoever takes the lock next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed

START: Final = "0" * 64
Agrees = Callable[[Sequence[Mapping[str, Any]]], None]
Take = Callable[[dict[str, Any]], None]
_RESTORE: Final = "Keep the file as evidence and restore it from a copy whose chain is whole."


class Chain:
    """One such file as it is read and written; several processes may append.

    Args:
        path: made with its folder when the lock is taken first, readable by its owner alone.
        take: is given each line once, in order, whoever wrote it.
        number: what the place of a line is called in it, from 0.
        digest: what its own digest is called.
        if_refused: what the user is told where the disk refuses.

    Attributes:
        path: as given.
        n_lines: lines that were taken.
        last: digest of the last of them.
        is_cut: whether :meth:`look` passed over a last line without an end.
    """

    def __init__(
        self,
        path: Path,
        take: Take,
        *,
        number: str = "nth",
        digest: str = "line",
        if_refused: str = "Free the disk; nothing of it counts.",
    ) -> None:
        self.path, self.n_lines, self.last, self.is_cut = path, 0, START, False
        self._take, self._number, self._digest = take, number, digest
        self._if_refused, self._end = if_refused, 0

    @contextmanager
    def held(self) -> Iterator[int]:
        """Take the lock and every line that others added; gives the file to :meth:`add` to.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be opened.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._refused(error) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._read_on(file)
            yield file
        finally:
            os.close(file)

    def look(self) -> None:
        """Take the lines so far without the lock, making nothing; none where there is no file.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be read.
        """
        try:
            data = self.path.read_bytes() if self.path.exists() else b""
        except OSError as error:
            raise OutsideFailed(f"{self.path} cannot be read: {error.strerror}.") from None
        self.is_cut = bool(self._take_in(data[self._end :]))

    def add(self, file: int, told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Append lines, all of them or none; on the disk when this returns.

        Args:
            file: what :meth:`held` gave.
            told: what each says; its place, ``before`` and its digest are added.

        Raises:
            OutsideFailed: it cannot be written; nothing of it was.
        """
        spelt, last = list[bytes](), self.last
        for nth, one in enumerate(told, self.n_lines):
            line = {**one, self._number: nth, "before": last}
            last = line[self._digest] = digest_of(line)
            spelt.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        data, written = b"".join(spelt), 0
        try:
            while written < len(data):
                written += os.pwrite(file, data[written:], self._end + written)
            os.fsync(file)
        except OSError as error:
            # What was refused must not come to count when the file is read again.
            with suppress(OSError):
                os.ftruncate(file, self._end)
            raise self._refused(error) from None
        lines: list[dict[str, Any]] = [orjson.loads(one) for one in spelt]
        for nth, line in enumerate(lines):
            self._count(line, len(spelt[nth]))
        return lines

    def _read_on(self, file: int) -> None:
        size = os.fstat(file).st_size
        if size < self._end:
            where = str(self.path)
            raise BadInput("has become shorter than it was.", where=where, remedy=_RESTORE)
        if size == self._end:
            return
        torn = self._take_in(os.pread(file, size - self._end, self._end))
        if torn:
            aside = self.path.with_name(f"{self.path.name}.torn-{self.n_lines}")
            try:
                aside.touch(mode=0o600)
                aside.write_bytes(torn)
                os.ftruncate(file, self._end)
                os.fsync(file)
            except OSError as error:
                raise self._refused(error) from None

    def _take_in(self, data: bytes) -> bytes:
        """Take whole lines; gives what follows the last of them."""
        whole, _, torn = data.rpartition(b"\n")
        for line in whole.split(b"\n") if whole else ():
            self._count(self._checked(line), len(line) + 1)
        return torn

    def _count(self, line: dict[str, Any], n_bytes: int) -> None:
        self._take(line)
        self.last, self.n_lines = line[self._digest], self.n_lines + 1
        self._end += n_bytes

    def _checked(self, data: bytes) -> dict[str, Any]:
        where = f"{self.path}, line {self.n_lines + 1}"
        try:
            line: dict[str, Any] = orjson.loads(data)
            stands = (line[self._number], line["before"]) == (self.n_lines, self.last)
            content = {key: value for key, value in line.items() if key != self._digest}
            right = stands and line[self._digest] == digest_of(content)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            raise BadInput("is no line of this log.", where=where, remedy=_RESTORE) from None
        if not right:
            raise BadInput("the chain is broken here.", where=where, remedy=_RESTORE)
        return line

    def _refused(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self.path} cannot be written: {error.strerror}.", remedy=self._if_refused
        )


class Chained:
    """Such a file whose lines are all kept at hand.

    Args:
        path: made with its folder at the first line.
    """

    def __init__(self, path: Path) -> None:
        self._lines = list[dict[str, Any]]()
        self._chain = Chain(path, self._lines.append)

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
        with self._chain.held() as file:
            if agrees is not None:
                agrees(self._lines)
            return self._chain.add(file, told)

    def read(self) -> list[dict[str, Any]]:
        """Every line so far, the chain checked; nothing where there is no file.

        Raises:
            BadInput: a line was changed, taken out or put in.
            OutsideFailed: the file cannot be read.
        """
        if not self._chain.path.exists():
            return []
        with self._chain.held():
            return list(self._lines)


def digest_of(line: Mapping[str, Any]) -> str:
    """SHA-256 over a line without its digest; keys sorted, as any JSON reader can redo it."""
    return hashlib.sha256(orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hexdigest()
