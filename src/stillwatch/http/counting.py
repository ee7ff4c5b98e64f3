"""Counters that several processes add to without a lock, and their Prometheus text.

Each worker has a row of its own in a file that all of them map; whoever is asked adds the rows
up. A worker that dies leaves its row behind, so counts never fall while the service stands.
"""

from __future__ import annotations

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUCKETS_S: Final = (0.000_05, 0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25)
_N_ROWS: Final = 256
_REST: Final = 'le="+Inf"'
_CELL: Final = struct.Struct("<d")


@dataclass(frozen=True, slots=True)
class Series:
    """One number that is shown: a metric's name, its labels, its line of help."""

    name: str
    labels: str
    what: str
    kind: str = "counter"

    @property
    def family(self) -> str:
        """The metric that it is a part of."""
        if self.kind != "histogram":
            return self.name
        return self.name.removesuffix("_bucket").removesuffix("_sum")


class Counts:
    """A table of counters in a mapped file.

    Args:
        series: the columns, the same in every process.
        path: the file; made where it is not there.
        row: this process's row.
    """

    def __init__(self, series: Sequence[Series], path: Path, row: int) -> None:
        self.series = tuple(series)
        self._width = len(self.series) * _CELL.size
        n_bytes = _N_ROWS * self._width
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size < n_bytes:
                os.ftruncate(descriptor, n_bytes)
            self._map = mmap.mmap(descriptor, n_bytes)
        finally:
            os.close(descriptor)
        self._start = (row % _N_ROWS) * self._width
        self._at = {(s.name, s.labels): i for i, s in enumerate(self.series)}

    def column(self, name: str, labels: str = "") -> int:
        """The column of a series, to be handed to :meth:`add`."""
        return self._at[name, labels]

    def add(self, column: int, amount: float = 1.0) -> None:
        """Add to this process's row."""
        at = self._start + column * 8
        _CELL.pack_into(self._map, at, _CELL.unpack_from(self._map, at)[0] + amount)

    def total(self, column: int) -> float:
        """The sum over all rows."""
        at = column * _CELL.size
        rows = range(_N_ROWS)
        return float(sum(_CELL.unpack_from(self._map, row * self._width + at)[0] for row in rows))

    def text(self) -> str:
        """Everything in Prometheus's text format."""
        lines: list[str] = []
        told, so_far = "", 0.0
        for column, one in enumerate(self.series):
            value = self.total(column)
            if one.family != told:
                lines += [f"# HELP {one.family} {one.what}", f"# TYPE {one.family} {one.kind}"]
                told, so_far = one.family, 0.0
            if one.kind == "histogram" and one.name.endswith("_bucket"):
                so_far += value
                value = so_far
            labels = f"{{{one.labels}}}" if one.labels else ""
            lines.append(f"{one.name}{labels} {value!r}")
            if one.kind == "histogram" and one.labels == _REST:
                lines.append(f"{one.family}_count {value!r}")
        return "\n".join(lines) + "\n"


class Clocked:
    """A histogram of durations in a table of counters."""

    def __init__(self, counts: Counts, name: str) -> None:
        self._counts = counts
        self._first = counts.column(f"{name}_bucket", f'le="{BUCKETS_S[0]:g}"')
        self._sum = counts.column(f"{name}_sum")

    def add(self, duration_s: float) -> None:
        """Count one duration."""
        self._counts.add(self._first + bisect_left(BUCKETS_S, duration_s))
        self._counts.add(self._sum, duration_s)


def histogram(name: str, what: str) -> list[Series]:
    """The columns of a histogram; each bucket holds what lies between its edges."""
    labels = [f'le="{edge:g}"' for edge in BUCKETS_S] + [_REST]
    found = [Series(f"{name}_bucket", label, what, "histogram") for label in labels]
    return [*found, Series(f"{name}_sum", "", what, "histogram")]
