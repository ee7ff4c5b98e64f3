"""Open logs of clusters: tell what each file is from its start, and read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stillwatch.adapters.cloud.gathering import STEP_S, Gathering
from stillwatch.adapters.cloud.kubernetes import read_kubernetes
from stillwatch.adapters.cloud.prometheus import read_exposition, read_range
from stillwatch.adapters.cloud.sacct import is_sacct, read_sacct
from stillwatch.adapters.cloud.shipped import read_toml, shipped
from stillwatch.adapters.cloud.tables import ColumnMap, map_from, read_csv, read_parquet
from stillwatch.adapters.readers.interface import Reject
from stillwatch.adapters.readers.lines import Chunks, values
from stillwatch.adapters.readers.sources import find_sources
from stillwatch.model.errors import BadInput, BadSettings


def read_telemetry(
    sources: Sequence[str | Path],
    *,
    strict: bool = False,
    drop_columns: bool = False,
    column_map: str = "",
    on_reject: Callable[[Reject], None] | None = None,
    step_s: float = STEP_S,
) -> Gathering:
    """Read jobs, samples and flows from files, folders and globs.

    Args:
        sources: Slurm ``sacct``, Kubernetes lists, Prometheus answers or text, CSV, Parquet; plain,
            gzip or zstd.
        strict: stop at the first row that cannot be read.
        drop_columns: pass over columns that are not in the closed lists, unread.
        column_map: name of a shipped map (``philly``, ``pai``, ``acme``) or a TOML file.
        on_reject: told each row that is set aside.
        step_s: width of the bins of traces, seconds.

    Raises:
        BadInput: nothing to read, or a file that is none of these.
        NotAllowed: a column is not in the closed lists.
        OutsideFailed: a file may not be read.
    """
    into = Gathering(strict=strict, on_reject=on_reject, step_s=step_s)
    mapped = _map(column_map) if column_map else None
    for source in find_sources(sources):
        _read(source.path, into, drop_columns, mapped)
    return into


def _read(path: Path, into: Gathering, drop: bool, mapped: ColumnMap | None) -> None:
    file = str(path)
    head = b""
    for chunk in Chunks(path, lambda _: None, 65_536):
        head = chunk
        break
    if head.startswith(b"PAR1"):
        read_parquet(path, file, into, drop=drop, mapped=mapped)
        return
    start = head[:65_536].decode("utf-8", "replace").lstrip("\ufeff \r\n\t")
    if not start:
        raise BadInput("is empty.", where=file)
    lines = values(Chunks(path, lambda _: None), "lines")
    first = start.split("\n", 1)[0]
    if start.startswith("{"):
        if '"resultType"' in start:
            read_range(path, file, into)
        elif '"items"' in start or '"kind"' in start:
            read_kubernetes(path, file, into)
        else:
            raise _foreign(file)
    elif is_sacct(first):
        read_sacct(lines, file, into, drop=drop)
    elif start.startswith("# ") or (
        "{" in first and " " in first and "," not in first.split("{")[0]
    ):
        read_exposition(lines, file, into)
    elif "," in first:
        read_csv(lines, file, into, drop=drop, mapped=mapped)
    else:
        raise _foreign(file)


def _map(told: str) -> ColumnMap:
    known: dict[str, Any] = shipped("maps")
    if told in known:
        return map_from(told, known[told])
    path = Path(told)
    if not path.is_file():
        names = ", ".join(sorted(known))
        raise BadSettings("--map", f"{told!r} is neither a file nor one of {names}.")
    return map_from(told, read_toml(path))


def _foreign(file: str) -> BadInput:
    return BadInput(
        "is no log of a cluster that can be told.",
        where=file,
        remedy="Known: sacct --parsable2, kubectl -o json, Prometheus, CSV, Parquet.",
    )
