"""``stillwatch case``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_BOOK = "stillwatch.cli.casebook"
_REPORTING = "stillwatch.cli.reporting"
_CUSTODY = "stillwatch.cli.custody"
_LOG = "stillwatch.cli.custody_log"
_KEYS = "stillwatch.cli.custody_keys"

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
    Entry(name="seal", module=_CUSTODY, attribute="seal",
          line="Seal exhibits into a case, personal data and secrets taken out."),
    Entry(name="bundle", module=_CUSTODY, attribute="bundle",
          line="Write a case into one file that anybody can check."),
    Entry(name="verify", module=_CUSTODY, attribute="verify",
          line="Check every byte of a bundle with nothing but a public key."),
    Entry(name="forget", module=_CUSTODY, attribute="forget",
          line="Destroy originals or exhibits; the log says who did, and why."),
    Entry(name="log", module=_LOG, attribute="log",
          line="Show the log, sign its head, prove or check entries."),
    Entry(name="anchor", module=_LOG, attribute="anchor",
          line="Enter the head of another log, so that it cannot be dated back."),
    Entry(name="witness", module=_LOG, attribute="witness",
          line="Let others co-sign heads, or co-sign theirs."),
    Entry(name="keys", module=_KEYS, attribute="keys",
          line="Make, list and turn over keys of logs, witnesses and holders."),
    Entry(name="escrow", module=_KEYS, attribute="escrow",
          line="Open an original with two keys; the log says who did, and why."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def case() -> None:
    """Keep everything about one campaign, for and against, in one place."""
