"""Prometheus and the DCGM exporter: ``query_range`` answers and exposition text, streamed.

A sample belongs to a job by its label: ``hpc_job`` (DCGM exporter's mapping of jobs), ``job_id``,
or ``namespace`` and ``pod``. Metrics that are not in the table are passed over unread. A recording
rule named ``stillwatch:COLUMN`` gives a column of ours directly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from prometheus_client.parser import text_string_to_metric_families

from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.cloud.guarded_json import DAMAGED, items
from stillwatch.adapters.readers.lines import CUT_SHORT, Chunks, Raw
from stillwatch.adapters.readers.times import time_us
from stillwatch.cloud.telemetry import SAMPLES

#: metric: our column, factor, whether it is a counter that only grows.
METRICS: Final[Mapping[str, tuple[str, float, bool]]] = {
    "DCGM_FI_DEV_GPU_UTIL": ("gpu_util_share", 0.01, False),
    "DCGM_FI_PROF_SM_ACTIVE": ("sm_active_share", 1.0, False),
    "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE": ("tensor_active_share", 1.0, False),
    "DCGM_FI_DEV_FB_USED": ("memory_used_mib", 1.0, False),
    "DCGM_FI_DEV_FB_FREE": ("memory_free_mib", 1.0, False),
    "DCGM_FI_DEV_POWER_USAGE": ("power_w", 1.0, False),
    "DCGM_FI_PROF_NVLINK_TX_BYTES": ("fabric_bytes_s", 1.0, False),
    "container_network_receive_bytes_total": ("outside_in_bytes_s", 1.0, True),
    "container_network_transmit_bytes_total": ("outside_out_bytes_s", 1.0, True),
    "container_fs_reads_bytes_total": ("storage_in_bytes_s", 1.0, True),
    "container_fs_writes_bytes_total": ("storage_out_bytes_s", 1.0, True),
    **{f"stillwatch:{name}": (name, 1.0, False) for name in SAMPLES},
}


class _Pipe:
    """Takes samples of series, counters as rates."""

    def __init__(self, into: Gathering) -> None:
        self._into = into
        self._last: dict[tuple[str, str], tuple[int, float]] = {}

    def take(self, name: str, labels: Mapping[str, str], at_us: int, value: float) -> None:
        """Take one sample; passes over what is not ours.

        Raises:
            ValueError: the value cannot be.
        """
        known, job = METRICS.get(name), job_of(labels)
        if known is None or not job:
            self._into.n_skipped += 1
            return
        column, factor, grows = known
        series = repr(sorted(labels.items()))
        if grows:
            before = self._last.get((name, series))
            self._last[name, series] = (at_us, value)
            if before is None or at_us <= before[0] or value < before[1]:
                return
            value = (value - before[1]) / ((at_us - before[0]) / 1e6)
        self._into.sample(job, column, at_us, value * factor, series)


def job_of(labels: Mapping[str, str]) -> str:
    """The job that a series belongs to; empty where its labels name none.

    >>> job_of({"namespace": "team", "pod": "train-0"})
    'team/train-0'
    """
    for name in ("hpc_job", "job_id"):
        if labels.get(name):
            return labels[name]
    if labels.get("namespace") and labels.get("pod"):
        return f"{labels['namespace']}/{labels['pod']}"
    return ""


def read_range(path: Path, file: str, into: Gathering) -> None:
    """Take the series of a ``query_range`` answer; a line is the place of a series, from 1."""
    pipe, place = _Pipe(into), 0
    chunks = Chunks(path, lambda _: None)
    try:
        for place, series in enumerate(items(chunks, "data.result.item"), 1):
            _series(series, pipe, file, place, into)
    except DAMAGED as error:
        into.reject(file, place + 1, f"the JSON breaks off or is damaged ({type(error).__name__})")
    if chunks.cut_short:
        into.reject(file, place + 1, CUT_SHORT)


def _series(series: Any, pipe: _Pipe, file: str, place: int, into: Gathering) -> None:
    try:
        labels = {str(k): str(v) for k, v in series["metric"].items()}
        values = series["values"] if "values" in series else [series["value"]]
        pairs = [(time_us(float(at)), float(value)) for at, value in values]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        into.reject(file, place, "no series of metric and values")
        return
    name = labels.pop("__name__", "")
    for at_us, value in pairs:
        try:
            if at_us is None:
                raise ValueError("a sample has no time")
            pipe.take(name, labels, at_us, value)
        except ValueError as error:
            into.reject(file, place, str(error))


def read_exposition(lines: Iterable[Raw], file: str, into: Gathering) -> None:
    """Take the samples of exposition text; each needs its time (as exporters' dumps have it)."""
    pipe = _Pipe(into)
    for raw in lines:
        if raw.reason:
            into.reject(file, raw.line, raw.reason)
            continue
        if raw.data.lstrip().startswith(b"#"):
            continue
        try:
            text = raw.data.decode("utf-8").strip() + "\n"
            samples = [s for family in text_string_to_metric_families(text) for s in family.samples]
            for sample in samples:
                if sample.name not in METRICS:
                    into.n_skipped += 1
                    continue
                at_us = None if sample.timestamp is None else time_us(float(sample.timestamp))
                if at_us is None:
                    raise ValueError("a sample has no time")
                pipe.take(sample.name, sample.labels, at_us, float(sample.value))
        except (ValueError, KeyError, IndexError) as error:
            why = str(error) if "sample has no time" in str(error) or "_" in str(error)[:24] else ""
            into.reject(file, raw.line, why or "no sample of the exposition format")
