"""What a file is, told from its first bytes and records, never from its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.fields import printable
from stillwatch.adapters.readers.interface import JOIN, Format, Half, NotARecord, Record
from stillwatch.adapters.readers.lines import Chunks, Layout, values
from stillwatch.adapters.readers.registry import RECORD_FORMATS, format_of, reader_of
from stillwatch.adapters.readers.sources import Source
from stillwatch.model.errors import BadInput

_HEAD_BYTES = 64 << 10
_N_RECORDS = 5
_N_TRIES = 200

_OTHER_KINDS: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG", "a PNG image", ""),
    (b"\xff\xd8\xff", "a JPEG image", ""),
    (b"%PDF", "a PDF document", ""),
    (b"PK\x03\x04", "a ZIP archive", "Unpack it first."),
    (b"BZh", "a bzip2 file", "Recompress it with gzip or zstd."),
    (b"\xfd7zXZ", "an xz file", "Recompress it with gzip or zstd."),
    (b"SQLite format 3", "an SQLite database", "Export the table to Parquet."),
    (b"ARROW1", "an Arrow IPC file", "Write it as Parquet."),
    (b"Obj\x01", "an Avro file", "Convert it to Parquet."),
    (b"ORC", "an ORC file", "Convert it to Parquet."),
    (b"\xff\xfe", "UTF-16 text", "Convert it to UTF-8."),
    (b"\xfe\xff", "UTF-16 text", "Convert it to UTF-8."),
)


class Foreign(BadInput):
    """The file holds something other than exchanges."""


class Empty(BadInput):
    """The file holds nothing at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How a file is to be read.

    Args:
        format: the format's name.
        layout: how values stand in a text file; None for Parquet.
        records: the format's reader; None for Parquet.
        mixed: records of other pair formats may stand among them.
        halves: the file holds requests whose results may stand in another file.
        responds: one of its first records holds a response.
    """

    format: str
    layout: Layout | None = None
    records: Format | None = None
    mixed: bool = False
    halves: bool = False
    responds: bool = False


def kind_of(source: Source, wanted: str) -> Kind:
    """Tell what a file is.

    Args:
        source: the file.
        wanted: a format's name, or ``auto``.

    Raises:
        Empty: nothing is in it.
        Foreign: it is no log that can be read.
        OutsideFailed: it cannot be opened.
    """
    head = first_bytes(source.path)
    if not head.strip():
        raise Empty("the file is empty.", where=str(source.path), remedy="Name another file.")
    if head.startswith(b"PAR1"):
        if wanted not in ("auto", "parquet"):
            raise Foreign(
                f"this is Parquet, not {wanted}.",
                where=str(source.path),
                remedy="Leave the format out, or ask for parquet.",
            )
        return Kind("parquet")
    if wanted == "parquet":
        raise Foreign("this is not Parquet.", where=str(source.path), remedy=_looks_like(head))
    layout = layout_of(head)
    if wanted != "auto":
        return _kind(RECORD_FORMATS[wanted], layout, _records(source.path, layout), mixed=False)
    records = _records(source.path, layout) if layout is not None else []
    if not records:
        raise _no_records(source.path, head)
    chosen = format_of(records)
    if chosen is None:
        keys = printable(list(records[0]))
        raise Foreign(
            f"this is JSON of no known log format; its first record has the keys: {keys}.",
            where=str(source.path),
            remedy=f"Known formats: {', '.join(RECORD_FORMATS)}.",
        )
    return _kind(chosen, layout, records, mixed=True)


def _kind(chosen: Format, layout: Layout | None, records: list[Record], *, mixed: bool) -> Kind:
    halves = responds = False
    for record in records:
        try:
            found = reader_of(record, chosen).rows(record, "") if mixed else chosen.rows(record, "")
        except NotARecord:
            continue
        marks = [row.get(JOIN) for row in found]
        responds |= any(bool(row.get("response")) for row in found)
        halves |= any(isinstance(mark, Half) and mark.part == "request" for mark in marks)
    return Kind(chosen.name, layout or "lines", chosen, mixed, halves, responds)


def first_bytes(path: Path) -> bytes:
    """The first 64 KiB of a file, decompressed."""
    chunks = Chunks(path, lambda _: None, _HEAD_BYTES)
    try:
        head = next(iter(chunks), b"")
    except OSError as error:
        raise BadInput("the file cannot be read.", where=str(path), remedy=str(error)) from error
    if not head and chunks.cut_short:
        raise BadInput(
            "the compressed file is damaged from its start.",
            where=str(path),
            remedy="Copy it again.",
        )
    return head


def layout_of(head: bytes) -> Layout | None:
    """How JSON values stand in a file that starts so; None where none can."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"["):
        return "array"
    first = text.split(b"\n", 1)[0].rstrip()
    if text.startswith(b"{") and first[-1:] in (b"{", b"[", b",", b":"):
        return "stream"
    return "lines" if b"{" in text or len(head) >= _HEAD_BYTES else None


def _records(path: Path, layout: Layout | None) -> list[Record]:
    found: list[Record] = []
    chunks = Chunks(path, lambda _: None, _HEAD_BYTES)
    for n_tried, raw in enumerate(values(chunks, layout or "lines")):
        if n_tried >= _N_TRIES or len(found) >= _N_RECORDS:
            break
        try:
            value = loads(raw.data) if raw.data else None
        except BadJson:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _looks_like(head: bytes) -> str:
    for magic, kind, remedy in _OTHER_KINDS:
        if head.startswith(magic):
            return f"It looks like {kind}. {remedy}".strip()
    if b"\0" in head[:1024]:
        return "It looks like a binary file."
    first = head.split(b"\n", 1)[0]
    if first.count(b",") >= 2 or first.count(b"\t") >= 2:
        return "It looks like CSV; write it as Parquet or JSON lines with the columns' names."
    return "It looks like plain text."


def _no_records(path: Path, head: bytes) -> Foreign:
    return Foreign(
        "this is not a log of exchanges: no JSON object stands in it.",
        where=str(path),
        remedy=_looks_like(head),
    )
