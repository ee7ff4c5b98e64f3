"""Write a made world to a folder: three Parquet files and two JSON files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.model.errors import OutsideFailed


def write_parquet(
    path: Path,
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    *,
    drop: Iterable[str] = (),
    progress: Callable[[int], None] | None = None,
) -> int:
    """Stream batches into a zstd Parquet file; gives the number of rows.

    Args:
        path: file to write.
        schema: schema of the batches.
        batches: record batches.
        drop: columns to leave out.
        progress: called with the rows of each batch as they are written.

    Raises:
        OutsideFailed: the disk refused.
    """
    gone = set(drop)
    kept = [f.name for f in schema if f.name not in gone]
    n_rows = 0
    try:
        with pq.ParquetWriter(
            path, pa.schema([schema.field(k) for k in kept]), compression="zstd"
        ) as sink:
            for batch in batches:
                sink.write_batch(batch.select(kept))
                n_rows += batch.num_rows
                if progress is not None:
                    progress(batch.num_rows)
    except OSError as error:
        raise OutsideFailed(f"could not write {path}: {error}", remedy="Free space?") from error
    return n_rows


def write_json(path: Path, value: object) -> None:
    """Write JSON with sorted keys and a newline at the end.

    Raises:
        OutsideFailed: the disk refused.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE
    try:
        path.write_bytes(orjson.dumps(value, option=options))
    except OSError as error:
        raise OutsideFailed(f"could not write {path}: {error}") from error
