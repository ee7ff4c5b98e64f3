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
        known_us: ``(n_rows,)`` since when it is.
        trait_offsets, trait_key: keys of each node, ascending, as a CSR over nodes.
    """

    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    known_us: I64
    trait_offsets: I64
    trait_key: I64

    @property
    def df(self) -> I64:
        """``(n_keys,)`` how many nodes hold each key."""
        return np.diff(self.offsets)


@nb.njit(cache=True, nogil=True)
def _holding(offsets, known, until, now, ends, rows):  # type: ignore[no-untyped-def]
    """Rows that hold at a moment, without those of keys that have one alone."""
    n = 0
    for k in range(offsets.size - 1):
        start = n
        for i in range(offsets[k], offsets[k + 1]):
            if known[i] >= now:
                break
            if until[i] >= now:
                rows[n] = i
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
    offsets, rows = np.zeros_like(links.offsets), np.empty(links.node.size, np.int64)
    n = int(_holding(links.offsets, links.known_us, links.until_us, now_us, offsets, rows))
    node, known_us = links.node[rows[:n]], links.known_us[rows[:n]]
    trait_offsets, trait_key = np.zeros(n_nodes + 1, np.int64), np.empty(n, np.int64)
    _by_node(offsets, node, trait_offsets, trait_key)
    return Held(links.kind, links.key, offsets, node, known_us, trait_offsets, trait_key)


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
