"""Ordering: rows in order of a column, a range of its values at a time.

Rows are first dealt to ranges of neighbouring values that hold about as many each, and then
sorted range by range, so that what is made on the way is small however long the column is.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stillwatch.detect.room import IN_MEMORY, Room, made
from stillwatch.detect.sights import SOME_ROWS, by_group

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
#: times and hashes.
Values = I64 | U64

#: values by which ranges are cut.
SAMPLE = 1 << 14


def by_range(values: Values, room: Room = IN_MEMORY, most: int = SOME_ROWS) -> tuple[I32, I64]:
    """Rows dealt to neighbouring ranges of values.

    Args:
        values: ``(n,)`` of each row.
        room: where the rows stand.
        most: rows of a range, about; more where more have one value.

    Returns:
        ``(n,)`` rows, ascending within a range, and where each range starts, the end last;
        all values of a range are below those of the next.
    """
    n = values.size
    if n <= most:
        return made(room, n, np.int32, lambda b: np.arange(b.start, b.stop)), np.array([0, n])
    sample = np.sort(values[:: max(1, n // SAMPLE)])
    n_ranges = -(-n // most)
    cuts = np.unique(sample[sample.size * np.arange(1, n_ranges) // n_ranges])
    group = made(room, n, np.int16, lambda b: np.searchsorted(cuts, values[b], "right"))
    return by_group(group, cuts.size + 1, room)


def ascending(values: Values, room: Room = IN_MEMORY, most: int = SOME_ROWS) -> I32:
    """``(n,)`` rows in ascending order of their values, those of one value as they came.

    >>> ascending(np.array([7, 3, 7, 1], np.int64)).tolist()
    [3, 1, 0, 2]
    """
    order, bounds = by_range(values, room, most)
    for lo, hi in pairwise(bounds):
        rows = order[lo:hi].copy()
        order[lo:hi] = rows[np.argsort(values[rows], kind="stable")]
    return order


def repeated(values: U64, room: Room = IN_MEMORY, most: int = SOME_ROWS) -> U64:
    """Values that come more than once, ascending."""
    order, bounds = by_range(values, room, most)
    found = [np.zeros(0, np.uint64)]
    for lo, hi in pairwise(bounds):
        some = np.sort(values[order[lo:hi]])
        found.append(np.unique(some[1:][some[1:] == some[:-1]]))
    return np.concatenate(found)
