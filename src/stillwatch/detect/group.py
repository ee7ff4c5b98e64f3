"""Group: some nodes at one moment of the replay, as the signals see them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.gathering import Packed
from stillwatch.detect.links import KIND_ID
from stillwatch.detect.of_nodes import rows_of, traits_of
from stillwatch.detect.state import State
from stillwatch.stats.pooled_load import lifetimes, probe

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


#: nodes of groups from which on loads are measured by two threads.
MANY_NODES = 4_000
_NO_TRAITS = (np.zeros(0, np.int64), np.zeros(0, np.int64))


@dataclass(slots=True)
class Group:
    """Nodes under test.

    Attributes:
        state: what is known so far.
        nodes: ``(n,)`` sorted positions of nodes: all of the group, or of a large one as many
            as it takes, drawn by lot.
        found_by: kind of link that brought the group together ("" for communities).
        found_key: position of the key in ``links.key``, -1 if none.
        whole: sorted positions of all nodes of the group, where ``nodes`` are some.
        parent: the larger group of which this is a bunch, if it is one.
        ceiling: the most bits that any rival could leave unexplained, and that one hand could
            weigh; see :mod:`stillwatch.detect.ceilings`.
        keeps_terms: readings of it hold the numbers that they follow from.
    """

    state: State
    nodes: I64
    found_by: str = ""
    found_key: int = -1
    whole: I64 | None = None
    parent: I64 | None = None
    ceiling: tuple[float, float] = (np.inf, np.inf)
    keeps_terms: bool = False
    _rows: I32 | None = None
    _alive: tuple[I64, I64] | None = None
    _load: F64 | None = None
    _traits: dict[int, tuple[I64, I64]] | None = None

    @property
    def n(self) -> int:
        """How many nodes."""
        return int(self.nodes.size)

    @property
    def every(self) -> I64:
        """Positions of all nodes of the group."""
        return self.nodes if self.whole is None else self.whole

    @property
    def rows(self) -> I32:
        """Positions of the group's exchanges so far."""
        if self._rows is None:
            self._rows = rows_of(self.state.window, self.nodes, self.state.n_rows)
        return self._rows

    def traits(self, kind: str) -> tuple[I64, I64]:
        """Keys of one kind: positions in ``nodes``, positions in ``links.key``."""
        if self._traits is None:
            self._traits = traits_of(self.state.held, self.nodes)
        who, key = self._traits.get(KIND_ID[kind], _NO_TRAITS)
        if self.found_key >= 0:
            keep = key != self.found_key
            return who[keep], key[keep]
        return who, key

    def of(self, name: str) -> F64:
        """``(n,)`` a running count of the members."""
        return self.state.of(name)[self.nodes]

    @property
    def table(self) -> npt.NDArray[np.int64]:
        """``(n, looks)`` exchanges of each member in each bin so far."""
        return self.state.table[self.nodes][:, : self.state.looks].astype(np.int64)

    def alive(self) -> tuple[I64, I64]:
        """First and last bin ``(n,)`` in which each member could have carried load.

        See :func:`stillwatch.stats.pooled_load.lifetimes`.
        """
        if self._alive is None:
            self._alive = lifetimes(self.nodes, *self.state.lives, self.state.looks)
        return self._alive

    @property
    def load(self) -> F64 | None:
        """What :func:`stillwatch.stats.pooled_load.probe` says, None if too little was sent."""
        if self._load is None:
            alone = Packed(np.array([0, self.n]), self.nodes)
            self._load = probe_groups(self.state, alone, np.array([-np.inf]))[0]
        return None if np.isnan(self._load[0]) else self._load

    def know_load(self, load: F64) -> None:
        """Take what was probed together with other groups."""
        self._load = load


def probe_groups(state: State, groups: Packed, hopeless: F64) -> F64:
    """Measure the loads of many groups.

    Args:
        state: what is known so far.
        groups: nodes of each.
        hopeless: ``(n,)`` bits under which nothing more is asked about a group.

    Returns:
        ``(n, 5)``, see :func:`stillwatch.stats.pooled_load.probe`.
    """
    out = np.zeros((groups.n, 5))
    sent = np.ascontiguousarray(state.of("exchanges"))

    def ask(begin: int, end: int) -> None:
        probe(
            groups.offsets[begin : end + 1],
            groups.nodes,
            state.table,
            sent,
            state.last_bin,
            state.lives,
            state.window.lot,
            state.profile[: state.looks],
            state.own_share,
            hopeless[begin:end],
            out[begin:end],
        )

    if groups.nodes.size < MANY_NODES:
        ask(0, groups.n)
        return out
    half = int(np.searchsorted(groups.offsets, groups.nodes.size // 2))
    with ThreadPoolExecutor(1) as beside:
        first = beside.submit(ask, 0, half)
        ask(half, groups.n)
        first.result()
    return out
