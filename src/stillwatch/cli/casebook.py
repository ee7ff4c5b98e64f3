"""``stillwatch case open|list|add|answer|propose|note|sign``: what persons do to a case."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_BY = click.option("--by", required=True, metavar="NAME", help="The person who does it.")


@click.command(name="open")
@click.argument("campaign")
@click.option("--result", type=_FILE, metavar="FILE",
              help="A saved --json result of detect; else the last run's.")  # fmt: skip
@click.option("--update", default="", metavar="CASE", help="The case that the campaign belongs to.")
@click.option("--new", "apart", is_flag=True, help="Open another case though one shares accounts.")
@click.option("--control", type=_FILE, metavar="FILE",
              help="Log of decisions instead of that of the settings.")  # fmt: skip
@_JSON
@pass_shell
def open_(
    shell: Shell, /, campaign: str, result: Path | None, update: str, control: Path | None, *,
    apart: bool, as_json: bool,
) -> None:  # fmt: skip
    """Open a case about a campaign, or bring it up to date.

    CAMPAIGN is an id in the result, or enough of its beginning. What was there before stays.
    """
    from stillwatch.adapters.cases.desk import CaseDesk
    from stillwatch.adapters.results import load_last, load_result

    desk = CaseDesk(shell.settings)
    loaded = load_result(result) if result else load_last()
    case, made = desk.open(
        loaded, campaign, _now_us(), update=update, apart=apart, control=control
    )  # fmt: skip
    place = desk.book.place(case.id)
    told = {
        "case": case.id, "campaign": case.campaign, "folder": str(place),
        "n_findings": len(case.findings), "added": [e.kind for e in made],
        "closed_by": case.closed_by.name if case.closed_by else None,
    }  # fmt: skip
    lines = [f"{case.id}  {place}", _added(made), f"{len(case.findings)} findings"]
    if case.closed_by:
        lines.append(f"closed: {case.closed_by.title.lower()} applies")
    _tell(told, lines, as_json=as_json)


@click.command(name="list")
@_JSON
@pass_shell
def list_(shell: Shell, /, *, as_json: bool) -> None:
    """List the cases."""
    from stillwatch.adapters.cases.desk import CaseDesk
    from stillwatch.attribute.document import iso

    book = CaseDesk(shell.settings).book
    cases = [book.read(name) for name in book.names()]
    rows = [
        {
            "case": c.id, "campaign": c.campaign, "n_entries": len(c.entries),
            "n_accounts": len(c.record["accounts"]), "as_of": iso(c.head.made_us),
            "closed_by": c.closed_by.name if c.closed_by else None,
        }
        for c in cases
    ]  # fmt: skip
    lines = [
        f"{r['case']}  {r['n_accounts']:,} accounts  as of {r['as_of']}"
        + (f"  closed: {r['closed_by']}" if r["closed_by"] else "")
        for r in rows
    ]
    _tell({"cases": rows}, lines or ["no case was opened"], as_json=as_json)


@click.command()
@click.argument("name", metavar="CASE")
@click.argument("finding", type=_FILE)
@_BY
@_JSON
@pass_shell
def add(shell: Shell, /, name: str, finding: Path, by: str, *, as_json: bool) -> None:
    """Add findings of others to a case.

    FINDING is a JSON file with one finding or a list. Whoever admits it answers for the record.
    """
    from stillwatch.adapters.cases.desk import CaseDesk

    case, made = CaseDesk(shell.settings).add_finding(name, finding, by, _now_us())
    told = {"case": case.id, "n_added": len(made), "n_findings": len(case.findings)}
    _tell(told, [_added(made), f"{len(case.findings)} findings"], as_json=as_json)


@click.command()
@click.argument("name", metavar="CASE")
@click.argument("exclusion")
@click.argument("said", metavar="ANSWER", type=click.Choice(["applies", "not", "unknown"]))
@click.option("--grounds", required=True, help="What it rests on, in a sentence.")
@_BY
@_JSON
@pass_shell
def answer(
    shell: Shell, /, name: str, exclusion: str, said: str, grounds: str, by: str, *, as_json: bool
) -> None:
    """Say whether an exclusion applies; one that does closes the case.

    EXCLUSION is authorised_training, permitted_exception or express_authorisation; ANSWER is
    applies, not or unknown. The last answer stands, all are kept.
    """
    from stillwatch.attribute.exclusions import APPLIES, NOT_APPLIES, NOT_LOOKED

    words = {"applies": APPLIES, "not": NOT_APPLIES, "unknown": NOT_LOOKED}
    _one(shell, "answer", name, exclusion, words[said], grounds, by, as_json=as_json)


@click.command()
@click.argument("name", metavar="CASE")
@click.argument("organisation")
@_BY
@_JSON
@pass_shell
def propose(shell: Shell, /, name: str, organisation: str, by: str, *, as_json: bool) -> None:
    """Propose the organisation behind the accounts; it stays unnamed.

    Findings about it speak of the ref that is printed. No report holds the name until three
    independent families, one direct, and two persons' signatures stand behind it.
    """
    _one(shell, "propose", name, organisation, by, as_json=as_json)


@click.command()
@click.argument("name", metavar="CASE")
@click.argument("text")
@_BY
@_JSON
@pass_shell
def note(shell: Shell, /, name: str, text: str, by: str, *, as_json: bool) -> None:
    """Keep a note in a case; it goes into no report."""
    _one(shell, "note", name, text, by, as_json=as_json)


@click.command()
@click.argument("name", metavar="CASE")
@click.option("--key", type=_FILE, required=True, metavar="FILE", help="Your Ed25519 key, PEM.")
@click.option("--role", type=click.Choice(["analyst", "red_team", "legal"]), required=True,
              help="In which role you sign.")  # fmt: skip
@click.option("--dissent", is_flag=True, help="Sign that you do not agree.")
@click.option("--read", default="", metavar="ENTRY",
              help="Up to where you read it, as the report says; else all of it.")  # fmt: skip
@_BY
@_JSON
@pass_shell
def sign(
    shell: Shell,
    /,
    name: str,
    key: Path,
    role: str,
    by: str,
    read: str,
    *,
    dissent: bool,
    as_json: bool,
) -> None:
    """Sign a case as it stands, under your own key.

    A sign-off lapses when anything of matter is added. A dissent keeps the name out.
    """
    from stillwatch.adapters.cases.desk import CaseDesk

    entry = CaseDesk(shell.settings).sign(
        name, by=by, role=role, verdict="dissents" if dissent else "consents", key=key,
        now_us=_now_us(), read=read,
    )  # fmt: skip
    assert entry is not None
    told = {"entry": entry.id, **entry.body["statement"]}
    lines = [f"{by} {told['verdict']} as {role}, up to {told['covers']}"]
    _tell(told, lines, as_json=as_json)


def _one(shell: Shell, what: str, *words: str, as_json: bool) -> None:
    """Do one thing that adds one entry, and say which."""
    from stillwatch.adapters.cases.desk import CaseDesk

    entry = getattr(CaseDesk(shell.settings), what)(*words, _now_us())
    told = {"entry": entry.id, "n": entry.n, "kind": entry.kind}
    if "party" in entry.body:
        told["party"] = entry.body["party"]
    _tell(told, [f"{key} {value}" for key, value in told.items()], as_json=as_json)


def _added(made: list[Any]) -> str:
    return "added: " + (", ".join(e.kind for e in made) or "nothing, it was known")


def _tell(value: Any, lines: list[str], *, as_json: bool) -> None:
    if as_json:
        from stillwatch.adapters.results import write_json

        write_json(value, sys.stdout.buffer)
        return
    for line in lines:
        click.echo(line)


def _now_us() -> int:
    return time.time_ns() // 1_000
