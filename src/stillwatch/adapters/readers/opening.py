"""Open logs: find the files, tell what each is, and hand back a reading."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from stillwatch.adapters.readers.detecting import Empty, Foreign, kind_of
from stillwatch.adapters.readers.interface import Reject
from stillwatch.adapters.readers.parquet import MissingColumn, ParquetTable
from stillwatch.adapters.readers.reading import Choices, OpenFile, Reading
from stillwatch.adapters.readers.registry import FORMATS
from stillwatch.adapters.readers.sources import Source, find_sources
from stillwatch.adapters.readers.times import time_us
from stillwatch.model.errors import BadInput, BadSettings
from stillwatch.model.exchange import EXCHANGES_SCHEMA

_MAY_DEFAULT = ("account", "sent_at", "model", "credential", "operation", "pathway")


def open_exchanges(
    sources: Sequence[str | Path],
    *,
    format: str = "auto",
    strict: bool = False,
    on_reject: Callable[[Reject], None] | None = None,
    keep_raw: bool = False,
    defaults: Mapping[str, Any] | None = None,
) -> Reading:
    """Open logs for reading; nothing but the start of each file is read yet.

    A file that the user named must hold exchanges. In a folder or behind a glob, a
    file that is empty or holds something else is passed over and listed in
    ``Reading.skipped``, unless ``strict``; a damaged one is an error everywhere.

    Args:
        sources: files, folders (read through) and globs.
        format: one of ``FORMATS``, or ``auto`` to tell it for each file.
        strict: fail at the first line that cannot be read and at any foreign file.
        on_reject: called with each line that is set aside, while reading.
        keep_raw: let a ``Reject`` carry the start of its line. It is people's text.
        defaults: values for rows that lack them; keys among account, sent_at, model,
            credential, operation, pathway. Batch files need them: the files
            themselves say neither who is billed nor, often, when.

    Raises:
        BadInput: nothing to read, a wrong kind of file, a missing column, damage.
        BadSettings: unknown format or default.
        OutsideFailed: a file may not be read.
    """
    if format != "auto" and format not in FORMATS:
        raise BadSettings("format", f"{format!r} is unknown; known: auto, {', '.join(FORMATS)}.")
    if isinstance(sources, str | Path):
        sources = [sources]
    choices = Choices(strict, on_reject, keep_raw, _checked(defaults or {}))
    files: list[OpenFile] = []
    skipped: dict[str, str] = {}
    reasons: list[BadInput] = []
    for source in find_sources(sources):
        try:
            files.append(_open(source, format, choices.defaults))
        except (Empty, Foreign, MissingColumn) as error:
            if not isinstance(error, Empty) and (source.named or strict):
                raise
            reasons.append(error)
            skipped[str(source.path)] = f"{error.what} {error.remedy}".strip()
    if not files:
        raise _nothing(reasons)
    files.sort(key=lambda one: not one.kind.halves)
    return Reading(files, skipped, choices)


def _open(source: Source, format: str, defaults: Mapping[str, Any]) -> OpenFile:
    kind = kind_of(source, format)
    table = ParquetTable(source.path, defaults) if kind.format == "parquet" else None
    return OpenFile(source, kind, table)


def _checked(defaults: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(defaults)
    for column, value in defaults.items():
        if column not in _MAY_DEFAULT:
            allowed = ", ".join(_MAY_DEFAULT)
            raise BadSettings(f"defaults.{column}", f"only these may have a default: {allowed}.")
        if column == "sent_at":
            found[column] = time_us(value)
        good = (
            found[column] is not None if column == "sent_at" else isinstance(value, str) and value
        )
        if not good:
            kind = EXCHANGES_SCHEMA.field(column).type
            raise BadSettings(f"defaults.{column}", f"cannot be read as {kind}.")
    return found


def _nothing(reasons: list[BadInput]) -> BadInput:
    if len(reasons) == 1:
        return reasons[0]
    shown = "; ".join(f"{one.where}: {one.what}" for one in reasons[:5])
    return BadInput(
        f"none of the {len(reasons)} files holds exchanges. {shown}",
        remedy="Name the files that hold the logs.",
    )
