"""``stillwatch share``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(name="match", module="stillwatch.cli.matching", attribute="match",
          line="Find what a partner holds too, and learn nothing else."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def share() -> None:
    """Tell partners, privately."""
