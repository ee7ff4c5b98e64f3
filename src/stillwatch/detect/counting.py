"""Counting: how often each of many things was met in each of some places, in few bytes.

Such a table has a row for every account, and hardly any of its numbers is large: it is 16 bit
wide until one number is too large for that, and 32 from then on.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

#: a table of counts; who reads it must not mind how wide it is.
Counts = npt.NDArray[np.uint16] | npt.NDArray[np.int32]


def nothing_counted(n_rows: int, n_columns: int) -> Counts:
    """``(n_rows, n_columns)`` zeros."""
    return np.zeros((n_rows, n_columns), np.uint16)


@nb.njit(cache=True, nogil=True)
def _count(table, row, column, most):  # type: ignore[no-untyped-def]
    """Count up to the first that does not fit; gives how many did."""
    for i in range(row.size):
        if table[row[i], column[i]] == most:
            return i
        table[row[i], column[i]] += 1
    return row.size


def counted(
    table: Counts, row: npt.NDArray[np.integer[Any]], column: npt.NDArray[np.integer[Any]]
) -> Counts:
    """The table with one more at each place: the same one, or a wider one where that must be.

    Args:
        table: ``(n_rows, n_columns)``; it is counted in.
        row, column: ``(n,)`` places, the same one as often as it was met.

    Returns:
        what is to be counted in from now on.

    >>> table = nothing_counted(2, 2)
    >>> counted(table, np.array([0, 1, 1]), np.array([0, 1, 1])).tolist()
    [[1, 0], [0, 2]]
    """
    done = int(_count(table, row, column, np.iinfo(table.dtype).max))
    if done == row.size:
        return table
    wide = table.astype(np.int32)
    _count(wide, row[done:], column[done:], np.iinfo(np.int32).max)
    return wide
