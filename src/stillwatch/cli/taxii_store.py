"""What the commands that administer a TAXII store share: opening it, options, how it is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stillwatch.cli.shell import Shell
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Tlp

if TYPE_CHECKING:
    from stillwatch.adapters.taxii.admin import Admin
    from stillwatch.adapters.taxii.directory import Listed
    from stillwatch.share.taxii_words import Client, Collection

_T = TypeVar("_T")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
STORE = click.option(
    "--store", metavar="STORE", help="File or postgresql:// instead of the setting taxii.store."
)


def with_store(shell: Shell, store: str | None, work: Callable[[Admin], Awaitable[_T]]) -> _T:
    """Do something with the directory of a store, and close it."""
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


def listed_in(shell: Shell, store: str | None) -> Listed:
    """What the directory of a store holds."""
    return with_store(shell, store, lambda admin: admin.listed())


def drawn_client(name: str, kind: str, certificate: str = "") -> tuple[Client, dict[str, str]]:
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


def default_grant(client: Client, write: bool, up_to: str | None) -> Any:
    """The grant of a client where nobody says how far it sees."""
    from stillwatch.share.taxii_words import Grant, widest_for

    label = Tlp(up_to) if up_to else widest_for(client.party)
    return Grant(can_read=True, can_write=write, up_to=label)


def collection_of(listed: Listed, name: str) -> Collection:
    """The one collection that an id or an alias names.

    Raises:
        BadInput: there is none, or there are several.
    """
    found = [one for one in listed.collections.values() if name in (one.id, one.alias)]
    if len(found) != 1:
        said = "names several collections; use the id." if found else "there is no such collection."
        raise BadInput(said, where=name)
    return found[0]


def show_rows(name: str, rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows, with what each client may do below it."""
    if as_json:
        show({name: rows}, as_json=True)
        return
    for row in rows:
        grants = row.pop("grants", None)
        click.echo("  ".join(str(value) for value in row.values()))
        for one in grants or ():
            rights = "".join(
                letter for letter, has in (("r", one["can_read"]), ("w", one["can_write"])) if has
            )
            click.echo(f"    {one['collection']}  {rights:2}  up to {one['up_to']}")


def show(told: dict[str, Any], *, as_json: bool) -> None:
    """Print names and values."""
    if as_json:
        import orjson

        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())
        return
    for name, value in told.items():
        click.echo(f"{name:12} {value}")
