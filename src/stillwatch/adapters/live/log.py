"""The log: every row that was taken in, on disk before its sender hears that it was.

A commit is rows and what they say about their sources, written and forced to the disk in
one piece: after a crash either both are there or neither. Full files are put together
into blocks once nobody reads them any more, and let go when all of their rows are older
than what is looked at.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from stillwatch.adapters.live.frames import (
    Note,
    body_of,
    framed,
    frames_of,
    is_sound,
    write_settled,
)
from stillwatch.adapters.settled import hold_folder, settle_folder
from stillwatch.detect.batches import Batch
from stillwatch.detect.packing import joined, pack, unpack
from stillwatch.model.errors import BadSettings, OutsideFailed

#: changes whenever what stands in a folder is laid out in another way.
LAYOUT = 1
#: a file is full from so many bytes or rows on.
FULL_BYTES = 64 << 20
FULL_ROWS = 1 << 16
#: and when the traffic's clock went on by so much: a file can only be let go whole.
FULL_US = 86_400_000_000
_HOUR_US = 3_600_000_000
_FOLDER = "log"
_CHECKPOINT = "checkpoint.json"
_MANIFEST = "manifest.json"


@dataclass(slots=True)
class Part:
    """A file of the log: commits as they came, or put together in a block."""

    path: Path
    note: Note
    n_bytes: int
    is_block: bool


class Log:
    """The log of one state folder.

    Args:
        state: the folder, made if there is none.
        wanted: what the log is made for, by name; a folder made for other is refused.

    Attributes:
        note: all commits so far added up, those let go included.

    Raises:
        BadSettings: the folder was begun with other settings, or holds other things.
        OutsideFailed: another watcher works in it, or the disk refuses.
    """

    def __init__(self, state: Path, wanted: dict[str, Any]) -> None:
        """Take hold of the folder and cut off what a crash left half written."""
        self._state, self._folder = state, state / _FOLDER
        self._file: int | None = None
        self._begun_us = 0
        # one thread adds to the note while another lets go of what is old in it
        self._adding = threading.Lock()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.chmod(state, 0o700)
            self._lock = hold_folder(
                state, "watcher", "Stop it, or name another folder with --state."
            )
        except OSError as error:
            raise self._failed(error) from error
        try:
            self._check({**wanted, "layout": LAYOUT})
            self.note = self._checkpoint()
            self._gone = self.note.last
            self.parts = self._load()
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def n_rows(self) -> int:
        """Rows that stand in the log."""
        return sum(part.note.n for part in self.parts)

    @property
    def n_bytes(self) -> int:
        """Bytes that the log takes on the disk."""
        return sum(part.n_bytes for part in self.parts)

    def append(self, batch: Batch | None, note: Note) -> None:
        """Commit; on the disk itself when this returns.

        Args:
            batch: the rows, if there are any.
            note: what is said of them; its numbers are set here.
        """
        note.first = note.last = self.note.last + 1
        whole = framed(note, pack(batch) if batch else b"")
        try:
            if self._file is None or self._is_full(note.event_us):
                self._begin(note)
            self._write(whole)
        except OSError as error:
            raise self._failed(error) from error
        part = self.parts[-1]
        part.n_bytes += len(whole)
        note.texts = []
        part.note.add(note)
        with self._adding:
            self.note.add(note)

    def full(self, upto: int) -> list[str]:
        """Full files whose commits have all been read, for :func:`make_block`.

        Args:
            upto: the last commit that was read.
        """
        return [
            str(part.path)
            for part in self.parts[:-1]
            if not part.is_block and part.note.last <= upto
        ]

    def adopt(self, blocks: Iterable[str]) -> None:
        """Let blocks that were made stand for the files that they were made of."""
        made = set(blocks)
        for nth, part in enumerate(self.parts[:-1]):
            if str(part.path) in made:
                block = part.path.with_suffix(".block")
                self.parts[nth] = Part(block, part.note, block.stat().st_size, True)
                part.path.unlink(missing_ok=True)

    def let_go(self, before_us: int) -> int:
        """Remove the oldest files as long as all of their rows were sent before a moment."""
        with self._adding:
            hours = self.note.hours
            for hour in [one for one in hours if (int(one) + 1) * _HOUR_US <= before_us]:
                del hours[hour]
            _forget(self.note)
        old = 0
        while old < len(self.parts) - 1 and self.parts[old].note.max_us < before_us:
            old += 1
        if not old:
            return 0
        kept = self._checkpoint()
        for part in self.parts[:old]:
            kept.add(part.note)
        _forget(kept)
        kept.hours, kept.texts = {}, []
        about = {name: getattr(kept, name) for name in Note.__slots__}
        write_settled(self._state / _CHECKPOINT, orjson.dumps(about))
        for part in self.parts[:old]:
            part.path.unlink(missing_ok=True)
        del self.parts[:old]
        self._gone = kept.last
        return old

    def close(self) -> None:
        """Let go of the folder."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        os.close(self._lock)

    def __enter__(self) -> Self:
        """The log itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go of the folder."""
        self.close()

    def _is_full(self, event_us: int) -> bool:
        part = self.parts[-1]
        is_old = bool(part.note.n) and event_us - self._begun_us >= FULL_US
        return part.n_bytes >= FULL_BYTES or part.note.n >= FULL_ROWS or is_old

    def _write(self, whole: bytes) -> None:
        assert self._file is not None
        left = memoryview(whole)
        try:
            while left:
                left = left[os.write(self._file, left) :]
            os.fdatasync(self._file)
        except OSError:
            # what comes next must not stand behind half a commit
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self.parts[-1].n_bytes)
            raise

    def _begin(self, note: Note) -> None:
        path = self._folder / f"{note.first:015}.frames"
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            settle_folder(self._folder)
        except OSError:
            os.close(number)
            path.unlink(missing_ok=True)
            raise
        if self._file is not None:
            os.close(self._file)
        self._file, self._begun_us = number, note.event_us
        self.parts.append(Part(path, Note(note.first, note.first), 0, False))

    def _load(self) -> list[Part]:
        """Files in order; what is doubled, let go or half written is removed."""
        parts: list[Part] = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix not in (".frames", ".block"):
                path.unlink()
                continue
            if path.suffix == ".frames" and path.with_suffix(".block").exists():
                path.unlink()
                continue
            part = self._read(path)
            if part is None or part.note.last <= self._gone:
                path.unlink()
                continue
            parts.append(part)
            self.note.add(part.note)
        return parts

    def _read(self, path: Path) -> Part | None:
        """The notes of a file added up; a damaged end is cut off the last file."""
        part: Part | None = None
        with path.open("r+b") as file:
            end = 0
            for frame in frames_of(file):
                if not is_sound(file, frame):
                    break
                end, frame.note.texts = frame.end, []
                if part is None:
                    part = Part(path, frame.note, end, path.suffix == ".block")
                else:
                    part.note.add(frame.note)
                    part.n_bytes = end
            if end < os.fstat(file.fileno()).st_size:
                file.truncate(end)
                os.fsync(file.fileno())
        return part

    def _checkpoint(self) -> Note:
        try:
            return Note(**orjson.loads((self._state / _CHECKPOINT).read_bytes()))
        except FileNotFoundError:
            return Note(0, 0)
        except (orjson.JSONDecodeError, TypeError) as error:
            raise BadSettings("--state", f"{self._state / _CHECKPOINT} is damaged.") from error

    def _check(self, wanted: dict[str, Any]) -> None:
        path = self._state / _MANIFEST
        with contextlib.suppress(FileNotFoundError):
            known = orjson.loads(path.read_bytes())
            differ = sorted(k for k in {*known, *wanted} if known.get(k) != wanted.get(k))
            if differ:
                raise BadSettings(
                    "--state",
                    f"{self._state} was begun with other {', '.join(differ)}; name another "
                    "folder, or set back what was changed.",
                )
            return
        write_settled(path, orjson.dumps(wanted))

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._state}: the log cannot be kept there ({error.strerror}).",
            remedy="Name a folder that can be written to, with about 400 bytes an exchange.",
        )


def _forget(note: Note) -> None:
    """Drop positions of what is there no longer."""
    for source, reached in note.positions.items():
        note.positions[source] = {k: v for k, v in reached.items() if v is not None}


def read_part(path: Path) -> Iterator[tuple[Note, Batch | None]]:
    """Commits of a file, each with its note."""
    with path.open("rb") as file:
        for frame in frames_of(file):
            body = body_of(file, frame)
            yield frame.note, unpack(body) if body else None


def make_block(path: Path) -> None:
    """Put the commits of a full file together in a block beside it, in any process.

    The file may be read and the block be made again meanwhile; :meth:`Log.adopt` ends that.
    """
    read = list(read_part(path))
    batches = [batch for _, batch in read if batch]
    note = Note(read[0][0].first, read[0][0].first)
    for one, _ in read:
        note.add(one)
    write_settled(
        path.with_suffix(".block"), framed(note, pack(joined(batches)) if batches else b"")
    )


class Follower:
    """Reads a log that another process writes, each commit once."""

    def __init__(self, state: Path) -> None:
        """Have read nothing."""
        self._folder = state / _FOLDER
        self._reached: dict[str, int] = {}
        self.taken = 0

    def read(self, upto: int) -> Iterator[tuple[Note, Batch | None]]:
        """Commits that were not read yet, up to one that is known to be whole."""
        for path in sorted(self._folder.iterdir()):
            if path.suffix not in (".frames", ".block") or self.taken >= upto:
                continue
            if path.suffix == ".frames" and path.with_suffix(".block").exists():
                continue
            with path.open("rb") as file:
                for frame in frames_of(file, self._reached.get(path.name, 0)):
                    if frame.note.last > upto:
                        break
                    self._reached[path.name] = frame.end
                    if frame.note.last > self.taken:
                        self.taken = frame.note.last
                        body = body_of(file, frame)
                        yield frame.note, unpack(body) if body else None
