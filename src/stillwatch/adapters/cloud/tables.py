"""CSV and Parquet in our own columns, or in those of a public trace by a map."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.adapters.cloud.column_maps import JOBS, ColumnMap, number_of
from stillwatch.adapters.cloud.columns import NOT_UTF8, refused
from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.readers.lines import Raw
from stillwatch.cloud.telemetry import FLOW_COLUMNS, SAMPLES, Flow, Job
from stillwatch.model.errors import BadInput

_FLOWS: Final = frozenset(name for name, _, _ in FLOW_COLUMNS)
_SAMPLES: Final = frozenset({"job", "sampled_at", *SAMPLES})
_NOT_TOLD: Final = (None, "", "nan", "NaN", "None", "null")


@dataclass(slots=True)
class _Table:
    """How the rows of one table are taken."""

    names: Sequence[str]
    take: Callable[[Mapping[str, Any], Gathering], None]
    extra: list[str] = field(default_factory=list)


def read_csv(
    lines: Iterable[Raw], file: str, into: Gathering, *, drop: bool, mapped: ColumnMap | None
) -> None:
    """Take the rows of a CSV file; see :func:`read_parquet` for what is raised."""
    held: list[Raw] = []

    def texts() -> Iterator[str]:
        for raw in lines:
            held[:] = [raw]
            if raw.reason:
                into.reject(file, raw.line, raw.reason)
                continue
            try:
                yield raw.data.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError:
                into.reject(file, raw.line, NOT_UTF8)

    rows = csv.reader(texts())
    table: _Table | None = None
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            into.reject(file, held[0].line, f"no row of CSV ({error})")
            continue
        if table is None:
            names = [cell.strip() for cell in cells]
            heading = mapped.heading_of(names) if mapped is not None else None
            table = _table(list(heading or names), file, drop=drop, mapped=mapped)
            if heading is None:
                continue
        if len(cells) != len(table.names):
            told = f"{len(cells)} fields where the heading has {len(table.names)}"
            into.reject(file, held[0].line, told)
        else:
            _row(dict(zip(table.names, cells, strict=True)), table, file, held[0].line, into)
    if table is None:
        raise BadInput("is empty.", where=file)


def read_parquet(
    path: Path, file: str, into: Gathering, *, drop: bool, mapped: ColumnMap | None
) -> None:
    """Take the rows of a Parquet file.

    Raises:
        NotAllowed: a column is not in the closed list.
        BadInput: it holds neither jobs nor samples nor flows, or is damaged.
    """
    try:
        with pq.ParquetFile(path) as opened:
            table = _table(opened.schema_arrow.names, file, drop=drop, mapped=mapped)
            wanted = [name for name in table.names if name not in table.extra]
            line = 0
            for batch in opened.iter_batches(batch_size=16_384, columns=wanted):
                for row in batch.to_pylist():
                    line += 1
                    _row(row, table, file, line, into)
    except (pa.ArrowException, OSError) as error:
        raise BadInput(
            f"cannot be read as Parquet ({type(error).__name__}).", where=file
        ) from error


def _table(names: list[str], file: str, *, drop: bool, mapped: ColumnMap | None) -> _Table:
    held = set(names)
    take: Callable[[Mapping[str, Any], Gathering], None]
    if mapped is not None:
        extra = dropped = [name for name in names if name not in mapped.known]
        if mapped.wanted <= held:
            take = partial(_mapped, mapped=mapped)
        elif mapped.owners and set(mapped.owners) <= held:
            take = partial(_owner, mapped=mapped)
        else:
            raise BadInput(
                f"is no table of {mapped.name}: column {min(mapped.wanted - held)} is missing.",
                where=file,
                remedy="Name the files of this trace only, or leave --map out.",
            )
    else:
        for wanted, known, taker in (
            ({"job", "sampled_at"}, _SAMPLES, _sample),
            ({"account", "bucket_at", "bytes_in"}, _FLOWS, _flow),
            ({"job", "account", "started_at", "n_devices"}, JOBS, _job),
        ):
            if wanted <= held:
                extra = [name for name in names if name not in known]
                take, dropped = taker, extra
                break
        else:
            raise BadInput(
                "holds neither jobs (job, account, started_at, n_devices) nor samples (job, "
                "sampled_at) nor flows (account, bucket_at, bytes_in).",
                where=file,
                remedy="Name its columns so, or tell a map with --map.",
            )
    refused(extra, file, drop=drop)
    return _Table(names, take, dropped)


def _row(row: Mapping[str, Any], table: _Table, file: str, line: int, into: Gathering) -> None:
    try:
        table.take(row, into)
    except BadInput as error:
        into.reject(file, line, error.what.rstrip("."))
    except ValueError as error:
        into.reject(file, line, str(error))


def _job(row: Mapping[str, Any], into: Gathering) -> None:
    into.job(_job_of(row, into, _text(row, "account")))


def _job_of(row: Mapping[str, Any], into: Gathering, account: str) -> Job:
    started = _time(row.get("started_at"), into)
    if started is None:
        raise ValueError("started_at is no time")
    ended = _time(row.get("ended_at"), into, started)
    if ended is None and _given(row.get("ended_at")):
        raise ValueError("ended_at is no time")
    return Job(
        job=_text(row, "job"),
        account=account,
        submitted_us=_time(row.get("submitted_at"), into) or 0,
        started_us=started,
        ended_us=started if ended is None else ended,
        running=ended is None,
        state=str(row.get("state") or ""),
        n_nodes=_whole(row, "n_nodes", 1),
        n_devices=_whole(row, "n_devices", 0),
        hardware=str(row.get("hardware") or ""),
        precision=str(row.get("precision") or "").lower(),
        parameters=number_of(row.get("parameters")) or 0.0,
        tokens=number_of(row.get("tokens")) or 0.0,
    )


def _owner(row: Mapping[str, Any], into: Gathering, mapped: ColumnMap) -> None:
    job, account = (_text(row, name) for name in mapped.owners)
    into.owner(job, account)


def _mapped(row: Mapping[str, Any], into: Gathering, mapped: ColumnMap) -> None:
    told = {ours: get(row) for ours, get in mapped.cells.items()}
    told = {ours: None if value in _NOT_TOLD else value for ours, value in told.items()}
    if mapped.epoch_us is not None:
        for name in ("submitted_at", "started_at", "ended_at"):
            seconds = number_of(told.get(name))
            told[name] = None if seconds is None else mapped.epoch_us / 1e6 + seconds
    if not _given(told.get("started_at")):
        into.n_skipped += 1
        return
    job = _job_of(told, into, str(told.get("account") or ""))
    part = str(row.get(mapped.part) or "") if mapped.part else ""
    if part:
        into.part(job.job, replace(job, job=f"{job.job}/{part}"))
    else:
        into.job(job)


def _sample(row: Mapping[str, Any], into: Gathering) -> None:
    job, at_us = _text(row, "job"), _time(row.get("sampled_at"), into)
    if at_us is None:
        raise ValueError("sampled_at is no time")
    for name in SAMPLES:
        if _given(row.get(name)):
            value = number_of(row[name])
            if value is None:
                raise ValueError(f"{name} is no number")
            into.sample(job, name, at_us, value)


def _flow(row: Mapping[str, Any], into: Gathering) -> None:
    at_us = _time(row.get("bucket_at"), into)
    came, went = number_of(row.get("bytes_in")), number_of(row.get("bytes_out") or 0)
    if at_us is None:
        raise ValueError("bucket_at is no time")
    if came is None or went is None:
        raise ValueError("bytes are no number")
    into.flow(
        Flow(
            account=str(row.get("account") or ""),
            job=str(row.get("job") or ""),
            bucket_us=at_us,
            bytes_in=came,
            bytes_out=went,
            remote_kind=str(row.get("remote_kind") or "outside"),
            address=str(row.get("address") or ""),
        )
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None or not str(value).strip():
        raise ValueError(f"{name} is missing")
    return str(value).strip()


def _time(value: Any, into: Gathering, after_us: int = 0) -> int | None:
    told = value.isoformat() if isinstance(value, datetime) else value
    return into.clock.us(told, after_us=after_us)


def _given(value: Any) -> bool:
    return value is not None and value != ""


def _whole(row: Mapping[str, Any], name: str, absent: int) -> int:
    if not _given(row.get(name)):
        return absent
    value = number_of(row[name])
    if value is None or value < 0 or value > 1e9:
        raise ValueError(f"{name} is no count")
    # A share of a device is a device: traces count hundredths.
    return max(1, round(value)) if value > 0 else 0
