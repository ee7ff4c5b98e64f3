"""``stillwatch vet``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(name="files", module="stillwatch.cli.vet_files", attribute="files",
          line="Say whether a model's files, code and templates are safe to load."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def vet() -> None:
    """Review an AI tool: lineage, files, behaviour, and one report."""
