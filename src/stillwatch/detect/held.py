"""Held: the links that hold at one moment of the replay, by key and by node.

A link may cease to hold, so they are laid out anew at each look, in one compiled pass. A key
that fewer than two nodes hold is held by nobody: whether somebody else will come to hold it is
not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.looks import LooksOfLinks

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Held:
    """Links at a moment; keys are those of the window.

    Attributes:
        kind: ``(n_keys,)`` index in ``KINDS`` of each key.
        key: ``(n_keys,)`` the keyed hash that names it.
        offsets: ``(n_keys + 1,)`` where a key's rows start.
        node: ``(n_rows,)`` who has the trait, in the order in which that became known.
        trait_offsets, trait_key: keys of each node, ascending, as a CSR over nodes.
        room: where the last four stand, with room for all links of the window.
    """

    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    trait_offsets: I64
    trait_key: I32
    room: tuple[I64, I32, I64, I32]

    @property
    def df(self) -> I64:
        """``(n_keys,)`` how many nodes hold each key."""
        return np.diff(self.offsets)

    def among(self, nodes: I64) -> tuple[I64, I32]:
        """Offsets ``(n_keys + 1,)`` and holders of each key, those among some nodes alone.

        Args:
            nodes: ascending.
        """
        lo, hi = self.trait_offsets[nodes], self.trait_offsets[nodes + 1]
        key = self.trait_key[spread(lo, hi - lo)]
        who = np.repeat(nodes.astype(np.int32), hi - lo)
        offsets = np.zeros(self.offsets.size, np.int64)
        np.cumsum(np.bincount(key, minlength=self.key.size), out=offsets[1:])
        return offsets, who[np.argsort(key, kind="stable")]


def spread(starts: npt.NDArray[np.integer], sizes: npt.NDArray[np.integer]) -> I64:
    """Positions of all items of some runs, run after run.

    >>> spread(np.array([4, 9]), np.array([2, 3])).tolist()
    [4, 5, 9, 10, 11]
    """
    before = np.cumsum(sizes) - sizes
    out: I64 = np.repeat(starts - before, sizes) + np.arange(int(sizes.sum()))
    return out


@nb.njit(cache=True, nogil=True)
def _holding(offsets, node, first, last, look, ends, held):  # type: ignore[no-untyped-def]
    """Nodes of rows that hold at a look, without those of keys that have one alone."""
    n = 0
    for k in range(offsets.size - 1):
        start = n
        for i in range(offsets[k], offsets[k + 1]):
            if first[i] > look:
                break
            if last[i] >= look:
                held[n] = node[i]
                n += 1
        if n - start < 2:
            n = start
        ends[k + 1] = n
    return n


@nb.njit(cache=True, nogil=True)
def _by_node(offsets, node, trait_offsets, trait_key):  # type: ignore[no-untyped-def]
    trait_offsets[:] = 0
    for i in range(node.size):
        trait_offsets[node[i] + 1] += 1
    for n in range(trait_offsets.size - 1):
        trait_offsets[n + 1] += trait_offsets[n]
    at = trait_offsets[:-1].copy()
    for k in range(offsets.size - 1):
        for i in range(offsets[k], offsets[k + 1]):
            trait_key[at[node[i]]] = k
            at[node[i]] += 1


def held_at(links: LooksOfLinks, look: int, n_nodes: int, before: Held | None = None) -> Held:
    """The links that hold at a look.

    Args:
        links: of a window.
        look: which one, from 1 on; at 0 nothing is known.
        n_nodes: how many nodes there are.
        before: what held at another look, if that is over: it is written over.
    """
    every = _room_for(links, n_nodes) if before is None else before.room
    offsets, node, trait_offsets, trait_key = every
    n = int(_holding(links.offsets, links.node, links.first, links.last, look, offsets, node))
    _by_node(offsets, node[:n], trait_offsets, trait_key[:n])
    laid_out = offsets, node[:n], trait_offsets, trait_key[:n]
    return Held(links.kind, links.key, *laid_out, every)


def _room_for(links: LooksOfLinks, n_nodes: int) -> tuple[I64, I32, I64, I32]:
    """Room for all links, laid out by key and by node; of it so much is used as held once."""
    offsets, trait_offsets = (np.zeros(n + 1, np.int64) for n in (links.key.size, n_nodes))
    return offsets, np.empty_like(links.node), trait_offsets, np.empty_like(links.node)
