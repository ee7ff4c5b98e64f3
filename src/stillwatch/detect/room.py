"""Room: where columns stand that are as long as the traffic; who calls says what it is made of.

In memory that is :class:`InMemory`. An adapter keeps them on a disk, so that a window of more
exchanges takes more of the disk and hardly more of the memory: whoever goes through a whole
column does so block by block, see :func:`blocks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

#: values that are gone through at a time.
AT_A_TIME = 1 << 20


class Room(Protocol):
    """Gives columns to fill."""

    def column(self, n: int, kind: npt.DTypeLike) -> Array:
        """``(n,)`` values of a type, to be filled."""

    def rest(self) -> None:
        """Say that nothing is asked of the columns for a moment; what they hold stays."""

    def scatter(self) -> None:
        """Say that from now on rows here and there are asked for, rather than one after another."""


class InMemory:
    """Columns in memory."""

    def column(self, n: int, kind: npt.DTypeLike) -> Array:
        """``(n,)`` values of a type, to be filled."""
        return np.empty(n, kind)

    def rest(self) -> None:
        """Nothing happens."""

    def scatter(self) -> None:
        """Nothing happens."""


IN_MEMORY = InMemory()


def blocks(n: int) -> Iterator[slice]:
    """Neighbouring positions, so many at a time that what is made of them is small.

    >>> [(b.start, b.stop) for b in blocks(AT_A_TIME + 5)]
    [(0, 1048576), (1048576, 1048581)]
    """
    for begin in range(0, n, AT_A_TIME):
        yield slice(begin, min(begin + AT_A_TIME, n))


def made(room: Room, n: int, kind: npt.DTypeLike, of: Callable[[slice], Array]) -> Array:
    """``(n,)`` a column, made block by block of positions."""
    out = room.column(n, kind)
    for block in blocks(n):
        out[block] = of(block)
    return out


def places_where(n: int, of: Callable[[slice], npt.NDArray[np.bool_]]) -> Iterator[Array]:
    """Ascending positions where something is so, block by block."""
    for block in blocks(n):
        yield np.flatnonzero(of(block)) + block.start
