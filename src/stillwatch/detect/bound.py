"""Bound nodes: those whom reasoning blocks or echoes join, one to the next, as they come.

A signed block or a span that the model gave to one account joins two accounts for good,
and seldom more than two: no single key is held by a pool. The pool is the component.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.gathering import Packed
from stillwatch.detect.links import KIND_ID, Links

I64 = npt.NDArray[np.int64]

#: kinds of links that bind: nobody comes upon such a thing by chance.
BINDING = ("replayed_reasoning", "echo")


@nb.njit(cache=True)
def _root(parent, node):  # type: ignore[no-untyped-def]
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@nb.njit(cache=True)
def _bind(parent, first, key, node):  # type: ignore[no-untyped-def]
    """Join each node to the first holder of its key; the lesser root stays."""
    for i in range(key.size):
        if first[key[i]] < 0:
            first[key[i]] = node[i]
            continue
        a, b = _root(parent, first[key[i]]), _root(parent, node[i])
        parent[max(a, b)] = min(a, b)


@nb.njit(cache=True)
def _roots(parent, nodes):  # type: ignore[no-untyped-def]
    out = np.empty(nodes.size, np.int64)
    for i in range(nodes.size):
        out[i] = _root(parent, nodes[i])
    return out


@dataclass(slots=True)
class Bound:
    """Components of the nodes that binding links join, kept while the window is replayed.

    Attributes:
        kind: ``KINDS`` index that its groups are found by.
        fresh: nodes of components of two or more that grew before ``groups`` was last asked.
    """

    links: Links
    n_nodes: int
    kind: int = KIND_ID[BINDING[0]]
    fresh: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    _key: I64 = field(init=False)
    _node: I64 = field(init=False)
    _known_us: I64 = field(init=False)
    _parent: I64 = field(init=False)
    _first: I64 = field(init=False)
    _done: int = 0

    def __post_init__(self) -> None:
        """Lay out the binding rows in order of time."""
        kinds = [KIND_ID[name] for name in BINDING]
        keys = np.flatnonzero(np.isin(self.links.kind, kinds))
        sizes = self.links.offsets[keys + 1] - self.links.offsets[keys]
        starts = np.repeat(self.links.offsets[keys] - (np.cumsum(sizes) - sizes), sizes)
        rows = starts + np.arange(sizes.sum())
        order = np.lexsort((self.links.node[rows], self.links.known_us[rows]))
        self._key = np.repeat(np.arange(keys.size), sizes)[order]
        self._node = self.links.node[rows][order].astype(np.int64)
        self._known_us = self.links.known_us[rows][order]
        self._parent = np.arange(self.n_nodes)
        self._first = np.full(keys.size, -1, np.int64)

    def has_news(self, until_us: int) -> bool:
        """Whether a binding link became known before a moment, since ``groups`` was asked."""
        return self._done < self._known_us.size and bool(self._known_us[self._done] < until_us)

    def groups(self, until_us: int, least: int) -> Packed:
        """Components with a link that became known since the last call.

        Args:
            until_us: only links known before this moment count.
            least: nodes that a component must have.
        """
        end = int(np.searchsorted(self._known_us, until_us))
        new = slice(self._done, end)
        _bind(self._parent, self._first, self._key[new], self._node[new])
        touched = np.unique(_roots(self._parent, self._node[new]))
        self._done = end
        nodes = np.unique(self._node[:end])
        root = _roots(self._parent, nodes)
        grown = np.isin(root, touched)
        order = np.argsort(root[grown], kind="stable")
        _, sizes = np.unique(root[grown], return_counts=True)
        offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
        every = Packed(offsets, nodes[grown][order])
        self.fresh = np.sort(every.take(np.flatnonzero(sizes > 1)).nodes)
        return every.take(np.flatnonzero(sizes >= least))
