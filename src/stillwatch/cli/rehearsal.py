"""What ``stillwatch lab`` does once it is called; imported then, so that help is quick."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
import orjson
from pyarrow import RecordBatch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stillwatch import __version__
from stillwatch.adapters.labelled import read_columns, read_corpus, read_json
from stillwatch.adapters.spilling import Spill
from stillwatch.adapters.writers import write_json, write_parquet
from stillwatch.lab import FIXTURES, STRESSES, TWINS, Recipe, Score, World, score, simulate
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA, REQUIRED

MOST_FILES = 10_000
#: rows of a row group where there are several files.
ROWS_A_GROUP = 65_536
_OPTIONAL = {*EXCHANGES_SCHEMA.names, *ACCOUNTS_SCHEMA.names} - set(REQUIRED)


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


def make_world(out_dir: Path, options: dict[str, Any]) -> None:
    """Write a labelled world to a folder, and say so.

    Raises:
        click.BadParameter: a fixture, twin or column is unknown.
    """
    drop = tuple(x for x in options.pop("drop").split(",") if x)
    n_files = options.pop("files")
    if not 1 <= n_files <= MOST_FILES:
        raise click.BadParameter(f"--files {n_files} is outside 1 to {MOST_FILES}")
    for column in drop:
        if column not in _OPTIONAL:
            raise click.BadParameter(f"--drop {column}: not an optional column")
    as_json = options.pop("as_json")
    corpus_file = options.pop("corpus")
    recipe = _recipe(options)
    begun = time.monotonic()
    console = Console(stderr=True)
    console.print(f"casting {recipe.n_accounts:,} benign accounts, {len(recipe.fixtures)} fixtures")
    corpus = read_corpus(corpus_file) if corpus_file else ()
    out_dir.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(recipe.seed)
    with TemporaryDirectory(prefix=".cast-", dir=out_dir) as aside:
        shelf = Spill(Path(aside)) if n_files > 1 else None
        world = simulate(recipe, rng, corpus=corpus, shelf=shelf, n_slices=n_files)
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
    stress = _names(options.pop("stress"), STRESSES, "stress")
    each, sizes = _sizes(options.pop("campaign_accounts"))
    values = {renamed.get(k, k): v for k, v in options.items()}
    return Recipe(
        fixtures=fixtures,
        twins=twins,
        stress=stress,
        campaign_accounts=each,
        campaign_sizes=sizes,
        **values,
    )


def _sizes(given: str | None) -> tuple[int | None, tuple[tuple[str, int], ...]]:
    """Accounts of each campaign, and those of named fixtures, from ``40,C04=20000``."""
    each, sizes = None, []
    for part in (x.strip() for x in (given or "").split(",") if x.strip()):
        name, _, number = part.rpartition("=")
        if not number.isdecimal() or (name and name not in FIXTURES):
            raise click.BadParameter(f"--campaign-accounts {part}: give 40, or C04=20000")
        if name:
            sizes.append((name, int(number)))
        else:
            each = int(number)
    return each, tuple(sizes)


def _write(
    world: World, out_dir: Path, drop: tuple[str, ...], console: Console, begun: float
) -> None:
    accounts = world.accounts
    write_parquet(out_dir / "accounts.parquet", accounts.schema, accounts.to_batches(), drop=drop)
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

        for path, batches in _files(world, out_dir):
            write_parquet(path, EXCHANGES_SCHEMA, batches, drop=drop, progress=step)


def _files(world: World, out_dir: Path) -> Iterator[tuple[Path, Iterator[RecordBatch]]]:
    """The files of exchanges and what goes into each: one, or a folder with one a slice."""
    if world.slices.n == 1:
        yield out_dir / "exchanges.parquet", world.batches()
        return
    folder = out_dir / "exchanges"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("part-*.parquet"):
        old.unlink()
    for number in range(world.slices.n):
        yield folder / f"part-{number:04}.parquet", world.batches_of(number, ROWS_A_GROUP)


def tell_score(campaigns: Path, truth: Path, exchanges: Path | None, *, as_json: bool) -> None:
    """Print the score of a result against the truth."""
    report = read_json(campaigns)
    sent = read_columns(exchanges, ("account", "sent_at")) if exchanges else None
    result = score(report, read_columns(truth, None), sent)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(result.to_json(), option=orjson.OPT_APPEND_NEWLINE))
        return
    _show(result)


def _show(result: Score) -> None:
    out = Console()
    table = Table(title="campaigns", title_justify="left")
    for name in ("campaign", "accounts", "found", "recall", "precision", "leak", "hours"):
        table.add_column(name, justify="left" if name == "campaign" else "right")
    for c in result.campaigns:
        leak = "not looked" if c.leak is None else f"{c.leak:.3f}"
        precision = "-" if c.precision is None else f"{c.precision:.3f}"
        hours = "-" if c.hours_to_detect is None else f"{c.hours_to_detect:.1f}"
        found = "yes" if c.found else "no"
        cells = (c.campaign, f"{c.n_accounts:,}", found, f"{c.recall:.3f}", precision, leak, hours)
        table.add_row(*cells)
    out.print(table)
    overall = "none reported" if result.precision is None else f"{result.precision:.4f}"
    out.print(
        f"{result.n_reported} campaigns reported, {result.n_false_campaigns} without any guilty "
        f"account; account precision {overall}"
    )
    rows = Table(title="benign accounts accused", title_justify="left")
    for name in ("kind", "accounts", "accused", "share", "95% upper"):
        rows.add_column(name, justify="left" if name == "kind" else "right")
    for a in (result.accused, *result.accused_by_twin):
        rows.add_row(
            a.kind, f"{a.n_accounts:,}", str(a.n_accused), f"{a.share:.2e}", f"{a.upper_95:.2e}"
        )
    out.print(rows)


def serve_rehearsal(listen: str, told: dict[str, Any]) -> None:
    """Serve a made model until a signal ends it."""
    from dataclasses import replace

    from stillwatch.http.rehearsal import Manner, serve_made
    from stillwatch.lab.served_model import MadeModel

    model = MadeModel(
        family=told["family"], drift=told["drift"], temperature=told["temperature"],
        grain=told["grain"], mean_words=told["mean_words"],
    )  # fmt: skip
    serve_made(
        Manner(
            model=model,
            other=replace(model, drift=told["other_drift"], branch=2),
            share=told["substitute"],
            only_for=told["only_for"],
            after=told["after"],
            keeps_answers=told["keep_answers"],
            system=told["system"],
            most_tokens=told["most_tokens"],
            seed=told["seed"],
        ),
        listen,
    )
