"""Open logs of clusters: tell what each file is from its start, and read it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stillwatch.adapters.cloud.column_maps import ColumnMap, map_from
from stillwatch.adapters.cloud.gathering import STEP_S, Gathering
from stillwatch.adapters.cloud.kubernetes import read_kubernetes
from stillwatch.adapters.cloud.philly import is_philly, read_philly
from stillwatch.adapters.cloud.prometheus import read_exposition, read_range
from stillwatch.adapters.cloud.sacct import is_sacct, read_sacct
from stillwatch.adapters.cloud.shipped import read_toml, shipped
from stillwatch.adapters.cloud.tables import read_csv, read_parquet
from stillwatch.adapters.readers.interface import Reject
from stillwatch.adapters.readers.lines import Chunks, codec_of, values
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
    time_zone: str = "",
    on_progress: Callable[[int, float], None] | None = None,
) -> Gathering:
    """Read jobs, samples and flows from files, folders and globs.

    Args:
        sources: Slurm ``sacct``, Kubernetes lists, Prometheus answers or text, CSV, Parquet; plain,
            gzip or zstd.
        strict: stop at the first row that cannot be read.
        drop_columns: pass over columns that are not in the closed lists, unread.
        column_map: name of a shipped map (``helios``, ``pai``, ``acme``, ``openb``, ``philly``) or
            a TOML file.
        on_reject: told each row that is set aside.
        step_s: width of the bins of traces, seconds.
        time_zone: of times without an offset; empty is the map's, or UTC.
        on_progress: told how many rows were taken, and what share of the bytes was read.

    Raises:
        BadInput: nothing to read, or a file that is none of these.
        NotAllowed: a column is not in the closed lists.
        OutsideFailed: a file may not be read.
    """
    mapped = _map(column_map) if column_map else None
    zone = time_zone or (mapped.time_zone if mapped is not None else "")
    into = Gathering(strict=strict, on_reject=on_reject, step_s=step_s, time_zone=zone)
    found = list(find_sources(sources))
    sizes = [source.path.stat().st_size for source in found]
    for n, source in enumerate(found):

        def on_bytes(n_bytes: int, before: int = sum(sizes[:n])) -> None:
            if on_progress is not None:
                n_rows = into.n_jobs + into.n_samples + into.n_flows
                on_progress(n_rows, (before + n_bytes) / max(sum(sizes), 1))

        _read(source.path, into, drop_columns, mapped, on_bytes)
        on_bytes(sizes[n])
    return into


def _read(
    path: Path, into: Gathering, drop: bool, mapped: ColumnMap | None,
    on_bytes: Callable[[int], None],
) -> None:  # fmt: skip
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
    lines = values(Chunks(path, on_bytes), "lines")
    first = start.split("\n", 1)[0]
    if start.startswith("{"):
        if '"resultType"' in start:
            read_range(path, file, into)
        elif '"items"' in start or '"kind"' in start:
            read_kubernetes(path, file, into)
        else:
            raise _foreign(file)
    elif is_philly(start):
        read_philly(path, file, into)
    elif is_sacct(first):
        read_sacct(lines, file, into, drop=drop)
        if _cut_off(path):
            into.notes.append(f"{file} ends within a line; it may have been cut off")
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
        remedy="Known: sacct --parsable2, kubectl -o json, Prometheus, CSV with commas, Parquet, "
        "the job log of Philly; all text in UTF-8.",
    )


def _cut_off(path: Path) -> bool:
    """Whether a plain file, of which every line ends, ends within one."""
    with path.open("rb") as file:
        if codec_of(file.read(4)):
            return False
        file.seek(-1, 2)
        return file.read(1) not in b"\r\n"
