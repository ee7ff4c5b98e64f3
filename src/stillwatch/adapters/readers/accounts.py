"""The accounts table: Parquet, JSON lines or CSV, one row an account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from stillwatch.adapters.readers.casts import castable, to_contract
from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.detecting import first_bytes, layout_of
from stillwatch.adapters.readers.fields import printable
from stillwatch.adapters.readers.lines import Chunks, Layout, codec_of, values
from stillwatch.adapters.readers.parquet import damaged
from stillwatch.adapters.readers.sources import find_sources
from stillwatch.adapters.readers.times import time_us
from stillwatch.model.account import ACCOUNTS_SCHEMA
from stillwatch.model.errors import BadInput

_TIME = pa.timestamp("us", tz="UTC")


def read_accounts(path: str | Path) -> pa.Table:
    """Read an accounts file.

    Args:
        path: one Parquet, JSON-lines, JSON-array or CSV file (text may be gzip or zstd).

    Returns:
        (n_accounts,) rows in ``ACCOUNTS_SCHEMA``; columns that are absent are null.

    Raises:
        BadInput: no such file, no column ``account``, an account without a name or
            with two rows, a line that is no JSON object, or a damaged file.
        OutsideFailed: the file may not be read.
    """
    found = [one.path for one in find_sources([path])]
    if len(found) != 1:
        raise BadInput(
            f"one accounts file is needed; {len(found)} files are here.",
            where=str(path),
            remedy="Name the file itself.",
        )
    file = found[0]
    head = first_bytes(file)
    if not head.strip():
        raise BadInput("the accounts file is empty.", where=str(file), remedy="Name another.")
    if head.startswith(b"PAR1"):
        table = _parquet(file)
    elif head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        table = _json(file, layout_of(head) or "lines")
    else:
        table = _csv(file, head)
    return _checked(table, file)


def _parquet(file: Path) -> pa.Table:
    try:
        with pq.ParquetFile(file) as opened:
            wanted = [name for name in opened.schema_arrow.names if name in ACCOUNTS_SCHEMA.names]
            _need_account(opened.schema_arrow.names, file)
            found = opened.read(columns=wanted).combine_chunks()
    except (pa.ArrowException, OSError) as error:
        raise damaged(file) from error
    return _cast(found, file)


def _json(file: Path, layout: Layout) -> pa.Table:
    rows = list(_json_rows(file, layout))
    keys = set().union(*rows) if rows else set()
    _need_account(sorted(keys), file)
    arrays = []
    for field in ACCOUNTS_SCHEMA:
        given = [row.get(field.name) for row in rows]
        if field.name == "opened_at":
            arrays.append(pa.array([time_us(value) for value in given], _TIME))
        else:
            arrays.append(pa.array([_name(value) for value in given], pa.string()))
    return pa.Table.from_arrays(arrays, schema=ACCOUNTS_SCHEMA)


def _json_rows(file: Path, layout: Layout) -> Iterator[dict[str, Any]]:
    for raw in values(Chunks(file, lambda _: None), layout):
        where = f"{file}, line {raw.line}"
        try:
            row = loads(raw.data) if not raw.reason else None
        except BadJson as error:
            raise BadInput(f"{error}.", where=where, remedy="Mend the line.") from error
        if not isinstance(row, dict):
            raise BadInput(
                f"{raw.reason or 'not a JSON object'}.", where=where, remedy="Mend the line."
            )
        yield row


def _name(value: Any) -> str | None:
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _csv(file: Path, head: bytes) -> pa.Table:
    first = head.split(b"\n", 1)[0]
    sign = max((",", ";", "\t"), key=lambda one: first.count(one.encode()))
    options = pacsv.ConvertOptions(
        column_types={name: pa.string() for name in ACCOUNTS_SCHEMA.names},
        strings_can_be_null=True,
        null_values=[""],
        quoted_strings_can_be_null=True,
    )
    try:
        with pa.OSFile(str(file), "rb") as disk:
            codec = codec_of(disk.read(4))
            disk.seek(0)
            found = pacsv.read_csv(
                pa.CompressedInputStream(disk, codec) if codec else disk,
                parse_options=pacsv.ParseOptions(delimiter=sign, newlines_in_values=True),
                convert_options=options,
            ).combine_chunks()
        names = found.schema.names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise BadInput(
            "this is no table of accounts in Parquet, JSON lines or CSV.",
            where=str(file),
            remedy="A CSV file needs a first line of column names and UTF-8 text.",
        ) from error
    _need_account(names, file)
    return _cast(found, file)


def _need_account(names: list[str], file: Path) -> None:
    if "account" not in names:
        shown = printable(names)
        raise BadInput(
            f"required column account is missing; columns found: {shown}.",
            where=str(file),
            remedy="Rename the column that joins the logs' account to account.",
        )


def _cast(found: pa.Table, file: Path) -> pa.Table:
    arrays = []
    for field in ACCOUNTS_SCHEMA:
        if field.name not in found.schema.names:
            arrays.append(pa.nulls(found.num_rows, field.type))
            continue
        column = pa.concat_arrays(found.column(field.name).chunks or [pa.nulls(0)])
        if not castable(column.type, field.type):
            raise BadInput(
                f"column {field.name} has type {column.type}, which cannot be read as "
                f"{field.type}.",
                where=str(file),
                remedy="Cast it where the file is written.",
            )
        arrays.append(to_contract(field.name, column, field.type))
    return pa.Table.from_arrays(arrays, schema=ACCOUNTS_SCHEMA)


def _checked(table: pa.Table, file: Path) -> pa.Table:
    accounts = table.column("account")
    blank = pc.or_(pc.is_null(accounts), pc.fill_null(pc.equal(accounts, ""), True))
    if pc.any(blank).as_py():
        row = pc.index(blank, True).as_py() + 1
        raise BadInput(
            "an account has no name.", where=f"{file}, row {row}", remedy="Name it or drop it."
        )
    counts = pc.value_counts(accounts.combine_chunks())
    twice = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(twice):
        name, n_rows = twice[0]["values"].as_py(), twice[0]["counts"].as_py()
        more = f", and {len(twice) - 1} more" if len(twice) > 1 else ""
        raise BadInput(
            f"account {name[:80]!r} has {n_rows} rows{more}.",
            where=str(file),
            remedy="Keep one row an account.",
        )
    return table
