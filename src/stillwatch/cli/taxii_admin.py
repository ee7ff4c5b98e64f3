"""``stillwatch share taxii init``, ``serve``, ``root``, ``collection`` and ``client``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Tlp

if TYPE_CHECKING:
    from stillwatch.adapters.taxii.admin import Admin
    from stillwatch.adapters.taxii.directory import Listed
    from stillwatch.share.taxii_words import Client, Collection

_T = TypeVar("_T")
_FILE = click.Path(path_type=Path, dir_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
_STORE = click.option(
    "--store", metavar="STORE", help="File or postgresql:// instead of the setting taxii.store."
)
_TLP = click.Choice([label.value for label in Tlp])


@click.command()
@click.option("--title", default="stillwatch", show_default=True, help="Of the server.")
@click.option("--owner", default="", help="Name of your organisation.")
@click.option("--client", "name", default="", help="A first client, who may read and write.")
@_STORE
@_JSON
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
                client, secrets = _drawn(name, "password")
                await admin.put_client(client, new=True)
                await admin.grant(name, collection.number, _grant(client, True, None))
                told |= {"client": name, **secrets}
        return told

    _show(_with_store(shell, store, made), as_json=as_json)
    return NONE_FOUND


@click.command()
@click.option("--listen", metavar="HOST:PORT", help="Where to listen.")
@click.option("--workers", type=click.IntRange(1, 128), help="Processes that answer.")
@click.option("--certificate", type=_FILE, metavar="FILE", help="Certificate of the server, PEM.")
@click.option("--key", type=_FILE, metavar="FILE", help="Key of the certificate, PEM.")
@click.option("--client-ca", type=_FILE, metavar="FILE", help="Authorities of client certificates.")
@click.option("--public-url", metavar="URL", help="Address under which clients reach it.")
@_STORE
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
@_STORE
@_JSON
@pass_shell
def add_root(
    shell: Shell, /, path: str, title: str, description: str, store: str | None, *, as_json: bool
) -> int:
    """Add an API root: a group of collections under one path."""
    from stillwatch.share.taxii_words import Root

    made = Root(path=path, title=title, description=description)
    _with_store(shell, store, lambda admin: admin.add_root(made))
    _show({"root": path, "title": title}, as_json=as_json)
    return NONE_FOUND


@root.command(name="list")
@_STORE
@_JSON
@pass_shell
def list_roots(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List API roots."""
    listed = _listed(shell, store)
    rows = [{"root": one.path, "title": one.title} for one in listed.roots.values()]
    _rows("roots", rows, as_json=as_json)
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
@_STORE
@_JSON
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
    made = _with_store(shell, store, lambda admin: admin.add_collection(wanted))
    _show(_told_collection(made), as_json=as_json)
    return NONE_FOUND


@collection.command(name="list")
@_STORE
@_JSON
@pass_shell
def list_collections(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List collections."""
    listed = _listed(shell, store)
    rows = [_told_collection(one) for one in listed.collections.values()]
    _rows("collections", rows, as_json=as_json)
    return NONE_FOUND


@click.group()
def client() -> None:
    """Add, change, grant, list and remove clients."""


@client.command(name="add")
@click.argument("name")
@click.option(
    "--with", "kind", type=click.Choice(["password", "token", "certificate"]), default="password",
    show_default=True, help="How it proves who it is.",
)  # fmt: skip
@click.option("--certificate-name", default="", help="DNS or common name in its certificate.")
@click.option("--party", "organisation", default="", help="Its organisation; else its own name.")
@click.option(
    "--channel", type=click.Choice([c.value for c in Channel]), default="partner",
    show_default=True, help="How the organisation is reached.",
)  # fmt: skip
@click.option("--jurisdiction", default="", help="ISO 3166-1 code where it keeps what it gets.")
@click.option("--community", "communities", multiple=True, help="Of which it is a member.")
@click.option("--client-of", multiple=True, help="Organisation whose client it is.")
@click.option("--operator", is_flag=True, help="May read /metrics.")
@click.option("--requests-a-minute", type=click.IntRange(0), default=0, help="0: as the settings.")
@click.option("--bytes-an-hour", type=click.IntRange(0), default=0, help="0: as the settings.")
@click.option("--renew", is_flag=True, help="Put this in the place of a client of that name.")
@_STORE
@_JSON
@pass_shell
def add_client(shell: Shell, /, name: str, kind: str, *, renew: bool, **options: Any) -> int:
    """Add a client. Its password or token is shown once; only a digest is kept.

    With --renew its old password, token and party are gone within a second; its grants stay.
    """
    from stillwatch.model.party import party_from

    as_json, store = options["as_json"], options["store"]
    made, secrets = _drawn(name, kind, options["certificate_name"])
    party = party_from({
        "name": options["organisation"] or name, "channel": options["channel"],
        "jurisdiction": options["jurisdiction"], "communities": options["communities"],
        "client_of": options["client_of"],
    })  # fmt: skip
    made = replace(
        made, party=party, operator=options["operator"],
        requests_a_minute=options["requests_a_minute"], bytes_an_hour=options["bytes_an_hour"],
    )  # fmt: skip
    _with_store(shell, store, lambda admin: admin.put_client(made, new=not renew))
    _show({"client": name, "party": party.name, **secrets}, as_json=as_json)
    return NONE_FOUND


@client.command(name="grant")
@click.argument("name")
@click.argument("collection_name", metavar="COLLECTION")
@click.option("--read/--no-read", default=True, show_default=True, help="May see objects.")
@click.option("--write/--no-write", default=False, show_default=True, help="May add objects.")
@click.option("--up-to", type=_TLP, help="Narrowest label that it may see.")
@_STORE
@_JSON
@pass_shell
def grant_client(
    shell: Shell, /, name: str, collection_name: str, up_to: str | None, store: str | None, *,
    read: bool, write: bool, as_json: bool,
) -> int:  # fmt: skip
    """Say what a client may do in a collection; with --no-read --no-write nothing any more.

    Partners see up to TLP:AMBER where --up-to says nothing else, the public and authorities
    TLP:CLEAR.
    """

    async def granted(admin: Admin) -> None:
        listed = await admin.listed()
        known = listed.clients.get(name)
        if known is None:
            raise BadInput("there is no such client.", where=name)
        number = _collection_of(listed, collection_name).number
        grant = replace(_grant(known, write, up_to), can_read=read)
        await admin.grant(name, number, grant if read or write else None)

    _with_store(shell, store, granted)
    _show(
        {"client": name, "collection": collection_name, "read": read, "write": write},
        as_json=as_json,
    )
    return NONE_FOUND


@client.command(name="list")
@_STORE
@_JSON
@pass_shell
def list_clients(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List clients and what they may do; secrets are not kept and not shown."""
    listed = _listed(shell, store)
    rows = [
        {
            "client": one.name,
            "party": one.party.name,
            "channel": one.party.channel.value,
            "proves": "password" if one.password else "token" if one.token else "certificate",
            "grants": [
                {
                    "collection": listed.collections[number].id,
                    "can_read": grant.can_read,
                    "can_write": grant.can_write,
                    "up_to": grant.up_to.value,
                }
                for number, grant in sorted(one.grants.items())
            ],
        }
        for one in sorted(listed.clients.values(), key=lambda one: one.name)
    ]
    _rows("clients", rows, as_json=as_json)
    return NONE_FOUND


@client.command(name="remove")
@click.argument("name")
@_STORE
@_JSON
@pass_shell
def remove_client(shell: Shell, /, name: str, store: str | None, *, as_json: bool) -> int:
    """Let a client in no more, from a second later on; what it brought stays."""
    _with_store(shell, store, lambda admin: admin.remove_client(name))
    _show({"client": name, "removed": True}, as_json=as_json)
    return NONE_FOUND


def _with_store(shell: Shell, store: str | None, work: Callable[[Admin], Awaitable[_T]]) -> _T:
    from stillwatch.adapters.taxii.admin import Admin
    from stillwatch.adapters.taxii.opening import opened

    async def done() -> _T:
        database = opened(store or shell.settings.taxii.store)
        await database.open()
        try:
            return await work(Admin(database))
        finally:
            await database.close()

    return asyncio.run(done())


def _listed(shell: Shell, store: str | None) -> Listed:
    return _with_store(shell, store, lambda admin: admin.listed())


def _drawn(name: str, kind: str, certificate: str = "") -> tuple[Client, dict[str, str]]:
    """A client with a fresh secret, and the secret."""
    from stillwatch.adapters.gateway.tokens import new_token
    from stillwatch.adapters.taxii.passwords import drawn, hashed
    from stillwatch.model.party import Party
    from stillwatch.share.taxii_words import Client

    bare = Client(name=name, party=Party(name=name), grants={})
    if kind == "certificate":
        if not certificate:
            raise BadInput("name it with --certificate-name.", where=name)
        return replace(bare, certificate=certificate), {"certificate": certificate}
    if kind == "token":
        token, digest = new_token()
        return replace(bare, token=digest), {"token": token}
    password = drawn()
    return replace(bare, password=hashed(password)), {"password": password}


def _grant(client: Client, write: bool, up_to: str | None) -> Any:
    from stillwatch.share.taxii_words import Grant, widest_for

    label = Tlp(up_to) if up_to else widest_for(client.party)
    return Grant(can_read=True, can_write=write, up_to=label)


def _collection_of(listed: Listed, name: str) -> Collection:
    found = [one for one in listed.collections.values() if name in (one.id, one.alias)]
    if len(found) != 1:
        said = "names several collections; use the id." if found else "there is no such collection."
        raise BadInput(said, where=name)
    return found[0]


def _told_collection(one: Collection) -> dict[str, Any]:
    return {"collection": one.id, "root": one.root, "alias": one.alias, "title": one.title}


def _rows(name: str, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        _show({name: rows}, as_json=True)
        return
    for row in rows:
        grants = row.pop("grants", None)
        click.echo("  ".join(str(value) for value in row.values()))
        for one in grants or ():
            rights = "".join(
                letter for letter, has in (("r", one["can_read"]), ("w", one["can_write"])) if has
            )
            click.echo(f"    {one['collection']}  {rights:2}  up to {one['up_to']}")


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        import orjson

        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for name, value in told.items():
        click.echo(f"{name:12} {value}")
