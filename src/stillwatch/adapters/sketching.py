"""Sketching: a copy of the logs in which keyed sketches stand where the text stood."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.adapters.ingest import read_key
from stillwatch.adapters.readers import RejectsFile, open_exchanges
from stillwatch.adapters.settings import Settings
from stillwatch.detect.content import Sketched, sketch_content
from stillwatch.model.errors import BadSettings, OutsideFailed
from stillwatch.model.exchange import CONTENT, EXCHANGES_SCHEMA
from stillwatch.stats.ahead import ahead
from stillwatch.stats.siphash import Key

#: rows that share a row group of the file.
ROWS_A_GROUP = 131_072


def sketch_logs(
    settings: Settings,
    *,
    logs: Sequence[str | Path],
    out: Path,
    form: str = "auto",
    rejects: Path | None = None,
    strict: bool = False,
    defaults: Mapping[str, str] | None = None,
    on_rows: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Write the logs anew, with sketches for text, and say what was written.

    Args:
        settings: ``detect.key_file`` names the secret.
        logs: files, folders or globs.
        out: Parquet file to write; it appears whole or not at all.
        form, rejects, strict, defaults: as for reading.
        on_rows: called with rows so far and the share of the bytes, in [0, 1].

    Raises:
        BadSettings: no key is set. Sketches that last must be made under a key of the
            user's: those of a run without one could be guessed at by anybody.
        BadInput, OutsideFailed: the logs cannot be read, or the file not be written.
    """
    key_file = settings.detect.key_file
    if key_file is None:
        raise BadSettings(
            "detect.key_file",
            "is not set, and sketches that are kept need a secret of yours; "
            "make one with `openssl rand -hex 32 > stillwatch.key` and name the file.",
        )
    key = read_key(key_file)
    with RejectsFile(rejects) if rejects else nullcontext() as on_reject:
        reading = open_exchanges(
            list(logs),
            format=form,
            strict=strict or settings.input.strict,
            on_reject=on_reject,
            defaults=defaults,
        )

        def told() -> Iterator[pa.RecordBatch]:
            for batch in reading:
                yield batch
                if on_rows:
                    on_rows(reading.n_rows, reading.bytes_read / max(reading.bytes_total, 1))

        n_rows, n_texts = _write(out, told(), key, reading.responds)
    return {
        "schema": "stillwatch.sketched/1",
        "out": str(out),
        "n_exchanges": n_rows,
        "n_prompts": n_texts,
        "n_rejected": reading.n_rejected,
        "formats": dict(sorted(reading.formats.items())),
        "notes": list(reading.notes),
    }


def without_text(batch: pa.RecordBatch, sketched: Sketched) -> pa.RecordBatch:
    """A batch in ``EXCHANGES_SCHEMA`` with its text taken out and its sketches put in."""
    here = sketched.digest == 0
    made = {
        "prompt_digest": _words(sketched.digest, here),
        "prompt_shingles": _lists(sketched.shingle_sizes, sketched.shingles, here),
        "prompt_facts": _words(sketched.facts, here),
        "system_digest": _words(sketched.system, sketched.system == 0),
        "prompt_spans": _lists(sketched.heard_sizes, sketched.heard, sketched.heard_sizes == 0),
        "response_spans": _lists(
            sketched.spoken_sizes, sketched.spoken, sketched.spoken_sizes == 0
        ),
    }
    made |= {name: pa.nulls(batch.num_rows, pa.string()) for name in CONTENT}
    columns = [made.get(field.name, batch.column(field.name)) for field in EXCHANGES_SCHEMA]
    return pa.RecordBatch.from_arrays(columns, schema=EXCHANGES_SCHEMA)


def _words(values: npt.NDArray[np.uint64], absent: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.uint64(), mask=absent)


def _lists(
    sizes: npt.NDArray[np.int64], values: npt.NDArray[np.uint64], absent: npt.NDArray[np.bool_]
) -> pa.Array:
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(offsets, pa.int32()), pa.array(values, pa.uint64()), mask=pa.array(absent)
    )


def _sketched(
    batches: Iterable[pa.RecordBatch], key: Key, hear: bool
) -> Iterator[tuple[pa.RecordBatch, Sketched]]:
    """Batches with their sketches, made by other threads, in the order they came."""
    return ahead(batches, lambda batch: sketch_content(batch, key, hear))


def _write(out: Path, batches: Iterable[pa.RecordBatch], key: Key, hear: bool) -> tuple[int, int]:
    """Write beside ``out`` and rename; gives rows and prompts."""
    n_rows = n_texts = 0
    try:
        with NamedTemporaryFile(dir=out.parent, prefix=f".{out.name}.", delete=False) as half:
            pass
    except OSError as error:
        raise _refused(out, error) from error
    try:
        with pq.ParquetWriter(half.name, EXCHANGES_SCHEMA, compression="zstd") as sink:
            for batch, sketched in _sketched(batches, key, hear):
                sink.write_batch(without_text(batch, sketched), row_group_size=ROWS_A_GROUP)
                n_rows += batch.num_rows
                n_texts += int((sketched.digest > 0).sum())
        os.replace(half.name, out)
    except OSError as error:
        raise _refused(out, error) from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(half.name)
    return n_rows, n_texts


def _refused(out: Path, error: OSError) -> OutsideFailed:
    return OutsideFailed(
        f"{out} cannot be written: {error.strerror or error}.",
        remedy="Name a file in a folder that exists and has room.",
    )
