"""Admission: which arriving rows are taken, judged one by one in the order they come.

Rows that were sent too long before the latest row so far are late; rows from the future
would make all others late and are set aside; rows whose id was seen are duplicates. None
of that depends on how rows are cut into commits.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.detect.numbering import Numbers

I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
Mask = npt.NDArray[np.bool_]

#: ids of one generation, and how many generations are remembered.
GENERATION = 1 << 20
N_GENERATIONS = 8
#: a sender's clock may run ahead by so much.
AHEAD_US = 600_000_000


class RecentIds:
    """The last eight million ids or so, at about 20 bytes each.

    What comes again later than that is still counted once: a look drops repeated ids of
    its whole window. Here they are kept from taking up room.
    """

    def __init__(self) -> None:
        """Know none."""
        self._numbers = Numbers()
        self._n = 0
        self._before: deque[U64] = deque(maxlen=N_GENERATIONS - 1)

    def fresh(self, ids: U64) -> Mask:
        """``(n,)`` which ids were not seen before; they are from now on."""
        known = np.zeros(ids.size, bool)
        for generation in self._before:
            place = np.minimum(np.searchsorted(generation, ids), generation.size - 1)
            known |= generation[place] == ids
        new = np.flatnonzero(~known)
        code = self._numbers.take(ids[new])
        first = np.zeros(new.size, bool)
        first[np.unique(code, return_index=True)[1]] = True
        first &= code >= self._n
        self._n = self._numbers.known.size
        if self._n >= GENERATION:
            self._before.append(np.sort(self._numbers.known))
            self._numbers, self._n = Numbers(), 0
        out = np.zeros(ids.size, bool)
        out[new[first]] = True
        return out


@dataclass(slots=True)
class Admission:
    """Judges rows.

    Attributes:
        lateness_us: how long before the latest row a row may have been sent.
        event_us: the latest ``sent_at`` so far.
        ids: what was seen lately.
    """

    lateness_us: int
    event_us: int = 0
    ids: RecentIds = field(default_factory=RecentIds)

    def judge(self, sent_us: I64, ids: U64, now_us: int) -> tuple[Mask, dict[str, int]]:
        """Take rows in.

        Args:
            sent_us: ``(n,)`` when they were sent, in the order in which they came.
            ids: ``(n,)`` digests of their ids.
            now_us: the time of the wall clock.

        Returns:
            ``(n,)`` which rows are taken, and how many were ``late``, ``ahead`` and
            ``duplicate``.
        """
        ahead = sent_us > now_us + AHEAD_US
        sent = np.where(ahead, 0, sent_us)
        latest = np.maximum.accumulate(np.concatenate(([self.event_us], sent)))
        late = (sent_us < latest[:-1] - self.lateness_us) & ~ahead
        self.event_us = int(latest[-1])
        taken = ~(ahead | late)
        within = np.flatnonzero(taken)
        fresh = self.ids.fresh(ids[within])
        taken[within[~fresh]] = False
        counts = {"late": late.sum(), "ahead": ahead.sum(), "duplicate": (~fresh).sum()}
        return taken, {name: int(count) for name, count in counts.items() if count}
