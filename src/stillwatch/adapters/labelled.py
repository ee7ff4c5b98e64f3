"""Read what the lab takes from disk: reports, truth tables, and a user's own task texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.json as pj
import pyarrow.parquet as pq

from stillwatch.model.errors import BadInput


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        BadInput: not JSON, or not an object.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise BadInput(f"not JSON: {error}.", where=str(path)) from error
    if not isinstance(value, dict):
        raise BadInput("a JSON object is needed.", where=str(path))
    return value


def read_columns(path: Path, columns: Sequence[str] | None) -> pa.Table:
    """Columns of a Parquet file or folder, all of them for None.

    Raises:
        BadInput: not Parquet, or a column is absent.
    """
    try:
        table = pq.read_table(path, columns=list(columns) if columns else None)
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        raise BadInput(f"could not read: {error}.", where=str(path)) from error
    missing = [c for c in columns or () if c not in table.column_names]
    if missing:
        raise BadInput(f"no column {', '.join(missing)}.", where=str(path))
    return table


def read_corpus(path: Path) -> tuple[tuple[str, str], ...]:
    """Task texts of a Parquet or JSONL file: (kind, text) pairs, kind "" where absent.

    Raises:
        BadInput: there is no column ``text``.
    """
    if path.suffix in (".jsonl", ".json", ".ndjson"):
        try:
            table = pj.read_json(path)
        except pa.ArrowInvalid as error:
            raise BadInput(f"not JSON lines: {error}.", where=str(path)) from error
    else:
        table = read_columns(path, None)
    if "text" not in table.column_names:
        raise BadInput(
            "no column text.", where=str(path), remedy="Give a column text, and kind if you like."
        )
    texts = table["text"].to_pylist()
    kinds = table["kind"].to_pylist() if "kind" in table.column_names else [""] * len(texts)
    pairs = zip(kinds, texts, strict=True)
    return tuple((str(kind or ""), str(text)) for kind, text in pairs if text)
