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

from stillwatch.detect.links import Links

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
    """

    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    trait_offsets: I64
    trait_key: I32

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
def _holding(offsets, node, known, until, now, ends, held):  # type: ignore[no-untyped-def]
    """Nodes of rows that hold at a moment, without those of keys that have one alone."""
    n = 0
    for k in range(offsets.size - 1):
        start = n
        for i in range(offsets[k], offsets[k + 1]):
            if known[i] >= now:
                break
            if until[i] >= now:
                held[n] = node[i]
                n += 1
        if n - start < 2:
            n = start
        ends[k + 1] = n
    return n


@nb.njit(cache=True, nogil=True)
def _by_node(offsets, node, trait_offsets, trait_key):  # type: ignore[no-untyped-def]
    for i in range(node.size):
        trait_offsets[node[i] + 1] += 1
    for n in range(trait_offsets.size - 1):
        trait_offsets[n + 1] += trait_offsets[n]
    at = trait_offsets[:-1].copy()
    for k in range(offsets.size - 1):
        for i in range(offsets[k], offsets[k + 1]):
            trait_key[at[node[i]]] = k
            at[node[i]] += 1


def held_at(links: Links, now_us: int, n_nodes: int) -> Held:
    """The links that hold for a look at a moment."""
    offsets, held = np.zeros_like(links.offsets), np.empty_like(links.node)
    told = links.offsets, links.node, links.known_us, links.until_us
    node = held[: int(_holding(*told, now_us, offsets, held))].copy()
    trait_offsets, trait_key = np.zeros(n_nodes + 1, np.int64), np.empty(node.size, np.int32)
    _by_node(offsets, node, trait_offsets, trait_key)
    return Held(links.kind, links.key, offsets, node, trait_offsets, trait_key)


def seen_at_looks(links: Links, start_us: int, step_us: int) -> Links:
    """The rows that hold at a look at least, looks being taken a step apart."""
    first_look = links.known_us - (links.known_us - start_us) % step_us + step_us
    seen = links.until_us >= first_look
    if seen.all():
        return links
    ends = np.concatenate(([0], np.cumsum(seen)))[links.offsets]
    sizes = np.diff(ends)
    kept = sizes > 1
    seen &= np.repeat(kept, np.diff(links.offsets))
    return Links(
        kind=links.kind[kept],
        key=links.key[kept],
        offsets=np.concatenate(([0], np.cumsum(sizes[kept]))).astype(np.int64),
        node=links.node[seen],
        known_us=links.known_us[seen],
        until_us=links.until_us[seen],
    )
