"""The list of formats, and how a file's format is told from its first records."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.adapters.readers import anthropic, bedrock, litellm, native, openai, otlp
from stillwatch.adapters.readers.interface import Format, Record

RECORD_FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        native.FORMAT,
        otlp.FORMAT,
        litellm.FORMAT,
        openai.FORMAT,
        anthropic.FORMAT,
        bedrock.FORMAT,
    )
}

#: every format by the name under which the user may ask for it.
FORMATS: tuple[str, ...] = ("parquet", *RECORD_FORMATS)

#: formats whose records may stand mixed in one gateway's log.
PAIRS = frozenset({"openai", "anthropic"})

#: formats in which an exchange may stand in two records, in two files even.
IN_HALVES = PAIRS | {"otlp"}


def format_of(records: Sequence[Record]) -> Format | None:
    """The format that the records claim most surely together, or None.

    Args:
        records: the first records of a file, at least one of which is sound.
    """
    best, most = None, 0.0
    for one in RECORD_FORMATS.values():
        total = sum(one.claims(record) for record in records)
        if total > most:
            best, most = one, total
    return best


def reader_of(record: Record, chosen: Format) -> Format:
    """The format for one record of a file: pairs of two providers may be mixed."""
    if chosen.name not in PAIRS:
        return chosen
    return (
        max((RECORD_FORMATS[name] for name in sorted(PAIRS)), key=lambda f: f.claims(record))
        if any(RECORD_FORMATS[name].claims(record) for name in PAIRS)
        else chosen
    )
