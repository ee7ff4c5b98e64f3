"""``stillwatch share taxii client``: who may call, and what they may see and do."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from stillwatch.cli.exits import NONE_FOUND
from stillwatch.cli.shell import Shell, pass_shell
from stillwatch.cli.taxii_store import (
    JSON,
    STORE,
    collection_of,
    default_grant,
    drawn_client,
    listed_in,
    show,
    show_rows,
    with_store,
)
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Tlp

if TYPE_CHECKING:
    from stillwatch.adapters.taxii.admin import Admin

_TLP = click.Choice([label.value for label in Tlp])


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
@STORE
@JSON
@pass_shell
def add_client(shell: Shell, /, name: str, kind: str, *, renew: bool, **options: Any) -> int:
    """Add a client. Its password or token is shown once; only a digest is kept.

    With --renew its old password, token and party are gone within a second; its grants stay.
    """
    from stillwatch.model.party import party_from

    as_json, store = options["as_json"], options["store"]
    made, secrets = drawn_client(name, kind, options["certificate_name"])
    party = party_from({
        "name": options["organisation"] or name, "channel": options["channel"],
        "jurisdiction": options["jurisdiction"], "communities": options["communities"],
        "client_of": options["client_of"],
    })  # fmt: skip
    made = replace(
        made, party=party, operator=options["operator"],
        requests_a_minute=options["requests_a_minute"], bytes_an_hour=options["bytes_an_hour"],
    )  # fmt: skip
    with_store(shell, store, lambda admin: admin.put_client(made, new=not renew))
    show({"client": name, "party": party.name, **secrets}, as_json=as_json)
    return NONE_FOUND


@client.command(name="grant")
@click.argument("name")
@click.argument("collection_name", metavar="COLLECTION")
@click.option("--read/--no-read", default=True, show_default=True, help="May see objects.")
@click.option("--write/--no-write", default=False, show_default=True, help="May add objects.")
@click.option("--up-to", type=_TLP, help="Narrowest label that it may see.")
@STORE
@JSON
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
        number = collection_of(listed, collection_name).number
        grant = replace(default_grant(known, write, up_to), can_read=read)
        await admin.grant(name, number, grant if read or write else None)

    with_store(shell, store, granted)
    show(
        {"client": name, "collection": collection_name, "read": read, "write": write},
        as_json=as_json,
    )
    return NONE_FOUND


@client.command(name="list")
@STORE
@JSON
@pass_shell
def list_clients(shell: Shell, /, store: str | None, *, as_json: bool) -> int:
    """List clients and what they may do; secrets are not kept and not shown."""
    listed = listed_in(shell, store)
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
    show_rows("clients", rows, as_json=as_json)
    return NONE_FOUND


@client.command(name="remove")
@click.argument("name")
@STORE
@JSON
@pass_shell
def remove_client(shell: Shell, /, name: str, store: str | None, *, as_json: bool) -> int:
    """Let a client in no more, from a second later on; what it brought stays."""
    with_store(shell, store, lambda admin: admin.remove_client(name))
    show({"client": name, "removed": True}, as_json=as_json)
    return NONE_FOUND
