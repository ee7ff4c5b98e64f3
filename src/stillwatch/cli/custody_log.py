"""``stillwatch case log``, ``case anchor`` and ``case witness``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from stillwatch.cli.custody import JSON, LOG, now_us, open_log, print_json, say, show, stamped
from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

if TYPE_CHECKING:
    from stillwatch.adapters.custody.log import CustodyLog
    from stillwatch.attribute.custody.report import Report

_SIZE = click.option(
    "--size", type=click.IntRange(min=1), metavar="N", help="A head by its size; else the last."
)


@click.group()
def log() -> None:
    """Show the log, sign its head, prove or check entries."""


@log.command(name="show")
@click.option("--last", type=click.IntRange(min=1), default=20, show_default=True, metavar="N")
@LOG
@JSON
@pass_shell
def show_(shell: Shell, /, last: int, folder: Path | None, *, as_json: bool) -> None:
    """Show the last entries: number, time, kind, and what they tell."""
    from stillwatch.attribute.custody.contents import said_at

    with open_log(shell, folder) as held:
        entries = list(held.entries(range(max(held.size - last, 0), held.size)))
    if as_json:
        print_json({"entries": [
            {"n": e.n, "at": said_at(e.at_us), "kind": e.kind, "body": e.body, "key": e.key,
             "leaf": e.leaf.hex()} for e in entries
        ]})  # fmt: skip
        return
    for entry in entries:
        say(f"{entry.n:>8}  {said_at(entry.at_us)}  {entry.kind:10} {_shortly(entry.body)}")


@log.command()
@LOG
@JSON
@pass_shell
def check(shell: Shell, /, folder: Path | None, *, as_json: bool) -> int:
    """Read all of it again: lines, signatures, heads, contents. Exit code 1 where it fails."""
    from stillwatch.adapters.custody.checking import check_log

    with open_log(shell, folder) as held:
        report = check_log(held)
    return tell(report, as_json=as_json)


@log.command()
@LOG
@pass_shell
def head(shell: Shell, /, folder: Path | None) -> None:
    """Sign the head over all that is there, and print it: publish it, or hand it to a witness."""
    with open_log(shell, folder) as held:
        with held.writing() as writer:
            writer.sign_head()
        note = held.head(held.size)
    click.echo(note.to_bytes() if note else b"", nl=False)


@log.command()
@click.argument("entry", type=click.IntRange(min=0))
@LOG
@pass_shell
def prove(shell: Shell, /, entry: int, folder: Path | None) -> None:
    """Print the proof that ENTRY stands in the log, as C2SP tlog-proof v1 text."""
    with open_log(shell, folder) as held:
        click.echo(held.receipt(entry), nl=False)


@log.command()
@_SIZE
@LOG
@JSON
@pass_shell
def stamp(shell: Shell, /, size: int | None, folder: Path | None, *, as_json: bool) -> int:
    """Have a head stamped by the authority of custody.authority, again where it failed before."""
    from stillwatch.model.errors import BadSettings

    if shell.settings.custody.authority is None:
        raise BadSettings("custody.authority", "names no authority to ask.")
    with open_log(shell, folder) as held:
        wanted = _size_of(held, size)
        at = stamped(shell, held, wanted, case_at(held, wanted))
    show({"size": wanted, "stamped_at": at}, as_json=as_json)
    return COULD_NOT_LOOK if at is None else NONE_FOUND


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--name", help="What that log is called here; the file's name where none is given.")
@click.option("--check", "only_check", is_flag=True, help="Hold it against what was entered.")
@LOG
@JSON
@pass_shell
def anchor(
    shell: Shell, /, file: Path, name: str | None, folder: Path | None, *, only_check: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Enter the head of another log, so that it cannot be dated back.

    FILE is a chained log: of decisions (control), of commitments (defend), of disclosures or of
    matching (share). With --check nothing is entered; exit code 1 where the file is not what it
    was.
    """
    from stillwatch.adapters.custody.anchoring import anchor as anchored
    from stillwatch.adapters.custody.anchoring import check_anchors

    with open_log(shell, folder) as held:
        if only_check:
            return tell(check_anchors(held, name or file.name, file), as_json=as_json)
        receipt = anchored(held, name or file.name, file)
    show({"name": name or file.name, "entry": receipt.n, "leaf": receipt.leaf}, as_json=as_json)
    return NONE_FOUND


@click.group()
def witness() -> None:
    """Let others co-sign heads, or co-sign theirs."""


@witness.command()
@_SIZE
@click.option("--old", type=click.IntRange(min=0), default=0, metavar="N",
              help="How many entries the head covered that the witness signed last.")  # fmt: skip
@LOG
@pass_shell
def request(shell: Shell, /, size: int | None, old: int, folder: Path | None) -> None:
    """Print what a witness is sent: the head and the proof from its last one (C2SP)."""
    from stillwatch.adapters.custody.witnessing import request_body

    with open_log(shell, folder) as held:
        click.echo(request_body(held, _size_of(held, size), old), nl=False)


@witness.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--key", "key_file", required=True, metavar="FILE", help="The witness's private key.",
              type=click.Path(path_type=Path, exists=True, dir_okay=False))  # fmt: skip
@click.option("--name", required=True, help="The witness's name.")
@click.option("--state", required=True, type=click.Path(path_type=Path, file_okay=False),
              metavar="DIR", help="Where the witness keeps what it signed.")  # fmt: skip
@click.option("--log-key", "log_keys", multiple=True, required=True, metavar="PUB",
              help="Key of a log that it signs for.")  # fmt: skip
def sign(file: BinaryIO, key_file: Path, name: str, state: Path, log_keys: tuple[str, ...]) -> None:
    """Co-sign the head of a request, unless its log was rewritten since the last; prints the line.

    FILE is what `witness request` printed. Run by the witness, on the witness's machine.
    """
    from stillwatch.adapters.custody.key_files import load_signing, public_key
    from stillwatch.adapters.custody.witnessing import Witness

    body = file.read(1 << 18)
    keys = tuple(public_key(told) for told in log_keys)
    one = Witness(load_signing(key_file), name, state, keys)
    click.echo(one.cosigned(body, now_us() // 1_000_000).line, nl=False)


@witness.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--key", required=True, metavar="PUB", help="The witness's public key.")
@_SIZE
@LOG
@JSON
@pass_shell
def add(
    shell: Shell, /, file: BinaryIO, key: str, size: int | None, folder: Path | None,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Take the line that a witness printed under a head of the log."""
    data = file.read(1 << 18)
    _take(shell, folder, size, key, lambda *_: data, as_json=as_json)


@witness.command()
@click.argument("url")
@click.option("--key", required=True, metavar="PUB", help="The witness's public key.")
@_SIZE
@LOG
@JSON
@pass_shell
def ask(
    shell: Shell, /, url: str, key: str, size: int | None, folder: Path | None, *, as_json: bool
) -> None:
    """Ask the witness at URL to co-sign a head, over HTTP (C2SP tlog-witness)."""
    from stillwatch.adapters.custody.witnessing import asked_witness

    timeout_s = shell.settings.custody.timeout_s
    _take(
        shell, folder, size, key,
        lambda held, wanted: asked_witness(url, held, wanted, timeout_s), as_json=as_json,
    )  # fmt: skip


def tell(report: Report, *, as_json: bool) -> int:
    """Print what a check found; returns the exit code."""
    if as_json:
        print_json(report.to_json())
    else:
        say("holds" if report.holds else f"does not hold: {len(report.problems)} problems")
        for problem in report.problems:
            say(f"  {problem.where}: {problem.what}")
        for name, value in report.facts.items():
            say(f"{name.removeprefix('n_'):16} {value}")
        for sentence in report.not_looked:
            say(f"not looked at: {sentence}")
    return NONE_FOUND if report.holds else FOUND


def case_at(held: CustodyLog, size: int) -> str | None:
    """The case whose inventory ends a head."""
    from stillwatch.attribute.custody.kinds import case_of

    return case_of(held.entry(size - 1))


def _take(
    shell: Shell, folder: Path | None, size: int | None, key: str, lines: Any, *, as_json: bool
) -> None:
    from stillwatch.adapters.custody.key_files import public_key
    from stillwatch.adapters.custody.witnessing import add_cosignatures
    from stillwatch.attribute.custody.contents import said_at

    told = public_key(key)
    with open_log(shell, folder) as held:
        wanted = _size_of(held, size)
        data = lines(held, wanted)
        at_s = add_cosignatures(held, wanted, data, told, case=case_at(held, wanted))
    show({"size": wanted, "witness": told.name, "at": said_at(at_s * 1_000_000)}, as_json=as_json)


def _size_of(held: CustodyLog, size: int | None) -> int:
    from stillwatch.model.errors import BadInput

    sizes = held.heads()
    if not sizes:
        raise BadInput("no head was signed.", remedy="Sign one with `stillwatch case log head`.")
    return size or sizes[-1]


def _shortly(body: dict[str, Any]) -> str:
    import orjson

    text = orjson.dumps(body).decode()
    width = 100 if sys.stdout.isatty() else 400
    return text if len(text) <= width else text[: width - 3] + "..."
