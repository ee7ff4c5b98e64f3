"""Write rows of token ids as text, and grow the documents that stand among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.lab.documents import KIND_BITS, MARK, SEED_BITS, WEIGHT_BITS, documents
from stillwatch.lab.grammar import GLUE, LINE, Frames, Lexicon
from stillwatch.lab.ragged import Ints, Ragged

_LOW = np.uint64(MARK - 1)
_SPACE = 32
#: one sentence in this many begins a line.
_LINE_EVERY = np.uint64(6)
_PILOT = 2_000


class _Book(NamedTuple):
    """What the kernel reads: tokens, frames of each kind, and slots."""

    data: npt.NDArray[np.uint8]
    starts: Ints
    glued_left: npt.NDArray[np.bool_]
    glued_right: npt.NDArray[np.bool_]
    cells: npt.NDArray[np.int32]
    first_frame: Ints
    n_frames: npt.NDArray[np.uint64]
    words: npt.NDArray[np.uint32]
    slot_starts: Ints
    slot_sizes: Ints
    power: npt.NDArray[np.float64]
    first_subject: int
    line: int


@nb.njit(cache=True, inline="always")
def _mixed(x):  # type: ignore[no-untyped-def]
    x += np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@nb.njit(cache=True, inline="always")
def _longer(words, n, more):  # type: ignore[no-untyped-def]
    """``words``, or a longer copy where ``more`` do not fit after ``n``."""
    if n + more <= words.size:
        return words
    grown = np.empty(2 * (n + more), words.dtype)
    grown[:n] = words[:n]
    return grown


@nb.njit(cache=True, nogil=True)
def _grow(book, ids, offsets, scale, ends, documents):  # type: ignore[no-untyped-def]
    """Rows with every document grown into words; ``documents`` gets the words they take."""
    first_frame, n_frames, cells = book.first_frame, book.n_frames, book.cells
    slot_words, slot_starts, slot_sizes = book.words, book.slot_starts, book.slot_sizes
    power, first_subject, line = book.power, book.first_subject, book.line
    width = cells.shape[1] + 2
    out = np.empty(4 * ids.size + 64, np.uint32)
    n = 0
    for row in range(offsets.size - 1):
        begun, broken = n, False
        i = offsets[row]
        while i < offsets[row + 1]:
            out = _longer(out, n, width)
            if broken or (ids[i] >= MARK and n > begun):
                out[n] = line
                n, broken = n + 1, False
            if ids[i] < MARK:
                out[n] = ids[i]
                n += 1
                i += 1
                continue
            held = (np.uint64(ids[i]) & _LOW) << np.uint64(31) | np.uint64(ids[i + 1]) & _LOW
            key, held = _mixed(held), held >> np.uint64(SEED_BITS)
            weight = held & np.uint64(2**WEIGHT_BITS - 1)
            kind = (held >> np.uint64(WEIGHT_BITS)) & np.uint64(2**KIND_BITS - 1)
            subject = first_subject + np.int64(held >> np.uint64(WEIGHT_BITS + KIND_BITS))
            before = n
            for sentence in range(max(1, int(np.float64(weight) * scale + 0.5))):
                out = _longer(out, n, width)
                chance = _mixed(key + np.uint64(sentence))
                if sentence and (chance >> np.uint64(40)) % _LINE_EVERY == 0:
                    out[n] = line
                    n += 1
                frame = first_frame[kind] + np.int64(chance % n_frames[kind])
                for column in range(cells.shape[1]):
                    cell = np.int64(cells[frame, column])
                    if cell == -1:
                        break
                    if cell < 0:
                        slot, same = (-2 - cell) // 10 - 1, (-2 - cell) % 10
                        slot = subject if slot < 0 else slot
                        at = _mixed(chance + np.uint64(1_000 + same if same else column + 1))
                        share = np.float64(at >> np.uint64(11)) * 2.0**-53
                        place = np.int64(slot_sizes[slot] * share ** power[slot])
                        cell = np.int64(slot_words[slot_starts[slot] + place])
                    out[n] = cell
                    n += 1
            documents[row] += n - before
            broken = True
            i += 2
        ends[row + 1] = n
    return out[:n]


@nb.njit(cache=True, nogil=True)
def _join(book, words, offsets, ends):  # type: ignore[no-untyped-def]
    """Rows of words as bytes, a space between two where both sides want one."""
    data, starts, left, right = book.data, book.starts, book.glued_left, book.glued_right
    size = 0
    for word in words:
        size += starts[word + 1] - starts[word] + 1
    out = np.empty(size, np.uint8)
    n = 0
    for row in range(offsets.size - 1):
        spaced = False
        for i in range(offsets[row], offsets[row + 1]):
            word = words[i]
            if spaced and not left[word]:
                out[n] = _SPACE
                n += 1
            for place in range(starts[word], starts[word + 1]):
                out[n] = data[place]
                n += 1
            spaced = not right[word]
        ends[row + 1] = n
    return out[:n]


class Writer:
    """Writes the texts of one world.

    Args:
        lexicon: tokens and slots; none may be added afterwards.
        kinds: frames of each kind of document; none where the world has no documents.
    """

    def __init__(self, lexicon: Lexicon, kinds: Sequence[Frames] = ()) -> None:
        """Lay the tables out."""
        line = lexicon.token(LINE)
        plain = [text.replace(GLUE, "").encode() for text in lexicon.tokens]
        width = max((f.cells.shape[1] for f in kinds), default=1)
        cells = [np.pad(f.cells, ((0, 0), (0, width - f.cells.shape[1])), constant_values=-1)
                 for f in kinds]  # fmt: skip
        sizes = np.array([len(f) for f in kinds], dtype=np.int64)
        words, starts, slot_sizes, power = lexicon.drawing()
        self._n_subjects = len(lexicon.subjects)
        self._book = _Book(
            np.frombuffer(b"".join(plain) or b" ", dtype=np.uint8),
            np.cumsum([0, *map(len, plain)]),
            np.array([text.startswith(GLUE) for text in lexicon.tokens], dtype=np.bool_),
            np.array([text.endswith(GLUE) for text in lexicon.tokens], dtype=np.bool_),
            np.concatenate(cells) if cells else np.full((1, 1), -1, dtype=np.int32),
            np.cumsum(sizes) - sizes,
            sizes.astype(np.uint64),
            words, starts, slot_sizes, power, lexicon.first_subject, line,
        )  # fmt: skip

    def texts(self, rows: Ragged, scale: float = 0.0) -> tuple[pa.Array, Ints]:
        """Rows as text, empty ones as null, and the words that documents take in each.

        Args:
            rows: token ids and documents.
            scale: sentences a unit of a document's weight.
        """
        offsets = np.concatenate([[0], np.cumsum(rows.lengths, dtype=np.int64)])
        words, pasted = rows.ids.astype(np.uint32), np.zeros(len(rows), np.int64)
        ends = np.zeros_like(offsets)
        if (words >= MARK).any():
            words = _grow(self._book, words, offsets, scale, ends, pasted)
            offsets, ends = ends, np.zeros_like(offsets)
        data = _join(self._book, words, offsets, ends)
        return _strings(data, ends, rows.lengths == 0), pasted

    def sentence_chars(self, n_kinds: int) -> npt.NDArray[np.float64]:
        """Mean characters of a document's sentence of each kind, breaks too, shape (n_kinds,)."""
        rng = np.random.default_rng(_PILOT)
        out = np.empty(n_kinds)
        for kind in range(n_kinds):
            subject = rng.integers(0, self._n_subjects, _PILOT)
            rows = documents(subject, np.full(_PILOT, kind, dtype=np.int64), rng)
            held = rows.ids.astype(np.int64) & (MARK - 1)
            weight = (held[::2] << 31 | held[1::2]) >> SEED_BITS & (2**WEIGHT_BITS - 1)
            many = np.maximum(1, np.floor(weight * 0.25 + 0.5))
            n_chars = pc.sum(pc.utf8_length(self.texts(rows, 0.25)[0])).as_py() + _PILOT
            out[kind] = n_chars / many.sum()
        return out


def _strings(data: npt.NDArray[np.uint8], ends: Ints, absent: npt.NDArray[np.bool_]) -> pa.Array:
    validity = pa.py_buffer(np.packbits(~absent, bitorder="little"))
    buffers = [validity, pa.py_buffer(ends.astype(np.int32)), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), len(absent), buffers)
