"""Gathering: jobs, samples and flows put together while logs are read; memory by bins, not rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isfinite

import numpy as np

from stillwatch.adapters.cloud.bins import MOST_BINS, Bins, added, spacing
from stillwatch.adapters.cloud.clock import Clock
from stillwatch.adapters.readers.interface import Reject
from stillwatch.cloud.telemetry import SAMPLES, Flow, Job, Telemetry, Trace
from stillwatch.model.errors import BadInput

STEP_S = 60.0
#: columns that are summed over a job's series; the others are averaged.
SUMMED = frozenset(
    "outside_in_bytes_s outside_out_bytes_s storage_in_bytes_s storage_out_bytes_s".split()
)
#: the account of a job of which nobody said whose it is.
NOT_TOLD = "account not told"
_MEMORY = ("memory_used_mib", "memory_free_mib")


class Gathering:
    """What is read, put together.

    Args:
        strict: stop at the first row that cannot be read.
        on_reject: told each row that is set aside.
        step_s: width of the bins of traces, seconds.
        time_zone: of times without an offset; empty is UTC.

    Attributes:
        clock: reads times.
        n_jobs: entries of schedulers taken.
        n_samples: samples taken.
        n_flows: flows taken.
        n_rejected: rows set aside.
        n_skipped: sound rows that are none of ours (steps of jobs, other metrics).
        rejected_by_reason: rows set aside, by reason.
        notes: what the reader of a report should know.
    """

    def __init__(
        self,
        *,
        strict: bool = False,
        on_reject: Callable[[Reject], None] | None = None,
        step_s: float = STEP_S,
        time_zone: str = "",
    ) -> None:
        self.clock = Clock(time_zone)
        if not step_s >= 1:
            raise BadInput("a bin must last a second or more.", where="step_s")
        self.strict, self.on_reject, self.step_s = strict, on_reject, step_s
        self.n_jobs = self.n_samples = self.n_flows = self.n_rejected = self.n_skipped = 0
        self.rejected_by_reason: Counter[str] = Counter()
        self.notes: list[str] = []
        self._jobs: dict[str, list[Job]] = {}
        self._owners: dict[str, str] = {}
        self._bins: dict[str, dict[str, dict[str, Bins]]] = {}
        self._parts: dict[str, tuple[str, Job]] = {}
        self._flows: list[Flow] = []
        self._latest_us = 0

    def job(self, job: Job) -> None:
        """Take an entry of a scheduler.

        Of two entries with one id and one begin, a later one that has ended wins; entries with one
        id that follow one another are a job that was started again.

        Raises:
            BadInput: another entry of the id ran at that time.
        """
        held = self._jobs.setdefault(job.job, [])
        for n, other in enumerate(held):
            if other.started_us == job.started_us:
                if other.running or not job.running:
                    held[n] = job
                    self._latest_us = max(self._latest_us, job.ended_us)
                return
            if _overlap(job, other):
                raise BadInput("its id is that of another job at the same time.", where=job.job)
        held.append(job)
        self.n_jobs += 1
        self._latest_us = max(self._latest_us, job.started_us, job.ended_us)

    def owner(self, job: str, account: str) -> None:
        """Take whose a job is, where the entry of the scheduler does not say so."""
        self._owners[job] = account

    def part(self, whole: str, part: Job) -> None:
        """Take a part of a job: a pod of a job of several. Its samples count for the whole."""
        if part.job not in self._parts:
            self.n_jobs += 1
        self._parts[part.job] = (whole, part)
        self._latest_us = max(self._latest_us, part.started_us, part.ended_us)

    def sample(self, job: str, column: str, at_us: int, value: float, series: str = "") -> None:
        """Take a sample of a job.

        Raises:
            ValueError: the value is no number, or negative.
        """
        if not isfinite(value) or value < 0:
            raise ValueError(f"{column} is not a number of zero or more")
        if column.endswith("_share") and value > 1.001:
            raise ValueError(f"{column} is above 1")
        by_series = self._bins.setdefault(job, {}).setdefault(column, {})
        bins = by_series.setdefault(series if column in SUMMED else "", Bins())
        bins.add(int(at_us / 1e6 // self.step_s), value)
        self.n_samples += 1
        self._latest_us = max(self._latest_us, at_us)

    def flow(self, flow: Flow) -> None:
        """Take a flow."""
        self._flows.append(flow)
        self.n_flows += 1
        self._latest_us = max(self._latest_us, flow.bucket_us)

    def reject(self, file: str, line: int, reason: str) -> None:
        """Set a row aside, or stop where that was asked for.

        Raises:
            BadInput: ``strict``.
        """
        if self.strict:
            raise BadInput(
                reason + ".", where=f"{file}:{line}", remedy="Mend it, or read without --strict."
            )
        self.n_rejected += 1
        self.rejected_by_reason[reason] += 1
        if self.on_reject is not None:
            self.on_reject(Reject(file=file, line=line, reason=reason))

    def telemetry(self) -> Telemetry:
        """All that was read, running jobs ended at the latest moment of the logs."""
        self._put_together()
        jobs: dict[str, Job] = {}
        samples: dict[str, str] = {}
        for base, entries in self._jobs.items():
            for job in self._settled(base, entries):
                jobs[job.job], samples[job.job] = job, base
        self._note(len(self._bins.keys() - self._jobs.keys()))
        owners = {job.job: job.account for job in jobs.values()}
        flows = tuple(
            replace(flow, account=flow.account or owners.get(flow.job, "")) for flow in self._flows
        )
        return Telemetry(
            jobs=tuple(sorted(jobs.values(), key=lambda job: (job.started_us, job.job))),
            traces={
                name: trace
                for name, job in jobs.items()
                if (trace := self._trace(job, samples[name])) is not None
            },
            flows=tuple(flow for flow in flows if flow.account),
        )

    def _settled(self, base: str, entries: list[Job]) -> Iterator[Job]:
        """The entries of one id in order, each with a name, an account and an end."""
        before = last = ""
        ordered = sorted(entries, key=lambda one: one.started_us)
        for n, job in enumerate(ordered, 1):
            account = job.account or self._owners.get(base, "") or NOT_TOLD
            name = base if n == 1 else f"{base}#{n}"
            # An entry that ran when the log was written ran no longer once it was started again.
            latest = self._latest_us if n == len(ordered) else ordered[n].started_us
            ended = max(latest, job.started_us) if job.running else job.ended_us
            try:
                yield replace(
                    job,
                    job=name,
                    account=account,
                    ended_us=ended,
                    running=job.running and n == len(ordered),
                    again_of=before if account == last else "",
                )
            except BadInput:
                self.notes.append(f"job {name[:60]!r} would run for years; left out")
                continue
            before, last = name, account

    def _note(self, n_lost: int) -> None:
        if n_lost:
            self.notes.append(f"samples of {n_lost} jobs that no scheduler's log names")
        if self.clock.n_repeated or self.clock.n_left_out:
            self.notes.append(
                f"clocks changed: {self.clock.n_repeated} times are in an hour that came twice, "
                f"{self.clock.n_left_out} in one that never came"
            )

    def _put_together(self) -> None:
        """Make jobs of their parts, and give them the samples of these."""
        wholes: dict[str, list[Job]] = {}
        for whole, part in self._parts.values():
            wholes.setdefault(whole, []).append(part)
            for column, by_series in self._bins.pop(part.job, {}).items():
                held = self._bins.setdefault(whole, {}).setdefault(column, {})
                for series, bins in by_series.items():
                    if series in held:
                        held[series].merge(bins)
                    else:
                        held[series] = bins
        for whole, parts in wholes.items():
            largest = max(parts, key=lambda part: part.n_devices)
            made = replace(
                largest,
                job=whole,
                started_us=min(part.started_us for part in parts),
                ended_us=max(part.ended_us for part in parts),
                running=any(part.running for part in parts),
                n_devices=sum(part.n_devices for part in parts),
                n_nodes=sum(part.n_nodes for part in parts),
            )
            self._jobs[whole] = [made]
        self._parts.clear()

    def _trace(self, job: Job, base: str) -> Trace | None:
        held = self._bins.get(base)
        if not held:
            return None
        every = max(spacing(by_series.values()) for by_series in held.values())
        step_s = self.step_s * every
        first = int(job.started_us / 1e6 // step_s)
        n = int(job.ended_us / 1e6 // step_s) - first + 1
        if n > MOST_BINS:
            self.notes.append(f"job {job.job[:60]!r} is longer than {MOST_BINS:,} bins; no trace")
            return None
        columns = {
            column: added(by_series.values(), every, first, n) for column, by_series in held.items()
        }
        used, free = (columns.pop(name, None) for name in _MEMORY)
        if used is not None and free is not None:
            columns["memory_used_share"] = used / np.maximum(used + free, 1e-9)
        kept = {name: values for name, values in columns.items() if name in SAMPLES}
        return Trace(from_us=round(first * step_s * 1e6), step_s=step_s, columns=kept)


def _overlap(one: Job, other: Job) -> bool:
    """Whether two entries ran at once; of one that runs still, only the begin is known."""
    first, second = sorted((one, other), key=lambda job: job.started_us)
    return not first.running and first.ended_us > second.started_us
