"""``stillwatch impact``: what left, what it bought, what it cost, and what stopping it cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("target")
@click.argument("logs", nargs=-1)
@click.option("--campaign", default="", metavar="ID", help="Which campaign of the result.")
@click.option(
    "--assume", type=_FILE, metavar="FILE", help="Own assumptions, TOML: key = {best, low, high}."
)
@click.option(
    "--benchmarks", type=_FILE, metavar="FILE",
    help="Own table of public results, CSV, instead of the shipped one.",
)  # fmt: skip
@click.option(
    "--model", default="", metavar="NAME",
    help="Model whose lag is asked about; else the shipped example is shown.",
)  # fmt: skip
@click.option("--ledger", type=_FILE, metavar="FILE", help="Log of decisions, for the collateral.")
@click.option(
    "--defence", default="none", show_default=True, metavar="NAME",
    help="Defence that was in force, as the lab calls it.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the document as JSON on stdout.")
@click.option("--html", type=_FILE, metavar="FILE", help="Write the page.")
@click.option("--pdf", type=_FILE, metavar="FILE", help="Write the page as a PDF.")
@pass_shell
def impact(
    shell: Shell, /, *, as_json: bool, html: Path | None, pdf: Path | None, **asked: Any
) -> int:
    """Estimate what left, what it bought and cost; never one number.

    TARGET is a case, or a file that `detect --json` printed. LOGS are the logs that were searched;
    without them the result's sums are taken and the intervals are wider.
    """
    from stillwatch.adapters.impact.estimating import Asked, estimate
    from stillwatch.adapters.results import write_json

    document = estimate(shell.settings, Asked(**asked))
    _write(document, html, pdf)
    if as_json:
        write_json(document, sys.stdout.buffer)
    else:
        from rich.console import Console

        from stillwatch.adapters.impact.terminal import render_impact

        render_impact(document, Console())
    return NONE_FOUND


def _write(document: dict[str, Any], html: Path | None, pdf: Path | None) -> None:
    """Write the forms that were asked for; each is there whole or not at all."""
    if html is None and pdf is None:
        return
    from stillwatch.adapters.impact.page import page_of
    from stillwatch.adapters.pages import pdf_of
    from stillwatch.adapters.results import write_whole

    page = page_of(document)
    if html is not None:
        write_whole(html, page.encode())
        click.echo(f"page: {html}", err=True)
    if pdf is not None:
        write_whole(pdf, pdf_of(page, document["subject"]["source"]))
        click.echo(f"PDF: {pdf}", err=True)
