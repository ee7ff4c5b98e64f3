"""Where the accounts of a cluster are drawn, and which of them when there are too many.

The layout is a force layout in numpy with element-wise operations alone, so that the
same graph gives the same coordinates. Distance on the page means closeness of links
and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_NODES = 600
MAX_EDGES = 2400
_N_SEEDS = 10
_FOLLOW = 4
_MOST_BITS = 1e4  # keeps sums finite, far beyond any real weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links of a graph: ``ends`` is (n_links, 2) node numbers, ``bits`` their weights."""

    ends: Ints
    bits: Floats


def read_links(edges: Sequence[object], n_nodes: int) -> tuple[Links, list[object]]:
    """Links and their families out of ``[i, j, bits, family]`` rows.

    A row that names no node, joins a node with itself or has no weight is left out.
    """
    ends: list[tuple[int, int]] = []
    bits: list[float] = []
    families: list[object] = []
    for row in edges:
        if not isinstance(row, list | tuple) or len(row) < 3:
            continue
        i, j, weight = row[0], row[1], row[2]
        if not (_is_node(i, n_nodes) and _is_node(j, n_nodes)) or i == j:
            continue
        if isinstance(weight, bool) or not isinstance(weight, int | float):
            continue
        ends.append((i, j))
        bits.append(0.0 if math.isnan(weight) else max(-_MOST_BITS, min(_MOST_BITS, weight)))
        families.append(row[3] if len(row) > 3 else None)
    return Links(
        ends=np.array(ends, dtype=np.int64).reshape(-1, 2), bits=np.array(bits, dtype=np.float64)
    ), families


def _is_node(value: object, n_nodes: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < n_nodes


def choose_nodes(links: Links, n_nodes: int, n_wanted: int = MAX_NODES) -> Ints:
    """Node numbers to draw: all, or a sample grown along the strongest links.

    Evenly spaced accounts start the sample; it grows breadth-first over the few
    strongest links of each account it holds, and accounts evenly spaced among those
    left fill it where the links give out.

    Returns:
        Sorted node numbers, ``min(n_nodes, n_wanted)`` of them.
    """
    if n_nodes <= n_wanted:
        return np.arange(n_nodes, dtype=np.int64)
    near = _neighbours(links, n_nodes)
    chosen: dict[int, None] = {}
    queue = [int(k) for k in np.linspace(0, n_nodes - 1, _N_SEEDS)]
    position = 0
    while position < len(queue) and len(chosen) < n_wanted:
        node = queue[position]
        position += 1
        if node in chosen:
            continue
        chosen[node] = None
        queue.extend(near[node][:_FOLLOW])
    left = [node for node in range(n_nodes) if node not in chosen]
    n_short = n_wanted - len(chosen)
    if n_short > 0:
        picks = np.linspace(0, len(left) - 1, n_short).astype(np.int64)
        chosen.update(dict.fromkeys(left[int(k)] for k in picks))
    return np.array(sorted(chosen), dtype=np.int64)


def _neighbours(links: Links, n_nodes: int) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in range(n_nodes)]
    for k in np.argsort(-links.bits, kind="stable"):
        i, j = (int(end) for end in links.ends[k])
        near[i].append(j)
        near[j].append(i)
    return near


def place(links: Links, n_nodes: int, n_steps: int = 260) -> Floats:
    """Coordinates by attraction along links and repulsion between all accounts.

    Args:
        links: links among nodes 0 to ``n_nodes - 1``; weights in bits, any sign.
        n_nodes: number of nodes, at most about 1,000 (memory grows with its square).
        n_steps: steps of the cooling schedule.

    Returns:
        (n_nodes, 2) coordinates, centred, the farthest at distance 1; finite.
    """
    if n_nodes == 0:
        return np.zeros((0, 2))
    spot = _sunflower(links, n_nodes)
    pull = _pull(links)
    spring = 1.0 / np.sqrt(n_nodes)
    repel = _Repulsion(n_nodes, float(spring))
    source, target = links.ends[:, 0], links.ends[:, 1]
    for step in range(n_steps):
        force = repel(spot)
        gap = spot[target] - spot[source]
        drawn = gap * (pull * np.hypot(gap[:, 0], gap[:, 1]) / spring)[:, None]
        for axis in (0, 1):
            force[:, axis] += np.bincount(source, drawn[:, axis], n_nodes)
            force[:, axis] -= np.bincount(target, drawn[:, axis], n_nodes)
        force -= spot * (0.9 * spring * np.sqrt(n_nodes))
        size = np.hypot(force[:, 0], force[:, 1])
        cooling = 0.12 * (1.0 - step / n_steps) ** 1.5 + 0.0005
        spot = spot + force * (np.minimum(size, cooling) / np.maximum(size, 1e-12))[:, None]
    spot = spot - spot.mean(axis=0)
    return np.asarray(spot / max(float(np.hypot(spot[:, 0], spot[:, 1]).max()), 1e-9))


def _sunflower(links: Links, n_nodes: int) -> Floats:
    """A start that is even and depends on the graph alone: the most linked in the middle."""
    degree = np.bincount(links.ends.ravel(), minlength=n_nodes)
    rank = np.empty(n_nodes)
    rank[np.argsort(-degree, kind="stable")] = np.arange(n_nodes)
    radius = np.sqrt((rank + 0.5) / n_nodes)
    angle = rank * (np.pi * (3.0 - np.sqrt(5.0)))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _pull(links: Links) -> Floats:
    """Strength of each link, about 1 for the median weight, less where ends are crowded."""
    if not len(links.bits):
        return np.zeros(0)
    degree = np.bincount(links.ends.ravel()).astype(np.float64)
    weight = np.clip(links.bits, 0.0, None)
    weight = np.clip(weight / max(float(np.median(weight)), 1e-9), 0.1, 3.0)
    crowd = np.minimum(degree[links.ends[:, 0]], degree[links.ends[:, 1]])
    return np.asarray(3.0 * weight / np.sqrt(np.maximum(crowd, 1.0)))


class _Repulsion:
    """Force on each node away from all others, falling with distance.

    The three (n_nodes, n_nodes) buffers are kept from step to step: fresh ones would
    cost four times as long.
    """

    def __init__(self, n_nodes: int, spring: float) -> None:
        shape = (n_nodes, n_nodes)
        self._gaps = [np.empty(shape, np.float32), np.empty(shape, np.float32)]
        self._inverse, self._square = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._near, self._strength = np.float32((0.01 * spring) ** 2), np.float32(spring**2)

    def __call__(self, spot: Floats) -> Floats:
        """(n_nodes, 2) forces for (n_nodes, 2) places."""
        inverse = self._inverse
        for axis, gap in enumerate(self._gaps):
            line = spot[:, axis].astype(np.float32)
            np.subtract(line[:, None], line, out=gap)
            np.multiply(gap, gap, out=self._square if axis else inverse)
        inverse += self._square
        np.maximum(inverse, self._near, out=inverse)
        np.divide(self._strength, inverse, out=inverse)
        for gap in self._gaps:
            np.multiply(gap, inverse, out=gap)
        return np.column_stack([gap.sum(axis=1) for gap in self._gaps]).astype(np.float64)
