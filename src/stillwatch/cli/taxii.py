"""``stillwatch share taxii``: the list of its commands."""

from __future__ import annotations

import click

from stillwatch.cli.lazy import Entry, LazyGroup

_ADMIN = "stillwatch.cli.taxii_admin"
_CLIENTS = "stillwatch.cli.taxii_clients"
_CALLING = "stillwatch.cli.taxii_calling"

ENTRIES: tuple[Entry, ...] = (
    Entry(name="init", module=_ADMIN, attribute="init",
          line="Set a store up: an API root, a collection, a client."),
    Entry(name="serve", module=_ADMIN, attribute="serve",
          line="Serve the store over TAXII 2.1."),
    Entry(name="root", module=_ADMIN, attribute="root",
          line="Add and list API roots."),
    Entry(name="collection", module=_ADMIN, attribute="collection",
          line="Add and list collections."),
    Entry(name="client", module=_CLIENTS, attribute="client",
          line="Add, change, grant, list and remove clients."),
    Entry(name="discover", module=_CALLING, attribute="discover",
          line="List the collections of a server, and what may be done there."),
    Entry(name="pull", module=_CALLING, attribute="pull",
          line="Fetch what is new in a collection into a folder."),
    Entry(name="push", module=_CALLING, attribute="push",
          line="Send bundles to a collection, and see that they are taken."),
)  # fmt: skip


@click.command(cls=LazyGroup, entries=ENTRIES)
def taxii() -> None:
    """Serve, pull and push objects over TAXII 2.1."""
