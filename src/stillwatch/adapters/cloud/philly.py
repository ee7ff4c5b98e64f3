"""Philly: the job log of Microsoft's public trace, a JSON array of jobs with their attempts.

Each attempt is an entry of the scheduler; those of one job are one job that was started again.
Users and addresses of machines are not taken; the virtual cluster stands for the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.cloud.guarded_json import DAMAGED, items
from stillwatch.adapters.readers.lines import CUT_SHORT, Chunks
from stillwatch.cloud.telemetry import Job
from stillwatch.model.errors import BadInput


def is_philly(start: str) -> bool:
    """Whether a file that begins so is that log."""
    return start.startswith("[") and all(f'"{key}"' in start for key in ("jobid", "vc", "attempts"))


def read_philly(path: Path, file: str, into: Gathering) -> None:
    """Take the attempts of all jobs; a line is the place of a job, from 1."""
    chunks, place = Chunks(path, lambda _: None), 0
    try:
        for place, item in enumerate(items(chunks, "item"), 1):
            try:
                _job(item, file, place, into)
            except (KeyError, TypeError, ValueError, AttributeError):
                into.reject(file, place, "no job with attempts that can be read")
    except DAMAGED as error:
        into.reject(file, place + 1, f"the JSON breaks off or is damaged ({type(error).__name__})")
    if chunks.cut_short:
        into.reject(file, place + 1, CUT_SHORT)


def _job(item: Mapping[str, Any], file: str, place: int, into: Gathering) -> None:
    attempts = item["attempts"]
    for n, attempt in enumerate(attempts, 1):
        started = into.clock.us(attempt.get("start_time"))
        if started is None:
            into.n_skipped += 1
            continue
        told = attempt.get("end_time")
        ended = into.clock.us(told, after_us=started)
        last = n == len(attempts)
        if ended is None and not (last and told in (None, "", "None")):
            into.reject(file, place, "an attempt has no end")
            continue
        try:
            into.job(
                Job(
                    job=str(item["jobid"]),
                    account=str(item["vc"]),
                    submitted_us=into.clock.us(item.get("submitted_time")) or 0,
                    started_us=started,
                    ended_us=started if ended is None else ended,
                    running=ended is None,
                    state=str(item.get("status") or "") if last else "started again",
                    n_nodes=len(attempt["detail"]),
                    n_devices=sum(len(machine["gpus"]) for machine in attempt["detail"]),
                )
            )
        except BadInput as error:
            into.reject(file, place, error.what.rstrip("."))
