"""``stillwatch vet review|verify|compare|sign``."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stillwatch.cli.exits import COULD_NOT_LOOK, FOUND, NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.cli.vet_shown import EXITS

if TYPE_CHECKING:
    from stillwatch.adapters.reviewing.making import Forms

_FILE = click.Path(path_type=Path, dir_okay=False)
_THERE = click.Path(path_type=Path, exists=True)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")


@click.command()
@click.argument("tool", type=_FILE, metavar="TOOL.toml")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True,
              metavar="DIR", help="Where the report goes.")  # fmt: skip
@click.option("--public/--private", default=False, show_default=True,
              help="For everybody, or for those who act on it.")  # fmt: skip
@click.option("--sign", "key", type=_FILE, metavar="KEY",
              help="Ed25519 key, PEM, that signs the report.")  # fmt: skip
@click.option("--stamp/--no-stamp", default=True, show_default=True,
              help="Have custody.authority stamp a signed report, if set.")  # fmt: skip
@click.option("--manifest", type=_FILE, metavar="FILE",
              help="Make a report again from what it was made from.")  # fmt: skip
@click.option("--publish-anyway", default="", metavar="REASON",
              help="Why a public report cannot wait for the vendor; stands in it.")  # fmt: skip
@click.option("--by", default="", metavar="NAME", help="The person who says so.")
@click.option("--no-pdf", is_flag=True, help="Leave the PDF out.")
@_JSON
@pass_shell
def review(
    shell: Shell, /, tool: Path, out: Path, key: Path | None, manifest: Path | None,
    publish_anyway: str, by: str, *, public: bool, stamp: bool, no_pdf: bool, as_json: bool,
) -> int:  # fmt: skip
    """Review a tool: every examination, and one report.

    TOOL.toml names it, its files and endpoints, and parts that other commands made. Nothing of the
    tool is run. Exit code 1 says that there is a concern, 2 that something is open.
    """
    from stillwatch.adapters.reviewing.attesting import attest
    from stillwatch.adapters.reviewing.making import gather, make
    from stillwatch.adapters.reviewing.manifest import load_manifest
    from stillwatch.adapters.reviewing.toolfile import load_tool
    from stillwatch.adapters.reviewing.writing import write_report
    from stillwatch.vet.review.hearing import Override
    from stillwatch.vet.review.modes import Mode

    settings = shell.settings
    earlier = load_manifest(manifest) if manifest else None
    override = earlier.override if earlier else None
    if publish_anyway or by:
        override = Override(by=by, reason=publish_anyway)
    gathered = gather(load_tool(tool), settings, earlier, _say, now_us=_now_us())
    forms = make(
        gathered, settings, mode=Mode.PUBLIC if public else Mode.PRIVATE,
        made_us=earlier.made_us if earlier else _now_us(), override=override, pdf=not no_pdf,
    )  # fmt: skip
    contents = dict(forms.contents)
    if key is not None:
        authority = settings.custody.authority if stamp else None
        contents |= attest(
            forms.document, contents, key, gathered.file.by, authority=authority,
            timeout_s=settings.custody.timeout_s,
        )  # fmt: skip
    write_report(contents, forms.document, out)
    _tell(forms, out, as_json=as_json)
    if earlier is not None and not public:
        from stillwatch.adapters.reviewing.manifest import differences

        told = differences(earlier, contents)
        _say(told or "the same report, to the last byte")
        if told:
            return COULD_NOT_LOOK
    return EXITS[forms.document["outcome"]]


@click.command()
@click.argument("report", type=_THERE)
@click.option("--key", type=_FILE, metavar="FILE", help="The reviewer's public key, PEM.")
@click.option("--root", "roots", type=_FILE, multiple=True, metavar="FILE",
              help="Certificate of a time-stamping authority that you trust, PEM.")  # fmt: skip
@click.option("--files", type=_THERE, metavar="DIR",
              help="Your copy of the tool's files: are they those reviewed?")  # fmt: skip
@_JSON
def verify(
    report: Path, key: Path | None, roots: tuple[Path, ...], files: Path | None, *, as_json: bool
) -> int:
    """Check a report, and your own copy of the tool, offline.

    REPORT is its folder. Exit code 0: all holds; 1: something does not, or it is out of date; 2:
    something could not be checked.
    """
    from rich.console import Console

    from stillwatch.adapters.custody.stamping import load_roots
    from stillwatch.adapters.results import write_json
    from stillwatch.adapters.reviewing.terminal import render_checks
    from stillwatch.adapters.reviewing.verifying import NEEDED
    from stillwatch.adapters.reviewing.verifying import verify as verified

    checks = verified(report, now_us=_now_us(), key=key, roots=load_roots(roots), files=files)
    holds = [one.holds for one in checks if one.holds is not None or one.name in NEEDED]
    code = FOUND if False in holds else COULD_NOT_LOOK if None in holds else NONE_FOUND
    if as_json:
        told = {"holds": code == NONE_FOUND, "checks": [one.to_json() for one in checks]}
        write_json(told, sys.stdout.buffer)
    else:
        render_checks(checks, Console(highlight=False))
    return code


@click.command()
@click.argument("old", type=_THERE)
@click.argument("new", type=_THERE)
@_JSON
def compare(old: Path, new: Path, *, as_json: bool) -> int:
    """Say what changed between two reviews of one tool.

    OLD and NEW are folders of reports, or their report.json. Exit code 1 says that something did.
    """
    from rich.console import Console

    from stillwatch.adapters.results import write_json
    from stillwatch.adapters.reviewing.contract import load_report
    from stillwatch.adapters.reviewing.terminal import render_changes
    from stillwatch.vet.review.changes import changes_of, is_same

    changes = changes_of(load_report(old), load_report(new))
    if as_json:
        write_json(changes, sys.stdout.buffer)
    else:
        render_changes(changes, Console(highlight=False))
        if is_same(changes):
            click.echo("nothing changed")
    return NONE_FOUND if is_same(changes) else FOUND


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--key", type=_FILE, required=True, metavar="FILE",
              help="Private key on P-256, P-384 or P-521, PEM.")  # fmt: skip
@click.option("--out", type=_FILE, metavar="FILE",
              help="Where the signature goes; else model.sig in the folder.")  # fmt: skip
@pass_shell
def sign(shell: Shell, /, folder: Path, key: Path, out: Path | None) -> None:
    """Sign the files of a model of yours (OpenSSF model-signing)."""
    from stillwatch.adapters.reviewing.model_signing import NAMES, sign_model

    place = out or (folder if folder.is_dir() else folder.parent) / NAMES[0]
    sign_model(folder, key, place, shell.settings.review)
    click.echo(f"signed: {place}")


def _tell(forms: Forms, out: Path, *, as_json: bool) -> None:
    from rich.console import Console

    from stillwatch.adapters.results import write_json
    from stillwatch.adapters.reviewing.terminal import render_review

    for note in forms.notes:
        _say(note)
    if as_json:
        write_json(forms.document, sys.stdout.buffer)
        return
    render_review(forms.document, Console(highlight=False))
    click.echo(f"The report: {out}")


def _say(line: str) -> None:
    from stillwatch.adapters.report.visible import visible

    click.echo(visible(line, 600), err=True)


def _now_us() -> int:
    return time.time_ns() // 1_000
