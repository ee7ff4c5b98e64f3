"""What the commands of ``stillwatch share`` have in common: options, times, how answers print."""

from __future__ import annotations

import getpass
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from stillwatch.adapters.share.home import Home
    from stillwatch.cli.shell import Shell
    from stillwatch.share.parsing import Limits

FOLDER = click.option(
    "--folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Folder of the room instead of the setting share.folder.",
)  # fmt: skip
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
BY = click.option(
    "--by", metavar="NAME", help="Who does it, for the log; your user name if left out."
)


def home_of(shell: Shell, folder: Path | None) -> Home:
    """The folder of the room."""
    from stillwatch.adapters.share.home import Home

    return Home(folder or shell.settings.share.folder)


def limits_of(shell: Shell) -> Limits:
    """What is read at most."""
    from stillwatch.share.parsing import Limits

    return Limits(n_bytes=shell.settings.share.most_mib << 20)


def person(by: str | None) -> str:
    """Who does it."""
    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now_us() -> int:
    """The wall clock, microseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000


def said(moment_us: int) -> str:
    """A moment for people."""
    from stillwatch.model.errors import BadInput
    from stillwatch.share.times import stamp

    try:
        return stamp(moment_us)[:19] + "Z"
    except BadInput:
        return "no time"


def show(told: Mapping[str, Any]) -> None:
    """Print a JSON value."""
    import orjson

    click.echo(orjson.dumps(dict(told), option=orjson.OPT_INDENT_2).decode())
