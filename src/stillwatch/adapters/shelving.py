"""Shelves on disk: arrays of the search wait in a file, one after another."""

from __future__ import annotations

import ctypes
import mmap
import os
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.detect.shelf import Memory
from stillwatch.model.errors import OutsideFailed

Array = npt.NDArray[Any]
#: type of an array, where it begins in the file, how many values.
Entry = tuple[str, int, int]

#: bytes that wait in memory before a shelf takes to the disk.
IN_MEMORY_BYTES = 128 << 20
#: bytes of mapped files from which on what was freed is given back whenever nothing is asked.
MANY_BYTES = 1 << 30
#: arrays of so many bytes are then no part of the heap, which keeps what was freed between
#: others; glibc's M_MMAP_THRESHOLD.
_APART_BYTES = 4 << 20
_M_MMAP_THRESHOLD = -3


class DiskShelf:
    """A shelf in one file, which only grows until it is shut and can be read ever after.

    Args:
        path: the file; made empty unless ``index`` says what stands in it.
        index: entries of a file that was written and shut before.

    Raises:
        OutsideFailed: the disk refuses.
    """

    def __init__(self, path: Path, index: dict[str, list[Entry]] | None = None) -> None:
        """Begin the file, or know one."""
        self._path = path
        self.index: dict[str, list[Entry]] = {} if index is None else index
        self._n_bytes = 0
        self._file: int | None = None
        self._at_end: weakref.finalize[..., DiskShelf] | None = None
        if index is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
            try:
                self._file = os.open(path, flags, 0o600)
            except OSError as error:
                raise self._failed(error) from error
            # a shelf that is let go of takes no room on the disk if no name leads to it
            self._at_end = weakref.finalize(self, os.close, self._file)

    def put(self, name: str, values: Array) -> None:
        """Write a part at the end."""
        assert self._file is not None, "nothing is put on a shelf that was shut"
        left = _bytes_of(np.ascontiguousarray(values))
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            raise self._failed(error) from error
        self.index.setdefault(name, []).append((values.dtype.str, self._n_bytes, values.size))
        self._n_bytes += values.nbytes

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return len(self.index.get(name, ()))

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""
        return self.index[name][nth][2]

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Read values ``start`` to ``stop`` of a part."""
        kind, begin, size = self.index[name][nth]
        stop = size if stop is None else min(stop, size)
        out = np.empty(max(0, stop - start), np.dtype(kind))
        try:
            file = os.open(self._path, os.O_RDONLY) if self._file is None else self._file
            try:
                self._read(file, _bytes_of(out), begin + start * out.itemsize)
            finally:
                if self._file is None:
                    os.close(file)
        except OSError as error:
            raise self._failed(error) from error
        return out

    def shut(self, *, settle: bool) -> None:
        """Take nothing more; ``settle`` waits until everything is on the disk itself."""
        if self._file is None or self._at_end is None:
            return
        try:
            if settle:
                os.fsync(self._file)
            self._at_end.detach()
            os.close(self._file)
        except OSError as error:
            raise self._failed(error) from error
        self._file = None

    def _read(self, file: int, room: memoryview, place: int) -> None:
        while room:
            n_read = os.preadv(file, [room], place)
            if not n_read:
                raise OSError(0, "the file is shorter than it was")
            room, place = room[n_read:], place + n_read

    def _failed(self, error: OSError) -> OutsideFailed:
        return OutsideFailed(
            f"{self._path}: sketches cannot be kept there ({error.strerror}).",
            remedy="They need about 360 bytes an exchange; TMPDIR names another place.",
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

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""
        here = self._memory.n_parts(name)
        if nth < here or self._disk is None:
            return self._memory.n_values(name, nth)
        return self._disk.n_values(name, nth - here)

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part."""
        here = self._memory.n_parts(name)
        if nth < here or self._disk is None:
            return self._memory.part(name, nth, start, stop)
        return self._disk.part(name, nth - here, start, stop)


class Pages:
    """Columns in memory while they are few, then in files that are gone when they are let go.

    The files are mapped: what is read of them is in memory while there is room for it, and the
    machine takes it back when there is not.

    Args:
        most_bytes: how much stays in memory at a time.
    """

    def __init__(self, most_bytes: int = IN_MEMORY_BYTES) -> None:
        """Hold nothing yet."""
        self._most_bytes = most_bytes
        self._in_memory: list[weakref.ref[Array]] = []
        self._mapped: list[weakref.ref[mmap.mmap]] = []
        self._scattered = False

    def column(self, n: int, kind: npt.DTypeLike) -> Array:
        """``(n,)`` values of a type, to be filled.

        Raises:
            OutsideFailed: the disk has no room.
        """
        n_bytes = n * np.dtype(kind).itemsize
        here = [one for ref in self._in_memory if (one := ref()) is not None]
        if not n or n_bytes + sum(one.nbytes for one in here) <= self._most_bytes:
            out: Array = np.empty(n, kind)
            self._in_memory = [weakref.ref(one) for one in (*here, out)]
            return out
        file, name = _temporary()
        try:
            os.unlink(name)
            os.posix_fallocate(file, 0, n_bytes)
            mapped = mmap.mmap(file, n_bytes)
        except OSError as error:
            raise OutsideFailed(
                f"{tempfile.gettempdir()}: {n_bytes / 2**20:.0f} MiB cannot be kept there "
                f"({error.strerror}).",
                remedy="Columns need about 130 bytes an exchange; TMPDIR names another place.",
            ) from error
        finally:
            os.close(file)
        self._mapped = [weakref.ref(one) for one in (*self._standing(), mapped)]
        if self._are_many():
            _keep_heap_small()
        if self._scattered:
            mapped.madvise(mmap.MADV_RANDOM)
        return np.frombuffer(mapped, kind)

    def rest(self) -> None:
        """Let what was read of the files leave memory, where others have a use for it."""
        for mapped in self._standing():
            mapped.madvise(mmap.MADV_DONTNEED)
        if self._are_many():
            give_back()

    def scatter(self) -> None:
        """Have a row read without the thirty pages around it, which would drive out others."""
        self._scattered = True
        for mapped in self._standing():
            mapped.madvise(mmap.MADV_RANDOM)

    def _standing(self) -> list[mmap.mmap]:
        return [mapped for one in self._mapped if (mapped := one()) is not None]

    def _are_many(self) -> bool:
        return sum(map(len, self._standing())) >= MANY_BYTES


def give_back() -> None:
    """Return what was taken and freed to the machine, before the next step asks for its own."""
    pa.default_memory_pool().release_unused()
    # Without a C library that has it nothing is given back, and nothing is lost.
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _keep_heap_small() -> None:
    """Have what large arrays took go back to the machine as soon as they are let go."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _APART_BYTES)


def nameless() -> DiskShelf:
    """A shelf in a file of the temporary folder that no name leads to any more."""
    number, name = _temporary()
    os.close(number)
    shelf = DiskShelf(Path(name))
    Path(name).unlink()
    return shelf


def _temporary() -> tuple[int, str]:
    """A new file, open, and its name."""
    try:
        return tempfile.mkstemp(prefix="stillwatch.")
    except OSError as error:
        raise OutsideFailed(
            f"{tempfile.gettempdir()}: no file can be made there ({error.strerror}).",
            remedy="Name a folder with room in TMPDIR.",
        ) from error
