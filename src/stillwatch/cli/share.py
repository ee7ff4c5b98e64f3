"""``stillwatch share``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="taxii",
        module="stillwatch.cli.taxii",
        attribute="taxii",
        line="Serve, pull and push objects over TAXII 2.1.",
    ),
)


@click.command(cls=LazyGroup, entries=ENTRIES)
def share() -> None:
    """Tell partners what was found, privately, and take it back."""
