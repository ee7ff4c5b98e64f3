"""Of nodes: the exchanges that some nodes sent, and the traits that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.held import Held, spread

if TYPE_CHECKING:
    from stillwatch.detect.state import Window

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]


@nb.njit(cache=True, nogil=True)
def _rows_of(nodes, offsets, order, end, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` with rows of some nodes before ``end``; gives how many."""
    n = 0
    for node in nodes:
        for i in range(offsets[node], offsets[node + 1]):
            if order[i] >= end:
                break
            out[n] = order[i]
            n += 1
    return n


def rows_of(window: Window, nodes: I64, end: int) -> I32:
    """Positions of the exchanges of ``nodes`` among the first ``end``, by node."""
    offsets = window.row_offsets
    rows = np.empty(int((offsets[nodes + 1] - offsets[nodes]).sum()), np.int32)
    n = _rows_of(nodes, offsets, window.row_order, end, rows)
    return rows if n == rows.size else rows[:n].copy()


def traits_of(held: Held, nodes: I64) -> dict[int, tuple[I64, I64]]:
    """Keys that ``nodes`` hold, by kind.

    Returns:
        number of a kind to ``(m,)`` positions in ``nodes`` and ``(m,)`` positions in
        ``held.key``, ascending by position in ``nodes``; kinds without any are absent.
    """
    lo, hi = held.trait_offsets[nodes], held.trait_offsets[nodes + 1]
    key = held.trait_key[spread(lo, hi - lo)].astype(np.int64)
    who = np.repeat(np.arange(nodes.size), hi - lo)
    kind = held.kind[key]
    order = np.argsort(kind, kind="stable")
    cuts = np.flatnonzero(np.diff(kind[order])) + 1
    parts = zip(np.split(who[order], cuts), np.split(key[order], cuts), strict=True)
    return {int(held.kind[keys[0]]): (mine, keys) for mine, keys in parts if keys.size}
