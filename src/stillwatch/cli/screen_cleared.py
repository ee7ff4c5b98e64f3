"""``stillwatch screen clear`` and ``clearances``: a person's word that it is somebody else."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.screen_lists import print_json
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadInput, OutsideFailed


@click.command()
@click.argument("results", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("customer")
@click.argument("listing")
@click.option("--by", "name", required=True, metavar="NAME", help="Who says so.")
@click.option("--because", required=True, metavar="TEXT", help="What told the two apart.")
@click.option("--days", type=click.IntRange(1, 731), help="Instead of screen.clearance_days.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@pass_shell
def clear(
    shell: Shell, /, results: Path, customer: str, listing: str, name: str, because: str,
    days: int | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Remember that a match is somebody else, until a day.

    RESULTS is the file of a run, or what `check --json` printed; LISTING is list:number. It holds
    no more when the customer or the entry changes.
    """
    from stillwatch.adapters.screen.clearing import add
    from stillwatch.screen.clearances import DAY_US, Clearance

    asked, entry = _found(results, customer, listing)
    now_us = time.time_ns() // 1_000
    settings = shell.settings.screen
    made = Clearance(
        customer=customer, asked=asked, listing=listing, entry=entry, name=name, because=because,
        made_us=now_us, until_us=now_us + (days or settings.clearance_days) * DAY_US,
    )  # fmt: skip
    add(settings.folder, made)
    if as_json:
        print_json(made.to_json())
    else:
        click.echo(f"Cleared until {_said(made.until_us)}: {made.id}")


@click.command()
@click.option("--withdraw", metavar="ID", help="Take a clearance back.")
@click.option("--by", "name", metavar="NAME", help="Who takes it back.")
@click.option("--because", metavar="TEXT", help="Why.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@pass_shell
def clearances(
    shell: Shell, /, withdraw: str | None, name: str | None, because: str | None, *, as_json: bool
) -> None:
    """List clearances, or withdraw one."""
    from dataclasses import replace

    from stillwatch.adapters.screen.clearing import add, read
    from stillwatch.screen.clearances import in_force

    folder, now_us = shell.settings.screen.folder, time.time_ns() // 1_000
    said = read(folder)
    if withdraw is not None:
        known = next((one for one in said if one.id == withdraw), None)
        if known is None:
            raise BadInput(f"there is no clearance {withdraw}.", where="--withdraw")
        taken_back = replace(
            known, withdraws=known.id, name=name or "", because=because or "", made_us=now_us,
            until_us=max(known.until_us, now_us + 1), id="",
        )  # fmt: skip
        add(folder, taken_back)
        said.append(taken_back)
    held = {one.id for one in in_force(said, now_us + 1).values()}
    rows: list[dict[str, Any]] = [
        {**one.to_json(), "in_force": one.id in held} for one in said if not one.withdraws
    ]
    if as_json:
        print_json({"clearances": rows})
        return
    for row in rows:
        state = "holds" if row["in_force"] else "ended"
        click.echo(
            f"{state}  until {_said(row['until_us'])}  {row['customer']} is not {row['listing']}  "
            f"by {row['name']}: {row['because']}  {row['id']}"
        )
    if not rows:
        click.echo("Nothing was cleared.")


def _found(results: Path, customer: str, listing: str) -> tuple[str, str]:
    """Digests of the customer and the entry, from a file of results.

    Raises:
        BadInput: there is no such match.
    """
    for row in _rows(results):
        if row.get("customer") == customer:
            for match in row.get("matches", ()):
                if match["listing"] == listing:
                    return str(row["asked"]), str(match["entry"])
    raise BadInput(
        f"holds no match of {customer!r} with {listing!r}.", where=str(results),
        remedy="Name the customer and the listing as they stand there.",
    )  # fmt: skip


def _rows(results: Path) -> Any:
    import orjson
    import pyarrow.parquet as pq

    try:
        if results.suffix == ".parquet":
            for text in pq.read_table(results, columns=["answer"]).column("answer").to_pylist():
                yield orjson.loads(text)
            return
        data = results.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"{results} cannot be read: {error.strerror or error}.") from None
    try:
        whole = orjson.loads(data)
        if isinstance(whole, dict):
            yield whole.get("answer", whole)
    except orjson.JSONDecodeError:
        try:
            for line in data.splitlines():
                if line.strip():
                    yield orjson.loads(line)
        except orjson.JSONDecodeError:
            raise BadInput("is no file of results.", where=str(results)) from None


def _said(moment_us: int) -> str:
    return datetime.fromtimestamp(moment_us / 1e6, UTC).date().isoformat()
