"""Pairs: how often each value comes with each of something else, of millions of exchanges.

What is made on the way is as small as it can be: the largest campaign sends ten million.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]


@nb.njit(cache=True, nogil=True)
def _runs(both, n_others, values, place, others, times):  # type: ignore[no-untyped-def]
    """Take ascending pairs apart; gives how many differ, and how many of their values."""
    n, n_values = 0, 0
    for i in range(both.size):
        if i and both[i] == both[i - 1]:
            times[n - 1] += 1
            continue
        value = both[i] // n_others
        if n_values == 0 or values[n_values - 1] != value:
            values[n_values] = value
            n_values += 1
        place[n], others[n], times[n] = n_values - 1, both[i] % n_others, 1
        n += 1
    return n, n_values


@nb.njit(cache=True, nogil=True)
def _together(place, span, times, out):  # type: ignore[no-untyped-def]
    """Add up how often two uses of one value are in each two spans, a use with itself left out."""
    begin = 0
    for i in range(place.size):
        if i and place[i] != place[i - 1]:
            begin = i
        for j in range(begin, i):
            out[span[i], span[j]] += times[i] * times[j]
            out[span[j], span[i]] += times[i] * times[j]
        out[span[i], span[i]] += times[i] * (times[i] - 1.0)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Different pairs of a value and something else, in order, and how often each comes.

    Attributes:
        values: ``(n_values,)`` the values that differ, ascending.
        place: ``(n_pairs,)`` the position in ``values`` of each.
        others, times: ``(n_pairs,)`` the other half of each, and how often it comes.
    """

    values: I32
    place: I32
    others: I32
    times: I32

    @classmethod
    def of(cls, values: I32, others: npt.NDArray[np.integer], n_others: int) -> Pairs:
        """Count pairs of two columns ``(m,)`` that are not below 0, ``others`` below a number."""
        both = values.astype(np.int64)
        both *= n_others
        both += others
        both.sort()
        found, place, other, times = (np.empty(both.size, np.int32) for _ in range(4))
        n, n_values = _runs(both, n_others, found, place, other, times)
        del both
        return cls(found[:n_values].copy(), place[:n].copy(), other[:n].copy(), times[:n].copy())

    def without(self, dropped: npt.NDArray[np.bool_]) -> Pairs:
        """The pairs of the values that are not dropped."""
        if not dropped.any():
            return self
        kept = ~dropped[self.place]
        renamed = (np.cumsum(~dropped) - 1).astype(np.int32)
        return Pairs(
            self.values[~dropped],
            renamed[self.place[kept]],
            self.others[kept],
            self.times[kept],
        )

    def together(self, n_others: int) -> F64:
        """``(n_others, n_others)`` pairs of two uses of one value, by what they came with.

        Ordered pairs; no use is paired with itself.
        """
        out = np.zeros((n_others, n_others))
        _together(self.place, self.others, self.times, out)
        return out
