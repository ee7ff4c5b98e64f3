"""Arrays of text as bytes, and which of them are equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.stats.bits import word_at
from stillwatch.stats.tokens import SEED, hash_bytes, hash_rest, hash_word

I64 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint8]
U64 = npt.NDArray[np.uint64]

#: slots of the table that are tried for a text before it counts as new.
N_PROBES = 16

#: texts of so many bytes on average are hashed several at a time.
LONG_BYTES = 64

EIGHT = np.uint64(8)
_EMPTY = np.frombuffer(b"\0", np.uint8)[:0]


def buffers(texts: pa.Array) -> tuple[U8, I64]:
    """UTF-8 bytes (read-only) and offsets ``(n + 1,)`` of a string array; nulls are empty."""
    if pa.types.is_large_string(texts.type):
        width: np.dtype[Any] = np.dtype(np.int64)
    else:
        texts = texts.cast(pa.string())
        width = np.dtype(np.int32)
    _, off, data = texts.buffers()
    offsets = np.frombuffer(off, width, count=len(texts) + 1, offset=texts.offset * width.itemsize)
    raw = np.frombuffer(data, np.uint8) if data else _EMPTY
    return raw, offsets.astype(np.int64)


@dataclass(frozen=True, slots=True)
class Hashed:
    """What one reading of texts tells, each ``(n,)``.

    Attributes:
        hashes: unkeyed hash of every byte; two texts can be made to share one.
        plain: whether the text is ASCII.
        n_chars: code points.
    """

    hashes: U64
    plain: npt.NDArray[np.bool_]
    n_chars: npt.NDArray[np.int32]


@nb.njit(cache=True)
def _count(text):  # type: ignore[no-untyped-def]
    """Whether a text is ASCII, and its code points."""
    seen, follow = np.uint8(0), 0
    for byte in text:
        seen |= byte
    if seen >= 128:
        for byte in text:
            follow += (byte & 0xC0) == 0x80
    return seen < 128, text.size - follow


@nb.njit(cache=True, nogil=True)
def _hash_rows(data, offsets, hashes, plain, n_chars):  # type: ignore[no-untyped-def]
    for r in range(offsets.size - 1):
        hashes[r] = hash_bytes(data, offsets[r], offsets[r + 1])
        plain[r], n_chars[r] = _count(data[offsets[r] : offsets[r + 1]])


@nb.njit(cache=True, nogil=True)
def _hash_long_rows(data, offsets, hashes, plain, n_chars):  # type: ignore[no-untyped-def]
    """The same, four texts at a time: each step of a hash waits for the one before."""
    n, came = offsets.size - 1, 0
    row, h = np.full(4, -1, np.int64), np.zeros(4, np.uint64)
    at, end = np.zeros(4, np.uint64), np.zeros(4, np.uint64)
    while True:
        for k in range(4):
            while at[k] + EIGHT > end[k]:
                if row[k] >= 0:
                    hashes[row[k]] = hash_rest(h[k], data, at[k], end[k])
                row[k] = came if came < n else -1
                if came == n:
                    break
                at[k], end[k] = offsets[came], offsets[came + 1]
                h[k] = SEED ^ (end[k] - at[k])
                plain[came], n_chars[came] = _count(data[offsets[came] : offsets[came + 1]])
                came += 1
        if row.min() < 0:
            break
        n_steps = (end - at).min() // EIGHT
        w, x, y, z = at[0], at[1], at[2], at[3]
        a, b, c, d = h[0], h[1], h[2], h[3]
        for _ in range(n_steps):
            a, w = hash_word(a, word_at(data, w)), w + EIGHT
            b, x = hash_word(b, word_at(data, x)), x + EIGHT
            c, y = hash_word(c, word_at(data, y)), y + EIGHT
            d, z = hash_word(d, word_at(data, z)), z + EIGHT
        at[0], at[1], at[2], at[3] = w, x, y, z
        h[0], h[1], h[2], h[3] = a, b, c, d
    for k in range(4):
        if row[k] >= 0:
            hashes[row[k]] = hash_rest(h[k], data, at[k], end[k])


def hash_texts(texts: pa.Array) -> Hashed:
    """Hash texts and count their characters."""
    data, offsets = buffers(texts)
    n = len(texts)
    found = Hashed(np.empty(n, np.uint64), np.empty(n, np.bool_), np.empty(n, np.int32))
    read = _hash_long_rows if offsets[-1] - offsets[0] >= LONG_BYTES * n else _hash_rows
    read(data, offsets, found.hashes, found.plain, found.n_chars)
    return found


@nb.njit(cache=True, inline="always")
def _is_equal(data, a, b, n):  # type: ignore[no-untyped-def]
    differs = np.uint8(0)
    for i in range(n):
        differs |= data[a + i] ^ data[b + i]
    return differs == 0


@nb.njit(cache=True, nogil=True)
def _first_equal(data, offsets, hashes, slots, same):  # type: ignore[no-untyped-def]
    mask = np.uint64(slots.size - 1)
    for r in range(hashes.size):
        same[r] = r
        at = hashes[r] & mask
        for _ in range(N_PROBES):
            other = slots[at]
            if other < 0:
                slots[at] = r
                break
            if hashes[other] == hashes[r]:
                low, first = offsets[r], offsets[other]
                n = offsets[r + 1] - low
                if offsets[other + 1] - first == n and _is_equal(data, low, first, n):
                    same[r] = other
                break
            at = (at + np.uint64(1)) & mask


def first_equal(texts: pa.Array, hashes: U64 | None = None) -> I64:
    """A row before each text with the same bytes; its own row where none was found.

    Repeats are found where hashes do not collide, so that made collisions cost no time.

    Args:
        texts: ``(n,)`` strings; null equals the empty text.
        hashes: ``(n,)`` of ``hash_texts``, where the caller has it already.
    """
    data, offsets = buffers(texts)
    if hashes is None:
        hashes = hash_texts(texts).hashes
    same = np.empty(len(texts), np.int64)
    slots = np.full(1 << (2 * len(texts)).bit_length(), -1, np.int64)
    _first_equal(data, offsets, hashes, slots, same)
    return same


@nb.njit(cache=True, nogil=True)
def _gather(values, first, sizes, starts, out):  # type: ignore[no-untyped-def]
    for r in range(sizes.size):
        for i in range(sizes[r]):
            out[starts[r] + i] = values[first[r] + i]


def gather(values: U64, first: I64, sizes: I64) -> tuple[I64, U64]:
    """Lists ``values[first[r]:first[r] + sizes[r]]``, one after another.

    Returns:
        offsets ``(n + 1,)`` and the values of all lists.
    """
    starts = np.zeros(sizes.size + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    out = np.empty(int(starts[-1]), np.uint64)
    _gather(values, first, sizes, starts, out)
    return starts, out
