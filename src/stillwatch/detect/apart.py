"""Apart: parts of the traffic that other builders took in, on other machines perhaps.

A builder numbers accounts, names and rows as it meets them. What it put on its shelf is
seen here through the numbers that the builder of the whole window would have given, so
that parts that were taken in apart and are then joined in their order say to the last
byte what one builder says that took them in one after another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from stillwatch.detect.batches import LISTS
from stillwatch.detect.lists import N_SHARES
from stillwatch.detect.shelf import Array, Memory, Shelf

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

_ROWS = " rows"
_OF_LISTS = ("bounds", "rows", "sizes", "values")


@dataclass(frozen=True, slots=True)
class Renumbered:
    """A shelf that another builder filled, read only.

    Attributes:
        shelf: what it put there.
        base: rows that come before its first.
        numbers: per column that holds numbers of names, what each of them is called here.
    """

    shelf: Shelf
    base: int
    numbers: Mapping[str, I32]

    def put(self, name: str, values: Array) -> None:
        """Nothing is put here.

        Raises:
            TypeError: always.
        """
        raise TypeError(f"{name}: a shelf of {values.size} values of another builder is read only")

    def n_parts(self, name: str) -> int:
        """How many parts a name has."""
        return self.shelf.n_parts(name)

    def n_values(self, name: str, nth: int) -> int:
        """How many values a part has."""
        return self.shelf.n_values(name, nth)

    def part(self, name: str, nth: int, start: int = 0, stop: int | None = None) -> Array:
        """Values ``start`` to ``stop`` of a part, numbers and rows as they are called here."""
        values = self.shelf.part(name, nth, start, stop)
        if name in self.numbers:
            # the last entry is what -1 leads to
            return np.append(self.numbers[name], np.int32(-1))[values]
        if name.endswith(_ROWS):
            return values.astype(np.int64) + self.base
        return values


def without_lists(shelf: Memory) -> Memory:
    """The columns of a shelf alone."""
    columns = Memory()
    of_lists = {f"{kind} {what}" for kind in LISTS for what in _OF_LISTS}
    for name in shelf.names():
        for nth in range(0 if name in of_lists else shelf.n_parts(name)):
            columns.put(name, shelf.part(name, nth))
    return columns


def lists_within(shelf: Shelf, within: range, kinds: Sequence[str] = LISTS) -> Memory:
    """The lists of neighbouring shares alone, as they stand on a shelf.

    Args:
        shelf: lists stand on it.
        within: the shares.
        kinds: of the lists.
    """
    out = Memory()
    for kind in kinds:
        for nth in range(shelf.n_parts(f"{kind} bounds")):
            both = shelf.part(f"{kind} bounds", nth)
            bounds, reach = both[: N_SHARES + 1], both[N_SHARES + 1 :]
            begin, end = int(bounds[within.start]), int(bounds[within.stop])
            if begin == end:
                continue
            first, last = int(reach[within.start]), int(reach[within.stop])
            out.put(
                f"{kind} bounds",
                np.concatenate((bounds.clip(begin, end) - begin, reach.clip(first, last) - first)),
            )
            out.put(f"{kind} rows", shelf.part(f"{kind} rows", nth, begin, end))
            out.put(f"{kind} sizes", shelf.part(f"{kind} sizes", nth, begin, end))
            out.put(f"{kind} values", shelf.part(f"{kind} values", nth, first, last))
    return out


def cuts(n_parts: int) -> list[range]:
    """All shares as so many neighbourhoods of about one size.

    >>> cuts(3)
    [range(0, 85), range(85, 170), range(170, 256)]
    """
    ends = [N_SHARES * nth // n_parts for nth in range(n_parts + 1)]
    return [range(lo, hi) for lo, hi in pairwise(ends)]
