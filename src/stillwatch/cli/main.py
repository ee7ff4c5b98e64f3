"""The program ``stillwatch``: the list of its commands, and how a run ends."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

import click

from stillwatch import __version__
from stillwatch.cli.exits import (
    COULD_NOT_LOOK,
    INTERRUPTED,
    NO_READER,
    NONE_FOUND,
    WRONG_USE,
    exit_code_of,
)
from stillwatch.cli.lazy import Entry, LazyGroup
from stillwatch.cli.shell import Shell
from stillwatch.cli.threads import one_for_algebra
from stillwatch.model.errors import StillwatchError

PROGRAM = "stillwatch"
#: characters of a line of an error that are shown.
LONGEST_LINE = 2_000
#: what a full disk says; no fault of the program.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="detect",
        module="stillwatch.cli.detect",
        attribute="detect",
        line="Find coordinated campaigns in API traffic.",
    ),
    Entry(
        name="watch",
        module="stillwatch.cli.watch",
        attribute="watch",
        line="Find campaigns in traffic while it happens.",
    ),
    Entry(
        name="explain",
        module="stillwatch.cli.detect",
        attribute="explain",
        line="Say why a campaign, a watched cluster or an account was named.",
    ),
    Entry(
        name="sketch",
        module="stillwatch.cli.sketch",
        attribute="sketch",
        line="Rewrite logs with keyed sketches in place of text.",
    ),
    Entry(
        name="control",
        module="stillwatch.cli.control",
        attribute="control",
        line="Decide who may call and how much, and take it back.",
    ),
    Entry(
        name="serve",
        module="stillwatch.cli.serve",
        attribute="serve",
        line="Decide requests for gateways; people decide at /desk.",
    ),
    Entry(
        name="gateway",
        module="stillwatch.cli.gateway",
        attribute="gateway",
        line="Let gateways and people call the decision service.",
    ),
    Entry(
        name="case",
        module="stillwatch.cli.case",
        attribute="case",
        line="Keep everything about one campaign, for and against, in one place.",
    ),
    Entry(
        name="defend",
        module="stillwatch.cli.defend",
        attribute="defend",
        line="Keep the keys of what the model gives away; look into tokens.",
    ),
    Entry(
        name="share",
        module="stillwatch.cli.share",
        attribute="share",
        line="Tell partners of campaigns, take what they tell, take things back.",
    ),
    Entry(
        name="ally",
        module="stillwatch.cli.ally",
        attribute="ally",
        line="Coordinate with nodes of other jurisdictions.",
    ),
    Entry(
        name="screen",
        module="stillwatch.cli.screen",
        attribute="screen",
        line="Screen names and owners against dated lists.",
    ),
    Entry(
        name="cloud",
        module="stillwatch.cli.cloud",
        attribute="cloud",
        line="Oversee compute: runs, thresholds on a day, customers' records.",
    ),
    Entry(
        name="vet",
        module="stillwatch.cli.vet",
        attribute="vet",
        line="Review an AI tool: lineage, files, behaviour, and one report.",
    ),
    Entry(
        name="impact",
        module="stillwatch.cli.impact",
        attribute="impact",
        line="Estimate what left, what it bought and cost; never one number.",
    ),
    Entry(
        name="lab",
        module="stillwatch.cli.lab",
        attribute="lab",
        line="Rehearse: make traffic, and score what was found in it.",
    ),
)

EPILOG = (
    "Exit codes: 0 looked and found none, 1 campaigns found, 2 could not look, 3 wrong use. "
    "Progress goes to stderr, results to stdout."
)


@click.command(cls=LazyGroup, entries=ENTRIES, epilog=EPILOG)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Settings to read instead of ./stillwatch.toml.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Find coordinated model-distillation campaigns in API traffic."""
    ctx.obj = Shell(config)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing but ``SystemExit`` leaves it.

    Args:
        arguments: what stands after the program's name.

    Returns:
        One of the codes of :mod:`stillwatch.cli.exits`.
    """
    if sys.stdout is None:  # closed by whoever started it: the exit code still tells
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        code = _invoke(list(arguments))
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return WRONG_USE
    except StillwatchError as error:
        click.echo(f"{PROGRAM}: {_inert(str(error))}", err=True)
        return exit_code_of(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"{PROGRAM}: stopped from the keyboard", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return NO_READER
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            click.echo(f"{PROGRAM}: could not write: {_inert(str(error))}", err=True)
            return COULD_NOT_LOOK
        traceback.print_exc()
        click.echo(f"{PROGRAM}: could not look: a fault in the program, shown above", err=True)
        return COULD_NOT_LOOK
    return code


def main() -> None:
    """Start the program from the command line."""
    one_for_algebra()
    if f"_{PROGRAM.upper()}_COMPLETE" in os.environ:
        cli.main(prog_name=PROGRAM)
    sys.exit(run(sys.argv[1:]))


def _invoke(arguments: list[str]) -> int:
    try:
        with cli.make_context(PROGRAM, arguments) as ctx:
            result = cli.invoke(ctx)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    return result if isinstance(result, int) else NONE_FOUND


def _inert(text: str) -> str:
    """A message line by line, for what it quotes may come from whoever sends traffic or bundles."""
    from stillwatch.adapters.report.visible import visible

    return "\n".join(visible(line, LONGEST_LINE) for line in text.split("\n") if line)


def _discard_output() -> None:
    """Point stdout at nothing, or Python complains once more when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
