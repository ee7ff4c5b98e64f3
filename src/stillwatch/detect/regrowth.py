"""Regrowth: whether a named thing has grown since it was last looked at."""

from __future__ import annotations

from dataclasses import dataclass, field

import numba as nb
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
U64 = npt.NDArray[np.uint64]

_LEAST_SLOTS = 1 << 12


@nb.njit(cache=True)
def _remember(slots, volumes, names, totals, factor, grown):  # type: ignore[no-untyped-def]
    mask = np.uint64(slots.size - 1)
    n_new = 0
    for i in range(names.size):
        name = max(names[i], np.uint64(1))
        s = (name * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20) & mask
        while slots[s] != 0 and slots[s] != name:
            s = (s + np.uint64(1)) & mask
        if slots[s] == 0:
            slots[s] = name
            n_new += 1
        elif totals[i] < factor * volumes[s]:
            continue
        volumes[s] = totals[i]
        grown[i] = True
    return n_new


@dataclass(slots=True)
class Volumes:
    """The volume at which each named thing was last looked at."""

    _slots: U64 = field(default_factory=lambda: np.zeros(_LEAST_SLOTS, np.uint64))
    _volumes: F64 = field(default_factory=lambda: np.zeros(_LEAST_SLOTS))
    _n: int = 0

    def grown(self, names: U64, totals: F64, factor: float) -> npt.NDArray[np.bool_]:
        """Which are new or have grown by ``factor``; their volumes are remembered.

        Args:
            names: ``(n,)`` what each is called; of one name twice the later sees the earlier.
            totals: ``(n,)`` volumes.
            factor: >= 1.
        """
        while 2 * (self._n + names.size) > self._slots.size:
            self._double()
        grown = np.zeros(names.size, np.bool_)
        self._n += int(_remember(self._slots, self._volumes, names, totals, factor, grown))
        return grown

    def copy(self) -> Volumes:
        """The same, to be gone on with by itself."""
        return Volumes(self._slots.copy(), self._volumes.copy(), self._n)

    def _double(self) -> None:
        taken = self._slots != 0
        names, volumes = self._slots[taken], self._volumes[taken]
        self._slots = np.zeros(2 * self._slots.size, np.uint64)
        self._volumes = np.zeros(self._slots.size)
        _remember(self._slots, self._volumes, names, volumes, 1.0, np.zeros(names.size, np.bool_))
