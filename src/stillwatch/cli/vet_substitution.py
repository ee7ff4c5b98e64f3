"""``stillwatch vet substitution``: looks at a vendor's routes, and what they say together."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.model.errors import OutsideFailed

if TYPE_CHECKING:
    from stillwatch.adapters.substitution import Watch
    from stillwatch.vet import Part

_EVERY_S = 5.0


@click.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--state", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder that remembers all looks; PLAN.looks else.",
)  # fmt: skip
@click.option("--looks", default=1, show_default=True, type=click.IntRange(1, 10_000),
              help="Looks to take now, one after another.")  # fmt: skip
@click.option("--no-ask", is_flag=True, help="Ask nothing; say what earlier looks say.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Say what it costs; ask nothing.")
@click.option("--yes", is_flag=True, help="Ask without a question on the terminal.")
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Write the page, with pictures.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def substitution(
    plan_file: Path, state: Path | None, looks: int, no_ask: bool, only_estimate: bool, yes: bool,
    html: Path | None, as_json: bool, quiet: bool,
) -> int:  # fmt: skip
    """Does an endpoint silently serve another model, where and since when?

    PLAN (TOML) names a reference and the routes to compare with it. Run it again, by hand or from a
    timer: each run takes the next look, and evidence adds up. Exit code 1 where a route differs.
    """
    from stillwatch.adapters.substitution import Watch, load_plan
    from stillwatch.cli.vet_shown import show_part

    plan = load_plan(plan_file)
    watch = Watch(plan, state or plan_file.with_name(f"{plan_file.name}.looks"))
    stopped: dict[str, str] = {}
    for nth in range(0 if no_ask else looks):
        if _look(watch, stopped, yes=yes or nth > 0, estimate=only_estimate, quiet=quiet):
            break
    if only_estimate:
        return NONE_FOUND
    part = watch.part()
    if html is not None:
        _write(part, html)
    code = show_part(part, as_json=as_json, own=_show)
    if html is not None:
        click.echo(f"The page is {html}.", err=True)
    for name, said in stopped.items():
        click.echo(f"{name}: {said}", err=True)
    return code


def _look(watch: Watch, stopped: dict[str, str], *, yes: bool, estimate: bool, quiet: bool) -> bool:
    """Take one look; returns whether there is no use in another now."""
    from stillwatch.cli.vet_ask import agreed

    look = watch.next_look()
    if not look.jobs:
        click.echo("The first window is used up; begin another plan for more looks.", err=True)
        return True
    agreed([(one[1], one[2], one[3]) for one in look.jobs], yes=yes or estimate, tell=not quiet)
    if estimate:
        return True
    stopped |= watch.take(look, None if quiet else _Sides())
    return bool(stopped)


class _Sides:
    """How far each side has come, in a line now and then."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._said_s = time.monotonic()
        self._done: dict[str, tuple[int, int]] = {}

    def __call__(self, side: str, n_done: int, n_wanted: int) -> None:
        """Told by each side's thread."""
        with self._turn:
            self._done[side] = n_done, n_wanted
            now_s = time.monotonic()
            if now_s - self._said_s < _EVERY_S:
                return
            self._said_s = now_s
            told = ", ".join(f"{name} {a:,} of {b:,}" for name, (a, b) in self._done.items())
            click.echo(f"asking: {told}", err=True)


def _write(part: Part, path: Path) -> None:
    from stillwatch.adapters.substitution.page import render

    try:
        path.write_text(render(part), encoding="utf-8")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def _show(part: Part) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("route", "questions", "from elsewhere", "p", "bits", "both, all", "since"):
        table.add_column(name, overflow="fold")
    for one in part.measured["routes"]:
        table.add_row(*_row(one))
    Console(highlight=False, soft_wrap=False).print(table)


def _row(one: Mapping[str, Any]) -> list[str]:
    from stillwatch.adapters.substitution.page import moment

    share, began = one["share"], one["began"]
    elsewhere = "not shown"
    if one["differs"]:
        elsewhere = f"at least {share['low']:.0%}" if share["low"] >= 0.005 else "cannot be said"
    if one["against_candidate"] and one["n"] >= 100:
        elsewhere = f"{share['best']:.0%} ({share['low']:.0%} to {share['high']:.0%})"
    since = "-"
    if one["differs"]:
        since = "cannot be said"
        if began is not None:
            since = f"{moment(began['earliest_us'])} to {moment(began['latest_us'])}"
            since = "before the first look" if began["before_the_first_look"] else since
    p = "not yet" if one["p"] is None else f"{one['p']:.2g}"
    return [
        one["route"], f"{one['n']:,} of {one['n_planned']:,}", elsewhere, p,
        f"{one['most_log2_e']:.1f}", f"{one['p_adjusted']:.2g}", since,
    ]  # fmt: skip
