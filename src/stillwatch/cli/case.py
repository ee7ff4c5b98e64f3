"""``stillwatch case``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_BOOK = "stillwatch.cli.casebook"
_REPORTING = "stillwatch.cli.reporting"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="open", module=_BOOK, attribute="open_",
          line="Open a case about a campaign, or bring it up to date."),
    Entry(name="list", module=_BOOK, attribute="list_",
          line="List the cases."),
    Entry(name="show", module=_REPORTING, attribute="show",
          line="Show a case: for, against, and what lacks."),
    Entry(name="add", module=_BOOK, attribute="add",
          line="Add findings of others to a case."),
    Entry(name="answer", module=_BOOK, attribute="answer",
          line="Say whether an exclusion applies; one that does closes the case."),
    Entry(name="propose", module=_BOOK, attribute="propose",
          line="Propose the organisation behind the accounts; it stays unnamed."),
    Entry(name="note", module=_BOOK, attribute="note",
          line="Keep a note in a case; it goes into no report."),
    Entry(name="sign", module=_BOOK, attribute="sign",
          line="Sign a case as it stands, under your own key."),
    Entry(name="report", module=_REPORTING, attribute="report",
          line="Write the report: PDF, HTML, JSON and STIX."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def case() -> None:
    """Keep everything about one campaign, for and against, in one place."""
