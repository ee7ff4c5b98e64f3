"""Names: every different account name once, as bytes, with the number that it got.

A run has hundreds of thousands of them and meets each in nearly every batch, which is
too often for a dictionary of Python strings.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.stats.texts import buffers, hash_texts

I32 = npt.NDArray[np.int32]

_LEAST = 1 << 10


@nb.njit(cache=True, nogil=True)
def _is_known(data, lo, hi, known, begin, end):  # type: ignore[no-untyped-def]
    if hi - lo != end - begin:
        return False
    differs = np.uint8(0)
    for i in range(hi - lo):
        differs |= data[lo + i] ^ known[begin + i]
    return differs == 0


@nb.njit(cache=True, nogil=True)
def _number(data, offsets, hashes, slots, known, ends, seen, n, code):  # type: ignore[no-untyped-def]
    """Number texts, going on from ``n`` that are known; gives how many are known then."""
    mask = np.uint64(slots.size - 1)
    for i in range(hashes.size):
        lo, hi = offsets[i], offsets[i + 1]
        s = hashes[i] & mask
        while slots[s] >= 0:
            at = slots[s]
            if seen[at] == hashes[i] and _is_known(data, lo, hi, known, ends[at], ends[at + 1]):
                break
            s = (s + np.uint64(1)) & mask
        if slots[s] < 0:
            slots[s] = n
            seen[n] = hashes[i]
            known[ends[n] : ends[n] + hi - lo] = data[lo:hi]
            ends[n + 1] = ends[n] + hi - lo
            n += 1
        code[i] = slots[s]
    return n


class Names:
    """Numbers of names, which grow by those that are new; equal bytes are one name.

    >>> names = Names()
    >>> names.take(pa.array(["b", "a", "b"])).tolist(), names.since(0)
    ([0, 1, 0], ['b', 'a'])
    """

    def __init__(self) -> None:
        """Know none."""
        self._n = 0
        self._bytes: npt.NDArray[Any] = np.empty(_LEAST, np.uint8)
        self._ends: npt.NDArray[Any] = np.zeros(_LEAST + 1, np.int64)
        self._hashes: npt.NDArray[Any] = np.empty(_LEAST, np.uint64)
        self._slots = np.full(2 * _LEAST, -1, np.int32)

    def __len__(self) -> int:
        """How many are known."""
        return self._n

    def take(self, texts: pa.Array) -> I32:
        """``(n,)`` the number of each text; none is null."""
        data, offsets = buffers(texts)
        hashes = hash_texts(texts).hashes
        self._make_room(len(texts), int(offsets[-1] - offsets[0]))
        code = np.empty(len(texts), np.int32)
        held = (self._slots, self._bytes, self._ends, self._hashes)
        self._n = int(_number(data, offsets, hashes, *held, self._n, code))
        return code

    def since(self, begin: int) -> list[str]:
        """Names from a number on, in the order of their numbers."""
        ends = self._ends[begin : self._n + 1]
        values = self._bytes[ends[0] : ends[-1]]
        offsets, data = pa.py_buffer(ends - ends[0]), pa.py_buffer(values.copy())
        found: list[str] = pa.LargeStringArray.from_buffers(
            ends.size - 1, offsets, data
        ).to_pylist()
        return found

    def _make_room(self, n_more: int, n_more_bytes: int) -> None:
        n, n_bytes = self._n, int(self._ends[self._n])
        if self._bytes.size < n_bytes + n_more_bytes:
            self._bytes = _longer(self._bytes, n_bytes + n_more_bytes)
        # one more end than names: it may have to grow when the others need not
        if self._ends.size < n + n_more + 1:
            self._ends = _longer(self._ends, n + n_more + 1)
        if self._hashes.size < n + n_more:
            self._hashes = _longer(self._hashes, n + n_more)
            self._slots = np.full(2 * self._hashes.size, -1, np.int32)
            _place(self._hashes[:n], self._slots)


@nb.njit(cache=True, nogil=True)
def _place(hashes, slots):  # type: ignore[no-untyped-def]
    mask = np.uint64(slots.size - 1)
    for i in range(hashes.size):
        s = hashes[i] & mask
        while slots[s] >= 0:
            s = (s + np.uint64(1)) & mask
        slots[s] = i


def _longer(values: npt.NDArray[Any], least: int) -> npt.NDArray[Any]:
    """The same values with room for ``least`` in all, or for some more."""
    out = np.empty(1 << (least - 1).bit_length(), values.dtype)
    out[: values.size] = values
    return out
