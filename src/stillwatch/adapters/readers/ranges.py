"""A part of a text file: the lines that begin between two places in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from stillwatch.adapters.readers.lines import CHUNK_BYTES, Chunks
from stillwatch.adapters.readers.sources import unreadable


class LinesWithin(Chunks):
    """The bytes of the lines that begin within a part of a plain file, a chunk at a time.

    Parts that touch give every line once, wherever they meet: a line belongs to the part
    in which its first byte stands, and is read to its end.

    Args:
        path: a file that is not compressed.
        on_bytes: told how many bytes have been read so far.
        within: places in the file.
        chunk_bytes: how much to hand on at a time, in bytes.

    Attributes:
        n_ends: ends of lines among what was handed on.
    """

    def __init__(
        self,
        path: Path,
        on_bytes: Callable[[int], None],
        within: range,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        """Open nothing yet."""
        super().__init__(path, on_bytes, chunk_bytes)
        self._within = within
        self.n_ends = 0

    def __iter__(self) -> Iterator[bytes]:
        """Chunks of about ``chunk_bytes``."""
        try:
            with self._path.open("rb") as file:
                if self._within.start:
                    # what begins elsewhere is no mark at the start of a file
                    yield b""
                for chunk in self._lines(file):
                    self.n_ends += chunk.count(b"\n")
                    self._on_bytes(min(len(self._within), file.tell() - self._within.start))
                    yield chunk
        except OSError as error:
            raise unreadable(self._path) from error

    def _lines(self, file: BinaryIO) -> Iterator[bytes]:
        at = max(0, self._within.start - 1)
        file.seek(at)
        if self._within.start:
            at = self._past_the_line(file, at)
        while at < self._within.stop:
            chunk = file.read(min(self._chunk_bytes, self._within.stop - at))
            if not chunk:
                return
            at += len(chunk)
            yield chunk
            if at == self._within.stop and not chunk.endswith(b"\n"):
                yield from self._rest_of_the_line(file)

    def _past_the_line(self, file: BinaryIO, at: int) -> int:
        """Go to the first line that begins after ``at``."""
        while chunk := file.readline(self._chunk_bytes):
            at += len(chunk)
            if chunk.endswith(b"\n"):
                break
        return at

    def _rest_of_the_line(self, file: BinaryIO) -> Iterator[bytes]:
        while chunk := file.readline(self._chunk_bytes):
            yield chunk
            if chunk.endswith(b"\n"):
                return
