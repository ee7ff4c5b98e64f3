"""What one pass over the text costs, beside the physical limit and what others would write.

PYTHONPATH=. python benchmarks/ingest/throughput/run.py [--full] [--runs 5] [--logs DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.writers import write_parquet  # noqa: E402
from stillwatch.lab import TWINS, Recipe, simulate  # noqa: E402
from stillwatch.model import EXCHANGES_SCHEMA  # noqa: E402

N_EXCHANGES, N_ACCOUNTS, PROMPT_CHARS, SEED = 200_000, 4_000, 810, 1
FIXTURES = ("C02", "C03", "C04", "C05", "C08", "C11", "C12")
CAMPAIGN_ACCOUNTS = 45
MINHASH_ROWS = 20_000

#: each way: what it is compared with, and rows that it reads (0: all).
WAYS: dict[str, tuple[str, int]] = {
    "limit": ("limit", 0),
    "limit, two columns": ("limit, two columns", 0),
    "stillwatch ingest": ("limit", 0),
    "stillwatch text pass": ("limit, two columns", 0),
    "stillwatch shared shingles": ("limit, two columns", 0),
    "polars": ("limit, two columns", 0),
    "DuckDB": ("limit, two columns", 0),
    "datasketch MinHash": ("limit, two columns", MINHASH_ROWS),
    "rensa R-MinHash": ("limit, two columns", MINHASH_ROWS),
}


def make_logs(folder: Path, n_exchanges: int) -> None:
    """A made world with long prompts as one zstd file."""
    share = n_exchanges / N_EXCHANGES
    recipe = Recipe(
        fixtures=FIXTURES,
        twins=tuple(TWINS),
        n_accounts=max(100, round(N_ACCOUNTS * share)),
        campaign_accounts=max(5, round(CAMPAIGN_ACCOUNTS * share)),
        exchanges=n_exchanges,
        prompt_chars=PROMPT_CHARS,
        seed=SEED,
    )
    world = simulate(recipe, np.random.default_rng(SEED))
    folder.mkdir(parents=True, exist_ok=True)
    write_parquet(folder / "part.parquet", EXCHANGES_SCHEMA, world.batches())


def about(folder: Path) -> dict[str, Any]:
    """Size of the logs, and how many prompts are equal to one before or not ASCII."""
    prompts = [pq.read_table(p, columns=["prompt"])["prompt"] for p in folder.glob("*.parquet")]
    n = sum(map(len, prompts))
    lengths = [pc.sum(pc.utf8_length(p)).as_py() for p in prompts]
    plain = sum(pc.sum(pc.string_is_ascii(p)).as_py() for p in prompts)
    distinct = len(pc.unique(prompts[0])) if len(prompts) == 1 else None
    return {
        "exchanges": n,
        "mean prompt": f"{sum(lengths) / n:.0f} characters",
        "distinct prompts": "not counted" if distinct is None else f"{distinct / n:.0%}",
        "prompts of ASCII alone": f"{plain / n:.0%}",
    }


def measured(way: str, folder: Path, n_rows: int, aside: Path) -> dict[str, Any]:
    """Run one way in a fresh process."""
    words = [sys.executable, HERE / "ways.py", way, folder, str(n_rows), aside]
    places = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    env = os.environ | {"PYTHONPATH": places, "POLARS_MAX_THREADS": "1"}
    done = subprocess.run(
        [str(word) for word in words], env=env, check=True, stdout=subprocess.PIPE, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def row_of(way: str, runs: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """The row of a way: medians over its runs, and ratios of runs made in the same round.

    Where a way read fewer rows than its limit, both are taken by byte of prompt.
    """
    mine, limit = runs[way], runs[WAYS[way][0]]
    costs = [m["cpu_s"] / m["n_bytes"] for m in mine]
    ratios = [c / (x["cpu_s"] / x["n_bytes"]) for c, x in zip(costs, limit, strict=True)]
    answer = mine[0]["answer"]
    assert all(m["answer"] == answer for m in mine), f"{way}: runs differ"
    return {
        "way": way,
        "limit": WAYS[way][0],
        "n_rows": mine[0]["n_rows"],
        "cpu_s": statistics.median(m["cpu_s"] for m in mine),
        "cpu_us_an_exchange": 1e6 * statistics.median(m["cpu_s"] / m["n_rows"] for m in mine),
        "mb_a_cpu_s": 1e-6 / statistics.median(costs),
        "times_the_limit": statistics.median(ratios),
        "least": min(ratios),
        "most": max(ratios),
        "n_shingles": answer.get("n_shingles"),
        "n_shared": answer.get("n_shared"),
    }


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    at = {row["way"]: row for row in rows}
    ours, plain = at["stillwatch ingest"], at["stillwatch shared shingles"]
    text, sketch = at["stillwatch text pass"], at["stillwatch shared shingles"]
    said = [
        f"The whole ingest costs {ours['times_the_limit']:.2f} times decoding every column and "
        f"hashing each prompt once ({ours['least']:.2f} to {ours['most']:.2f} over the runs), "
        f"{ours['cpu_us_an_exchange']:.1f} us of processor an exchange; sketching and "
        f"classifying the prompts alone {text['times_the_limit']:.2f} times its two columns.",
    ]
    others = [
        f"{name} {at[name]['cpu_s'] / plain['cpu_s']:.1f} times" for name in ("polars", "DuckDB")
    ]
    said.append(
        f"For shared shingles by account, of what stillwatch takes: {' and '.join(others)}."
    )
    signatures = [
        f"{name} {at[name]['times_the_limit'] / sketch['times_the_limit']:.1f} times"
        for name in ("datasketch MinHash", "rensa R-MinHash")
    ]
    said.append(f"For one signature a prompt, counted by byte: {' and '.join(signatures)}.")
    return said


def main() -> None:
    """Make the logs, run every way in turn, several times, and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 200,000 exchanges")
    parser.add_argument("--runs", type=int, default=0, help="5 with --full, else 2")
    parser.add_argument("--logs", type=Path, help="a folder of Parquet instead of a made world")
    asked = parser.parse_args()
    n_runs = asked.runs or (5 if asked.full else 2)
    with tempfile.TemporaryDirectory() as scratch:
        aside = Path(scratch)
        folder = asked.logs or aside / "logs"
        if asked.logs is None:
            make_logs(folder, N_EXCHANGES if asked.full else N_EXCHANGES // 10)
        runs: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
        for number in range(n_runs):
            for way, (_, n_rows) in WAYS.items():
                runs[way].append(measured(way, folder, n_rows, aside))
                told(f"round {number + 1}, {way}: {runs[way][-1]['cpu_s']:.2f} s")
        facts = about(folder) | {"runs": n_runs, "seed": SEED}
    rows = [row_of(way, runs) for way in WAYS]
    print(table(rows))
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


if __name__ == "__main__":
    main()
