"""A TAXII server of the tests: a store, clients with secrets, objects, and ways to ask."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from stillwatch.adapters.taxii.admin import Admin
from stillwatch.adapters.taxii.opening import opened
from stillwatch.adapters.taxii.passwords import hashed
from stillwatch.adapters.taxii.settings import TaxiiSection
from stillwatch.http.taxii_serving import app_of
from stillwatch.model.marking import Tlp
from stillwatch.model.party import Party
from stillwatch.share.taxii_media import MEDIA
from stillwatch.share.taxii_sight import TLP_IDS, ByMarking, Sight
from stillwatch.share.taxii_words import Client, Collection, Grant, Root
from tests.rooms.http.served import Got, call, served

T = TypeVar("T")
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
MARKS = {label: ref for ref, label in reversed(TLP_IDS.items())}
COLLECTION = "6d1ecbd5-0fe2-4c5e-9b5a-6f2f6a6e1c11"
OTHER = "0e0ecbd5-0fe2-4c5e-9b5a-6f2f6a6e1c22"
PASSWORD = "correct horse battery"
HASHED = hashed(PASSWORD)
AT = f"/api/collections/{COLLECTION}/"


def name_of(number: int, kind: str = "indicator") -> str:
    """An id that a number names."""
    return f"{kind}--{uuid.UUID(int=number, version=4)}"


def thing(
    number: int, *, day: int = 1, mark: str | None = AMBER, kind: str = "indicator", **fields: Any
) -> dict[str, Any]:
    """An object; ``day`` of January is its version."""
    made = {
        "type": kind, "spec_version": "2.1", "id": name_of(number, kind),
        "created": "2026-01-01T00:00:00.000Z", "modified": f"2026-01-{day:02}T00:00:00.000Z",
        "name": f"number {number}",
    }  # fmt: skip
    if mark is not None:
        made["object_marking_refs"] = [mark]
    return {**made, **fields}


def grants_of(can_write: bool, up_to: Tlp = Tlp.AMBER, can_read: bool = True) -> Grant:
    """Rights."""
    return Grant(can_read=can_read, can_write=can_write, up_to=up_to)


WHO: Mapping[str, tuple[Party, Grant | None]] = {
    "ann": (Party(name="ann"), grants_of(True, Tlp.RED)),
    "bob": (Party(name="bob"), grants_of(True)),
    "eve": (Party(name="eve"), None),
    "reader": (Party(name="reader"), grants_of(False)),
    "writer": (Party(name="writer"), grants_of(True, can_read=False)),
    "green": (Party(name="green"), grants_of(False, Tlp.GREEN)),
}


async def fill(store: str, who: Mapping[str, tuple[Party, Grant | None]] = WHO) -> None:
    """Set a store up."""
    database = opened(store)
    await database.open()
    try:
        admin = Admin(database)
        await admin.init("Hub", "us")
        for path in ("api", "other"):
            await admin.add_root(Root(path=path, title=path, description="of the tests"))
        first = await admin.add_collection(
            Collection(
                number=0, id=COLLECTION, root="api", title="Bulletins", alias="bulletins",
                description="All of them.",
            )
        )  # fmt: skip
        await admin.add_collection(Collection(number=0, id=OTHER, root="other", title="Other"))
        for name, (party, grant) in who.items():
            client = Client(name=name, party=party, password=HASHED, grants={})
            await admin.put_client(client, new=True)
            if grant is not None:
                await admin.grant(name, first.number, grant)
    finally:
        await database.close()


async def emptied(store: str) -> None:
    """Take all objects out of a store."""
    database = opened(store)
    await database.open()
    try:
        async with database.writing() as turn:
            await turn.run("DELETE FROM versions")
            await turn.run("DELETE FROM vouchers")
    finally:
        await database.close()


def administer(store: str, work: Callable[[Admin], Awaitable[T]]) -> T:
    """Change a store's directory."""

    async def done() -> T:
        database = opened(store)
        await database.open()
        try:
            return await work(Admin(database))
        finally:
            await database.close()

    return asyncio.run(done())


@dataclass
class Hub:
    """A server that answers.

    Args:
        store: where its objects are.
        port: where it listens.
    """

    store: str
    port: int
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Of its first collection."""
        return f"http://127.0.0.1:{self.port}{AT}"

    def ask(
        self, method: str, path: str, body: Any = None, who: str = "ann",
        fields: Mapping[str, str] | Sequence[tuple[str, str]] = (), **headers: str,
    ) -> Got:  # fmt: skip
        """Ask as somebody; as nobody where ``who`` is empty."""
        sent = {"Accept": MEDIA, **{k.replace("_", "-"): v for k, v in headers.items()}}
        if who:
            pair = base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()
            sent = {"Authorization": f"Basic {pair}", **sent}
        if body is not None:
            sent = {"Content-Type": MEDIA, **sent}
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        query = f"?{urlencode(fields)}" if fields else ""
        return call(self.port, method, path + query, body, sent)

    def add(self, *things: Any, who: str = "ann") -> Any:
        """Send objects; returns the status."""
        got = self.ask("POST", f"{AT}objects/", {"objects": things}, who=who)
        assert got.status == 202, got
        return got.told

    def objects(self, who: str = "ann", **fields: str) -> list[Any]:
        """All objects of all pages."""
        found: list[Any] = []
        while True:
            got = self.ask("GET", f"{AT}objects/", who=who, fields=named(fields))
            assert got.status == 200, got
            found += got.told.get("objects", [])
            if not got.told["more"]:
                return found
            fields["next"] = got.told["next"]

    def ids(self, who: str = "ann", **fields: str) -> list[str]:
        """Their ids."""
        return [one["id"] for one in self.objects(who, **fields)]


def named(fields: Mapping[str, str]) -> dict[str, str]:
    """``match_type`` and the like as the protocol spells them."""
    return {
        f"match[{name[6:]}]" if name.startswith("match_") else name: value
        for name, value in fields.items()
    }


@contextlib.contextmanager
def hub(store: str, folder: Path, sight: Sight | None = None, **settings: Any) -> Iterator[Hub]:
    """Serve a store that is set up, in a thread, while the block runs."""
    folder.mkdir(parents=True, exist_ok=True)
    told = TaxiiSection(store=store, **settings)
    with served(app_of(told, folder, sight or ByMarking())) as port:
        yield Hub(store, port)
