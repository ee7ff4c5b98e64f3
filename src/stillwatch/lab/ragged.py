"""Ragged: rows of unequal length in one flat array, and the few moves that text needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Ids = npt.NDArray[np.uint32] | npt.NDArray[np.uint16]
Bools = npt.NDArray[np.bool_]


def within(lengths: Ints) -> Ints:
    """Position inside its own row of every flat element, shape (lengths.sum(),).

    >>> within(np.array([2, 0, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    total = int(lengths.sum())
    starts = np.cumsum(lengths) - lengths
    return np.arange(total, dtype=np.int64) - np.repeat(starts, lengths)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of token ids: ``ids`` flat, ``lengths`` one entry a row (both 1-d)."""

    ids: Ids
    lengths: Ints

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lengths)

    @property
    def starts(self) -> Ints:
        """Offset of each row in ``ids``, shape (n_rows,)."""
        return np.asarray(np.cumsum(self.lengths) - self.lengths, dtype=np.int64)

    def take(self, rows: npt.NDArray[np.integer]) -> Ragged:
        """The rows asked for, in that order (repeats allowed)."""
        lengths = self.lengths[rows]
        source = np.repeat(self.starts[rows], lengths) + within(lengths)
        return Ragged(self.ids[source], lengths)

    def head(self, most: int | Ints) -> Ragged:
        """Each row cut to its first ``most`` tokens."""
        lengths = np.minimum(self.lengths, most)
        source = np.repeat(self.starts, lengths) + within(lengths)
        return Ragged(self.ids[source], lengths)

    def middle(self, skip: Ints, most: Ints) -> Ragged:
        """Up to ``most`` tokens of each row after the first ``skip``."""
        lengths = np.clip(self.lengths - skip, 0, most)
        source = np.repeat(self.starts + skip, lengths) + within(lengths)
        return Ragged(self.ids[source], lengths)

    def keep(self, mask: Bools) -> Ragged:
        """Rows where ``mask`` is false become empty; the others stay."""
        lengths = np.where(mask, self.lengths, 0)
        return Ragged(self.ids[np.repeat(mask, self.lengths)], lengths)

    def pack(self) -> Ragged:
        """The same rows with 32-bit lengths and, where they fit, 16-bit ids."""
        small = not len(self.ids) or int(self.ids.max()) < 2**16
        ids = self.ids.astype(np.uint16 if small else np.uint32)
        return Ragged(ids, self.lengths.astype(np.int32))  # type: ignore[arg-type]

    def merge(self, sizes: Ints) -> Ragged:
        """Join runs of consecutive rows: ``sizes[i]`` rows become row i."""
        ends = np.concatenate([[0], np.cumsum(self.lengths)])
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        return Ragged(self.ids, np.diff(ends[bounds]))


def empty_rows(n: int) -> Ragged:
    """A Ragged of ``n`` empty rows."""
    return Ragged(np.zeros(0, np.uint32), np.zeros(n, np.int64))


def from_rows(rows: Sequence[Sequence[int]]) -> Ragged:
    """A Ragged of explicit rows (for small fixed texts)."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    flat = np.array([token for row in rows for token in row], dtype=np.uint32)
    return Ragged(flat, lengths)


def stack(parts: Sequence[Ragged]) -> Ragged:
    """Rows of all parts, one after another."""
    if len(parts) == 1:
        return parts[0]
    return Ragged(
        np.concatenate([p.ids for p in parts]), np.concatenate([p.lengths for p in parts])
    )


def beside(parts: Sequence[Ragged]) -> Ragged:
    """Row i of the result is row i of every part, joined; all parts have equal row counts."""
    lengths: Ints = np.stack([p.lengths for p in parts]).sum(axis=0)
    cursor = np.cumsum(lengths) - lengths
    flat = np.empty(int(lengths.sum()), dtype=np.uint32)
    for part in parts:
        flat[np.repeat(cursor, part.lengths) + within(part.lengths)] = part.ids
        cursor = cursor + part.lengths
    return Ragged(flat, lengths)


def choose(mask: Bools, yes: Ragged, no: Ragged) -> Ragged:
    """Row i of ``yes`` where ``mask[i]``, else row i of ``no``."""
    rows = np.arange(len(mask), dtype=np.int64)
    return stack([yes, no]).take(np.where(mask, rows, rows + len(yes)))


def repeat_one(row: Ragged, n: int) -> Ragged:
    """The single row of ``row``, ``n`` times."""
    return row.take(np.zeros(n, dtype=np.int64))
