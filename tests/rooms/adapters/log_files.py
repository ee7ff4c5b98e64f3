"""Small logs for the tests of the readers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from stillwatch.adapters.readers import Reading, open_exchanges

NOON = "2026-06-10T12:00:00Z"


def native(number: int = 1, **more: Any) -> dict[str, Any]:
    """A native row with its required fields."""
    return {
        "exchange_id": f"x{number}",
        "sent_at": NOON,
        "account": f"a{number % 3}",
        "model": "m-1",
        **more,
    }


def lines(*records: Any) -> bytes:
    """JSON lines; bytes are taken as they are."""
    return b"".join(
        (record if isinstance(record, bytes) else orjson.dumps(record)) + b"\n"
        for record in records
    )


def put(path: Path, *records: Any) -> Path:
    """Write JSON lines to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*records))
    return path


def rows_of(reading: Reading) -> list[dict[str, Any]]:
    """Every row without its nulls."""
    return [
        {name: value for name, value in row.items() if value is not None}
        for batch in reading
        for row in batch.to_pylist()
    ]


def read(folder: Path, *records: Any, **choices: Any) -> list[dict[str, Any]]:
    """Write records to a file and read them."""
    return rows_of(open_exchanges([put(folder / "log", *records)], **choices))
