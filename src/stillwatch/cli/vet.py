"""``stillwatch vet``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(name="ask", module="stillwatch.cli.vet_ask", attribute="ask",
          line="Ask probes of an endpoint; resumable, its cost shown before."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def vet() -> None:
    """Review an AI tool: lineage, files, behaviour, and one report."""
