"""Admission: which arriving rows are taken, judged one by one in the order they come.

Rows that were sent too long before the latest row so far are late; rows from the future
would make all others late and are set aside; rows whose id was seen are duplicates. None
of that depends on how rows are cut into commits.

An id is remembered as long as its row would not be late if it came again. So what is
remembered follows from the traffic of a day, not of all time.
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
#: an id is remembered for so long by the traffic's clock, however little rows may be late.
LEAST_US = 3_600_000_000
#: of the time for which an id is remembered, the share after which a generation is full.
_SHARE = 4
_NEVER = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class _Generation:
    """Ids in ascending order, the moment of the traffic when each came, and the last such."""

    ids: U64
    came_us: I64
    latest_us: int

    def known(self, ids: U64, since_us: I64) -> Mask:
        """``(n,)`` which ids came at a moment or after it."""
        place = np.minimum(np.searchsorted(self.ids, ids), self.ids.size - 1)
        found: Mask = (self.ids[place] == ids) & (self.came_us[place] >= since_us)
        return found


class RecentIds:
    """Ids that were taken lately: the last eight million or so at most, at about 20 bytes each.

    What comes again later than that is still counted once: a look drops repeated ids of
    its whole window. Here they are kept from taking up room.

    Args:
        for_us: how long an id is remembered, by the traffic's clock.
    """

    def __init__(self, for_us: int) -> None:
        """Know none."""
        self._for_us = for_us
        self._before: deque[_Generation] = deque(maxlen=N_GENERATIONS - 1)
        self._numbers, self._begun_us = Numbers(), 0
        self._came_us: I64 = np.zeros(1, np.int64)

    def __len__(self) -> int:
        """Ids that are remembered."""
        return self._numbers.known.size + sum(one.ids.size for one in self._before)

    def fresh(self, ids: U64, before_us: I64, after_us: I64) -> Mask:
        """``(n,)`` which ids were not taken lately; they are from now on.

        Args:
            ids: ``(n,)``, as they come.
            before_us, after_us: ``(n,)`` the traffic's clock when each comes, and with it.
        """
        out, begin = np.zeros(ids.size, bool), 0
        while begin < ids.size:
            # within such a piece nothing is forgotten again
            until_us = before_us[begin] + self._for_us
            end = int(np.searchsorted(before_us, until_us, side="right"))
            piece = slice(begin, end)
            out[piece] = self._piece(ids[piece], before_us[piece] - self._for_us, after_us[piece])
            begin = end
        return out

    def _piece(self, ids: U64, since_us: I64, after_us: I64) -> Mask:
        while self._before and self._before[0].latest_us < since_us[0]:
            self._before.popleft()
        known = np.zeros(ids.size, bool)
        for generation in self._before:
            known |= generation.known(ids, since_us)
        code, n_before = np.zeros(ids.size, np.int32), self._numbers.known.size
        code[~known] = self._numbers.take(ids[~known])
        n = self._numbers.known.size
        if not n_before:
            self._begun_us = int(after_us[0])
        if n > self._came_us.size:
            self._came_us = np.resize(self._came_us, 1 << (n - 1).bit_length())
        self._came_us[n_before:n] = _NEVER
        new = np.flatnonzero(~known & (self._came_us[code] < since_us))
        new = new[np.sort(np.unique(code[new], return_index=True)[1])]
        self._came_us[code[new]] = after_us[new]
        out = np.zeros(ids.size, bool)
        out[new] = True
        now_us = int(after_us[-1])
        if n >= GENERATION or now_us - self._begun_us > self._for_us // _SHARE:
            self._close(now_us)
        return out

    def _close(self, now_us: int) -> None:
        if n := self._numbers.known.size:
            order = np.argsort(self._numbers.known)
            came_us = self._came_us[:n][order]
            self._before.append(_Generation(self._numbers.known[order], came_us, now_us))
        self._numbers, self._begun_us = Numbers(), 0
        self._came_us = np.zeros(1, np.int64)


@dataclass(slots=True)
class Admission:
    """Judges rows.

    Attributes:
        lateness_us: how long before the latest row a row may have been sent.
        event_us: the latest ``sent_at`` so far.
        ids: what was seen lately.
        n_ahead: rows from the future since the last that was not.
    """

    lateness_us: int
    event_us: int = 0
    ids: RecentIds = field(init=False)
    n_ahead: int = 0

    def __post_init__(self) -> None:
        """Remember ids of rows that might come again in time."""
        self.ids = RecentIds(max(self.lateness_us, LEAST_US))

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
        told = np.flatnonzero(~ahead)
        self.n_ahead = (
            sent_us.size - 1 - int(told[-1]) if told.size else self.n_ahead + sent_us.size
        )
        late = (sent_us < latest[:-1] - self.lateness_us) & ~ahead
        self.event_us = int(latest[-1])
        taken = ~(ahead | late)
        within = np.flatnonzero(taken)
        fresh = self.ids.fresh(ids[within], latest[:-1][within], latest[1:][within])
        taken[within[~fresh]] = False
        counts = {"late": late.sum(), "ahead": ahead.sum(), "duplicate": (~fresh).sum()}
        return taken, {name: int(count) for name, count in counts.items() if count}
