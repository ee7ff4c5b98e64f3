"""``stillwatch vet``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(name="review", module="stillwatch.cli.vet_review", attribute="review",
          line="Review a tool: every examination, and one report."),
    Entry(name="verify", module="stillwatch.cli.vet_review", attribute="verify",
          line="Check a report, and your own copy of the tool, offline."),
    Entry(name="compare", module="stillwatch.cli.vet_review", attribute="compare",
          line="Say what changed between two reviews of one tool."),
    Entry(name="sign", module="stillwatch.cli.vet_review", attribute="sign",
          line="Sign the files of a model of yours (OpenSSF model-signing)."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def vet() -> None:
    """Review an AI tool: lineage, files, behaviour, and one report."""
