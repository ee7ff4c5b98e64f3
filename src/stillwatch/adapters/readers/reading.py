"""A reading: files in, record batches of the contract out, and an account of the rest."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch.adapters.readers.columns import Values, as_values, to_batch
from stillwatch.adapters.readers.decoding import BadJson, loads
from stillwatch.adapters.readers.detecting import Kind
from stillwatch.adapters.readers.interface import JOIN, Half, NotARecord, Reject, Row
from stillwatch.adapters.readers.joining import Joining, Place
from stillwatch.adapters.readers.lines import Chunks, values
from stillwatch.adapters.readers.parquet import ParquetTable
from stillwatch.adapters.readers.ranges import LinesWithin
from stillwatch.adapters.readers.registry import reader_of
from stillwatch.adapters.readers.sources import Source
from stillwatch.model.errors import BadInput

_MAX_ROWS = 16_384
_MAX_BYTES = 32 << 20
_N_RAW = 300
#: small Parquet files are one part up to this size.
_PART_BYTES = 32 << 20
_COUNTS = ("n_rows", "n_rejected", "n_skipped", "bytes_read")
_COUNTERS = ("n_nulled", "rejected_by_reason")


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file and how it is to be read.

    Attributes:
        source: the file.
        kind: what it is.
        table: given for Parquet.
        within: the part of it that is read: row groups of Parquet, bytes of plain lines;
            ``source.n_bytes`` is then the size of the part. All of it otherwise.
    """

    source: Source
    kind: Kind
    table: ParquetTable | None = None
    within: range | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller chose; see ``open_exchanges``."""

    strict: bool
    on_reject: Callable[[Reject], None] | None
    keep_raw: bool
    defaults: Mapping[str, Any]


class Reading:
    """Iterates record batches in ``EXCHANGES_SCHEMA``, at most 65,536 rows each.

    Every column of the contract is there, null where it is absent. Rows come in no
    promised order. Each iteration reads the files anew and counts from zero. Memory
    is bounded by a batch and, for logs that keep request and result apart, by the
    halves that wait for each other.

    Attributes:
        choices: what the caller chose.
        formats: format by file.
        columns: columns that at least one file offers; complete before reading for
            Parquet, growing while reading for the rest.
        responds: a file is known from its start to keep responses.
        skipped: why, by file, for the files that were passed over.
        n_rows: rows handed on.
        n_rejected: lines and rows set aside.
        n_skipped: sound records that hold no exchange (spans of other libraries).
        n_nulled: optional values that could not be taken, by column.
        n_joined: exchanges put together from two records.
        rejected_by_reason: lines and rows set aside, by reason.
        bytes_read: bytes of files read so far, as they lie on disk.
        bytes_total: bytes of all files, as they lie on disk.
        notes: what the reader of a report should know, in sentences.
        n_ends: ends of lines in the parts of text files that were read.
    """

    def __init__(self, files: list[OpenFile], skipped: dict[str, str], choices: Choices) -> None:
        """Read nothing yet; ``open_exchanges`` makes readings."""
        self._files = files
        self.choices = choices
        self.skipped = skipped
        self.formats = {str(one.source.path): one.kind.format for one in files}
        self.responds = any(
            one.kind.responds or (one.table is not None and one.table.responds) for one in files
        )
        self.bytes_total = sum(one.source.n_bytes for one in files)
        self._reset()

    def _reset(self) -> None:
        offered = (one.table.columns for one in self._files if one.table is not None)
        self.columns: frozenset[str] = frozenset(self.choices.defaults).union(*offered)
        self.n_rows = 0
        self.n_rejected = 0
        self.n_skipped = 0
        self.n_nulled: Counter[str] = Counter()
        self.rejected_by_reason: Counter[str] = Counter()
        self.bytes_read = 0
        self.n_ends = 0
        self._pairs = Joining(250_000, 256 << 20)
        self._spans = Joining(10_000, 64 << 20)
        self._rows: list[Values] = []
        self._places: list[Place] = []
        self._n_held_bytes = 0

    @property
    def n_joined(self) -> int:
        """Exchanges put together from two records."""
        return self._pairs.n_joined + self._spans.n_joined

    @property
    def notes(self) -> list[str]:
        """What the reader of a report should know, in sentences."""
        found = [f"{file} was passed over: {why}" for file, why in self.skipped.items()]
        for one in self._files:
            for column in one.table.unusable if one.table is not None else ():
                found.append(f"{one.source.path}: column {column} has a type that cannot be read")
        if self._pairs.n_evicted:
            found.append(f"{self._pairs.n_evicted} batch halves did not fit in memory, not joined")
        if self._pairs.n_ambiguous:
            found.append(
                f"{self._pairs.n_ambiguous} batch lines share a custom_id within a folder and "
                "were not joined; keep one batch a folder"
            )
        return found

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Read everything once.

        Raises:
            BadInput: a file is damaged, or a line is and ``strict`` was asked for.
            OutsideFailed: a file can no longer be opened.
        """
        self._reset()
        for part in self.parts():
            yield from self.read(part)

    @property
    def sources(self) -> list[Path]:
        """The files that are read."""
        return [one.source.path for one in self._files]

    def parts(self) -> list[list[OpenFile]]:
        """What can be read by itself, in the order in which it is read.

        Logs that are read line by line are one part, since halves of an exchange may
        stand in two of them; a Parquet file is one, or goes with other small ones.
        """
        parts = [[one for one in self._files if one.table is None]]
        room = 0
        for one in self._files:
            if one.table is None:
                continue
            room -= one.source.n_bytes
            if room < 0:
                parts.append([])
                room = _PART_BYTES - one.source.n_bytes
            parts[-1].append(one)
        return [part for part in parts if part]

    def read(self, part: list[OpenFile]) -> Iterator[pa.RecordBatch]:
        """Read one of ``parts``, each once; counts go on from where they stand.

        Raises:
            BadInput: a file is damaged, or a line is and ``strict`` was asked for.
            OutsideFailed: a file can no longer be opened.
        """
        for one in part:
            before = self.bytes_read
            batches = self._table(one) if one.table is not None else self._records(one)
            yield from map(self._counted, batches)
            self.bytes_read = before + one.source.n_bytes
        for joining in (self._pairs, self._spans):
            for row, place in joining.drain():
                self._take(row, place, 0)
                if self._is_full():
                    yield from map(self._counted, self._flush())
        yield from map(self._counted, self._flush())

    def tally(self) -> dict[str, Any]:
        """Every count as it stands, fit for JSON."""
        return {
            **{name: getattr(self, name) for name in _COUNTS},
            **{name: dict(getattr(self, name)) for name in _COUNTERS},
            "columns": sorted(self.columns),
            "joining": [self._pairs.n_joined, self._spans.n_joined],
            "not_joined": [self._pairs.n_evicted, self._pairs.n_ambiguous],
        }

    def recall(self, tally: Mapping[str, Any]) -> None:
        """Stand where a reading stood whose ``tally`` this is."""
        for name in _COUNTS:
            setattr(self, name, tally[name])
        for name in _COUNTERS:
            setattr(self, name, Counter(tally[name]))
        self.columns = frozenset(tally["columns"])
        self._pairs.n_joined, self._spans.n_joined = tally["joining"]
        self._pairs.n_evicted, self._pairs.n_ambiguous = tally["not_joined"]

    def add(self, tally: Mapping[str, Any]) -> None:
        """Count what another reading counted in parts that this one does not read."""
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + tally[name])
        for name in _COUNTERS:
            getattr(self, name).update(tally[name])
        self.columns |= set(tally["columns"])
        for nth, joining in enumerate((self._pairs, self._spans)):
            joining.n_joined += tally["joining"][nth]
        self._pairs.n_evicted += tally["not_joined"][0]
        self._pairs.n_ambiguous += tally["not_joined"][1]

    def _counted(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        self.n_rows += batch.num_rows
        return batch

    def _table(self, one: OpenFile) -> Iterator[pa.RecordBatch]:
        assert one.table is not None
        file, before, size = str(one.source.path), self.bytes_read, one.source.n_bytes

        def set_aside(row: int, reason: str) -> None:
            self._set_aside(Place(file, row), reason)

        def on_share(share: float) -> None:
            self.bytes_read = before + round(share * size)

        yield from one.table.batches(self.n_nulled, set_aside, on_share, one.within)

    def _records(self, one: OpenFile) -> Iterator[pa.RecordBatch]:
        file, before, chosen = str(one.source.path), self.bytes_read, one.kind.records
        assert chosen is not None and one.kind.layout is not None

        def on_bytes(n_bytes: int) -> None:
            self.bytes_read = before + n_bytes

        chunks = (
            Chunks(one.source.path, on_bytes)
            if one.within is None
            else LinesWithin(one.source.path, on_bytes, one.within)
        )
        for raw in values(chunks, one.kind.layout):
            place = Place(file, raw.line, raw.data)
            if raw.reason:
                self._set_aside(place, raw.reason)
                continue
            try:
                record = loads(raw.data)
                if not isinstance(record, dict):
                    raise NotARecord("not a JSON object")
                reader = reader_of(record, chosen) if one.kind.mixed else chosen
                rows = reader.rows(record, file)
            except (BadJson, NotARecord) as error:
                self._set_aside(place, str(error))
                continue
            if not rows:
                self.n_skipped += 1
            n_bytes = len(raw.data) // max(1, len(rows))
            for row in rows:
                half = row.get(JOIN)
                if isinstance(half, Half):
                    self._join(row, half, place, n_bytes)
                else:
                    self._take(row, place, n_bytes)
                if self._is_full():
                    yield from self._flush()
        if isinstance(chunks, LinesWithin):
            self.n_ends += chunks.n_ends

    def _join(self, row: Row, half: Half, place: Place, n_bytes: int) -> None:
        small = Place(place.file, place.line, b"", _digest(place.data))
        joining = self._pairs if half.only_one else self._spans
        for ready, where in joining.add(row, half, small, n_bytes):
            self._take(ready, where, n_bytes)

    def _take(self, row: Row, place: Place, n_bytes: int) -> None:
        for column, value in self.choices.defaults.items():
            if row.get(column) in (None, ""):
                row[column] = value
        self._rows.append(as_values(row))
        self._places.append(place)
        self._n_held_bytes += n_bytes

    def _is_full(self) -> bool:
        return len(self._rows) >= _MAX_ROWS or self._n_held_bytes >= _MAX_BYTES

    def _flush(self) -> Iterator[pa.RecordBatch]:
        rows, places = self._rows, self._places
        self._rows, self._places, self._n_held_bytes = [], [], 0
        if not rows:
            return
        batch, faults = to_batch(rows, self.n_nulled)
        for position, reason in faults:
            self._set_aside(places[position], reason)
        fresh = {
            name
            for name, column in zip(batch.schema.names, batch.columns, strict=True)
            if column.null_count < len(column)
        }
        if not fresh <= self.columns:
            self.columns |= fresh
        if batch.num_rows:
            yield batch

    def _set_aside(self, place: Place, reason: str) -> None:
        self.n_rejected += 1
        self.rejected_by_reason[reason] += 1
        digest = place.digest or _digest(place.data)
        if self.choices.on_reject is not None:
            raw = escaped(place.data) if self.choices.keep_raw else ""
            self.choices.on_reject(Reject(place.file, place.line, reason, raw, digest))
        if self.choices.strict:
            raise BadInput(
                f"{reason}.",
                where=f"{place.file}, line {place.line}",
                remedy="Mend the line, or read without strict to set such lines aside.",
            )


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()[:16] if data else ""


def escaped(data: bytes) -> str:
    """The first 300 characters of a line, everything unprintable escaped."""
    shown = data[: 4 * _N_RAW].decode("utf-8", "backslashreplace")[:_N_RAW]
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in shown
    )
