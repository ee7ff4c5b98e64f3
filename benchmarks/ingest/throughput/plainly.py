"""The same statistics as other tools would write them: no cleverness, no cost left out.

A prompt is normalised, cut into words or single characters of scripts without blanks,
numbers are masked, and runs of four tokens are hashed. Of the hashes a fixed share is kept
(2 in 7, what winnowing keeps), and the distinct accounts of each are counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import datasketch
import duckdb
import polars as pl
import pyarrow.parquet as pq
import rensa

TOKEN = r"\p{Han}|\p{Hiragana}|\p{Katakana}|\p{Hangul}|\p{Thai}|[\p{L}\p{M}\p{N}_]+"
RUN = 4
KEPT, OF = 2, 7
HEAD, TAIL = 2048, 1024
N_PERM = 128
ROWS = 8_192
Answer = dict[str, Any]


def in_polars(folder: Path) -> Answer:
    """Lazy polars on one thread, in its streaming engine."""
    prompt = pl.col("prompt")
    is_long = prompt.str.len_bytes() > HEAD + TAIL
    ends = pl.concat_str(prompt.str.head(HEAD), pl.lit("\n"), prompt.str.tail(TAIL))
    text = pl.when(is_long).then(ends).otherwise(prompt)
    folded = text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\d+", "0")
    token = pl.col("token")
    run = pl.concat_str([token.shift(-step) for step in range(RUN)], separator=" ")
    shingles = (
        pl.scan_parquet(folder / "*.parquet")
        .select("account", folded.str.extract_all(TOKEN).alias("token"))
        .with_row_index("row")
        .explode("token")
        .select("account", run.hash().alias("shingle"), "row", pl.col("row").shift(-3).alias("end"))
        .filter((pl.col("row") == pl.col("end")) & (pl.col("shingle") % OF < KEPT))
        .group_by("shingle")
        .agg(pl.col("account").n_unique().alias("n_accounts"))
        .select(pl.len().alias("n"), (pl.col("n_accounts") > 1).sum().alias("n_shared"))
        .collect(engine="streaming")
    )
    n, n_shared = shingles.row(0)
    return {"n_shingles": n, "n_shared": n_shared}


def in_duckdb(folder: Path) -> Answer:
    """DuckDB SQL on one thread; it has NFC, not NFKC."""
    asked = f"""
        WITH words AS (
            SELECT account, regexp_extract_all(regexp_replace(lower(nfc_normalize(
                CASE WHEN strlen(prompt) > {HEAD + TAIL}
                THEN left(prompt, {HEAD}) || chr(10) || right(prompt, {TAIL}) ELSE prompt END
            )), '\\d+', '0', 'g'), '{TOKEN}') AS token
            FROM read_parquet('{folder}/*.parquet')
        ), runs AS (
            SELECT account, unnest(list_transform(
                range(1, len(token) - {RUN - 2}),
                lambda i: hash(token[i], token[i + 1], token[i + 2], token[i + 3])
            )) AS shingle
            FROM words
        ), shared AS (
            SELECT shingle, count(DISTINCT account) AS n_accounts
            FROM runs WHERE shingle % {OF} < {KEPT} GROUP BY shingle
        )
        SELECT count(*), count(*) FILTER (n_accounts > 1) FROM shared
    """
    with duckdb.connect(config={"threads": 1}) as connection:
        found = connection.execute(asked).fetchone()
    assert found is not None
    return {"n_shingles": found[0], "n_shared": found[1]}


def _runs(folder: Path) -> Iterator[list[str]]:
    """Runs of four tokens of each prompt, lower case, split at blanks: the least work."""
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as opened:
            for batch in opened.iter_batches(ROWS, columns=["prompt"]):
                for prompt in batch.column(0).to_pylist():
                    words = (prompt or "")[: HEAD + TAIL].lower().split()
                    yield [" ".join(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]


def with_datasketch(folder: Path) -> Answer:
    """MinHash of ``datasketch``, 128 permutations, one a prompt."""
    total = 0
    for runs in _runs(folder):
        made = datasketch.MinHash(num_perm=N_PERM, seed=1)
        made.update_batch([run.encode() for run in runs])
        total ^= int(made.digest()[0])
    return {"xor": total}


def with_rensa(folder: Path) -> Answer:
    """R-MinHash of ``rensa``, 128 permutations, one a prompt."""
    total = 0
    for runs in _runs(folder):
        made = rensa.RMinHash(num_perm=N_PERM, seed=1)
        made.update(runs)
        total ^= int(made.digest()[0])
    return {"xor": total}


WAYS: dict[str, Callable[[Path], Answer]] = {
    "polars": in_polars,
    "DuckDB": in_duckdb,
    "datasketch MinHash": with_datasketch,
    "rensa R-MinHash": with_rensa,
}
