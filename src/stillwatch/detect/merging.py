"""Merging: parts on shelves become columns in order of time, one column after another.

A column is in memory twice at no time: each part of it is spread to the places where
its rows belong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.batches import HASHED
from stillwatch.detect.content import unpack_facts
from stillwatch.detect.numbering import Numbers
from stillwatch.detect.ordering import ascending, repeated
from stillwatch.detect.room import IN_MEMORY, Room, blocks, made, places_where
from stillwatch.detect.shelf import Shelf, narrowed

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[Any]

_FEW = 32
_SORTED_BY: tuple[tuple[str, npt.DTypeLike], ...] = (("sent_us", np.int64), ("id", np.uint64))


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows on shelves and where they belong.

    Attributes:
        shelves: in order of coming.
        place: ``(n_came,)`` position of each row, -1 where it was dropped.
        n: rows that have a position.
        room: where columns stand.
    """

    shelves: list[Shelf]
    place: I32
    n: int
    room: Room = IN_MEMORY

    def parts(self, name: str) -> Iterator[tuple[Ints, I32]]:
        """Parts of a column and the places of their rows."""
        begin = 0
        for part in parts_of(self.shelves, name):
            yield part, self.place[begin : begin + part.size]
            begin += part.size

    def spread(self, name: str, *kinds: npt.DTypeLike) -> Ints:
        """``(n,)`` a column, of a type that holds ``kinds`` and what its parts are of."""
        found = {shelf.part(name, nth, 0, 0).dtype for shelf, nth in places_of(self.shelves, name)}
        out = self.room.column(self.n, np.result_type(*kinds, *found))
        for part, place in self.parts(name):
            put(out, part, place)
        return out

    def renamed(self, name: str, rank: Ints) -> Ints:
        """``(n,)`` a column of numbers, each by what ``rank`` says of it."""
        out = self.room.column(self.n, rank.dtype)
        for part, place in self.parts(name):
            put(out, rank[part], place)
        return out


def parts_of(shelves: list[Shelf], name: str) -> Iterator[Ints]:
    """All parts of a name, shelf after shelf."""
    for shelf, nth in places_of(shelves, name):
        yield shelf.part(name, nth)


def places_of(shelves: list[Shelf], name: str) -> Iterator[tuple[Shelf, int]]:
    """Where the parts of a name stand: which shelf, and the how manieth there."""
    for shelf in shelves:
        for nth in range(shelf.n_parts(name)):
            yield shelf, nth


def put(out: Ints, values: Ints, place: I32) -> None:
    """Put values to their places; those without one are dropped."""
    if place.size and place.min() < 0:
        kept = place >= 0
        values, place = values[kept], place[kept]
    out[place] = values


@nb.njit(cache=True, nogil=True)
def _break_ties(sent, ids, order):  # type: ignore[no-untyped-def]
    """Within equal times of an ascending order, order by id."""
    n = order.size
    lo = 0
    while lo < n:
        hi = lo + 1
        while hi < n and sent[order[hi]] == sent[order[lo]]:
            hi += 1
        if hi - lo > _FEW:
            order[lo:hi] = order[lo:hi][np.argsort(ids[order[lo:hi]], kind="mergesort")]
        else:
            for i in range(lo + 1, hi):
                row = order[i]
                j = i
                while j > lo and ids[order[j - 1]] > ids[row]:
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = row
        lo = hi


def sort_rows(shelves: list[Shelf], room: Room = IN_MEMORY) -> tuple[Rows, I64, int]:
    """Order rows by time, equal times by id; of an id that comes twice the first stays.

    Args:
        shelves: in order of coming.
        room: where columns stand.

    Returns:
        the rows, ``(n,)`` their times, ascending, and how many were dropped.
    """
    sent, ids = (_laid_out(shelves, room, *column) for column in _SORTED_BY)
    order = ascending(sent, room)
    _break_ties(sent, ids, order)
    n_came = order.size
    twice = repeated(ids, room)
    if twice.size:
        order = np.delete(order, _later_ones(ids, order, twice))
    place = room.column(n_came, np.int32)
    place[:] = -1
    for block in blocks(order.size):
        place[order[block]] = np.arange(block.start, block.stop)
    sent_us = made(room, order.size, np.int64, lambda block: sent[order[block]])
    return Rows(shelves, place, order.size, room), sent_us, n_came - order.size


def _laid_out(shelves: list[Shelf], room: Room, name: str, kind: npt.DTypeLike) -> Ints:
    """All parts of a name, one after another."""
    n = sum(shelf.n_values(name, nth) for shelf, nth in places_of(shelves, name))
    out = room.column(n, kind)
    end = 0
    for part in parts_of(shelves, name):
        out[end : end + part.size] = part
        end += part.size
    return out


def _later_ones(ids: U64, order: I32, twice: U64) -> I64:
    """Where in an order an id of ``twice`` (ascending) stands that stood before."""

    def comes_again(block: slice) -> npt.NDArray[np.bool_]:
        some = ids[order[block]]
        nearest = np.minimum(np.searchsorted(twice, some), twice.size - 1)
        same: npt.NDArray[np.bool_] = twice[nearest] == some
        return same

    among = np.concatenate(list(places_where(order.size, comes_again)))
    first = np.unique(ids[order[among]], return_index=True)[1]
    return np.delete(among, first)


def coded_names(rows: Rows, name: str, names: list[str]) -> tuple[Ints, list[str]]:
    """Codes that follow the order of their names, and not that of the rows."""
    ordered = sorted(range(len(names)), key=names.__getitem__)
    rank = np.full(len(names) + 1, -1, np.int32)
    rank[ordered] = np.arange(len(names))
    return rows.renamed(name, narrowed(rank)), [names[i] for i in ordered]


def coded_hashes(rows: Rows) -> dict[str, Ints]:
    """Per column of ``HASHED`` ``(n,)`` places among its hashes in order, -1 where null."""
    return {name: _coded(rows, name) for name in HASHED}


def _coded(rows: Rows, name: str) -> Ints:
    numbers, out = Numbers(), rows.room.column(rows.n, np.int32)
    hashes = parts_of(rows.shelves, f"{name} hashes")
    for (part, place), known in zip(rows.parts(name), hashes, strict=True):
        put(out, numbers.take(known)[part], place)
    known = numbers.known
    met = np.zeros(known.size, bool)
    for block in blocks(rows.n):
        met[out[block]] = True
    order = np.flatnonzero(met)
    order = order[np.argsort(known[order])]
    shift = 1 if order.size and known[order[0]] == 0 else 0
    rank = np.full(known.size + 1, -1, np.int32)
    rank[order] = np.arange(order.size, dtype=np.int32) - shift
    rank = narrowed(rank)
    return made(rows.room, rows.n, rank.dtype, lambda block: rank[out[block]])


def spread_facts(rows: Rows) -> tuple[Ints, Ints, Ints]:
    """Flags, topic cells and tokens ``(n,)`` of prompts."""
    kinds = (np.uint16, np.uint8, np.uint16)
    flags, cell, n_tokens = (rows.room.column(rows.n, kind) for kind in kinds)
    for part, place in rows.parts("facts"):
        found = unpack_facts(part.astype(np.uint64))
        put(flags, found[0], place)
        put(cell, found[1], place)
        put(n_tokens, found[2].astype(np.uint16), place)
    return flags, cell, n_tokens
