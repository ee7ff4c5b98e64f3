"""``stillwatch lab``: make labelled traffic, and score what a search found in it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from stillwatch import __version__
from stillwatch.adapters.writers import write_json, write_parquet
from stillwatch.lab import FIXTURES, TWINS, Recipe, World, simulate
from stillwatch.model import EXCHANGES_SCHEMA, REQUIRED


@click.group()
def lab() -> None:
    """Rehearse: labelled traffic with known campaigns, and the scoreboard."""


def _names(given: str, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    if given == "none":
        return ()
    if given == "all":
        return known
    names = tuple(x.strip() for x in given.split(",") if x.strip())
    for name in names:
        if name not in known:
            raise click.BadParameter(f"{what} {name} is unknown; known are {', '.join(known)}")
    return names


@lab.command("simulate")
@click.argument("out_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--fixture", default="all", show_default=True, help="all, none, or C01,C04,...")
@click.option("--twins", default="all", show_default=True, help="all, none, or SWS-1,SWS-2,...")
@click.option("--accounts", default=12_000, show_default=True, help="Benign accounts, with twins.")
@click.option("--days", default=14, show_default=True, help="Length of the window.")
@click.option("--seed", default=0, show_default=True, help="Equal seeds give equal worlds.")
@click.option("--start", default="2026-03-02", show_default=True, help="First day, UTC.")
@click.option("--mean-exchanges", default=20.0, show_default=True, help="Per ordinary account.")
@click.option("--twin-share", default=0.45, show_default=True, help="Benign accounts in twins.")
@click.option("--paraphrase", default=0.0, show_default=True, help="0 one wording, 1 none shared.")
@click.option("--jitter", default=0.3, show_default=True, help="0 synchronised, 1 no pattern.")
@click.option("--rate", type=float, help="Campaign exchanges per account and day.")
@click.option("--mixing", type=float, help="Share of unrelated customers, 0 to 0.95.")
@click.option("--infra-sharing", default=0.35, show_default=True, help="Traits from a pool, 0-0.8.")
@click.option("--persona-sticky", default=0.0, show_default=True, help="Accounts keep a subject.")
@click.option("--human-sessions", default=0.0, show_default=True, help="Requests in sittings.")
@click.option("--campaign-accounts", type=int, help="Accounts of each campaign.")
@click.option("--aged-accounts", default=0.1, show_default=True, help="Opened long before.")
@click.option("--responses", is_flag=True, help="Make the answers' text too.")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), help="Own task texts.")
@click.option("--drop", default="", help="Columns to leave out, comma-separated.")
@click.option("--json", "as_json", is_flag=True, help="Print what was made as JSON.")
def simulate_command(out_dir: Path, **options: Any) -> None:
    """Write a labelled world to OUT_DIR."""
    drop = tuple(x for x in options.pop("drop").split(",") if x)
    for column in drop:
        if column not in EXCHANGES_SCHEMA.names or column in REQUIRED:
            raise click.BadParameter(f"--drop {column}: not an optional column of exchanges")
    as_json = options.pop("as_json")
    corpus_file = options.pop("corpus")
    recipe = _recipe(options)
    begun = time.monotonic()
    console = Console(stderr=True)
    console.print(f"casting {recipe.n_accounts:,} benign accounts, {len(recipe.fixtures)} fixtures")
    world = simulate(recipe, np.random.default_rng(recipe.seed))
    out_dir.mkdir(parents=True, exist_ok=True)
    _write(world, out_dir, drop, console, begun)
    seconds = time.monotonic() - begun
    made = {
        "recipe": recipe.to_json(),
        "version": __version__,
        "corpus": str(corpus_file) if corpus_file else None,
        "dropped": list(drop),
        "n_exchanges": world.n_exchanges,
        "n_accounts": world.accounts.num_rows,
    }
    write_json(out_dir / "recipe.json", made)
    rate = world.n_exchanges / max(seconds, 1e-9)
    console.print(f"{world.n_exchanges:,} exchanges, {rate:,.0f} rows/s, {seconds:.1f} s")
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(made, option=orjson.OPT_APPEND_NEWLINE))


def _recipe(options: dict[str, Any]) -> Recipe:
    renamed = {"accounts": "n_accounts", "rate": "rate_per_day"}
    fixtures = _names(options.pop("fixture"), tuple(FIXTURES), "fixture")
    twins = _names(options.pop("twins"), tuple(TWINS), "twin")
    values = {renamed.get(k, k): v for k, v in options.items()}
    return Recipe(fixtures=fixtures, twins=twins, **values)


def _write(
    world: World, out_dir: Path, drop: tuple[str, ...], console: Console, begun: float
) -> None:
    write_parquet(out_dir / "accounts.parquet", world.accounts.schema, world.accounts.to_batches())
    write_parquet(out_dir / "truth.parquet", world.truth.schema, world.truth.to_batches())
    write_json(out_dir / "releases.json", world.releases)
    columns = (
        TextColumn("exchanges"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} rows, {task.fields[rate]:,.0f} rows/s"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=world.n_exchanges, rate=0.0)
        done = 0

        def step(n_rows: int) -> None:
            nonlocal done
            done += n_rows
            progress.update(task, advance=n_rows, rate=done / (time.monotonic() - begun))

        write_parquet(
            out_dir / "exchanges.parquet",
            EXCHANGES_SCHEMA,
            world.batches(),
            drop=drop,
            progress=step,
        )
