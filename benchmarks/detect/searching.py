"""Search a made world in this process, and score what was found."""

from __future__ import annotations

import importlib
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa

from stillwatch.adapters.ingest import ingest, read_key
from stillwatch.detect.result import to_result
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.signal import Signal
from stillwatch.detect.state import Window
from stillwatch.detect.traffic import Traffic
from stillwatch.lab import Score, World, score
from stillwatch.model.release import Release

#: the module, which the package's function of that name hides from a plain import.
room = importlib.import_module("stillwatch.detect.search")
replay = importlib.import_module("stillwatch.detect.replay")

Readiness = tuple[tuple[Signal, ...], dict[str, str]]


@dataclass(frozen=True, slots=True)
class Searched:
    """What one search gave.

    Attributes:
        result: the contract ``stillwatch.campaigns/1``.
        score: against the truth.
        wall_s: seconds of the search, reading and sketching left out.
        sent: who sent when.
    """

    result: Mapping[str, Any]
    score: Score
    wall_s: float
    sent: pa.Table


def releases_of(world: World) -> tuple[Release, ...]:
    """Releases of a made world."""
    return tuple(
        Release(
            r["model"],
            round(datetime.fromisoformat(r["released_at"]).timestamp() * 1_000_000),
        )
        for r in world.releases["releases"]
    )


def traffic_of(batches: Iterable[pa.RecordBatch]) -> Traffic:
    """Batches as traffic, under the key of a run that keeps no sketches."""
    return ingest(batches, read_key(None))


def sent_of(traffic: Traffic) -> pa.Table:
    """Who sent when, for the leak."""
    return pa.table(
        {
            "account": pa.DictionaryArray.from_arrays(
                pa.array(traffic.account), pa.array(traffic.accounts)
            ).cast(pa.string()),
            "sent_at": pa.array(traffic.sent_us, pa.timestamp("us", tz="UTC")),
        }
    )


def searched(
    traffic: Traffic,
    accounts: pa.Table,
    truth: pa.Table,
    releases: tuple[Release, ...],
    settings: DetectSettings | None = None,
) -> Searched:
    """Search and score."""
    begun = time.perf_counter()
    outcome = room.search(traffic, accounts, releases, settings or DetectSettings())
    wall_s = time.perf_counter() - begun
    result = to_result(outcome)
    sent = sent_of(traffic)
    return Searched(result, score(result, truth, sent), wall_s, sent)


@contextmanager
def without(left_out: Callable[[Signal], bool]) -> Iterator[None]:
    """Search as if some signals did not exist."""
    whole = replay.readiness

    def fewer(window: Window, now_us: int) -> Readiness:
        looking, not_looked = whole(window, now_us)
        return tuple(s for s in looking if not left_out(s)), not_looked

    replay.readiness = fewer
    try:
        yield
    finally:
        replay.readiness = whole


def peak_mib() -> float:
    """Most memory that this process has held, MiB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 1024)
