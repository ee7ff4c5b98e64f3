"""The ways of reading one log that are compared; each is run in a process of its own.

PYTHONPATH=. python benchmarks/ingest/throughput/ways.py WAY FOLDER N_ROWS ASIDE prints JSON:
seconds of processor of all threads, rows and bytes of prompts read, and what came out.
What is imported, compiled or opened once is warmed up on a few rows before the clock starts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.detect.scale.limit import bytes_of, hashed
from stillwatch.adapters.ingest import ingest, read_key
from stillwatch.adapters.readers import open_exchanges
from stillwatch.detect.classes import classify
from stillwatch.stats.sketches import sketch_texts

ROWS = 65_536
KEY = read_key(None)
TWO = ("account", "prompt")
#: bits of a word that hold the account; the others keep 44 bits of its shingle.
OWNER = np.uint64((1 << 20) - 1)
Answer = dict[str, Any]


def batches(folder: Path, columns: tuple[str, ...] | None) -> Iterator[pa.RecordBatch]:
    """Batches of a folder of Parquet; all columns where none are named."""
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as opened:
            yield from opened.iter_batches(ROWS, columns=list(columns) if columns else None)


def _hash_of(texts: pa.Array) -> int:
    return int(hashed(*bytes_of(texts.cast(pa.string()))))


def limit(folder: Path, columns: tuple[str, ...] | None = None) -> Answer:
    """Decode columns and hash every byte of the prompts once."""
    whole = 0
    for batch in batches(folder, columns):
        whole ^= _hash_of(batch.column("prompt"))
    return {"hash": f"{whole:016x}"}


def limit_two(folder: Path) -> Answer:
    """The same of the two columns that the plain statistics read."""
    return limit(folder, TWO)


def text_pass(folder: Path) -> Answer:
    """Decode the two columns, sketch and classify the prompts."""
    n_shingles = n_classed = 0
    for batch in batches(folder, TWO):
        sketch = sketch_texts(batch.column("prompt"), KEY)
        classes = classify(batch.column("prompt"), sketch.same)
        n_shingles += sketch.shingles.size
        n_classed += int(np.count_nonzero(classes))
    return {"n_shingles": n_shingles, "n_classed": n_classed}


def whole_ingest(folder: Path) -> Answer:
    """All that ``detect`` does before it searches: every column, into compact arrays."""
    traffic = ingest(open_exchanges([folder]), KEY)
    return {"n": traffic.n}


def shared_shingles(folder: Path) -> Answer:
    """Sketch the prompts and count the distinct accounts of every kept shingle."""
    names: dict[str, int] = {}
    pairs: list[npt.NDArray[np.uint64]] = []
    for batch in batches(folder, TWO):
        coded = batch.column("account").dictionary_encode()
        known = [names.setdefault(x, len(names)) for x in coded.dictionary.to_pylist()]
        account = np.array(known, np.uint64)[np.asarray(coded.indices)]
        sketch = sketch_texts(batch.column("prompt"), KEY)
        owners = np.repeat(account, np.diff(sketch.offsets))
        pairs.append((sketch.shingles & ~OWNER) | owners)
    assert len(names) <= OWNER
    words = np.sort(np.concatenate(pairs))
    shingle = words[np.r_[True, words[1:] != words[:-1]]] & ~OWNER
    is_new = np.r_[True, shingle[1:] != shingle[:-1]]
    n_accounts = np.diff(np.flatnonzero(np.r_[is_new, True]))
    return {"n_shingles": int(n_accounts.size), "n_shared": int((n_accounts > 1).sum())}


def _ours() -> dict[str, Callable[[Path], Answer]]:
    return {
        "limit": limit,
        "limit, two columns": limit_two,
        "stillwatch ingest": whole_ingest,
        "stillwatch text pass": text_pass,
        "stillwatch shared shingles": shared_shingles,
    }


def every() -> dict[str, Callable[[Path], Answer]]:
    """Every way by name."""
    from benchmarks.ingest.throughput import plainly

    return _ours() | plainly.WAYS


def _head(folder: Path, n_rows: int, out: Path) -> Path:
    """The first rows of a folder in one file of their own."""
    out.mkdir(parents=True, exist_ok=True)
    parts, left = [], n_rows
    for batch in batches(folder, None):
        parts.append(batch.slice(0, left))
        left -= parts[-1].num_rows
        if left <= 0:
            break
    pq.write_table(pa.Table.from_batches(parts), out / "part.parquet", compression="zstd")
    return out


def main() -> None:
    """Run one way once and print what it took."""
    name, folder, n_rows, aside = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    way = every()[name]
    way(_head(folder, 300, Path(aside) / "warm"))
    if n_rows:
        folder = _head(folder, n_rows, Path(aside) / f"rows-{n_rows}")
    read = [batch.column("prompt") for batch in batches(folder, TWO)]
    n, n_bytes = sum(map(len, read)), sum(column.nbytes for column in read)
    del read
    begun = time.process_time()
    answer = way(folder)
    cpu_s = time.process_time() - begun
    print(json.dumps({"cpu_s": cpu_s, "n_rows": n, "n_bytes": n_bytes, "answer": answer}))


if __name__ == "__main__":
    main()
