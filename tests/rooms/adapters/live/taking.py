"""A source under test: what it hands over is committed to a log of the test's own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stillwatch.adapters.live.admission import Admission
from stillwatch.adapters.live.arrivals import Arrival, Source, Waiting
from stillwatch.adapters.live.committing import Committer
from stillwatch.adapters.live.frames import Note
from stillwatch.adapters.live.log import Follower, Log
from stillwatch.stats.siphash import Key
from tests.rooms.adapters.live.watched import until

KEY = Key.of(b"taking" * 6)
LONG_US = 10**15


class Counting:
    """A tally that keeps what it is told."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.n_commits = 0

    def committed(self, arrivals: Sequence[Arrival], note: Note, took_s: float) -> None:
        self.n_commits += 1
        self.counts.update(note.counts)


class Taking:
    """Commits what sources hand over, in threads that end with the block.

    Args:
        state: where the log stands.
        make: makes the source from the positions of the log.
    """

    def __init__(
        self, state: Path, make: Callable[[dict[str, dict[str, Any]]], Source], **more: Any
    ) -> None:
        self.state = state
        self.log = Log(state, {})
        self.waiting = Waiting(more.pop("most_rows", 32_768))
        self.tally = Counting()
        self.committer = Committer(
            self.log, KEY, self.waiting, Admission(LONG_US), self.tally, gather_s=0.0, **more
        )
        self.committer.remember()
        self.source = make(self.log.note.positions)
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self.source.run, args=(self.waiting, self._stop)),
            threading.Thread(target=self.committer.run),
        ]

    def __enter__(self) -> Taking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._threads[0].join(30)
        self.committer.stop()
        self._threads[1].join(30)
        closing = getattr(self.source, "close", None)
        if closing:
            closing()
        self.log.close()

    @property
    def n(self) -> int:
        """Rows in the log."""
        return self.log.n_rows

    def wait_for(self, n: int) -> None:
        """Wait until so many rows are in the log."""
        until(lambda: self.n >= n, f"{n} rows, have {self.n}")
        assert self.n == n

    def wait_drained(self) -> None:
        """Wait until the source has nothing more."""
        until(lambda: self.source.is_drained and not self.waiting.n_rows, "a drained source")


def accounts_in(state: Path) -> list[str]:
    """The accounts of all rows of a log that is closed, in the order of coming."""
    found: list[str] = []
    for _, batch in Follower(state).read(10**9):
        if batch is not None:
            names = batch.accounts.names.to_pylist()
            found += [names[code] for code in np.asarray(batch.accounts.code)]
    return found
