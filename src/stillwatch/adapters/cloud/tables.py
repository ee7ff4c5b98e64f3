"""CSV and Parquet in our own columns, or in those of a public trace by a map."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.adapters.cloud.columns import refused
from stillwatch.adapters.cloud.gathering import Gathering
from stillwatch.adapters.readers.lines import Raw
from stillwatch.adapters.readers.times import time_us
from stillwatch.cloud.telemetry import FLOW_COLUMNS, JOB_COLUMNS, SAMPLES, Flow, Job
from stillwatch.model.errors import BadInput, BadSettings

_JOBS: Final = frozenset(name for name, _, _ in JOB_COLUMNS)
_FLOWS: Final = frozenset(name for name, _, _ in FLOW_COLUMNS)
_SAMPLES: Final = frozenset({"job", "sampled_at", *SAMPLES})

Cell = Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where our columns of a job stand in a foreign table.

    Args:
        name: of the map.
        cells: how to get each of our columns.
        known: columns that may stand in the table.
        epoch_us: added to times, which then are seconds since it.
    """

    name: str
    cells: Mapping[str, Cell]
    known: frozenset[str]
    epoch_us: int | None = None


@dataclass(slots=True)
class _Table:
    """How the rows of one table are taken."""

    names: Sequence[str]
    take: Callable[[Mapping[str, Any], Gathering], None]
    extra: list[str] = field(default_factory=list)


def map_from(name: str, told: Mapping[str, Any]) -> ColumnMap:
    """A map of columns from its parsed TOML table.

    Raises:
        BadSettings: it is no map.
    """
    cells: dict[str, Cell] = {}
    known = set(told.get("dropped", ()))
    try:
        for ours, theirs in told.items():
            if ours in ("source", "dropped", "epoch"):
                continue
            if ours not in _JOBS:
                raise ValueError(f"{ours} is no column of a job")
            entry = {"column": theirs} if isinstance(theirs, str) else theirs
            column, scale = str(entry["column"]), float(entry.get("scale", 1.0))
            times = str(entry.get("times", ""))
            known |= {column, *([times] if times else [])}
            cells[ours] = _cell(column, scale, times)
        epoch = told.get("epoch")
        start = None if epoch is None else round(datetime.fromisoformat(epoch).timestamp() * 1e6)
    except (KeyError, TypeError, ValueError) as error:
        raise BadSettings(f"--map {name}", f"is no map of columns: {error}.") from error
    return ColumnMap(name, cells, frozenset(known), start)


def _cell(column: str, scale: float, times: str) -> Cell:
    def get(row: Mapping[str, Any]) -> Any:
        value = row.get(column)
        if scale == 1.0 and not times:
            return value
        factor = _number(row.get(times)) if times else 1.0
        number = _number(value)
        return None if number is None or factor is None else number * scale * factor

    return get


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
            else:
                yield raw.data.decode("utf-8", "replace").rstrip("\r\n")

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
            table = _table([cell.strip() for cell in cells], file, drop=drop, mapped=mapped)
        elif len(cells) != len(table.names):
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
    if mapped is not None:
        extra = [name for name in names if name not in mapped.known]
        take: Callable[[Mapping[str, Any], Gathering], None] = lambda row, into: _mapped(  # noqa: E731
            row, into, mapped
        )
        dropped = [n for n in names if n not in mapped.known]
    else:
        for wanted, known, taker in (
            ({"job", "sampled_at"}, _SAMPLES, _sample),
            ({"account", "bucket_at", "bytes_in"}, _FLOWS, _flow),
            ({"job", "account", "started_at", "n_devices"}, _JOBS, _job),
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
    started, ended = _time(row.get("started_at")), _time(row.get("ended_at"))
    if started is None:
        raise ValueError("started_at is no time")
    if ended is None and _given(row.get("ended_at")):
        raise ValueError("ended_at is no time")
    into.job(
        Job(
            job=_text(row, "job"),
            account=_text(row, "account"),
            submitted_us=_time(row.get("submitted_at")) or 0,
            started_us=started,
            ended_us=started if ended is None else ended,
            running=ended is None,
            state=str(row.get("state") or ""),
            n_nodes=_whole(row, "n_nodes", 1),
            n_devices=_whole(row, "n_devices", 0),
            hardware=str(row.get("hardware") or ""),
            precision=str(row.get("precision") or "").lower(),
            parameters=_number(row.get("parameters")) or 0.0,
            tokens=_number(row.get("tokens")) or 0.0,
        )
    )


def _mapped(row: Mapping[str, Any], into: Gathering, mapped: ColumnMap) -> None:
    told = {ours: get(row) for ours, get in mapped.cells.items()}
    if mapped.epoch_us is not None:
        for name in ("submitted_at", "started_at", "ended_at"):
            seconds = _number(told.get(name))
            told[name] = None if seconds is None else mapped.epoch_us / 1e6 + seconds
    if not _given(told.get("started_at")):
        into.n_skipped += 1
        return
    _job(told, into)


def _sample(row: Mapping[str, Any], into: Gathering) -> None:
    job, at_us = _text(row, "job"), _time(row.get("sampled_at"))
    if at_us is None:
        raise ValueError("sampled_at is no time")
    for name in SAMPLES:
        if _given(row.get(name)):
            value = _number(row[name])
            if value is None:
                raise ValueError(f"{name} is no number")
            into.sample(job, name, at_us, value)


def _flow(row: Mapping[str, Any], into: Gathering) -> None:
    at_us = _time(row.get("bucket_at"))
    came, went = _number(row.get("bytes_in")), _number(row.get("bytes_out") or 0)
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


def _time(value: Any) -> int | None:
    return time_us(value.isoformat() if isinstance(value, datetime) else value)


def _given(value: Any) -> bool:
    return value is not None and value != ""


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if isfinite(found) else None


def _whole(row: Mapping[str, Any], name: str, absent: int) -> int:
    if not _given(row.get(name)):
        return absent
    value = _number(row[name])
    if value is None or value < 0 or value > 1e9:
        raise ValueError(f"{name} is no count")
    # A share of a device is a device: traces count hundredths.
    return max(1, round(value)) if value > 0 else 0
