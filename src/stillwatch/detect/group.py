"""Group: some nodes at one moment of the replay, as the signals see them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.detect.state import State, rows_of, traits_of

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: expected exchanges in a silence after which a pool member counts as ended.
SILENT = 12.0


@dataclass(slots=True)
class Group:
    """Nodes under test.

    Attributes:
        state: what is known so far.
        nodes: ``(n,)`` sorted positions of nodes.
        found_by: kind of link that brought the group together ("" for communities).
        found_key: position of the key in ``links.key``, -1 if none.
        parent: the larger group of which this is a bunch, if it is one.
    """

    state: State
    nodes: I64
    found_by: str = ""
    found_key: int = -1
    parent: I64 | None = None
    _rows: I64 | None = None
    _alive: tuple[I64, I64] | None = None
    notes: dict[str, float] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """How many nodes."""
        return int(self.nodes.size)

    @property
    def rows(self) -> I64:
        """Positions of the group's exchanges so far."""
        if self._rows is None:
            self._rows = rows_of(self.state.window, self.nodes, self.state.now_us)
        return self._rows

    def traits(self, kind: str) -> tuple[I64, I64]:
        """Keys of one kind: positions in ``nodes``, positions in ``links.key``."""
        who, key = traits_of(self.state.window, self.nodes, kind, self.state.now_us)
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

        A member starts with the group or when it was opened; it ends when it was
        turned away for good.
        """
        if self._alive is not None:
            return self._alive
        s, w = self.state, self.state.window
        sent = w.first_us[self.nodes]
        start = int((sent.min() - w.start_us) // w.step_us)
        opened = w.population.opened_us[self.nodes]
        first = np.where(opened >= 0, (opened - w.start_us) // w.step_us, start)
        first = np.clip(first, start, s.looks - 1)
        begun = np.clip((sent - w.start_us) // w.step_us, 0, s.looks - 1)
        first = np.minimum(first, begun)
        last = np.where(s.shut[self.nodes], s.last_bin[self.nodes], s.looks - 1)
        self._alive = first.astype(np.int64), np.maximum(last, first).astype(np.int64)
        return self._alive
