"""``stillwatch case show|report``: what a case says, on a terminal and on paper."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from stillwatch.cli.shell import Shell, pass_shell


@click.command()
@click.argument("name", metavar="CASE")
@click.option("--notes", is_flag=True, help="Print the notes too.")
@click.option("--names", is_flag=True, help="Print the names that were proposed.")
@click.option("--json", "as_json", is_flag=True, help="Print the document itself.")
@pass_shell
def show(shell: Shell, /, name: str, *, notes: bool, names: bool, as_json: bool) -> None:
    """Show a case: for, against, and what lacks.

    CASE is an id, or enough of its beginning.
    """
    from rich.console import Console

    from stillwatch.adapters.cases.desk import CaseDesk
    from stillwatch.adapters.cases.reporting import told
    from stillwatch.adapters.cases.terminal import render_case
    from stillwatch.adapters.results import write_json

    desk = CaseDesk(shell.settings)
    case = desk.read(name)
    document = told(desk, case)
    kept = [{"by": e.by, "n": e.n, "text": e.body["text"]} for e in case.of("note")]
    if as_json:
        more = ({"notes": kept} if notes else {}) | ({"names": list(case.names)} if names else {})
        write_json(document | more, sys.stdout.buffer)
        return
    render_case(
        document, Console(), notes=kept if notes else [], names=case.names if names else ()
    )  # fmt: skip


@click.command()
@click.argument("name", metavar="CASE")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True,
              metavar="DIR", help="Folder for the four files.")  # fmt: skip
@click.option("--no-pdf", is_flag=True, help="Leave the PDF out.")
@click.option("--name-organisation", "with_name", is_flag=True,
              help="Show the organisation's name; recorded, refused unless it may be.")  # fmt: skip
@click.option("--by", default="", metavar="NAME", help="The person who asks for the name.")
@click.option("--if-enacted", "enacted", metavar="DAY",
              help="Suppose that the bill is enacted on this day, for the deadlines.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@pass_shell
def report(
    shell: Shell, /, name: str, out: Path, by: str, enacted: str | None, *, no_pdf: bool,
    with_name: bool, as_json: bool,
) -> None:  # fmt: skip
    """Write the report: PDF, HTML, JSON and STIX.

    All four say the same. The same case gives the same bytes.
    """
    import hashlib

    from stillwatch.adapters.cases.desk import CaseDesk
    from stillwatch.adapters.cases.reporting import day_us, forms_of, write_forms
    from stillwatch.adapters.results import write_json

    forms = forms_of(
        CaseDesk(shell.settings), name, _now_us(), by=by, with_name=with_name, pdf=not no_pdf,
        enacted_us=day_us(enacted) if enacted else None,
    )  # fmt: skip
    written = write_forms(forms, out)
    rows = [
        {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in written
    ]
    document = forms.document
    if as_json:
        write_json(
            {"case": document["case"], "organisation": document["organisation"], "files": rows},
            sys.stdout.buffer,
        )
        return
    click.echo(f"{document['case']}  organisation: {document['organisation']}")
    for row in rows:
        click.echo(f"{row['file']}  sha256 {row['sha256']}")


def _now_us() -> int:
    return time.time_ns() // 1_000
