"""``stillwatch cloud sketch``: each side's sketches for private matching."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from stillwatch.cli.exits import NONE_FOUND

_FILE = click.Path(path_type=Path, dir_okay=False)
_HOUR = click.DateTime(["%Y-%m-%dT%H", "%Y-%m-%d"])
_WINDOW = (
    click.option(
        "--since", type=_HOUR, required=True, metavar="TIME", help="Start of the window, UTC."
    ),
    click.option("--until", type=_HOUR, required=True, metavar="TIME", help="Its end, UTC."),
    click.option(
        "--key", type=_FILE, required=True, metavar="FILE", help="The key both sides agreed on."
    ),
    click.option("--out", type=_FILE, required=True, metavar="FILE", help="Where to write."),
)


@click.group()
def sketch() -> None:
    """Make the sketches that `match` compares."""


@sketch.command()
@click.argument("result", type=_FILE)
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
def campaigns(
    result: Path, logs: tuple[Path, ...], since: datetime, until: datetime, key: Path, out: Path
) -> int:
    """Sketch the campaigns of RESULT (`detect --json`) from the provider's LOGS."""
    from stillwatch.adapters.cloud.sketch_files import (
        read_json,
        read_key,
        sketch_campaigns,
        to_json,
        write_json,
    )

    found = sketch_campaigns(read_json(result), list(logs), _window(since, until), read_key(key))
    write_json(out, to_json(found))
    n_blind = sum(not one.signs for one in found.sketches)
    click.echo(
        f"campaigns: {len(found.sketches)}, of these {n_blind} with too few busy hours", err=True
    )
    return NONE_FOUND


@sketch.command()
@click.argument("logs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--names", type=_FILE, required=True, metavar="FILE",
    help="Where to keep whose number is whose; it stays with the cloud.",
)  # fmt: skip
def accounts(
    logs: tuple[Path, ...], since: datetime, until: datetime, key: Path, out: Path, names: Path
) -> int:
    """Sketch every account in the cloud's flow LOGS."""
    from stillwatch.adapters.cloud.opening import read_telemetry
    from stillwatch.adapters.cloud.sketch_files import (
        read_key,
        sketch_accounts,
        to_json,
        write_json,
    )

    secret, window = read_key(key), _window(since, until)
    found, whose = sketch_accounts(read_telemetry(list(logs)).telemetry().flows, window, secret)
    write_json(names, whose)
    write_json(out, to_json(found))
    n_blind = sum(not one.signs for one in found.sketches)
    click.echo(
        f"accounts: {len(found.sketches)}, of these {n_blind} with too few busy hours", err=True
    )
    return NONE_FOUND


for _option in reversed(_WINDOW):
    campaigns = _option(campaigns)
    accounts = _option(accounts)


def _window(since: datetime, until: datetime) -> tuple[int, int]:
    start, end = (round(one.replace(tzinfo=UTC).timestamp() * 1e6) for one in (since, until))
    return start, end
