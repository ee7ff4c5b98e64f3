"""Sights: when something is seen of a group for the first or the nth time.

Values stand group by group, in order of time within each; a table that lives as long
as one group counts them, so that work grows with values and memory with one group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.room import IN_MEMORY, Room, blocks

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: slots of the table before it has to grow within a group.
_SLOTS = 1 << 14
_LEAST_SLOTS = 16
#: rows of groups that are gone through at a time.
SOME_ROWS = 1 << 22
#: rows that are mixed at a time, so that intermediate results stay small.
_BLOCK = 1 << 16
#: counters by which values that are too rare are sifted out first, and the values from
#: which on that is quicker.
_COUNTER_BITS = 13
_WORTH_SIFTING = 256
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@nb.njit(cache=True, nogil=True)
def _order_by(group, offsets, out):  # type: ignore[no-untyped-def]
    at = offsets[:-1].copy()
    for row in range(group.size):
        g = group[row]
        if g >= 0:
            out[at[g]] = row
            at[g] += 1


def by_group(
    group: npt.NDArray[np.integer], n_groups: int, room: Room = IN_MEMORY
) -> tuple[I32, I64]:
    """Rows of each group in their order, and where each group's start; -1 is no group.

    Args:
        group: ``(n,)`` the group of each row.
        n_groups: how many groups there are.
        room: where the rows stand.

    Returns:
        ``(m,)`` rows and ``(n_groups + 1,)`` offsets.

    >>> [x.tolist() for x in by_group(np.array([1, 0, -1, 1], np.int32), 2)]
    [[1, 0, 3], [0, 1, 3]]
    """
    offsets = np.zeros(n_groups + 1, np.int64)
    for block in blocks(group.size):
        some = group[block]
        offsets[1:] += np.bincount(some[some >= 0], minlength=n_groups)
    np.cumsum(offsets, out=offsets)
    out = room.column(int(offsets[-1]), np.int32)
    _order_by(group, offsets, out)
    return out, offsets


@nb.njit(cache=True, nogil=True)
def _grown(keys, seen):  # type: ignore[no-untyped-def]
    """The same table with twice the slots."""
    mask = np.uint64(2 * keys.size - 1)
    more_keys, more_seen = np.zeros(2 * keys.size, np.uint64), np.zeros(2 * keys.size, np.int32)
    for old in range(keys.size):
        if seen[old]:
            s = ((keys[old] * _SPREAD) >> _HALF) & mask
            while more_seen[s]:
                s = (s + np.uint64(1)) & mask
            more_keys[s], more_seen[s] = keys[old], seen[old]
    return more_keys, more_seen


@nb.njit(cache=True, nogil=True)
def _hopefuls(values, lo, hi, nth, counts, kept):  # type: ignore[no-untyped-def]
    """Positions of values that may occur ``nth`` times, by counters that several share."""
    counts[:] = 0
    shift = np.uint64(64 - _COUNTER_BITS)
    for i in range(lo, hi):
        counts[(values[i] * _SPREAD) >> shift] += 1
    n = 0
    for i in range(lo, hi):
        kept[n] = i
        n += counts[(values[i] * _SPREAD) >> shift] >= nth
    return n


@nb.njit(cache=True, nogil=True)
def _nth(bounds, values, need, out_group, out_index):  # type: ignore[no-untyped-def]
    """Where each value of each group stands for the ``need[group]``-th time."""
    all_keys, all_seen = np.zeros(_SLOTS, np.uint64), np.zeros(_SLOTS, np.int32)
    counts, kept = np.zeros(1 << _COUNTER_BITS, np.int32), np.empty(_SLOTS, np.int64)
    n_out = 0
    for g in range(bounds.size - 1):
        lo, hi = bounds[g], bounds[g + 1]
        nth = need[g]
        n_kept = hi - lo
        if n_kept < nth or n_kept == 0:
            continue
        if n_kept >= kept.size:
            kept = np.empty(2 * n_kept, np.int64)
        sifted = nth > 1 and n_kept >= _WORTH_SIFTING
        if sifted:
            n_kept = _hopefuls(values, lo, hi, nth, counts, kept)
        n_slots = _LEAST_SLOTS
        while n_slots < 2 * n_kept and n_slots < _SLOTS:
            n_slots *= 2
        keys, seen = all_keys[:n_slots], all_seen[:n_slots]
        seen[:] = 0
        mask = np.uint64(n_slots - 1)
        n_free = n_slots // 2
        for j in range(n_kept):
            i = kept[j] if sifted else lo + j
            key = values[i]
            s = ((key * _SPREAD) >> _HALF) & mask
            while seen[s] and keys[s] != key:
                s = (s + np.uint64(1)) & mask
            if seen[s] == 0:
                keys[s] = key
                n_free -= 1
            seen[s] += 1
            if seen[s] == nth:
                if n_out == out_group.size:
                    out_group = np.concatenate((out_group, np.empty_like(out_group)))
                    out_index = np.concatenate((out_index, np.empty_like(out_index)))
                out_group[n_out], out_index[n_out] = g, i
                n_out += 1
            if n_free == 0:
                keys, seen = _grown(keys, seen)
                mask = np.uint64(keys.size - 1)
                n_free = keys.size // 4
    return out_group[:n_out], out_index[:n_out]


def nth_sights(bounds: I64, values: U64, need: I64) -> tuple[I32, I64]:
    """Where each value of a group occurs for the ``need[group]``-th time.

    Args:
        bounds: ``(n_groups + 1,)`` where the values of each group start.
        values: ``(n,)`` hashes, group by group, in order of time.
        need: ``(n_groups,)`` at least 1.

    Returns:
        ``(m,)`` groups, ascending, and positions in ``values``, ascending in a group.

    >>> where = np.array([0, 3, 5]), np.array([7, 8, 7, 8, 8], np.uint64)
    >>> [x.tolist() for x in nth_sights(*where, np.array([1, 2]))]
    [[0, 0, 1], [0, 1, 4]]
    """
    room = max(1024, values.size // 16)
    found = _nth(bounds, values, need, np.empty(room, np.int32), np.empty(room, np.int64))
    return found[0], found[1]


def first_rows(code: npt.NDArray[np.integer], n_codes: int, absent: int) -> I64:
    """``(n_codes,)`` the first row of each code, ``absent`` where there is none.

    Args:
        code: ``(n,)`` the code of each row; -1 stands for the last one.
        n_codes: how many codes there are.
        absent: what is said of a code that no row has.

    >>> first_rows(np.array([1, 0, 1, -1], np.int32), 4, -1).tolist()
    [1, 0, -1, 3]
    """
    out = np.full(n_codes, absent, np.int64)
    for block in reversed(list(blocks(code.size))):
        out[code[block][::-1]] = np.arange(block.stop - 1, block.start - 1, -1)
    return out


def some_groups(bounds: I64, n_rows: int = SOME_ROWS) -> Iterator[tuple[int, int]]:
    """Neighbouring groups that together have as many rows as are gone through at a time.

    Args:
        bounds: ``(n_groups + 1,)`` where the rows of each group start.
        n_rows: how many those are.

    Returns:
        the first group and the one after the last; a group with more rows is alone.
    """
    lo = 0
    while lo < bounds.size - 1:
        hi = int(np.searchsorted(bounds, bounds[lo] + n_rows, "right")) - 1
        yield lo, max(hi, lo + 1)
        lo = max(hi, lo + 1)


def first_marks(
    order: I32, bounds: I64, key: Callable[[I32], U64], out: npt.NDArray[np.bool_]
) -> None:
    """Mark each row that is the first of its group with its key.

    Args:
        order, bounds: rows of each group, see :func:`by_group`.
        key: gives the keys of some rows.
        out: ``(n,)`` of every row; marks are added.
    """
    for lo, hi in some_groups(bounds):
        rows = order[bounds[lo] : bounds[hi]]
        starts = bounds[lo : hi + 1] - bounds[lo]
        _, index = nth_sights(starts, key(rows), np.ones(hi - lo, np.int64))
        out[rows[index]] = True


def mixed(*columns: npt.NDArray[np.generic]) -> U64:
    """One hash ``(n,)`` of the values in ``columns`` (integers)."""
    out = np.full(columns[0].size, 0xA0761D6478BD642F, np.uint64)
    for lo in range(0, out.size, _BLOCK):
        part = out[lo : lo + _BLOCK]
        for column in columns:
            part ^= column[lo : lo + _BLOCK].astype(np.int64).view(np.uint64)
            part *= np.uint64(0xFF51AFD7ED558CCD)
            part ^= part >> np.uint64(32)
    return out
