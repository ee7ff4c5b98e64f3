"""What is lost where content may not be kept?

PYTHONPATH=. python benchmarks/detect/content_free/run.py [--full]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

HERE = Path(__file__).resolve().parent
if str(HERE.parents[2]) not in sys.path:
    sys.path.insert(0, str(HERE.parents[2]))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.detect.searching import (  # noqa: E402
    Searched,
    releases_of,
    searched,
    traffic_of,
)
from stillwatch.adapters.ingest import read_key  # noqa: E402
from stillwatch.detect.traffic import sketch_content  # noqa: E402
from stillwatch.lab import FIXTURES, TWINS, Recipe, World, simulate  # noqa: E402
from stillwatch.model.exchange import CONTENT  # noqa: E402

Batches = Iterator[pa.RecordBatch]


def with_text(world: World) -> Batches:
    """The traffic as it is."""
    return world.batches()


def _lists(sizes: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> pa.Array:
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, pa.uint64()))


def _digests(values: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(values, pa.uint64(), mask=values == 0)


def sketched(world: World) -> Batches:
    """Text replaced by the keyed sketches that stand in for it."""
    for batch in world.batches():
        made = sketch_content(batch, read_key(None))
        columns = {name: batch.column(name) for name in batch.schema.names}
        columns |= {name: pa.nulls(batch.num_rows, pa.string()) for name in CONTENT}
        columns |= {
            "prompt_digest": _digests(made.digest),
            "prompt_facts": pa.array(made.facts, pa.uint64()),
            "prompt_shingles": _lists(made.shingle_sizes, made.shingles),
            "system_digest": _digests(made.system),
            "prompt_spans": _lists(made.heard_sizes, made.heard),
            "response_spans": _lists(made.spoken_sizes, made.spoken),
        }
        yield pa.RecordBatch.from_pydict(columns, schema=batch.schema)


def bare(world: World) -> Batches:
    """Neither text nor sketches."""
    for batch in world.batches():
        columns = {name: batch.column(name) for name in batch.schema.names}
        columns |= {name: pa.nulls(batch.num_rows, pa.string()) for name in CONTENT}
        yield pa.RecordBatch.from_pydict(columns, schema=batch.schema)


MODES: dict[str, Callable[[World], Batches]] = {
    "text": with_text,
    "sketches only": sketched,
    "no content": bare,
}


def rows_of(seed: int, mode: str, seen: Searched) -> list[dict[str, Any]]:
    """A row for the mode and one a campaign."""
    leaks = [c.leak for c in seen.score.campaigns if c.leak is not None]
    whole = {
        "seed": seed,
        "mode": mode,
        "name": "all",
        "found": sum(c.found for c in seen.score.campaigns),
        "n_campaigns": len(seen.score.campaigns),
        "recall": statistics.mean(c.recall for c in seen.score.campaigns),
        "leak": statistics.median(leaks),
        "leak_worst": max(leaks),
        "n_accused": seen.score.accused.n_accused,
        "n_false_campaigns": seen.score.n_false_campaigns,
        "n_could_not_look": len(seen.result["not_looked"]),
        "could_not_look": " ".join(s["signal"] for s in seen.result["not_looked"]),
        "search_s": seen.wall_s,
    }
    each = [
        {
            "seed": seed,
            "mode": mode,
            "name": c.campaign,
            "found": c.found,
            "n_campaigns": 1,
            "recall": c.recall,
            "leak": c.leak,
        }
        for c in seen.score.campaigns
    ]
    return [whole, *each]


def main() -> None:
    """Search the same worlds in three modes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seeds", default="")
    asked = parser.parse_args()
    seeds = [int(x) for x in (asked.seeds or ("11,12" if asked.full else "11")).split(",")]
    fixtures = tuple(FIXTURES) if asked.full else ("C04", "C08")
    begun = time.monotonic()
    rows: list[dict[str, Any]] = []
    for seed in seeds:
        recipe = Recipe(
            fixtures=fixtures,
            twins=tuple(TWINS),
            n_accounts=2000,
            campaign_accounts=40,
            seed=seed,
            responses=True,
        )
        world = simulate(recipe, np.random.default_rng(seed))
        for mode, batches in MODES.items():
            seen = searched(
                traffic_of(batches(world)), world.accounts, world.truth, releases_of(world)
            )
            rows += rows_of(seed, mode, seen)
            told(f"seed {seed}, {mode}: {seen.wall_s:.1f} s")
    print(table([r for r in rows if r["name"] == "all"]))
    said = []
    for mode in MODES:
        mine = [r for r in rows if r["mode"] == mode and r["name"] == "all"]
        said.append(
            f"{mode}: {sum(r['found'] for r in mine)} of {sum(r['n_campaigns'] for r in mine)} "
            f"campaigns found, mean recall {statistics.mean(r['recall'] for r in mine):.3f}, "
            f"median leak {statistics.median(r['leak'] for r in mine):.2%}, "
            f"{sum(r['n_accused'] for r in mine)} innocent accounts accused, "
            f"{mine[0]['n_could_not_look']} signals could not look."
        )
    facts = {"seeds": seeds, "fixtures": list(fixtures), "wall_s": round(time.monotonic() - begun)}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=said)


if __name__ == "__main__":
    main()
