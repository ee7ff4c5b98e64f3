"""Metrics: health, lag, rates and counts of a watcher, for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from stillwatch.adapters.live.arrivals import Arrival
from stillwatch.adapters.live.frames import Note

#: what Prometheus' text format is called.
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "stillwatch_watch"
_QUICK_S = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 15.0, 60.0)
_SLOW_S = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 300.0, 900.0, 3600.0)


class Metrics:
    """Counts what a watcher does; every name is there from the start."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._exchanges = self._count("exchanges", "Exchanges taken.")
        self._arrived = self._count("arrived", "Rows that arrived, by source.", "source")
        self._set_aside = self._count("set_aside", "Rows set aside, by reason.", "reason")
        for reason in ("duplicate", "late", "ahead", "rejected"):
            self._set_aside.labels(reason)
        self._rejected = self._count("rejected", "Rows that could not be read.", "reason")
        self._to_state = self._histogram(
            "arrival_to_state_seconds", "From arrival until on the disk.", _QUICK_S
        )
        self._commits = self._histogram("commit_seconds", "Time a commit takes.", _QUICK_S)
        self._looks = self._histogram("look_seconds", "Wall time of a look.", _SLOW_S)
        self._look_cpu = self._count("look_cpu_seconds", "Processor time of looks.")
        self._failures = self._count("looks_failed", "Looks that could not be taken.")
        self._events = self._count("campaign_events", "What became of campaigns.", "kind")
        for kind in ("opened", "grown", "shrunk", "split", "merged", "closed"):
            self._events.labels(kind)
        self._campaigns = self._gauge("campaigns", "Campaigns that stand.")
        self._accounts = self._gauge("accounts", "Accounts in the window.")
        self._window = self._gauge("window_exchanges", "Exchanges in the window.")
        self._last_look = self._gauge("last_look_timestamp_seconds", "When a look was written.")

    def show(self, name: str, what: str, value: Callable[[], float]) -> None:
        """Show a value that is asked for whenever the metrics are read."""
        self._gauge(name, what).set_function(value)

    def committed(self, arrivals: Sequence[Arrival], note: Note, took_s: float) -> None:
        """A commit is on the disk."""
        now = time.time()
        self._commits.observe(took_s)
        self._exchanges.inc(note.n)
        for one in arrivals:
            self._arrived.labels(one.source).inc(one.n)
            if one.n:
                self._to_state.observe(max(0.0, now - one.arrived_s))
        for name, n in note.counts.items():
            kind, _, reason = name.partition(": ")
            if kind == "rejected":
                # what stands behind a second colon is of one file
                self._rejected.labels(reason.partition(":")[0]).inc(n)
            if kind not in ("skipped", "nulled"):
                self._set_aside.labels(kind).inc(n)

    def looked(self, answer: Mapping[str, Any], events: list[dict[str, Any]], n: int) -> None:
        """A look is written; ``n`` campaigns stand."""
        self._looks.observe(answer["wall_s"])
        self._look_cpu.inc(answer["cpu_s"])
        self._campaigns.set(n)
        self._accounts.set(answer["result"]["n_accounts"])
        self._window.set(answer["n"])
        self._last_look.set(time.time())
        for event in events:
            self._events.labels(event["kind"]).inc()

    def campaigns_stand(self, n: int) -> None:
        """So many campaigns stand, by a look before this start."""
        self._campaigns.set(n)

    def failed_to_look(self) -> None:
        """A look could not be taken."""
        self._failures.inc()

    def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)

    def _count(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", what, registry=self.registry)

    def _histogram(self, name: str, what: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(f"{_PREFIX}_{name}", what, buckets=buckets, registry=self.registry)
