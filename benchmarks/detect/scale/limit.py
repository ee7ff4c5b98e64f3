"""The physical limit: decode every column of a world and hash every byte of its prompts once.

python benchmarks/detect/scale/limit.py FOLDER prints JSON with the seconds of processor it took.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numba as nb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 65_536


@nb.njit(cache=True, nogil=True)
def hashed(data, offsets):  # type: ignore[no-untyped-def]
    """One 64-bit hash over the hashes of all rows, eight bytes a step."""
    whole = np.uint64(0)
    for row in range(offsets.size - 1):
        place, end = np.int64(offsets[row]), np.int64(offsets[row + 1])
        h = np.uint64(end - place) ^ np.uint64(0xCBF29CE484222325)
        while place + 8 <= end:
            word = np.uint64(0)
            for byte in range(8):
                word |= np.uint64(data[place + byte]) << np.uint64(8 * byte)
            h = (h ^ word) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(29)
            place += 8
        while place < end:
            h = (h ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
            place += 1
        whole += h
    return whole


def bytes_of(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and row offsets of a string array."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(data, np.uint8), ends


def main() -> None:
    """Read the folder once and print what it took."""
    hashed(*bytes_of(pa.array(["compiled before the clock starts"])))
    begun, n_bytes, whole = time.process_time(), 0, 0
    for path in sorted(Path(sys.argv[1]).glob("*.parquet")):
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(ROWS):
                data, offsets = bytes_of(batch.column("prompt"))
                n_bytes += int(offsets[-1] - offsets[0])
                whole ^= int(hashed(data, offsets))
    cpu_s = time.process_time() - begun
    print(json.dumps({"cpu_s": cpu_s, "n_prompt_bytes": n_bytes, "hash": f"{whole:016x}"}))


if __name__ == "__main__":
    main()
