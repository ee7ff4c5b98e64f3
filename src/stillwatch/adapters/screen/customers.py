"""Customers: whom to screen, from Parquet, CSV or JSON lines, in blocks of rows."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.asked import COLUMNS

Row = dict[str, Any]
BLOCK_ROWS = 2_000
ENDINGS = (".parquet", ".csv", ".jsonl", ".ndjson")
_REMEDY = f"Columns are {', '.join(name for name, _ in COLUMNS)}; only name must be there."


def blocks(path: Path, first: int = 0) -> Iterator[tuple[int, list[Row]]]:
    """Blocks of rows, numbered from 0.

    Args:
        path: its ending says what it is.
        first: blocks before this one are left out.

    Raises:
        BadInput: it is damaged, lacks the column ``name``, or is of another kind.
        OutsideFailed: it cannot be read.
    """
    try:
        rows = _rows(path)
        number = 0
        while block := list(islice(rows, BLOCK_ROWS)):
            if number >= first:
                yield number, block
            number += 1
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"is no UTF-8: {error.reason}.", where=str(path)) from None


def n_rows(path: Path) -> int | None:
    """How many rows it has, where that is cheap to know."""
    if path.suffix == ".parquet":
        try:
            return int(pq.read_metadata(path).num_rows)
        except (OSError, pa.ArrowInvalid):
            return None
    try:
        with path.open("rb") as file:
            n_lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except OSError:
        return None
    return max(0, n_lines - (1 if path.suffix == ".csv" else 0))


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix == ".parquet":
        return _parquet(path)
    if path.suffix == ".csv":
        return _csv(path)
    if path.suffix in (".jsonl", ".ndjson"):
        return _jsonl(path)
    raise BadInput(
        f"ends in {path.suffix or 'nothing'}.", where=str(path),
        remedy=f"Customers are read from {', '.join(ENDINGS)}.",
    )  # fmt: skip


def _parquet(path: Path) -> Iterator[Row]:
    try:
        file = pq.ParquetFile(path)
        wanted = [name for name, _ in COLUMNS if name in file.schema_arrow.names]
        _need_name(wanted, path)
        for batch in file.iter_batches(batch_size=BLOCK_ROWS, columns=wanted):
            yield from batch.to_pylist()
    except pa.ArrowInvalid as error:
        raise BadInput(f"is cut off or no Parquet: {error}.", where=str(path)) from None


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        _need_name(rows.fieldnames or (), path)
        try:
            for row in rows:
                if None in row:
                    raise BadInput(
                        "has more columns than the first line.",
                        where=f"{path}, line {rows.line_num}", remedy="Put quotes around commas.",
                    )  # fmt: skip
                yield row
        except csv.Error as error:
            raise BadInput(f"{error}.", where=f"{path}, line {rows.line_num}") from None


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise BadInput(f"is no JSON: {error}.", where=f"{path}, line {number}") from None
            if not isinstance(row, dict):
                raise BadInput("is no object.", where=f"{path}, line {number}", remedy=_REMEDY)
            yield row


def _need_name(columns: Any, path: Path) -> None:
    if "name" not in columns:
        raise BadInput("has no column `name`.", where=str(path), remedy=_REMEDY)
