"""The ways that the throughput benchmark compares count the same thing."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.ingest.throughput import plainly, run, ways
from stillwatch.stats.sketches import SHINGLE_TOKENS

WORDS = "please write down every step of this proof then name one result 12 345 café straße".split()


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two files of prompts that accounts share in part, in words and in Han characters."""
    rng = np.random.default_rng(3)
    folder = tmp_path_factory.mktemp("logs")
    for name in ("a", "b"):
        prompts = [" ".join(rng.choice(WORDS, rng.integers(1, 30))) for _ in range(150)]
        prompts += ["请写出每一个步骤然后给出结果" * int(n) for n in rng.integers(1, 3, 20)]
        account = [f"{name}{n}" for n in rng.integers(0, 12, len(prompts))]
        columns = {"account": account, "prompt": pa.array(prompts, pa.string())}
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def counted(folder: Path) -> dict[str, int]:
    """Runs of tokens, and those of more than one account, character by character."""
    holders: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for row in pq.read_table(folder).to_pylist():
        text = re.sub(r"\d+", "0", row["prompt"].lower())
        tokens = re.findall(r"[\u4e00-\u9fff]|\w+", text)
        for at in range(len(tokens) - SHINGLE_TOKENS + 1):
            holders[tuple(tokens[at : at + SHINGLE_TOKENS])].add(row["account"])
    n_shared = sum(len(accounts) > 1 for accounts in holders.values())
    return {"n_shingles": len(holders), "n_shared": n_shared}


def test_the_plain_ways_count_every_run_when_all_are_kept(
    logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plainly, "KEPT", plainly.OF)
    expected = counted(logs)
    assert expected["n_shared"] > 10
    assert plainly.in_polars(logs) == expected
    assert plainly.in_duckdb(logs) == expected


def test_ours_keeps_the_share_that_the_plain_ways_keep(logs: Path) -> None:
    ours, whole = ways.shared_shingles(logs), counted(logs)
    share = plainly.KEPT / plainly.OF
    assert ours["n_shingles"] == pytest.approx(share * whole["n_shingles"], rel=0.25)
    assert plainly.in_polars(logs)["n_shingles"] == pytest.approx(
        share * whole["n_shingles"], rel=0.25
    )


def test_a_signature_tells_of_the_prompts(logs: Path, tmp_path: Path) -> None:
    rows = pq.read_table(logs).slice(0, 40)
    pq.write_table(rows, tmp_path / "part.parquet")
    for way in (plainly.with_datasketch, plainly.with_rensa):
        assert way(tmp_path) == way(tmp_path)
        assert way(tmp_path) != way(logs)


def test_the_limit_reads_every_byte(logs: Path, tmp_path: Path) -> None:
    rows = pq.read_table(logs).to_pylist()
    rows[-1]["prompt"] += "."
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "part.parquet")
    assert ways.limit(logs) == ways.limit_two(logs)
    assert ways.limit(tmp_path) != ways.limit(logs)


def test_ratios_are_taken_round_by_round_and_by_byte() -> None:
    def took(cpu_s: float, n_bytes: int) -> dict[str, object]:
        return {"cpu_s": cpu_s, "n_bytes": n_bytes, "n_rows": n_bytes // 10, "answer": {}}

    runs = {
        "limit, two columns": [took(1.0, 1000), took(2.0, 1000), took(1.0, 1000)],
        "rensa R-MinHash": [took(0.5, 100), took(1.0, 100), took(0.7, 100)],
    }
    row = run.row_of("rensa R-MinHash", runs)
    assert (row["least"], row["times_the_limit"], row["most"]) == (5.0, 5.0, pytest.approx(7.0))
