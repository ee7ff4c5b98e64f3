"""Text files as a stream of JSON values, in bounded memory.

Never more than one chunk and one value are held. A value longer than
``MAX_VALUE_BYTES`` is passed over without being kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from stillwatch.adapters.readers.sources import unreadable

MAX_VALUE_BYTES = 64 << 20
CHUNK_BYTES = 1 << 20

TOO_LONG = "longer than 64 MiB"
CUT_SHORT = "the compressed file ends early or is damaged"
UNBALANCED = "the JSON breaks off here; what follows was not read"

#: one value a line; the elements of one array; values spread over several lines.
Layout = Literal["lines", "array", "stream"]

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NEXT_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:' + _STRING + rb'[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_NEXT_SIGN = re.compile(rb'[^"{}\[\],]*+(?:' + _STRING + rb'[^"{}\[\],]*+)*+([{}\[\],])', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one value, or why there are none.

    Args:
        line: the line it starts on, from 1.
        data: its bytes; empty where ``reason`` is given.
        reason: empty, or why the value could not be had.
    """

    line: int
    data: bytes
    reason: str = ""


class Chunks:
    """The decompressed bytes of a file, a chunk at a time.

    Args:
        path: a plain, gzip or zstd file.
        on_bytes: told how many bytes of the file on disk have been read so far.
        chunk_bytes: how much to hand on at a time, in bytes.
    """

    def __init__(
        self, path: Path, on_bytes: Callable[[int], None], chunk_bytes: int = CHUNK_BYTES
    ) -> None:
        """Open nothing yet."""
        self._path = path
        self._chunk_bytes = chunk_bytes
        self._on_bytes = on_bytes
        #: the compressed stream ended in the middle or was damaged.
        self.cut_short = False

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of at most ``chunk_bytes``; sets ``cut_short`` at a damaged end."""
        try:
            with pa.OSFile(str(self._path), "rb") as disk:
                codec = codec_of(disk.read(4))
                disk.seek(0)
                stream = pa.CompressedInputStream(disk, codec) if codec else disk
                yield from self._chunks(stream, disk, compressed=codec is not None)
        except PermissionError as error:
            raise unreadable(self._path) from error

    def _chunks(
        self, stream: pa.NativeFile, disk: pa.NativeFile, *, compressed: bool
    ) -> Iterator[bytes]:
        while True:
            try:
                chunk = stream.read(self._chunk_bytes)
            except OSError:
                if not compressed:
                    raise unreadable(self._path) from None
                self.cut_short = True
                return
            if not chunk:
                return
            self._on_bytes(disk.tell())
            yield chunk


def codec_of(head: bytes) -> str | None:
    """The compression that the first four bytes of a file announce."""
    if head.startswith(_GZIP):
        return "gzip"
    return "zstd" if head.startswith(_ZSTD) else None


def values(chunks: Chunks, layout: Layout) -> Iterator[Raw]:
    """The values of a file, in order; the last says so if the file is damaged."""
    if layout == "lines":
        yield from _lines(chunks)
    else:
        yield from _elements(chunks, _Splitter(in_array=layout == "array"))


def _lines(chunks: Chunks) -> Iterator[Raw]:
    held: list[bytes] = []
    line, n_held = 1, 0
    for number, chunk in enumerate(chunks):
        *whole, rest = (chunk.removeprefix(_BOM) if number == 0 else chunk).split(b"\n")
        for piece in whole:
            n_held += len(piece)
            if n_held > MAX_VALUE_BYTES:
                yield Raw(line, b"", TOO_LONG)
            else:
                data = b"".join((*held, piece)) if held else piece
                if not data.isspace() and data:
                    yield Raw(line, data)
            held, n_held = [], 0
            line += 1
        n_held += len(rest)
        if n_held > MAX_VALUE_BYTES:
            held = []
        elif rest:
            held.append(rest)
    if chunks.cut_short:
        yield Raw(line, b"", CUT_SHORT)
    elif n_held > MAX_VALUE_BYTES:
        yield Raw(line, b"", TOO_LONG)
    elif (data := b"".join(held)).strip():
        yield Raw(line, data)


class _Splitter:
    """Cuts values out of an array or a run of objects, one bracket at a time.

    ``depth`` counts the brackets open around the scan position, the array's own
    included; ``start`` is where the current value begins in ``buffer``.
    """

    def __init__(self, *, in_array: bool) -> None:
        self.in_array = in_array
        self.buffer = b""
        self.scan = 0
        self.start = 0
        self.depth = 0
        self.line = 1
        self.dropping = False
        self.ended = False
        self.broken = False

    def feed(self, chunk: bytes) -> Iterator[Raw]:
        """The elements that this chunk completes."""
        self.buffer += chunk
        buffer = self.buffer
        while not (self.ended or self.broken):
            shallow = self.depth <= 1 and self.in_array
            match = (_NEXT_SIGN if shallow else _NEXT_BRACKET).match(buffer, self.scan)
            if match is None:
                break
            self.scan = match.end()
            sign, at = match.group(1), self.scan - 1
            if sign in b"{[":
                self.depth += 1
                if self.depth == 1 and self.in_array:
                    self.start = self.scan
            elif sign in b"}]":
                yield from self._close(sign, at)
            elif self.depth == 1:
                yield from self._cut(at)
                self.start = self.scan
        self._forget()

    def _close(self, sign: bytes, at: int) -> Iterator[Raw]:
        self.depth -= 1
        if self.depth > 0:
            return
        if self.in_array:
            self.ended = sign == b"]"
            self.broken = not self.ended
            yield from self._cut(at)
        elif self.depth < 0:
            self.broken = True
        else:
            yield from self._cut(self.scan)
            self.start = self.scan

    @property
    def is_whole(self) -> bool:
        """Whether the text so far could end here."""
        if self.in_array:
            return self.ended
        return self.depth == 0 and not self.broken and not self.buffer.strip()

    def _cut(self, end: int) -> Iterator[Raw]:
        data = self.buffer[self.start : end]
        n_blank = len(data) - len(data.lstrip())
        line = self.line + data.count(b"\n", 0, n_blank)
        self.line += data.count(b"\n")
        if self.dropping:
            yield Raw(line, b"", TOO_LONG)
        elif data := data.strip():
            yield Raw(line, data)
        self.dropping = False

    def _forget(self) -> None:
        """Drop what was handed on, and the inside of a value that is too long."""
        if self.scan - self.start > MAX_VALUE_BYTES:
            self.dropping = True
            self.line += self.buffer.count(b"\n", self.start, self.scan)
            self.start = self.scan
        elif len(self.buffer) - self.scan > MAX_VALUE_BYTES + CHUNK_BYTES:
            self.broken = True
        self.buffer = self.buffer[self.start :]
        self.scan -= self.start
        self.start = 0


def _elements(chunks: Chunks, splitter: _Splitter) -> Iterator[Raw]:
    waiting: list[bytes] = []
    n_waiting, n_wanted = 0, 0
    for chunk in chunks:
        waiting.append(chunk)
        n_waiting += len(chunk)
        if n_waiting < n_wanted:
            continue
        yield from splitter.feed(b"".join(waiting))
        if splitter.ended or splitter.broken:
            break
        waiting, n_waiting, n_wanted = [], 0, len(splitter.buffer)
    else:
        if waiting:
            yield from splitter.feed(b"".join(waiting))
    if chunks.cut_short:
        yield Raw(splitter.line, b"", CUT_SHORT)
    elif not splitter.is_whole:
        yield Raw(splitter.line, b"", UNBALANCED)
