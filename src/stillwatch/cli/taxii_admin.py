"""``stillwatch share taxii init``, ``serve``, ``root`` and ``collection``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.cli.taxii_store import (
    JSON,
    STORE,
    default_grant,
    drawn_client,
    listed_in,
    show,
    show_rows,
    with_store,
)
from stillwatch.model.errors import BadInput

if TYPE_CHECKING:
    from stillwatch.adapters.taxii.admin import Admin
    from stillwatch.share.taxii_words import Collection

_T = TypeVar("_T")
_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option("--title", default="stillwatch", show_default=True, help="Of the server.")
@click.option("--owner", default="", help="Name of your organisation.")
@click.option("--client", "name", default="", help="A first client, who may read and write.")
@STORE
@JSON
@pass_shell
def init(
    shell: Shell, /, title: str, owner: str, name: str, store: str | None, *, as_json: bool
) -> int:
    """Set a store up: an API root, a collection, a client.

    A second time it changes nothing. The client's password is shown once.
    """
    from stillwatch.share.taxii_words import Collection, Root

    async def made(admin: Admin) -> dict[str, Any]:
        from stillwatch.adapters.taxii.admin import FIRST_ROOT

        await admin.init(title, owner)
        told: dict[str, Any] = {"new": not (await admin.listed()).collections}
        if told["new"]:
            # An earlier run may have been cut off after any of these.
            if FIRST_ROOT not in (await admin.listed()).roots:
                await admin.add_root(Root(path=FIRST_ROOT, title=title))
            wanted = Collection(
                number=0, id="", root=FIRST_ROOT, title="Bulletins", alias="bulletins"
            )
            collection = await admin.add_collection(wanted)
            told |= {"root": FIRST_ROOT, "collection": collection.id, "alias": collection.alias}
            if name:
                client, secrets = drawn_client(name, "password")
                await admin.put_client(client, new=True)
                await admin.grant(name, collection.number, default_grant(client, True, None))
                told |= {"client": name, **secrets}
        return told

    show(with_store(shell, store, made), as_json=as_json)
    return NONE_FOUND


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen.")
@click.option("--workers", type=click.IntRange(1, 128), help="Processes that answer.")
@click.option("--certificate", type=_FILE, metavar="FILE", help="Certificate of the server, PEM.")
@click.option("--key", type=_FILE, metavar="FILE", help="Key of the certificate, PEM.")
@click.option("--client-ca", type=_FILE, metavar="FILE", help="Authorities of client certificates.")
@click.option("--public-url", metavar="URL", help="Address under which clients reach it.")
@STORE
@pass_shell
def serve(shell: Shell, /, **options: Any) -> int:
    """Serve the store over TAXII 2.1.

    Every option stands in the section taxii of the settings too; the command line wins. Ends at
    SIGTERM, once the requests that it has begun are answered.
    """
    from stillwatch.adapters.taxii.settings import TaxiiSection
    from stillwatch.http.taxii_serving import serve_taxii

    given = {name: value for name, value in options.items() if value is not None}
    told = {**shell.settings.taxii.model_dump(), **given}
    serve_taxii(TaxiiSection(**told))
    return NONE_FOUND


@click.group()
def root() -> None:
    """Add and list API roots."""


@root.command(name="add")
@click.argument("path")
@click.option("--title", required=True, help="For people.")
@click.option("--description", default="", help="For people.")
@STORE
@JSON
@pass_shell
def add_root(
    shell: Shell, /, path: str, title: str, description: str, store: str | None, *, as_json: bool
) -> int:
    """Add an API root: a group of collections under one path."""
    from stillwatch.share.taxii_words import Root

    made = Root(path=path, title=title, description=description)
    with_store(shell, store, lambda admin: admin.add_root(made))
    show({"root": path, "title": title}, as_json=as_json)
    return NONE_FOUND


@root.command(name="list")
@STORE
@JSON
@pass_shell
def list_roots(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List API roots."""
    listed = listed_in(shell, store)
    rows = [{"root": one.path, "title": one.title} for one in listed.roots.values()]
    show_rows("roots", rows, as_json=as_json)
    return NONE_FOUND


@click.group()
def collection() -> None:
    """Add and list collections."""


@collection.command(name="add")
@click.argument("title")
@click.option("--root", "path", default="api", show_default=True, help="Its API root.")
@click.option("--alias", default="", help="A name for addresses, in place of the id.")
@click.option("--id", "name", default="", help="Its id; one is drawn where none is given.")
@click.option("--description", default="", help="For people.")
@click.option(
    "--anybody-versions", is_flag=True,
    help="Let clients add versions of objects that another one brought.",
)  # fmt: skip
@STORE
@JSON
@pass_shell
def add_collection(
    shell: Shell, /, title: str, path: str, alias: str, name: str, description: str,
    store: str | None, *, anybody_versions: bool, as_json: bool,
) -> int:  # fmt: skip
    """Add a collection. Nobody may read or write it until `client grant` says so."""
    import uuid

    from stillwatch.share.taxii_words import Collection

    try:
        known = str(uuid.UUID(name)) if name else ""
    except ValueError:
        raise BadInput("the id of a collection is a UUID.", where=name) from None
    wanted = Collection(
        number=0, id=known, root=path, title=title, description=description, alias=alias,
        anybody_versions=anybody_versions,
    )  # fmt: skip
    made = with_store(shell, store, lambda admin: admin.add_collection(wanted))
    show(_told_collection(made), as_json=as_json)
    return NONE_FOUND


@collection.command(name="list")
@STORE
@JSON
@pass_shell
def list_collections(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List collections."""
    listed = listed_in(shell, store)
    rows = [_told_collection(one) for one in listed.collections.values()]
    show_rows("collections", rows, as_json=as_json)
    return NONE_FOUND


def _told_collection(one: Collection) -> dict[str, Any]:
    return {"collection": one.id, "root": one.root, "alias": one.alias, "title": one.title}
