"""Numbering: different hashes get numbers in the order in which they come."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

I32 = npt.NDArray[np.int32]
U64 = npt.NDArray[np.uint64]

_LEAST = 1 << 10


@nb.njit(cache=True, nogil=True)
def _number(values, slots, known, n_known, code):  # type: ignore[no-untyped-def]
    """Number values, going on from those known; gives how many are known then."""
    mask = np.uint64(slots.size - 1)
    for i in range(values.size):
        s = ((values[i] * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
        while slots[s] >= 0 and known[slots[s]] != values[i]:
            s = (s + np.uint64(1)) & mask
        if slots[s] < 0:
            slots[s] = n_known
            known[n_known] = values[i]
            n_known += 1
        code[i] = slots[s]
    return n_known


class Numbers:
    """Numbers of hashes, which grow by those that are new.

    >>> numbers = Numbers()
    >>> numbers.take(np.array([7, 9, 7], np.uint64)).tolist(), numbers.known.tolist()
    ([0, 1, 0], [7, 9])
    """

    def __init__(self) -> None:
        """Know none."""
        self._known = np.empty(_LEAST, np.uint64)
        self._slots = np.full(2 * _LEAST, -1, np.int32)
        self._n = 0

    @property
    def known(self) -> U64:
        """``(n,)`` the hash of each number."""
        return self._known[: self._n]

    def take(self, values: U64) -> I32:
        """``(n,)`` the number of each value."""
        if self._known.size < self._n + values.size:
            size = 1 << (self._n + values.size - 1).bit_length()
            before, self._known = self.known, np.empty(size, np.uint64)
            self._slots = np.full(2 * size, -1, np.int32)
            _number(before, self._slots, self._known, 0, np.empty(self._n, np.int32))
        code = np.empty(values.size, np.int32)
        self._n = _number(values, self._slots, self._known, self._n, code)
        return code
