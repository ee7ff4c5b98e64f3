"""Frames: commits one after another in a file, each whole or cut off as if it never was."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from stillwatch.adapters.settled import put_in_place
from stillwatch.model.errors import OutsideFailed

_MAGIC = b"SWF1"
_LEAD = struct.Struct("<4sIQI")


@dataclass(slots=True)
class Note:
    """What a commit says beside its rows; those of several commits can be added up.

    Attributes:
        first, last: numbers of the commits.
        n: rows taken.
        min_us, max_us: earliest and latest ``sent_at``; of no rows, 0.
        hours: rows by hour since 1970.
        positions: by source, what was reached of what; ``None`` where it can be forgotten.
        counts: what was set aside, by name.
        event_us: latest ``sent_at`` so far, in the order of coming.
        texts: row and text of the examples kept.
    """

    first: int
    last: int
    n: int = 0
    min_us: int = 0
    max_us: int = 0
    hours: dict[str, int] = field(default_factory=dict)
    positions: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    event_us: int = 0
    texts: list[tuple[int, str]] = field(default_factory=list)

    def add(self, later: Note) -> None:
        """Take in the note of the commit that follows."""
        self.last = later.last
        if later.n:
            self.min_us = min(self.min_us, later.min_us) if self.n else later.min_us
            self.max_us = max(self.max_us, later.max_us)
        self.texts += [(row + self.n, text) for row, text in later.texts]
        self.n += later.n
        self.event_us = max(self.event_us, later.event_us)
        for mine, theirs in ((self.hours, later.hours), (self.counts, later.counts)):
            for name, count in theirs.items():
                mine[name] = mine.get(name, 0) + count
        for source, reached in later.positions.items():
            self.positions.setdefault(source, {}).update(reached)


@dataclass(frozen=True, slots=True)
class Frame:
    """A commit in a file: its note, and where its rows and the next frame begin."""

    note: Note
    begin: int
    n_bytes: int
    check: int

    @property
    def end(self) -> int:
        """Where the next frame begins."""
        return self.begin + self.n_bytes


def framed(note: Note, body: bytes) -> bytes:
    """The bytes of a commit."""
    about = {name: getattr(note, name) for name in Note.__slots__}
    head = orjson.dumps(about, option=orjson.OPT_NON_STR_KEYS)
    check = zlib.crc32(body, zlib.crc32(head))
    return b"".join((_LEAD.pack(_MAGIC, len(head), len(body), check), head, body))


def frames_of(file: BinaryIO, begin: int = 0) -> Iterator[Frame]:
    """Frames from a place on, up to the first that is not whole; rows are passed over."""
    end = os.fstat(file.fileno()).st_size
    while begin + _LEAD.size <= end:
        file.seek(begin)
        magic, n_head, n_body, check = _LEAD.unpack(file.read(_LEAD.size))
        place = begin + _LEAD.size + n_head
        if magic != _MAGIC or place + n_body > end:
            return
        try:
            about = orjson.loads(file.read(n_head))
        except orjson.JSONDecodeError:
            return
        about["texts"] = [(row, text) for row, text in about["texts"]]
        yield Frame(Note(**about), place, n_body, check)
        begin = place + n_body


def body_of(file: BinaryIO, frame: Frame) -> bytes:
    """The packed rows of a frame; empty where it has none."""
    file.seek(frame.begin)
    return file.read(frame.n_bytes)


def is_sound(file: BinaryIO, frame: Frame) -> bool:
    """Whether head and rows of a frame are the bytes that were written."""
    about = {name: getattr(frame.note, name) for name in Note.__slots__}
    head = orjson.dumps(about, option=orjson.OPT_NON_STR_KEYS)
    return zlib.crc32(body_of(file, frame), zlib.crc32(head)) == frame.check


def write_settled(path: Path, content: bytes) -> None:
    """Replace a file by a whole new one that is on the disk itself.

    Raises:
        OutsideFailed: the disk refuses.
    """
    try:
        put_in_place(path, content)
    except OSError as error:
        raise OutsideFailed(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Give the state folder room; what was taken in so far is safe.",
        ) from error
