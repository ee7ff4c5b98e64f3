"""Whole files: read like any log, handed over in slices, so that a kill loses at most one."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch.adapters.live.arrivals import Arrival, Intake
from stillwatch.adapters.readers import open_exchanges
from stillwatch.adapters.readers.interface import Reject
from stillwatch.model.errors import BadInput

#: rows handed over at a time.
SLICE_ROWS = 4_096


def hand_over(
    file: Path,
    mark: Mapping[str, Any],
    known: Mapping[str, Any] | None,
    *,
    source: str,
    key: str,
    intake: Intake,
    stop: threading.Event,
) -> bool:
    """Hand over what is left of a file, slice after slice.

    Args:
        file: complete, in any format that can be read.
        mark: what tells this file from a later one of the same name.
        known: its position; slices that were committed already are passed over.
        source, key: under which positions are kept.
        intake: takes arrivals.
        stop: ends it early.

    Returns:
        whether the file is done; a file that cannot be read is, and counts as a reject.
    """
    known = known or {}
    if known.get("mark") != mark:
        known = {"mark": mark, "slices": 0}
    rejects: Counter[str] = Counter()

    def on_reject(reject: Reject) -> None:
        rejects[reject.reason] += 1

    n_done, nth = known["slices"], 0
    try:
        for rows in _slices(file, on_reject):
            nth += 1
            if nth > n_done:
                arrival = Arrival(source, batch=rows, rejects=rejects.copy())
                arrival.positions = {key: {"mark": mark, "slices": nth}}
                if not _put(arrival, intake, stop):
                    return False
            rejects.clear()
    except BadInput as error:
        rejects[f"a file that cannot be read: {error.what}"] += 1
    last = Arrival(source, rejects=rejects)
    last.positions = {key: {"mark": mark, "slices": nth, "done": True}}
    return _put(last, intake, stop)


def _slices(file: Path, on_reject: Any) -> Iterator[pa.RecordBatch]:
    for batch in open_exchanges([file], on_reject=on_reject):
        for begin in range(0, batch.num_rows, SLICE_ROWS):
            yield batch.slice(begin, SLICE_ROWS)


def _put(arrival: Arrival, intake: Intake, stop: threading.Event) -> bool:
    """Wait for room, but not longer than there is reason to."""
    while not stop.is_set():
        if intake.put(arrival, wait_s=0.5):
            return True
    return False
