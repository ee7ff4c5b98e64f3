"""Parquet in the native contract: any column order, any castable type."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.adapters.readers.casts import castable, to_contract
from stillwatch.adapters.readers.fields import printable
from stillwatch.adapters.readers.sources import unreadable
from stillwatch.model.errors import BadInput
from stillwatch.model.exchange import EXCHANGES_SCHEMA, REQUIRED

MAX_ROWS = 65_536
MAX_TEXT_BYTES = 64 << 20


class MissingColumn(BadInput):
    """A Parquet file lacks a required column: perhaps it holds something else."""


class ParquetTable:
    """One Parquet file, opened and checked, not yet read.

    Args:
        path: the file.
        defaults: values for rows that lack them, by column.

    Attributes:
        columns: names of the contract that the file offers.
        unusable: names of the contract whose type cannot be cast.
        responds: whether a response is kept in it, or the spans of one.
        groups: rows of each row group and its share of the file's bytes, in bytes.

    Raises:
        BadInput: the file is damaged or a required column is unusable.
        MissingColumn: a required column is not there.
    """

    def __init__(self, path: Path, defaults: Mapping[str, Any]) -> None:
        """Open the file and check its columns."""
        self._path = path
        self._defaults = defaults
        try:
            with pq.ParquetFile(path) as opened:
                found = opened.schema_arrow
                self.groups = _groups(opened.metadata)
                self.responds = _responds(opened.metadata)
                self._n_rows_a_batch = _n_rows_a_batch(opened.metadata)
        except PermissionError as error:
            raise unreadable(path) from error
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise damaged(path) from error
        offered = {
            field.name: field.type
            for field in found
            if field.name in EXCHANGES_SCHEMA.names and not pa.types.is_null(field.type)
        }
        usable = {
            name
            for name, kind in offered.items()
            if castable(kind, EXCHANGES_SCHEMA.field(name).type)
        }
        self.columns = frozenset(usable)
        self.unusable = sorted(set(offered) - usable)
        for name in REQUIRED:
            if name not in usable and not (name in defaults and name not in offered):
                raise _unusable(path, name, found)

    def batches(
        self,
        n_nulled: Counter[str],
        set_aside: Callable[[int, str], None],
        on_share: Callable[[float], None],
        within: range | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Record batches of the contract.

        Args:
            n_nulled: grows by the optional values that could not be taken.
            set_aside: called with (row, reason) of each row without a required field.
            on_share: told the share of the wanted rows that has been read.
            within: row groups that are wanted, all of them otherwise.
        """
        within = range(len(self.groups)) if within is None else within
        n_before = sum(n_rows for n_rows, _ in self.groups[: within.start])
        n_wanted = sum(n_rows for n_rows, _ in self.groups[within.start : within.stop])
        n_read = 0
        try:
            with pq.ParquetFile(self._path, pre_buffer=False) as opened:
                for found in opened.iter_batches(
                    self._n_rows_a_batch, row_groups=list(within), columns=sorted(self.columns)
                ):
                    batch = _cast(found, n_nulled, self._defaults)
                    batch = _keep_whole(batch, n_before + n_read, set_aside)
                    n_read += found.num_rows
                    on_share(n_read / max(1, n_wanted))
                    yield from pieces(batch)
        except PermissionError as error:
            raise unreadable(self._path) from error
        except (pa.ArrowException, OSError) as error:
            raise damaged(self._path) from error


def _groups(about: pq.FileMetaData) -> list[tuple[int, int]]:
    """Rows of each row group, and the bytes that its columns take on the disk."""
    found = []
    for place in range(about.num_row_groups):
        group = about.row_group(place)
        n_bytes = sum(group.column(nth).total_compressed_size for nth in range(group.num_columns))
        found.append((int(group.num_rows), int(n_bytes)))
    return found


def _responds(about: pq.FileMetaData) -> bool:
    """Whether a row group says of a column of responses, or does not deny, that it holds some."""
    for place in range(about.num_row_groups):
        group = about.row_group(place)
        for nth in range(group.num_columns):
            column = group.column(nth)
            if column.path_in_schema.partition(".")[0] not in ("response", "response_spans"):
                continue
            known = column.statistics if column.is_stats_set else None
            if known is None or not known.has_null_count:
                return True
            if known.null_count < column.num_values:
                return True
    return False


def _n_rows_a_batch(about: pq.FileMetaData) -> int:
    groups = (about.row_group(place) for place in range(about.num_row_groups))
    sizes = (group.total_byte_size / max(1, group.num_rows) for group in groups)
    return int(min(MAX_ROWS, max(256, MAX_TEXT_BYTES / max(1.0, *sizes, 1.0))))


def pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """A batch cut so that no piece holds much more than ``MAX_TEXT_BYTES``."""
    if batch.nbytes <= MAX_TEXT_BYTES or batch.num_rows <= 1:
        if batch.num_rows:
            yield batch
        return
    middle = batch.num_rows // 2
    yield from pieces(batch.slice(0, middle))
    yield from pieces(batch.slice(middle))


def damaged(path: Path) -> BadInput:
    """The error for a Parquet file that breaks off or does not decode."""
    return BadInput(
        "the Parquet file is damaged or ends early.",
        where=str(path),
        remedy="Copy or export it again; a file still being written has no end yet.",
    )


def _unusable(path: Path, name: str, found: pa.Schema) -> BadInput:
    if name in found.names:
        kind = found.field(name).type
        return BadInput(
            f"column {name} has type {kind}, which cannot be read as "
            f"{EXCHANGES_SCHEMA.field(name).type}.",
            where=str(path),
            remedy="Cast it where the file is written.",
        )
    shown = printable(found.names)
    return MissingColumn(
        f"required column {name} is missing; columns found: {shown}.",
        where=str(path),
        remedy=f"Rename or add it: {', '.join(REQUIRED)} are required.",
    )


def _cast(
    found: pa.RecordBatch, n_nulled: Counter[str], defaults: Mapping[str, Any]
) -> pa.RecordBatch:
    arrays = []
    for field in EXCHANGES_SCHEMA:
        position = found.schema.get_field_index(field.name)
        if position < 0:
            absent = pa.scalar(defaults.get(field.name), field.type)
            arrays.append(pa.repeat(absent, found.num_rows))
            continue
        before = found.column(position)
        array = to_contract(field.name, before, field.type)
        n_lost = array.null_count - before.null_count
        if n_lost > 0 and field.name not in REQUIRED:
            n_nulled[field.name] += n_lost
        if field.name in defaults and array.null_count:
            array = array.fill_null(pa.scalar(defaults[field.name], field.type))
        arrays.append(array)
    return pa.RecordBatch.from_arrays(arrays, schema=EXCHANGES_SCHEMA)


def _keep_whole(
    batch: pa.RecordBatch, n_before: int, set_aside: Callable[[int, str], None]
) -> pa.RecordBatch:
    keep: pa.Array | None = None
    for name in REQUIRED:
        column = batch.column(name)
        lacks = column.is_null()
        if pa.types.is_string(column.type):
            lacks = pc.or_(lacks, pc.fill_null(pc.equal(column, ""), False))
        if not pc.any(lacks).as_py():
            continue
        fresh = lacks if keep is None else pc.and_(lacks, keep)
        for position in pc.indices_nonzero(fresh).to_pylist():
            set_aside(n_before + position + 1, f"{name} is missing or cannot be read")
        keep = pc.invert(lacks) if keep is None else pc.and_(keep, pc.invert(lacks))
    return batch if keep is None else batch.filter(keep)
