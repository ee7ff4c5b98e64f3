"""Lists of hashes that rows carry, dealt out over a shelf so that a share can be read alone.

Shingles go to the share of their account, so that all of an account stand in one;
spans and ids, which are looked for across accounts, go to the share of their value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.shelf import Shelf, narrowed

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: shares that lists are dealt out to, by the low bits of a hash.
N_SHARES = 256
#: values that are read at a time, unless one share alone holds more.
AT_A_TIME = 1 << 23
_NO_VALUES = np.zeros(0, np.uint64)
#: shares from one to another, of their values the nth slice of so many.
Piece = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Dealt:
    """Lists of one batch, those of a share together.

    Attributes:
        bounds: ``(N_SHARES + 1,)`` where the lists of each share start.
        row: ``(n_lists,)`` row of the batch.
        ends: ``(n_lists,)`` where each list ends in ``values``.
        values: the hashes.
    """

    bounds: I64
    row: I32
    ends: I64
    values: U64

    def renamed(self, names: I32) -> Dealt:
        """The same lists, the row of each called by its entry in ``names``."""
        return Dealt(self.bounds, names[self.row], self.ends, self.values)


@nb.njit(cache=True, nogil=True)
def _deal(share, keep, first, sizes, values, bounds, row, ends, out):  # type: ignore[no-untyped-def]
    """Lists by share (a counting sort); gives how many values were dealt."""
    for r in range(share.size):
        if keep[r]:
            bounds[share[r] + 1] += 1
    for s in range(bounds.size - 1):
        bounds[s + 1] += bounds[s]
    at = bounds[:-1].copy()
    for r in range(share.size):
        if keep[r]:
            row[at[share[r]]] = r
            at[share[r]] += 1
    n = 0
    for i in range(bounds[-1]):
        start = first[row[i]]
        for j in range(start, start + sizes[row[i]]):
            out[n] = values[j]
            n += 1
        ends[i] = n
    return n


def deal(share: U64, keep: npt.NDArray[np.bool_], sizes: I64, values: U64) -> Dealt:
    """Deal out the lists of a batch.

    Args:
        share: ``(n,)`` hashes whose low bits say where each list goes.
        keep: ``(n,)`` which lists are dealt.
        sizes: ``(n,)`` hashes in each list.
        values: all hashes, list after list.
    """
    n = int(keep.sum())
    bounds = np.zeros(N_SHARES + 1, np.int64)
    row, ends = np.empty(n, np.int32), np.empty(n, np.int64)
    first = np.cumsum(sizes) - sizes
    out = np.empty(values.size, np.uint64)
    place = (share & np.uint64(N_SHARES - 1)).astype(np.int64)
    filled = _deal(place, keep, first, sizes, values, bounds, row, ends, out)
    return Dealt(bounds, row, ends, out[:filled])


def deal_values(sizes: I64, values: U64) -> Dealt:
    """Deal out every hash by itself, by its own low bits."""
    alone = deal(values, np.ones(values.size, np.bool_), np.ones(values.size, np.int64), values)
    return alone.renamed(np.repeat(np.arange(sizes.size, dtype=np.int32), sizes))


@dataclass(frozen=True, slots=True)
class Share:
    """Lists that were read back.

    Attributes:
        row: ``(n_lists,)`` positions of their exchanges in the traffic, in no order.
        sizes: ``(n_lists,)`` hashes in each.
        values: all hashes, list after list.
    """

    row: I32
    sizes: I64
    values: U64


@dataclass(slots=True)
class Lists:
    """Lists of one kind on shelves.

    Attributes:
        kind: their name on the shelves.
        shelves: where they stand, in order of coming.
        place: position in the traffic by order of coming, -1 where a row was dropped;
            None while lists are put, and where rows are given by their position.
    """

    kind: str
    shelves: list[Shelf]
    place: I32 | None = None

    def put(self, dealt: Dealt, base: int) -> None:
        """Put the lists of a batch on the last shelf; ``base`` is added to their rows."""
        if dealt.row.size == 0:
            return
        shelf = self.shelves[-1]
        reach = np.concatenate(([0], dealt.ends))[dealt.bounds]
        shelf.put(f"{self.kind} bounds", np.concatenate((dealt.bounds, reach)))
        shelf.put(f"{self.kind} rows", narrowed(dealt.row.astype(np.int64) + base))
        shelf.put(f"{self.kind} sizes", narrowed(np.diff(dealt.ends, prepend=0)))
        shelf.put(f"{self.kind} values", dealt.values)

    def is_empty(self) -> bool:
        """Whether no list was ever put."""
        return not any(shelf.n_parts(f"{self.kind} bounds") for shelf in self.shelves)

    def shares(self, most: int = AT_A_TIME) -> Iterator[Share]:
        """Everything, share by share, see :func:`shares_of`."""
        for (share,) in shares_of(self, most=most):
            yield share

    def totals(self) -> I64:
        """``(N_SHARES,)`` values in each share."""
        return sum(
            (np.diff(reach) for _, _, _, reach in self._parts()), np.zeros(N_SHARES, np.int64)
        )

    def _parts(self) -> Iterator[tuple[Shelf, int, I64, I64]]:
        for shelf in self.shelves:
            for nth in range(shelf.n_parts(f"{self.kind} bounds")):
                both = shelf.part(f"{self.kind} bounds", nth)
                yield shelf, nth, both[: N_SHARES + 1], both[N_SHARES + 1 :]

    def read(self, lo: int, hi: int, nth: int, of: int) -> Share:
        """Lists of the shares ``lo`` to ``hi``, of their values the ``nth`` of some slices."""
        rows, sizes, values = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)], [_NO_VALUES]
        for shelf, part, bounds, reach in self._parts():
            row = shelf.part(f"{self.kind} rows", part, int(bounds[lo]), int(bounds[hi]))
            size = shelf.part(f"{self.kind} sizes", part, int(bounds[lo]), int(bounds[hi]))
            value = shelf.part(f"{self.kind} values", part, int(reach[lo]), int(reach[hi]))
            size = size.astype(np.int64)
            if of > 1:
                size, value = _sliced(size, value, nth, of)
            rows.append(row.astype(np.int32) if self.place is None else self.place[row])
            sizes.append(size)
            values.append(value)
        share = Share(np.concatenate(rows), np.concatenate(sizes), np.concatenate(values))
        return _without(share, share.row < 0)


def shares_of(*lists: Lists, most: int = AT_A_TIME) -> Iterator[tuple[Share, ...]]:
    """All lists of some kinds, so that everything of a share comes together.

    Args:
        lists: of one or several kinds; each kind's part of the same shares is given.
        most: values that are read at a time where shares are small enough. A share that
            holds twice as many is given several times, each time with other values of its
            lists: what is asked of one value sees all of its lists every time.
    """
    for piece in plan(np.sum([one.totals() for one in lists], axis=0), most):
        yield tuple(one.read(*piece) for one in lists)


def plan(totals: I64, most: int, within: range = range(N_SHARES)) -> Iterator[Piece]:
    """What is read at a time, see :func:`shares_of` and :meth:`Lists.read`.

    Args:
        totals: ``(N_SHARES,)`` values in each share.
        most: values that are read at a time.
        within: neighbouring shares that are looked at.
    """
    for begin, end in ranges(totals[within.start : within.stop], most):
        lo, hi = begin + within.start, end + within.start
        n_slices = 1 << max(0, (int(totals[lo:hi].sum()) // (2 * most)).bit_length())
        for nth in range(n_slices):
            yield lo, hi, nth, n_slices


def ranges(totals: I64, most: int) -> Iterator[tuple[int, int]]:
    """Neighbouring shares that together hold at most ``most`` values, or one that holds more.

    >>> list(ranges(np.array([3, 4, 9, 1, 1]), 8))
    [(0, 2), (2, 3), (3, 5)]
    """
    lo = 0
    for hi in range(1, totals.size + 1):
        if hi == totals.size or totals[lo : hi + 1].sum() > most:
            yield lo, hi
            lo = hi


def _sliced(sizes: I64, values: U64, nth: int, of: int) -> tuple[I64, U64]:
    """The lists with those values that fall into one of several slices, a power of two."""
    mine = (values >> np.uint64(40)) & np.uint64(of - 1) == nth
    ends = np.concatenate(([0], np.cumsum(mine)))[np.cumsum(sizes)]
    return np.diff(ends, prepend=0), values[mine]


def _without(share: Share, dropped: npt.NDArray[np.bool_]) -> Share:
    """The lists of rows that are not dropped."""
    if not dropped.any():
        return share
    kept = ~dropped
    return Share(share.row[kept], share.sizes[kept], share.values[np.repeat(kept, share.sizes)])
