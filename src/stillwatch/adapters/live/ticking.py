"""Ticking: when to look, at which rows, and what is done with what was found.

The traffic has its own clock, the latest ``sent_at`` so far; a quiet source lets it run
on with the wall clock. A look takes every row that was sent before a moment of that
clock. At a look of the search's own clock nothing is left to chance: the same rows give
the same events, however fast they came.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from stillwatch.adapters.live.apart import Apart
from stillwatch.adapters.live.ledger import Ledger
from stillwatch.adapters.live.log import Log
from stillwatch.detect.result import iso
from stillwatch.model.errors import OutsideFailed

_HOUR_US = 3_600_000_000
_DAY_US = 24 * _HOUR_US
#: the window begins at a multiple of the first of these that holds few enough rows.
_ALIGNED_US = (_DAY_US, 6 * _HOUR_US, _HOUR_US)
_BACKOFF_S = 5.0


class Looks(Protocol):
    """Who counts looks; the metrics."""

    def looked(self, answer: Mapping[str, Any], events: list[dict[str, Any]], n: int) -> None:
        """A look is written; ``n`` campaigns stand."""

    def failed_to_look(self) -> None:
        """A look could not be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often to look, and at how much.

    Attributes:
        every_s: wall seconds between looks; 0 to look at the moments of ``clock_s`` only.
        clock_s: seconds between two looks of the search's own.
        delay_s: how long a look waits for rows that come a little late.
        idle_s: wall seconds of quiet after which the traffic's clock runs on.
        window_s: how far back a look goes.
        most_rows: rows that a look takes at most; the window is cut to them.
    """

    every_s: float
    clock_s: int
    delay_s: float
    idle_s: float
    window_s: float
    most_rows: int


def window_start(hours: Mapping[str, int], event_us: int, window_s: float, most_rows: int) -> int:
    """Where the window begins, in microseconds: a function of the rows taken so far alone.

    Args:
        hours: rows by hour.
        event_us: the latest moment of the traffic.
        window_s: how far back it may go.
        most_rows: how many rows it may hold, if an hour alone does not hold more.
    """
    start = event_us - int(window_s * 1e6)
    start -= start % _DAY_US
    by_hour = sorted((int(hour) * _HOUR_US, n) for hour, n in hours.items())
    by_hour = [(at, n) for at, n in by_hour if at <= event_us]
    n_left = sum(n for at, n in by_hour if at >= start)
    if n_left <= most_rows:
        return start
    for unit in _ALIGNED_US:
        for at, n in by_hour:
            if at < start:
                continue
            if at % unit == 0 and n_left <= most_rows:
                return at
            n_left -= n
        n_left = sum(n for at, n in by_hour if at >= start)
    return by_hour[-1][0]


@dataclass(slots=True)
class Ticking:
    """Asks for looks in a thread of its own.

    Attributes:
        log: what is looked at.
        ledger: where results go.
        pace: how often.
        told: what the process apart is told.
        tally: the metrics.
        on_event: called with each event.
    """

    log: Log
    ledger: Ledger
    pace: Pace
    told: Mapping[str, Any]
    tally: Looks
    on_event: Callable[[dict[str, Any]], None]
    last_look_s: float = 0.0
    failed: BaseException | None = None
    error: str = ""
    cut_us: int = 0
    _busy: bool = False
    _apart: Apart | None = None
    _looked: tuple[int, int] = (0, -1)
    _stop: threading.Event = field(default_factory=threading.Event)
    _heard: tuple[int, float] = (0, 0.0)

    def run(self) -> None:
        """Look until told to stop."""
        try:
            while not self._stop.wait(min(1.0, self.pace.every_s or 0.2)):
                self.tick()
        except BaseException as error:
            self.failed = error

    def tick(self) -> None:
        """Look if it is time to."""
        until_us = self._until()
        if until_us is None:
            return
        self._busy = True
        try:
            self.look(until_us)
        except OutsideFailed as error:
            self.error = str(error)
            self.tally.failed_to_look()
            self._end_apart()
            self._stop.wait(_BACKOFF_S)
        finally:
            self._busy = False

    def now_us(self) -> int:
        """The time of the traffic's clock."""
        # quiet is not counted by the wall clock, for that may be set to another time
        event_us, now_s = self.log.note.event_us, time.monotonic()
        if event_us != self._heard[0]:
            self._heard = (event_us, now_s)
        quiet_s = max(0.0, now_s - self._heard[1] - self.pace.idle_s)
        return max(event_us, min(event_us + int(quiet_s * 1e6), int(time.time() * 1e6)))

    def _until(self) -> int | None:
        """The moment to look up to; None while it is not time."""
        note = self.log.note
        if not note.hours:
            return None
        pace, now = self.pace, self.now_us() - int(self.pace.delay_s * 1e6)
        before_us = self.last_until_us
        if pace.every_s == 0:
            step = pace.clock_s * 1_000_000
            earliest = min(map(int, dict(note.hours))) * _HOUR_US
            due = max(before_us, earliest - earliest % step) + step
            return due if due <= now else None
        if time.monotonic() - self.last_look_s < pace.every_s:
            return None
        if note.last == self._looked[0] and note.event_us < self._looked[1]:
            return None
        return max(now - now % 1_000_000, before_us)

    def is_caught_up(self) -> bool:
        """Whether no look is due or under way; asked once no row comes any more."""
        return not self._busy and self._until() is None

    @property
    def last_until_us(self) -> int:
        """The moment of the last look that was written."""
        current = self.ledger.current
        return int(current["watch"]["until_us"]) if current else 0

    def look(self, until_us: int | None) -> None:
        """Look at what was sent before a moment, or at everything, and write the result.

        Raises:
            OutsideFailed: the process apart could not look.
        """
        note = self.log.note
        upto, event_us = note.last, note.event_us
        pace = self.pace
        at_us = event_us + 1 if until_us is None else until_us
        self.cut_us = max(
            self.cut_us, window_start(dict(note.hours), at_us, pace.window_s, pace.most_rows)
        )
        counts = dict(note.counts)
        self.last_look_s = time.monotonic()
        n_rejected = sum(n for name, n in counts.items() if name.startswith("rejected"))
        wanted = {
            "upto": upto,
            "cut_us": self.cut_us,
            "until_us": until_us,
            "n_rejected": n_rejected,
            "full": self.log.full(upto),
        }
        if self._apart is None:
            self._apart = Apart(self.told)
        answer = self._apart.look(wanted)
        self._looked = (upto, at_us)
        self.log.adopt(answer["blocks"])
        self.error = ""
        if answer["result"] is not None:
            self._write(answer, until_us, at_us, event_us, counts)
        self.log.let_go(self.cut_us)

    def _write(
        self,
        answer: dict[str, Any],
        until_us: int | None,
        at_us: int,
        event_us: int,
        counts: Mapping[str, int],
    ) -> None:
        about = {
            "until": None if until_us is None else iso(until_us),
            "until_us": at_us,
            "latest": iso(event_us),
            "set_aside": {n: c for n, c in sorted(counts.items()) if not n.startswith("rejected")},
        }
        events = self.ledger.take(answer["result"], about)
        self.tally.looked(answer, events, len(self.ledger.register.standing))
        for event in events:
            self.on_event(event)

    def halt(self) -> None:
        """Look no more of its own accord."""
        self._stop.set()

    def stop(self) -> None:
        """Look no more; a look that is under way is given up."""
        self._stop.set()
        self._end_apart()

    def _end_apart(self) -> None:
        apart, self._apart = self._apart, None
        if apart is not None:
            apart.close()
