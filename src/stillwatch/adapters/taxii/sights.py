"""Sights of a collection: which of its versions a reader may see, and whose definitions count.

An object is marked with the id of a definition, and anybody who may write can bring one under any
id. So a definition counts for the objects of whoever sent it. One of ours counts for everybody's:
its id is the digest of what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from stillwatch.adapters.taxii.database import Database, Turn
from stillwatch.model.errors import BadInput
from stillwatch.share.extension import EXTENSION
from stillwatch.share.markings import marking_of
from stillwatch.share.taxii_objects import MARKING, MOST_MARKING_BYTES
from stillwatch.share.taxii_sight import Defined, refs_of
from stillwatch.share.taxii_times import text_of


class Entry(NamedTuple):
    """A version that is kept, without its body."""

    added_us: int
    id: str
    version_ns: int
    version: str
    sight: str
    owner: str
    is_first: int
    is_last: int
    n_bytes: int

    @property
    def moment_ns(self) -> int:
        """Its version; of an object that has none of its own, when it was added."""
        return self.version_ns if self.version else self.added_us * 1_000

    @property
    def said(self) -> str:
        """The same, in words."""
        return self.version or text_of(self.added_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Through whose eyes a collection is read.

    Args:
        client: its name; what it brought itself it sees.
        may_see: whether it may see what bears such parts.
    """

    client: str
    may_see: Callable[[Mapping[str, Any], Defined], bool]


class Sights:
    """What a reader may see, decided once for each kind of parts, owner and request.

    Args:
        turn: in which the collection is read.
        database: where it is kept.
        collection: its number.
        reader: who asks.
    """

    def __init__(self, turn: Turn, database: Database, collection: int, reader: Reader) -> None:
        self._turn = turn
        self._database = database
        self._collection = collection
        self._reader = reader
        self._known: dict[tuple[str, str], bool] = {}

    async def learn(self, entries: Sequence[Entry]) -> None:
        """Decide about what has not been met before."""
        met = {(one.sight, one.owner) for one in entries if one.owner != self._reader.client}
        fresh = met - self._known.keys()
        if not fresh:
            return
        condition = self._database.among("sight", "text")
        rows = await self._turn.rows(
            f"SELECT sight, parts FROM sights WHERE {condition}",
            self._database.listed(sorted({sight for sight, _ in fresh})),
        )
        things = {name: orjson.loads(parts) for name, parts in rows}
        definitions = await self._definitions(set().union(*map(refs_of, things.values())))
        for sight, owner in fresh:
            if sight in things:
                seen = self._reader.may_see(things[sight], definitions.of(owner))
                self._known[sight, owner] = seen

    def shows(self, entry: Entry) -> bool:
        """Whether the reader sees it."""
        known = self._known.get((entry.sight, entry.owner), False)
        return entry.owner == self._reader.client or known

    async def _definitions(self, refs: set[str]) -> Definitions:
        """Marking definitions of the collection, and who sent them."""
        found = Definitions()
        if not refs:
            return found
        condition, wanted = self._database.among("id", "text"), self._database.listed(sorted(refs))
        rows = await self._turn.rows(
            "SELECT id, owner, digest, body FROM versions "
            f"WHERE collection = ? AND kind = ? AND n_bytes <= ? AND {condition}",
            self._collection, MARKING, MOST_MARKING_BYTES, wanted,
        )  # fmt: skip
        for name, owner, digest, body in rows:
            found.add(name, owner, bytes(digest), orjson.loads(bytes(body)))
        rows = await self._turn.rows(
            f"SELECT id, client, digest FROM vouchers WHERE collection = ? AND {condition}",
            self._collection, wanted,
        )  # fmt: skip
        for name, client, digest in rows:
            found.vouch(name, client, bytes(digest))
        return found


class Definitions:
    """Marking definitions that are held, by who answers for them."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, bytes], Mapping[str, Any]] = {}
        self._sent: dict[tuple[str, str], set[bytes]] = {}
        self._ours: dict[str, Mapping[str, Any]] = {}

    def add(self, name: str, owner: str, digest: bytes, body: Mapping[str, Any]) -> None:
        """Take up a definition that a client brought.

        Args:
            name: its id.
            owner: who brought it.
            digest: of its content.
            body: the definition.
        """
        self._bodies[name, digest] = body
        self.vouch(name, owner, digest)
        try:
            marking_of(body)
        except BadInput:
            return
        # The digest is of this part; what stands beside it is its bringer's word.
        part = body["extensions"][EXTENSION]
        self._ours[name] = {
            "type": MARKING, "id": name, "extensions": {EXTENSION: part},
        }  # fmt: skip

    def vouch(self, name: str, client: str, digest: bytes) -> None:
        """Take up that a client sent a definition; one that is no longer held counts for nobody."""
        if (name, digest) in self._bodies:
            self._sent.setdefault((name, client), set()).add(digest)

    def of(self, client: str) -> Defined:
        """The definitions that count for a client's objects; who says two things says nothing."""

        def defined(ref: str) -> Mapping[str, Any] | None:
            sent = self._sent.get((ref, client), set())
            if not sent:
                return self._ours.get(ref)
            return self._bodies[ref, next(iter(sent))] if len(sent) == 1 else None

        return defined
