"""Spells: from which exchange to which a value stands in enough of a group's lists.

Both the lists of a group and those with a value are counted as they come, so that a spell is
over when the lists have grown and the value has not come again. Nothing after it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: of up to so many lists, one with a value is enough.
FEW = 4
#: of more lists, one in so many must have it, and two at least; in halves of a list.
ONE_IN_HALVES = 25
#: slots of the table before it has to grow within a group.
_SLOTS = 1 << 12
#: counters by which values that come once are sifted out, and lists from which that is worth it.
_COUNTER_BITS = 13
_SIFTED_FROM = 8
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_SHIFT = np.uint64(64 - _COUNTER_BITS)


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells ``(n,)``, group by group.

    Attributes:
        group: whose.
        index: position of the value with which each begins.
        over: list at which each is over, -1 where it is not.
    """

    group: I32
    index: I64
    over: I64


@nb.njit(cache=True, nogil=True)
def enough(n_lists):  # type: ignore[no-untyped-def]
    """Of so many lists, how many must have a value.

    >>> [enough(n) for n in (1, 4, 5, 25, 26, 100)]
    [1, 1, 2, 2, 3, 8]
    """
    if n_lists <= FEW:
        return 1
    return max(2, (2 * n_lists + ONE_IN_HALVES - 1) // ONE_IN_HALVES)


@nb.njit(cache=True, nogil=True)
def lasts_until(times):  # type: ignore[no-untyped-def]
    """The most lists of which so many are enough.

    >>> [lasts_until(n) for n in (1, 2, 3, 8)]
    [4, 25, 37, 100]
    """
    return FEW if times < 2 else ONE_IN_HALVES * times // 2


@nb.njit(cache=True, nogil=True)
def _slot(mark, keys, value, group):  # type: ignore[no-untyped-def]
    """Where a value of a group stands, or would stand."""
    mask = np.uint64(mark.size - 1)
    s = ((value * _SPREAD) >> _HALF) & mask
    while mark[s] == group and keys[s] != value:
        s = (s + np.uint64(1)) & mask
    return s


@nb.njit(cache=True, nogil=True)
def _count(values, counts):  # type: ignore[no-untyped-def]
    """Count values by counters that several share."""
    counts[:] = 0
    for i in range(values.size):
        counts[(values[i] * _SPREAD) >> _SHIFT] += 1


@nb.njit(cache=True, nogil=True)
def _wider(mark, keys, slots, group):  # type: ignore[no-untyped-def]
    """Twice the slots, with what stands in those of a group."""
    size = 2 * mark.size
    more_mark = np.zeros(size, np.int32)
    more_keys = np.empty(size, np.uint64)
    more_slots = np.empty((size, 3), np.int64)
    for old in range(mark.size):
        if mark[old] == group:
            s = _slot(more_mark, more_keys, keys[old], group)
            more_mark[s], more_keys[s], more_slots[s] = group, keys[old], slots[old]
    return more_mark, more_keys, more_slots


@nb.njit(cache=True, nogil=True)
def _longer(values):  # type: ignore[no-untyped-def]
    return np.concatenate((values, np.empty_like(values)))


@nb.njit(cache=True, nogil=True)
def _spells(bounds, turn, ends, values, out_group, out_index, out_times):  # type: ignore[no-untyped-def]
    """Fill the outputs, which may grow: group, value at the start, times seen at the end."""
    table = np.zeros(_SLOTS, np.int32), np.empty(_SLOTS, np.uint64), np.empty((_SLOTS, 3), np.int64)
    counts = np.zeros(1 << _COUNTER_BITS, np.int32)
    n_out = 0
    for g in range(bounds.size - 1):
        lo, hi = bounds[g], bounds[g + 1]
        stamp = g + 1
        mark, keys, slots = table
        n_held = 0
        sifted = hi - lo >= _SIFTED_FROM
        if sifted:
            _count(values[ends[lo] : ends[hi]], counts)
        for one in range(lo, hi):
            nth = turn[one]
            need = enough(nth)
            for i in range(ends[one], ends[one + 1]):
                value = values[i]
                if sifted and nth > FEW and counts[(value * _SPREAD) >> _SHIFT] < 2:
                    continue
                s = _slot(mark, keys, value, stamp)
                if mark[s] != stamp:
                    mark[s], keys[s] = stamp, value
                    slots[s, 0], slots[s, 1], slots[s, 2] = 0, -1, 0
                    n_held += 1
                if slots[s, 2] == nth:
                    continue
                slots[s, 2] = nth
                slots[s, 0] += 1
                times, spell = slots[s, 0], slots[s, 1]
                if times >= need:
                    if spell < 0 or nth - 1 > lasts_until(out_times[spell]):
                        if n_out == out_group.size:
                            out_group = _longer(out_group)
                            out_index = _longer(out_index)
                            out_times = _longer(out_times)
                        out_group[n_out], out_index[n_out] = g, i
                        slots[s, 1] = spell = n_out
                        n_out += 1
                    out_times[spell] = times
                if 2 * n_held >= mark.size:
                    mark, keys, slots = _wider(mark, keys, slots, stamp)
    return out_group[:n_out], out_index[:n_out], out_times[:n_out]


@nb.njit(cache=True, nogil=True)
def _ends_of(bounds, turn, group, times, over):  # type: ignore[no-untyped-def]
    """The list of each group at which it has more lists than those times are enough for."""
    for i in range(group.size):
        lo, hi = bounds[group[i]], bounds[group[i] + 1]
        wanted = lasts_until(times[i]) + 1
        over[i] = -1
        if turn[hi - 1] >= wanted:
            at = lo + np.searchsorted(turn[lo:hi], wanted)
            over[i] = at


def spells_of(bounds: I64, turn: I64, ends: I64, values: U64) -> Spells:
    """When values stand in enough of the lists that their group has had by then.

    Args:
        bounds: ``(n_groups + 1,)`` where the lists of each group start.
        turn: ``(n_lists,)`` the how manieth of its group each list is, from 1 on, ascending;
            lists of one number are parts of one.
        ends: ``(n_lists + 1,)`` where the values of each list start.
        values: hashes, list after list.

    >>> turn = np.arange(1, 7)
    >>> spells = spells_of(np.array([0, 6]), turn, np.arange(7), np.array([7, 7, 8, 9, 7, 9]))
    >>> [x.tolist() for x in (spells.group, spells.index, spells.over)]
    [[0, 0, 0, 0], [0, 2, 3, 5], [-1, 4, 4, -1]]
    """
    room = max(1024, values.size // 8)
    out = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int64)
    group, index, times = _spells(bounds, turn, ends, values.astype(np.uint64), *out)
    over = np.empty(group.size, np.int64)
    _ends_of(bounds, turn, group, times, over)
    return Spells(group, index, over)
