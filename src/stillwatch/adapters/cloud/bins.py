"""Bins: samples added up on an even grid of times, a dozen bytes for each bin."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Final

import numpy as np

from stillwatch.cloud.telemetry import F64

#: bins that one series may span: four years of minutes.
MOST_BINS: Final = 2_100_000


class Bins:
    """Sums and counts of one series of samples by bin; grows to both sides."""

    __slots__ = ("_counts", "_first", "_totals")

    def __init__(self) -> None:
        self._first = 0
        self._totals = array("d")
        self._counts = array("I")

    def add(self, place: int, value: float) -> None:
        """Add a sample.

        Args:
            place: number of the bin.
            value: of the sample.

        Raises:
            ValueError: the bin is years away from the others.
        """
        if not self._totals:
            self._first = place
        before = self._first - place
        if max(before, place - self._first + 1) > MOST_BINS:
            raise ValueError("the time is years away from the series' other samples")
        if before > 0:
            if before + len(self._totals) > MOST_BINS:
                raise ValueError("the time is years away from the series' other samples")
            self._totals = array("d", bytes(8 * before)) + self._totals
            self._counts = array("I", bytes(self._counts.itemsize * before)) + self._counts
            self._first = place
        more = place - self._first + 1 - len(self._totals)
        if more > 0:
            # Some room ahead, or every sample would copy the lot.
            more = max(more, min(len(self._totals) // 2, 4096))
            self._totals.extend(array("d", bytes(8 * more)))
            self._counts.extend(array("I", bytes(self._counts.itemsize * more)))
        self._totals[place - self._first] += value
        self._counts[place - self._first] += 1

    def merge(self, other: Bins) -> None:
        """Add all samples of another series; each counts as one.

        Raises:
            ValueError: its bins are years away.
        """
        for place in other.filled().tolist():
            self.add(place, other._totals[place - other._first])
            self._counts[place - self._first] += other._counts[place - other._first] - 1

    def filled(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Numbers of the bins that hold a sample, in order."""
        return np.flatnonzero(np.frombuffer(self._counts, np.uint32)) + self._first

    def means(self, every: int, first: int, n: int) -> F64:
        """Means over bins that are ``every`` times as wide; NaN where there is no sample.

        Args:
            every: how many bins make one.
            first: number of the first wide bin.
            n: how many wide bins.

        Returns:
            Shape ``(n,)``.
        """
        places = self.filled()
        totals = np.frombuffer(self._totals, np.float64)[places - self._first]
        counts = np.frombuffer(self._counts, np.uint32)[places - self._first]
        wide = places // every - first
        ok = (wide >= 0) & (wide < n)
        sums = np.bincount(wide[ok], totals[ok], n)
        known = np.bincount(wide[ok], counts[ok], n)
        return np.where(known > 0, sums / np.maximum(known, 1), np.nan)


def spacing(series: Iterable[Bins]) -> int:
    """Bins from one sample to the next: a monitor that looks seldom gets wider bins."""
    found = [
        round(float(np.median(np.diff(places))))
        for one in series
        if len(places := one.filled()) > 2
    ]
    return max(found, default=1)


def added(series: Iterable[Bins], every: int, first: int, n: int) -> F64:
    """Means of several series, added up; NaN where none has a sample. Shape ``(n,)``."""
    rows = [one.means(every, first, n) for one in series]
    seen = np.any([np.isfinite(row) for row in rows], axis=0)
    return np.where(seen, np.nansum(rows, axis=0), np.nan)
