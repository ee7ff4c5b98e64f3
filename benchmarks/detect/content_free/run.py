"""What is lost where content may not be kept?

PYTHONPATH=. python benchmarks/detect/content_free/run.py [--full] [--set DIR]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

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
from stillwatch.adapters.ingest import ingest, read_key  # noqa: E402
from stillwatch.adapters.labelled import read_columns  # noqa: E402
from stillwatch.adapters.readers import (  # noqa: E402
    open_exchanges,
    read_accounts,
    read_releases,
)
from stillwatch.adapters.settings import DetectSection, Settings  # noqa: E402
from stillwatch.adapters.sketching import sketch_logs, without_text  # noqa: E402
from stillwatch.detect.content import sketch_content  # noqa: E402
from stillwatch.lab import FIXTURES, TWINS, Recipe, World, simulate  # noqa: E402
from stillwatch.model.exchange import CONTENT  # noqa: E402

Batches = Iterator[pa.RecordBatch]

#: secret of the labelled set's sketches: a fixed one, so that equal runs give equal tables.
SECRET = "0" * 64


def with_text(world: World) -> Batches:
    """The traffic as it is."""
    return world.batches()


def sketched(world: World) -> Batches:
    """Text replaced by the keyed sketches that stand in for it."""
    for batch in world.batches():
        yield without_text(batch, sketch_content(batch, read_key(None)))


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


def in_modes(world: World) -> Iterator[tuple[str, Searched]]:
    """A made world, searched in each mode."""
    for mode, batches in MODES.items():
        traffic = traffic_of(batches(world))
        yield mode, searched(traffic, world.accounts, world.truth, releases_of(world))


def _emptied(source: Path, out: Path) -> None:
    """Write the traffic without its text."""
    rows = read_columns(source, None)
    for name in set(CONTENT) & set(rows.column_names):
        at = rows.column_names.index(name)
        rows = rows.set_column(at, name, pa.nulls(len(rows), pa.string()))
    pq.write_table(rows, out)


def set_in_modes(folder: Path) -> Iterator[tuple[str, Searched]]:
    """A labelled folder, searched in each mode; every mode is a file that is read anew."""
    accounts = read_accounts(folder / "accounts.parquet")
    releases = read_releases(folder / "releases.json")
    truth = read_columns(folder / "truth.parquet", None)
    source = folder / "exchanges.parquet"
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        secret = place / "secret.key"
        secret.write_text(SECRET, encoding="ascii")
        settings = Settings(detect=DetectSection(key_file=secret))
        sketch_logs(settings, logs=[source], out=place / "sketches.parquet")
        _emptied(source, place / "bare.parquet")
        files = (source, place / "sketches.parquet", place / "bare.parquet")
        for mode, file in zip(MODES, files, strict=True):
            traffic = ingest(open_exchanges([file]), read_key(secret))
            yield mode, searched(traffic, accounts, truth, releases)


def rows_of(
    world: dict[str, Any], mode: str, seen: Searched, campaigns: list[Any]
) -> list[dict[str, Any]]:
    """A row for the mode and one a campaign.

    Args:
        world: columns that name it.
        mode: of ``MODES``.
        seen: what the search gave.
        campaigns: what it reports of the same world with its text.
    """
    leaks = [c.leak for c in seen.score.campaigns if c.leak is not None]
    whole = {
        **world,
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
        "same_as_text": seen.result["campaigns"] == campaigns,
        "search_s": seen.wall_s,
    }
    each = [
        {
            **world,
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


def measured(
    world: dict[str, Any], modes: Iterator[tuple[str, Searched]]
) -> Iterator[dict[str, Any]]:
    """All rows of one world."""
    campaigns: list[Any] = []
    for mode, seen in modes:
        if mode == "text":
            campaigns = seen.result["campaigns"]
        told(f"{world['world']}, {mode}: {seen.wall_s:.1f} s")
        yield from rows_of(world, mode, seen, campaigns)


def headline(about: str, mode: str, rows: list[dict[str, Any]]) -> str:
    """What the rows of a mode say, in a sentence."""
    said = (
        f"{about}, {mode}: {sum(r['found'] for r in rows)} of "
        f"{sum(r['n_campaigns'] for r in rows)} campaigns found, mean recall "
        f"{statistics.mean(r['recall'] for r in rows):.3f}, median leak "
        f"{statistics.median(r['leak'] for r in rows):.2%}, "
        f"{sum(r['n_accused'] for r in rows)} innocent accounts accused, "
        f"{rows[0]['n_could_not_look']} signals could not look"
    )
    same = mode != "text" and all(r["same_as_text"] for r in rows)
    return said + ("; the report is the same as with text." if same else ".")


def main() -> None:
    """Search the same worlds in three modes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--set", type=Path, default=None, help="a labelled folder")
    parser.add_argument("--seeds", default="")
    asked = parser.parse_args()
    given = asked.set or os.environ.get("STILLWATCH_DEV_SET")
    seeds = [int(x) for x in (asked.seeds or ("11,12" if asked.full else "11")).split(",")]
    fixtures = tuple(FIXTURES) if asked.full else ("C04", "C08")
    begun = time.monotonic()
    rows: list[dict[str, Any]] = []
    if given and (asked.full or asked.set):
        rows += measured({"world": "development set"}, set_in_modes(Path(given)))
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
        rows += measured({"world": f"simulated, seed {seed}", "seed": seed}, in_modes(world))
    wholes = [r for r in rows if r["name"] == "all"]
    print(table(wholes))
    said = []
    for about in ("development set", "simulated"):
        for mode in MODES:
            mine = [r for r in wholes if r["mode"] == mode and r["world"].startswith(about)]
            said += [headline(about, mode, mine)] if mine else []
    facts = {"seeds": seeds, "fixtures": list(fixtures), "wall_s": round(time.monotonic() - begun)}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=said)


if __name__ == "__main__":
    main()
