"""Slices of time: where the rows of a world wait until they are written in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from stillwatch.lab.rows import ExchangeRows, join_exchanges


class Shelf(Protocol):
    """Keeps packed rows by slice of time, in the order in which they came."""

    def put(self, slice_: int, rows: ExchangeRows) -> None:
        """Add rows to a slice."""

    def get(self, slice_: int) -> Sequence[ExchangeRows]:
        """All rows of a slice, as often as asked; none where none were put."""


class Kept:
    """A shelf in memory."""

    def __init__(self) -> None:
        """Nothing is on it."""
        self._rows: dict[int, list[ExchangeRows]] = {}

    def put(self, slice_: int, rows: ExchangeRows) -> None:
        """Add rows to a slice."""
        self._rows.setdefault(slice_, []).append(rows)

    def get(self, slice_: int) -> Sequence[ExchangeRows]:
        """All rows of a slice, joined when first asked for."""
        parts = self._rows.get(slice_, [])
        if len(parts) > 1:
            self._rows[slice_] = [join_exchanges(parts)]
        return self._rows.get(slice_, [])


class Slices:
    """A shelf with the calendar of a world: equal spans of time, each a slice.

    Args:
        shelf: where the rows are put.
        begin_us, end_us: the world's window.
        n: number of slices.
    """

    def __init__(self, shelf: Shelf, begin_us: int, end_us: int, n: int) -> None:
        """No slice holds anything."""
        self._shelf = shelf
        self._begin_us, self._span_us, self.n = begin_us, end_us - begin_us, n
        self.n_rows = np.zeros(n, dtype=np.int64)

    def put(self, rows: ExchangeRows) -> None:
        """Put each row where its time belongs."""
        if self.n == 1:
            self._shelf.put(0, rows)
            self.n_rows[0] += len(rows)
            return
        which = (rows.sent_us - self._begin_us) * self.n // self._span_us
        for slice_ in np.unique(which).tolist():
            mine = np.flatnonzero(which == slice_)
            self._shelf.put(slice_, rows.take(mine).pack())
            self.n_rows[slice_] += len(mine)

    def get(self, slice_: int) -> ExchangeRows | None:
        """The rows of a slice in the order in which they came; None where there are none."""
        parts = self._shelf.get(slice_)
        return join_exchanges(parts) if parts else None
