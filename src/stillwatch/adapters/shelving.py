"""Shelves on disk: arrays of the search wait in a file, one after another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from stillwatch.detect.shelf import Memory
from stillwatch.model.errors import OutsideFailed

Array = npt.NDArray[Any]
#: type of an array, where it begins in the file, how many values.
Entry = tuple[str, int, int]

#: bytes that wait in memory before a shelf takes to the disk.
IN_MEMORY_BYTES = 256 << 20


class DiskShelf:
    """A shelf in one file, which only grows.

    Args:
        path: the file; made empty unless ``index`` says what stands in it.
        index: entries of a file that was written before, which is then only read.

    Raises:
        OutsideFailed: the disk refuses.
    """

    def __init__(self, path: Path, index: dict[str, list[Entry]] | None = None) -> None:
        """Open the file."""
        self._path = path
        self.index: dict[str, list[Entry]] = index if index is not None else {}
        self.n_bytes = 0
        try:
            self._file: BinaryIO = path.open("w+b" if index is None else "rb", buffering=0)
        except OSError as error:
            raise self._failed(error) from error

    def put(self, name: str, values: Array) -> None:
        """Write a part at the end."""
        values = np.ascontiguousarray(values)
        left = _bytes_of(values)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise self._failed(error) from error
        self.index.setdefault(name, []).append((values.dtype.str, self.n_bytes, values.size))
        self.n_bytes += values.nbytes

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return len(self.index.get(name, ()))

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Read values ``start`` to ``stop`` of a part."""
        kind, begin, size = self.index[name][nth]
        stop = size if stop is None else stop
        out = np.empty(stop - start, np.dtype(kind))
        room = _bytes_of(out)
        place = begin + start * out.itemsize
        try:
            while room:
                n_read = os.preadv(self._file.fileno(), [room], place)
                if not n_read:
                    raise OSError(0, "the file is shorter than it was")
                room, place = room[n_read:], place + n_read
        except OSError as error:
            raise self._failed(error) from error
        return out

    def settle(self) -> None:
        """Wait until everything is on the disk itself."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Give the file back; what stands in it stays."""
        self._file.close()

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._path}: sketches cannot be kept there ({error.strerror}).",
            remedy="They need about as much room as the logs; TMPDIR names another place.",
        )


def _bytes_of(values: Array) -> memoryview:
    """The bytes of an array, to read or to fill."""
    return memoryview(values.view(np.uint8).data) if values.size else memoryview(b"")


class Overflow:
    """A shelf in memory until it is full, then in a file that is gone when the run ends.

    Args:
        most_bytes: how much waits in memory.
    """

    def __init__(self, most_bytes: int = IN_MEMORY_BYTES) -> None:
        """Hold nothing yet."""
        self._left = most_bytes
        self._memory = Memory()
        self._disk: DiskShelf | None = None

    def put(self, name: str, values: Array) -> None:
        """Add a part, wherever there is room."""
        if self._disk is None and values.nbytes <= self._left:
            self._left -= values.nbytes
            self._memory.put(name, values)
            return
        if self._disk is None:
            self._disk = nameless()
        self._disk.put(name, values)

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return self._memory.n_parts(name) + (self._disk.n_parts(name) if self._disk else 0)

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part."""
        here = self._memory.n_parts(name)
        if nth < here or self._disk is None:
            return self._memory.part(name, nth, start, stop)
        return self._disk.part(name, nth - here, start, stop)


def nameless() -> DiskShelf:
    """A shelf in a file of the temporary folder that no name leads to any more."""
    try:
        number, name = tempfile.mkstemp(prefix="stillwatch.")
        os.close(number)
    except OSError as error:
        raise OutsideFailed(
            f"{tempfile.gettempdir()}: no file can be made there ({error.strerror}).",
            remedy="Name a folder with room in TMPDIR.",
        ) from error
    shelf = DiskShelf(Path(name))
    Path(name).unlink()
    return shelf
