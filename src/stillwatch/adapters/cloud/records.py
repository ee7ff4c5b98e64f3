"""Records of customers from a file: JSON lines or an array, each record with closed fields."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.lines import Chunks, Layout, values
from stillwatch.adapters.readers.sources import find_sources
from stillwatch.cloud.customers import Books, check_record, day_or_none
from stillwatch.model.errors import BadInput


def read_books(path: Path) -> Books:
    """All records of a file. Records of people are few and owed: nothing is set aside quietly.

    Raises:
        BadInput: a line is no record, has an unknown field, or names somebody twice.
        OutsideFailed: the file may not be read.
    """
    (source,) = find_sources([path])
    head = next(iter(Chunks(source.path, lambda _: None)), b"").lstrip(b"\xef\xbb\xbf \r\n\t")
    layout: Layout = "array" if head.startswith(b"[") else "stream"
    found: dict[str, dict[str, Mapping[str, Any]]] = {"customer": {}, "reseller": {}}
    certified = None
    for raw in values(Chunks(source.path, lambda _: None), layout):
        where = f"{path}:{raw.line}"
        if raw.reason:
            raise BadInput(raw.reason + ".", where=where)
        try:
            record = loads(raw.data)
        except BadJson as error:
            raise BadInput(f"{error}.", where=where) from error
        if not isinstance(record, dict):
            raise BadInput("is no JSON object.", where=where)
        kind = check_record(record, where=where)
        if kind == "provider":
            certified = day_or_none(record.get("certified_on"))
        elif record[kind] in found[kind]:
            raise BadInput(f"the {kind} was told before.", where=where)
        else:
            found[kind][record[kind]] = record
    if not found["customer"] and not found["reseller"]:
        raise BadInput("holds no record.", where=str(path))
    return Books(customers=found["customer"], resellers=found["reseller"], certified_on=certified)
