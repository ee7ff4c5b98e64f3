"""Administers a store: sets it up, adds roots, collections and clients, grants and withdraws."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import replace
from typing import Final

import orjson

from stillwatch.adapters.taxii.database import FORM, Database, Turn
from stillwatch.adapters.taxii.directory import Directory, Listed
from stillwatch.model.errors import BadInput
from stillwatch.share.taxii_words import Client, Collection, Grant, Root

FIRST_ROOT: Final = "api"


class Admin:
    """Changes the directory of a store.

    Args:
        database: an open one.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listed(self) -> Listed:
        """What the directory holds now."""
        return await Directory(self._database).listed()

    async def init(self, title: str, owner: str) -> bool:
        """Set a store up; returns whether it was new.

        Args:
            title: of the server, for people.
            owner: name of the organisation that runs it.
        """
        async with self._database.writing() as turn:
            rows = await turn.rows("SELECT told FROM meta WHERE name = ?", "form")
            if rows:
                return False
            told = {
                "form": FORM, "generation": "0", "title": title, "owner": owner,
                "key": secrets.token_hex(32),
            }  # fmt: skip
            await turn.many("INSERT INTO meta (name, told) VALUES (?, ?)", list(told.items()))
        return True

    async def add_root(self, root: Root) -> None:
        """Add an API root.

        Raises:
            BadInput: there is one of that path.
        """
        async with self._database.writing() as turn:
            await self._changed(turn)
            if await turn.rows("SELECT path FROM roots WHERE path = ?", root.path):
                raise BadInput("there is such an API root already.", where=root.path)
            await turn.run(
                "INSERT INTO roots (path, title, description) VALUES (?, ?, ?)",
                root.path, root.title, root.description,
            )  # fmt: skip

    async def add_collection(self, made: Collection) -> Collection:
        """Add a collection; returns it with its number, and its id where it had none.

        Raises:
            BadInput: there is no such root, or its id or alias is taken.
        """
        async with self._database.writing() as turn:
            await self._changed(turn)
            if not await turn.rows("SELECT path FROM roots WHERE path = ?", made.root):
                raise BadInput("there is no such API root.", where=made.root)
            name = made.id or str(uuid.uuid4())
            taken = await turn.rows(
                "SELECT id FROM collections "
                "WHERE id = ? OR (root = ? AND alias = ? AND alias <> '')",
                name, made.root, made.alias,
            )  # fmt: skip
            if taken:
                raise BadInput("a collection has this id or alias already.", where=made.alias)
            last = await turn.rows("SELECT coalesce(max(number), 0) FROM collections")
            made = replace(made, id=name, number=int(last[0][0]) + 1)
            await turn.run(
                "INSERT INTO collections (number, id, root, title, description, alias, "
                "anybody_versions, last_added_us) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                made.number, made.id, made.root, made.title, made.description, made.alias,
                int(made.anybody_versions),
            )  # fmt: skip
        return made

    async def put_client(self, client: Client, *, new: bool) -> None:
        """Add a client, or write down what has changed of it; grants are left as they are.

        Raises:
            BadInput: it is there and should not be, or the other way round; or its token or
                certificate is another's.
        """
        async with self._database.writing() as turn:
            await self._changed(turn)
            known = await turn.rows("SELECT name FROM clients WHERE name = ?", client.name)
            if bool(known) is new:
                said = "there is such a client already." if new else "there is no such client."
                raise BadInput(said, where=client.name)
            others = await turn.rows(
                "SELECT name FROM clients WHERE name <> ? AND "
                "((token <> '' AND token = ?) OR (certificate <> '' AND certificate = ?))",
                client.name, client.token, client.certificate,
            )  # fmt: skip
            if others:
                raise BadInput("another client has this token or certificate.", where=client.name)
            await turn.run("DELETE FROM clients WHERE name = ?", client.name)
            await turn.run(
                "INSERT INTO clients (name, party, password, token, certificate, operator, "
                "requests_a_minute, bytes_an_hour) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                client.name, orjson.dumps(client.party.to_json()).decode(), client.password,
                client.token, client.certificate, int(client.operator),
                client.requests_a_minute, client.bytes_an_hour,
            )  # fmt: skip

    async def remove_client(self, name: str) -> None:
        """Let a client in no more; what it brought stays.

        Raises:
            BadInput: there is none of that name.
        """
        async with self._database.writing() as turn:
            await self._changed(turn)
            if not await turn.rows("SELECT name FROM clients WHERE name = ?", name):
                raise BadInput("there is no such client.", where=name)
            await turn.run("DELETE FROM grants WHERE client = ?", name)
            await turn.run("DELETE FROM clients WHERE name = ?", name)

    async def grant(self, client: str, collection: int, grant: Grant | None) -> None:
        """Say what a client may do in a collection; ``None`` withdraws.

        Raises:
            BadInput: there is no such client.
        """
        async with self._database.writing() as turn:
            await self._changed(turn)
            if not await turn.rows("SELECT name FROM clients WHERE name = ?", client):
                raise BadInput("there is no such client.", where=client)
            await turn.run(
                "DELETE FROM grants WHERE client = ? AND collection = ?", client, collection
            )
            if grant is not None:
                await turn.run(
                    "INSERT INTO grants (client, collection, can_read, can_write, up_to) "
                    "VALUES (?, ?, ?, ?, ?)",
                    client, collection, int(grant.can_read), int(grant.can_write),
                    grant.up_to.value,
                )  # fmt: skip

    async def _changed(self, turn: Turn) -> None:
        """Tell servers to look again; whoever changes something waits for the one before."""
        rows = await turn.rows(
            f"SELECT told FROM meta WHERE name = ?{self._database.locks}", "generation"
        )
        if not rows:
            raise BadInput(
                "the store was never set up.", remedy="Run `stillwatch share taxii init`."
            )
        await turn.run(
            "UPDATE meta SET told = ? WHERE name = ?", str(int(rows[0][0]) + 1), "generation"
        )
