"""The directory: API roots, collections and clients, held in the store and kept in mind.

Every change raises a number in the store. A server looks at that number once a second, so what is
taken from a client is gone from all replicas within a second.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from stillwatch.adapters.taxii.database import FORM, Database, Turn
from stillwatch.model.errors import OutsideFailed
from stillwatch.model.marking import Tlp
from stillwatch.model.party import party_from
from stillwatch.share.taxii_words import Client, Collection, Grant, Root

LOOK_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything that the directory held at a moment."""

    generation: int = -1
    title: str = ""
    owner: str = ""
    key: bytes = b""
    roots: Mapping[str, Root] = field(default_factory=dict)
    collections: Mapping[int, Collection] = field(default_factory=dict)
    clients: Mapping[str, Client] = field(default_factory=dict)
    by_token: Mapping[str, Client] = field(default_factory=dict)
    by_certificate: Mapping[str, Client] = field(default_factory=dict)

    def collection(self, root: str, name: str) -> Collection | None:
        """The collection of a root that an id or an alias names."""
        for one in self.collections.values():
            if one.root == root and name and name in (one.id, one.alias):
                return one
        return None


class Directory:
    """Reads the directory.

    Args:
        database: where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listed = Listed()
        self._looked_s = -LOOK_S

    async def listed(self) -> Listed:
        """What it holds, as of a second ago at most.

        Raises:
            OutsideFailed: the store failed, or was never set up.
        """
        if time.monotonic() - self._looked_s < LOOK_S:
            return self._listed
        return await self.look()

    async def look(self) -> Listed:
        """What it holds now.

        Raises:
            OutsideFailed: the store failed, or was never set up.
        """
        now_s = time.monotonic()
        async with self._database.reading() as turn:
            meta = dict(tuple(row) for row in await turn.rows("SELECT name, told FROM meta"))
            _check_form(meta)
            if int(meta["generation"]) != self._listed.generation:
                self._listed = await _read(turn, meta)
        self._looked_s = now_s
        return self._listed


def _check_form(meta: Mapping[str, str]) -> None:
    if "form" not in meta:
        raise OutsideFailed(
            "the store was never set up.", remedy="Run `stillwatch share taxii init`."
        )
    if meta["form"] != FORM:
        raise OutsideFailed(
            f"the store has form {meta['form']}, and this version reads form {FORM}.",
            remedy="Use the version that made it.",
        )


async def _read(turn: Turn, meta: Mapping[str, str]) -> Listed:
    roots = {
        path: Root(path=path, title=title, description=description)
        for path, title, description in await turn.rows(
            "SELECT path, title, description FROM roots ORDER BY path"
        )
    }
    collections = {
        row[0]: Collection(
            number=row[0], id=row[1], root=row[2], title=row[3], description=row[4],
            alias=row[5], anybody_versions=bool(row[6]),
        )
        for row in await turn.rows(
            "SELECT number, id, root, title, description, alias, anybody_versions "
            "FROM collections ORDER BY number"
        )
    }  # fmt: skip
    clients = await _clients(turn)
    return Listed(
        generation=int(meta["generation"]),
        title=meta["title"],
        owner=meta["owner"],
        key=bytes.fromhex(meta["key"]),
        roots=roots,
        collections=collections,
        clients=clients,
        by_token={one.token: one for one in clients.values() if one.token},
        by_certificate={one.certificate: one for one in clients.values() if one.certificate},
    )


async def _clients(turn: Turn) -> dict[str, Client]:
    grants: dict[str, dict[int, Grant]] = {}
    for client, number, can_read, can_write, up_to in await turn.rows(
        "SELECT client, collection, can_read, can_write, up_to FROM grants"
    ):
        grant = Grant(can_read=bool(can_read), can_write=bool(can_write), up_to=Tlp(up_to))
        grants.setdefault(client, {})[number] = grant
    rows = await turn.rows(
        "SELECT name, party, password, token, certificate, operator, requests_a_minute, "
        "bytes_an_hour FROM clients"
    )
    return {
        row[0]: Client(
            name=row[0], party=party_from(orjson.loads(row[1])), password=row[2], token=row[3],
            certificate=row[4], operator=bool(row[5]), requests_a_minute=row[6],
            bytes_an_hour=row[7], grants=grants.get(row[0], {}),
        )
        for row in rows
    }  # fmt: skip
