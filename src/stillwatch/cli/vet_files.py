"""``stillwatch vet files``: are a model's files safe to load?"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadSettings

if TYPE_CHECKING:
    from stillwatch.adapters.scanning.examining import Progress

_EVERY_S = 2.0


@click.command()
@click.argument("place", metavar="PATH", type=click.Path(path_type=Path))
@click.option(
    "--reference", type=click.Path(path_type=Path, file_okay=False, exists=True), metavar="DIR",
    help="The publisher's own folder, whose chat template is compared with.",
)  # fmt: skip
@click.option(
    "--scanners", metavar="NAMES",
    help="Scanners to ask beside our own checks, with commas between; all that are there "
    "otherwise; '' for none.",
)  # fmt: skip
@click.option("--all", "show_all", is_flag=True, help="List clean files too.")
@click.option("--quiet", is_flag=True, help="No progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
@pass_shell
def files(
    shell: Shell, /, place: Path, reference: Path | None, scanners: str | None, *,
    show_all: bool, quiet: bool, as_json: bool,
) -> int:  # fmt: skip
    """Say whether a model's files, code and templates are safe to load.

    PATH is a file or a folder. Nothing in it is loaded or run: each scanner reads it apart, without
    network. A file is clean only where a scanner that supports its format read every byte. Exit
    code 0 where all are, 1 where something does harm, 2 where a person has to look.
    """
    from rich.console import Console

    from stillwatch.adapters.scanning.examining import examine
    from stillwatch.adapters.scanning.scanners import SCANNERS
    from stillwatch.adapters.scanning.telling import part
    from stillwatch.adapters.scanning.terminal import render, still_open
    from stillwatch.cli.vet_shown import show_part

    wanted = None if scanners is None else [one for one in scanners.split(",") if one]
    known = [one.name for one in SCANNERS]
    if unknown := sorted(set(wanted or ()) - set(known)):
        raise BadSettings("--scanners", f"{unknown[0]!r} is none of {', '.join(known)}.")
    told = part(
        examine(
            place,
            shell.settings.files,
            scanners=wanted,
            reference=reference,
            progress=None if quiet else _progress(),
        )
    )
    if as_json:
        return show_part(told, as_json=True)
    own = partial(render, console=Console(highlight=False, soft_wrap=False), show_all=show_all)
    return show_part(still_open(told), as_json=False, own=own, points=False)


def _progress() -> Progress:
    said = time.monotonic()

    def told(what: str, done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said > _EVERY_S:
            said = time.monotonic()
            of_all = f" of {total:,}" if total else ""
            click.echo(f"{what}: {done:,}{of_all}", err=True)

    return told
