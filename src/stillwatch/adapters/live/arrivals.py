"""Arrivals: what a source hands over, and what it hears back."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.interface import NotARecord, Row
from stillwatch.adapters.readers.registry import RECORD_FORMATS, format_of, reader_of

#: rows that may wait to be committed before sources must wait; a row of more than 8 KiB
#: counts as several, so that what waits takes 256 MiB at most, about.
MOST_WAITING = 32_768
_ROW_BYTES = 8192


@dataclass(slots=True)
class Outcome:
    """What became of an arrival.

    Attributes:
        n_rejected: rows and records that could not be read.
        reason: why the first of them could not.
    """

    n_rejected: int = 0
    reason: str = ""


@dataclass(slots=True)
class Arrival:
    """Rows that arrived together.

    Attributes:
        source: name of the source.
        rows: rows of records, not yet checked against the contract.
        batch: or rows in ``EXCHANGES_SCHEMA``.
        positions: what was reached of what, kept together with the rows.
        rejects: records that could not be read, by reason.
        n_skipped: sound records that hold no exchange.
        arrived_s: when, by the wall clock.
        n_bytes: about how much memory they take.
        done: called when everything is on the disk.
    """

    source: str
    rows: list[Row] = field(default_factory=list)
    batch: pa.RecordBatch | None = None
    positions: dict[str, Any] = field(default_factory=dict)
    rejects: Counter[str] = field(default_factory=Counter)
    n_skipped: int = 0
    arrived_s: float = field(default_factory=time.time)
    n_bytes: int = 0
    done: Callable[[Outcome], None] | None = None

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.rows) + (self.batch.num_rows if self.batch is not None else 0)

    @property
    def weight(self) -> int:
        """Rows, or more where they are large; at least one, so that nothing is overlooked."""
        n_bytes = self.n_bytes + (self.batch.nbytes if self.batch is not None else 0)
        return max(1, self.n, n_bytes // _ROW_BYTES)

    def take(self, data: bytes, file: str = "") -> None:
        """Read one JSON record of any known format into rows, or count why not."""
        self.n_bytes += len(data)
        try:
            record = loads(data)
        except BadJson as error:
            self.rejects[str(error)] += 1
        else:
            self.take_record(record, file)

    def take_record(self, record: Any, file: str = "") -> None:
        """Read one parsed record of any known format into rows, or count why not."""
        try:
            if not isinstance(record, dict):
                raise NotARecord("not a JSON object")
            chosen = RECORD_FORMATS["jsonl"] if "exchange_id" in record else format_of([record])
            if chosen is None:
                raise NotARecord("no known log format")
            found = reader_of(record, chosen).rows(record, file)
        except NotARecord as error:
            self.rejects[str(error)] += 1
            return
        self.rows += found
        self.n_skipped += not found


class Intake(Protocol):
    """Where sources put what arrives."""

    def put(self, arrival: Arrival, *, wait_s: float | None = None) -> bool:
        """Hand over; waits while too much is waiting, and says whether there was room."""


class Source(Protocol):
    """Where exchanges come from; runs in a thread of its own."""

    @property
    def name(self) -> str:
        """As it stands in positions and metrics."""

    @property
    def n_errors(self) -> int:
        """How often it could not be reached."""

    @property
    def is_drained(self) -> bool:
        """Whether everything that was there has been handed over."""

    @property
    def backlog(self) -> float:
        """Entries or bytes that wait there, as far as it tells."""

    def run(self, intake: Intake, stop: threading.Event) -> None:
        """Hand arrivals over until told to stop."""


class Waiting:
    """Arrivals that wait to be committed, bounded by their rows."""

    def __init__(self, most_rows: int = MOST_WAITING) -> None:
        """Nothing waits."""
        self._most = most_rows
        self._held: queue.SimpleQueue[Arrival] = queue.SimpleQueue()
        self._room = threading.Condition()
        self.n_rows = 0

    def put(self, arrival: Arrival, *, wait_s: float | None = None) -> bool:
        """Hand over; waits while too much is waiting, and says whether there was room."""
        with self._room:
            if not self._room.wait_for(lambda: self.n_rows < self._most, wait_s):
                return False
            self.n_rows += arrival.weight
        self._held.put(arrival)
        return True

    def gather(self, wait_s: float, more_s: float, most_rows: int) -> Sequence[Arrival]:
        """Arrivals to commit together.

        Args:
            wait_s: how long to wait for the first.
            more_s: how long to wait for others after it.
            most_rows: enough rows.
        """
        found: list[Arrival] = []
        n, until = 0, time.monotonic() + wait_s
        while n < most_rows:
            try:
                one = self._held.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if not found:
                until = time.monotonic() + more_s
            found.append(one)
            n += one.weight
        return found

    def release(self, arrivals: Sequence[Arrival]) -> None:
        """Make room: these have been committed."""
        with self._room:
            self.n_rows -= sum(one.weight for one in arrivals)
            self._room.notify_all()
