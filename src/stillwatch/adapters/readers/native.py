"""Native JSON: objects whose keys are the columns of the contract."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.adapters.readers.interface import Format, Record, Row
from stillwatch.model.exchange import REQUIRED


def claims(record: Record) -> float:
    """All required keys: sure. Three of the four: likely a row with a fault."""
    n_found = sum(key in record for key in REQUIRED)
    if n_found == len(REQUIRED):
        return 1.0
    return 0.4 if n_found == len(REQUIRED) - 1 else 0.0


def rows(record: Record, file: str) -> Sequence[Row]:
    """The record itself."""
    return (record,) if isinstance(record, dict) else (dict(record),)


FORMAT = Format("jsonl", claims, rows)
