"""``stillwatch screen update``, ``lists`` and ``regimes``: what screening rests on."""

from __future__ import annotations

import re
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND
from stillwatch.cli.screen import need_extra
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadInput, StillwatchError

if TYPE_CHECKING:
    from stillwatch.screen.changes import Changes

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_DATE = click.option("--date", "day", metavar="DAY", help="ISO day; today where none is named.")
_N_SHOWN = 12


@click.command()
@click.argument("listfiles", nargs=-1, required=True)
@click.option("--day", metavar="DAY", help="Day of files that do not say theirs; today else.")
@click.option("--accept-smaller", is_flag=True, help="A list that lost half its entries is right.")
@click.option(
    "--customers", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Screen these again against what was added or changed.",
)  # fmt: skip
@_JSON
@pass_shell
def update(
    shell: Shell, /, listfiles: tuple[str, ...], day: str | None, customers: Path | None, *,
    accept_smaller: bool, as_json: bool,
) -> int:  # fmt: skip
    """Read list files into signed snapshots; say what changed.

    LISTFILES are files as their publishers give them, or NAME=FILE. Those that cannot be believed
    are refused, and the last good snapshot stays; exit code 2 where one was.
    """
    need_extra()
    from stillwatch.adapters.screen.again import screen_again
    from stillwatch.adapters.screen.opening import open_lists
    from stillwatch.adapters.screen.snapshots import Snapshots

    now_us = time.time_ns() // 1_000
    wanted = iso_day(day)
    snapshots = Snapshots(shell.settings.screen.folder)
    told: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    fresh: list[Changes] = []
    for named in _groups([_named(one) for one in listfiles]):
        try:
            for taken, files in open_lists(named):
                snapshot, found, new = snapshots.take(
                    taken, files, now_us=now_us, day=wanted, accept_smaller=accept_smaller
                )
                fresh.append(found)
                told.append(
                    {
                        "snapshot": snapshot.name, "id": snapshot.id, "day": snapshot.day,
                        "n_listings": snapshot.n_listings, "new": new, "first": not snapshot.before,
                        "skipped": taken.skipped, **found.to_json(),
                    }
                )  # fmt: skip
        except StillwatchError as error:
            refused.append({"files": ", ".join(str(path) for _, path in named), "why": str(error)})
    again = screen_again(shell.settings.screen, fresh, customers, wanted) if customers else []
    if as_json:
        print_json({"snapshots": told, "refused": refused, "screened_again": again})
    else:
        _show(told, refused, again, screened=customers is not None)
    if refused:
        return COULD_NOT_LOOK
    return FOUND if again else NONE_FOUND


@click.command()
@_JSON
@pass_shell
def lists(shell: Shell, /, *, as_json: bool) -> None:
    """List the snapshots, their signatures checked."""
    need_extra()
    from stillwatch.adapters.screen.snapshots import Snapshots

    found = Snapshots(shell.settings.screen.folder).all()
    rows = [
        {"snapshot": one.name, "day": one.day, "n_listings": one.n_listings, "id": one.id,
         "before": one.before, "files": list(one.files)}
        for one in found
    ]  # fmt: skip
    if as_json:
        print_json({"snapshots": rows})
        return
    for one in found:
        click.echo(f"{one.day}  {one.name:20} {one.n_listings:>8,} entries  {one.id}")
    if not found:
        click.echo("No lists yet: `stillwatch screen update FILE...` reads some.")


@click.command()
@_DATE
@_JSON
@pass_shell
def regimes(shell: Shell, /, day: str | None, *, as_json: bool) -> None:
    """Say which rules stand how on a day."""
    from stillwatch.adapters.screen.shipped import load_regimes

    wanted = iso_day(day)
    known = load_regimes(shell.settings.screen.regimes)
    rows = []
    for one in known.regimes:
        standing = one.on(wanted)
        rows.append(
            {
                "regime": one.id, "name": one.name, "effect": one.effect.value,
                "lists": sorted(one.lists),
                "status": standing.status.value if standing else "no such rule on this day",
                "from": standing.from_day if standing else "",
                "until": standing.until_day if standing else "",
                "source": standing.source if standing else "", "says": one.says,
                "to_verify": standing.doubt if standing else "",
            }
        )  # fmt: skip
    if as_json:
        print_json({"date": wanted, "as_known_on": known.as_known_on, "regimes": rows})
        return
    for row in rows:
        until = f" until {row['until']}" if row["until"] else ""
        since = f" since {row['from']}" if row["from"] else ""
        click.echo(f"{row['regime']:24} {row['status']}{since}{until}  ({row['effect']})")
        click.echo(f"{'':24} {row['source']}")
        if row["to_verify"]:
            click.echo(f"{'':24} To be verified: {row['to_verify']}")
    click.echo(f"As checked on {known.as_known_on}. Not legal advice.")


def iso_day(value: str | None) -> str:
    """A day that was named, or today.

    Raises:
        BadInput: it is no ISO day.
    """
    if value is None:
        return datetime.now(UTC).date().isoformat()
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError(value)
        return datetime.strptime(value, "%Y-%m-%d").date().isoformat()
    except ValueError:
        raise BadInput(
            f"{value!r} is no day.", where="--date", remedy="Write 2025-09-29."
        ) from None


def print_json(value: object) -> None:
    """Print JSON on stdout."""
    import orjson

    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def counting(what: str) -> Any:
    """A callback that says on stderr, now and then, how far something is."""
    said = time.monotonic()

    def progress(done: int, total: int | None = None) -> None:
        nonlocal said
        if time.monotonic() - said > 3.0:
            said = time.monotonic()
            of = f" of {total:,}" if total else ""
            click.echo(f"{what}: {done:,}{of}", err=True)
            sys.stderr.flush()

    return progress


def _named(argument: str) -> tuple[str, Path]:
    name, equals, path = argument.partition("=")
    if equals and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,40}", name) and not Path(argument).exists():
        return name, Path(path)
    return "", Path(argument)


def _groups(named: list[tuple[str, Path]]) -> list[list[tuple[str, Path]]]:
    """OFAC's CSV files belong together; every other file stands or falls alone."""
    parts = [one for one in named if _is_part(one[1])]
    return [[one] for one in named if one not in parts] + ([parts] if parts else [])


def _is_part(path: Path) -> bool:
    from stillwatch.adapters.screen.formats.listfile import content

    try:
        return content(path)[:1].isdigit()
    except StillwatchError:
        return False


def _show(
    told: list[dict[str, Any]], refused: list[dict[str, str]], again: list[dict[str, Any]], *,
    screened: bool,
) -> None:  # fmt: skip
    from stillwatch.adapters.report.visible import visible

    for one in told:
        head = f"{one['snapshot']}: {one['n_listings']:,} entries of {one['day']}"
        if not one["new"]:
            click.echo(f"{head}; nothing changed, the snapshot stays.")
            continue
        if one["first"]:
            click.echo(f"{head}, the first snapshot.")
            continue
        counts = ", ".join(f"{len(one[k]):,} {k}" for k in ("added", "removed", "changed"))
        click.echo(f"{head}: {counts}.")
        for sign, key in (("+", "added"), ("-", "removed"), ("~", "changed")):
            for entry in one[key][:_N_SHOWN]:
                fields = f"  ({', '.join(entry['fields'])})" if key == "changed" else ""
                click.echo(f"  {sign} {entry['listing']}  {visible(entry['name'])}{fields}")
            if len(one[key]) > _N_SHOWN:
                click.echo(f"  {sign} and {len(one[key]) - _N_SHOWN:,} more; --json has all.")
    for one in again:
        click.echo(f"look again: customer {visible(one['customer'])}: {one['advice']}")
    if screened and not again:
        click.echo("No customer is concerned by what changed.")
    for wrong in refused:
        click.echo(f"refused: {wrong['why']}", err=True)
