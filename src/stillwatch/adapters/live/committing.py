"""Committing: arrivals become rows of the log, many at a time.

Each commit brings together what arrived meanwhile: halves of one exchange are joined,
rows are checked against the contract, judged, sketched, written and forced to the disk.
Only then do their sources hear of it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.adapters.live.admission import (
    GENERATION,
    LEAST_US,
    N_GENERATIONS,
    Admission,
)
from stillwatch.adapters.live.arrivals import Arrival, Outcome, Waiting
from stillwatch.adapters.live.frames import Note
from stillwatch.adapters.live.log import Log, read_part
from stillwatch.adapters.readers.columns import Values, as_values, to_batch
from stillwatch.adapters.readers.interface import JOIN, Half, Reject
from stillwatch.adapters.readers.joining import Joining, Place
from stillwatch.detect.batches import Batch, read_batch
from stillwatch.detect.packing import pack
from stillwatch.detect.traffic import MOST_EXAMPLE_CHARS
from stillwatch.model.errors import OutsideFailed
from stillwatch.model.exchange import EXCHANGES_SCHEMA
from stillwatch.stats.siphash import Key
from stillwatch.stats.sketches import digest_texts

I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: rows of a commit, about; more wait for the next.
MOST_ROWS = 16_384
_HOUR_US = 3_600_000_000
#: names under which rows are counted, and the one for all the others.
MOST_NAMES = 1_000
OTHERS = "rejected: for one of many other reasons"
#: between two attempts at a disk that refuses.
_RETRY_S = 1.0
_MANY = 1 << 30


class Tally(Protocol):
    """Who counts; the metrics."""

    def committed(self, arrivals: Sequence[Arrival], note: Note, took_s: float) -> None:
        """A commit is on the disk."""


@dataclass(slots=True)
class Committer:
    """Takes arrivals, a commit at a time.

    Attributes:
        log: where commits go.
        key: of the sketches.
        waiting: where arrivals are taken from.
        admission: judges rows.
        tally: told of each commit.
        keep_text: keep a few prompts an account.
        on_reject: told of rows that were set aside.
        gather_s: how long a commit waits for company.
        error: why nothing can be written at the moment, if so.
        reject_error: why the last reject could not be written down, if so.
        failed: what ended it.
    """

    log: Log
    key: Key
    waiting: Waiting
    admission: Admission
    tally: Tally
    keep_text: bool = False
    on_reject: Callable[[Reject], None] | None = None
    gather_s: float = 0.05
    error: str = ""
    reject_error: str = ""
    failed: BaseException | None = None
    _stop: threading.Event = field(default_factory=threading.Event)

    def remember(self) -> None:
        """Know what the log holds: the latest moment, and ids of its last rows."""
        self.admission.event_us = self.log.note.event_us
        clock_us = self.log.note.event_us
        parts, n = [], 0
        for part in reversed(self.log.parts):
            if n >= GENERATION * N_GENERATIONS:
                break
            # what was sent before that would be late if it came again
            if part.note.max_us >= clock_us - max(self.admission.lateness_us, LEAST_US):
                parts.append(part)
                n += part.note.n
        for part in reversed(parts):
            for note, batch in read_part(part.path):
                if batch is not None:
                    ids = batch.rows["id"].astype(np.uint64)
                    at_us = np.full(ids.size, note.event_us)
                    self.admission.ids.fresh(ids, at_us, at_us)

    def warm_up(self) -> None:
        """Have everything compiled and loaded before the first row waits for it."""
        row = {"exchange_id": "x", "sent_at": "2026-03-02T00:00:00Z", "account": "x", "model": "x"}
        batch, faults = to_batch([as_values({**row, "prompt": "one two three four"})], Counter())
        assert not faults
        for _ in range(2):
            pack(read_batch(batch, self.key))

    def run(self) -> None:
        """Commit until told to stop and nothing waits any more."""
        try:
            while not (self._stop.is_set() and not self.waiting.n_rows):
                arrivals = self.waiting.gather(0.2, self.gather_s, MOST_ROWS)
                if arrivals:
                    self.commit(arrivals)
        except BaseException as error:
            self.failed = error

    def stop(self) -> None:
        """Commit what waits, then end."""
        self._stop.set()

    def commit(self, arrivals: Sequence[Arrival]) -> None:
        """Write arrivals to the log and tell their sources."""
        begun = time.monotonic()
        outcomes = [Outcome(one.rejects.total(), next(iter(one.rejects), "")) for one in arrivals]
        counts: Counter[str] = Counter()
        batch = self._contract(arrivals, outcomes, counts)
        note = Note(0, 0, event_us=self.admission.event_us)
        made = None
        if batch is not None:
            ids = digest_texts(batch.column("exchange_id"), self.key)
            sent_us = np.asarray(batch.column("sent_at").cast(pa.int64()))
            now_us = time.time_ns() // 1000
            taken, set_aside = self.admission.judge(sent_us, ids, now_us)
            counts.update(set_aside)
            note.event_us = self.admission.event_us
            if taken.any():
                batch = batch if taken.all() else batch.filter(pa.array(taken))
                made = read_batch(batch, self.key)
                _describe(note, sent_us[taken])
                if self.keep_text:
                    note.texts = _examples(batch, made.accounts.code, made.rows["digest"])
        for one in arrivals:
            note.positions.setdefault(one.source, {}).update(one.positions)
            counts.update({f"rejected: {reason}": n for reason, n in one.rejects.items()})
            counts["skipped"] += one.n_skipped
        note.counts = self._named(counts)
        self._write(made, note)
        self.waiting.release(arrivals)
        self.tally.committed(arrivals, note, time.monotonic() - begun)
        for one, outcome in zip(arrivals, outcomes, strict=True):
            if one.done:
                one.done(outcome)

    def _named(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Counts under names of which there are not too many, whatever senders think of."""
        known, out = self.log.note.counts, dict[str, int]()
        for name, n in counts.items():
            if n:
                is_new = name not in known and len(known) + len(out) >= MOST_NAMES
                called = OTHERS if is_new else name
                out[called] = out.get(called, 0) + n
        return out

    def _write(self, made: Batch | None, note: Note) -> None:
        """Have a commit on the disk; while that refuses, sources wait and nothing is lost.

        Raises:
            OutsideFailed: it refuses still when told to stop; no source has heard of it.
        """
        while True:
            try:
                self.log.append(made, note)
            except OutsideFailed as error:
                self.error = str(error)
                if self._stop.wait(_RETRY_S):
                    raise
            else:
                self.error = ""
                return

    def _contract(
        self, arrivals: Sequence[Arrival], outcomes: list[Outcome], counts: Counter[str]
    ) -> pa.RecordBatch | None:
        """All rows that hold to the contract, in the order in which they came."""
        batches: list[pa.RecordBatch] = []
        held: list[tuple[Values, int]] = []
        joining = Joining(_MANY, _MANY)

        def flush() -> None:
            if held:
                batches.append(self._checked(held, arrivals, outcomes, counts))
                held.clear()

        for nth, one in enumerate(arrivals):
            for row in one.rows:
                half = row.get(JOIN)
                if isinstance(half, Half):
                    ready = joining.add(row, half, Place(one.source, nth), 1)
                    held.extend((as_values(whole), where.line) for whole, where in ready)
                else:
                    held.append((as_values(row), nth))
            if one.batch is not None:
                flush()
                batches.append(one.batch)
        held.extend((as_values(whole), where.line) for whole, where in joining.drain())
        flush()
        batches = [batch for batch in batches if batch.num_rows]
        if not batches:
            return None
        table = pa.Table.from_batches(batches, EXCHANGES_SCHEMA).combine_chunks()
        return table.to_batches()[0]

    def _checked(
        self,
        held: list[tuple[Values, int]],
        arrivals: Sequence[Arrival],
        outcomes: list[Outcome],
        counts: Counter[str],
    ) -> pa.RecordBatch:
        nulled: Counter[str] = Counter()
        batch, faults = to_batch([values for values, _ in held], nulled)
        counts["nulled"] += nulled.total()
        for position, reason in faults:
            nth = held[position][1]
            counts[f"rejected: {reason}"] += 1
            outcomes[nth].n_rejected += 1
            outcomes[nth].reason = outcomes[nth].reason or reason
            self._tell(Reject(arrivals[nth].source, position + 1, reason))
        return batch

    def _tell(self, reject: Reject) -> None:
        """Write a reject down; it is counted whether that can be done or not."""
        if self.on_reject is None:
            return
        try:
            self.on_reject(reject)
        except OutsideFailed as error:
            self.reject_error = str(error)
        else:
            self.reject_error = ""


def _describe(note: Note, sent_us: I64) -> None:
    note.n = sent_us.size
    note.min_us, note.max_us = int(sent_us.min()), int(sent_us.max())
    hours, counts = np.unique(sent_us // _HOUR_US, return_counts=True)
    note.hours = {str(h): int(n) for h, n in zip(hours, counts, strict=True)}


def _examples(batch: pa.RecordBatch, account: I64, digest: Any) -> list[tuple[int, str]]:
    """The first prompt of each account, by row."""
    _, first = np.unique(account, return_index=True)
    prompts = batch.column("prompt")
    return [
        (int(row), text[:MOST_EXAMPLE_CHARS])
        for row in first
        if digest[row] and (text := prompts[int(row)].as_py())
    ]
