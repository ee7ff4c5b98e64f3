"""Writes: envelopes come in, whole, in one turn with their status; objects are taken back.

An acknowledgement leaves after the turn is on the disk. Who writes to a collection holds it until
then, so that of twenty writers of one object one is first and nineteen are told so.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from stillwatch.adapters.taxii.database import Database, Turn
from stillwatch.share.taxii_objects import Arrived, Unfit
from stillwatch.share.taxii_taking import Held, Sorted, sorted_out, status_of
from stillwatch.share.taxii_words import Collection

STATUS_KEPT_US: Final = 7 * 24 * 3_600 * 1_000_000
"""How long a status can be asked for."""
_INSERT: Final = (
    "INSERT INTO versions (collection, added_us, id, kind, version, version_ns, sight, owner, "
    "revoked, is_first, is_last, n_bytes, digest, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_FLAGS: Final = (
    "UPDATE versions SET is_first = ?, is_last = ? "
    "WHERE collection = ? AND id = ? AND version_ns = ?"
)


class Writes:
    """Takes objects in and takes them back.

    Args:
        database: where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self, collection: Collection, client: str, things: Sequence[Arrived | Unfit], now_us: int
    ) -> dict[str, Any]:
        """Take an envelope in; returns its status, which is kept too.

        Args:
            collection: to which it is added.
            client: who sends.
            things: its objects, checked.
            now_us: microseconds since 1970.

        Raises:
            OutsideFailed: the store failed; nothing was taken.
        """
        names = sorted({thing.id for thing in things if isinstance(thing, Arrived)})
        async with self._database.writing() as turn:
            last_us = await self._hold(turn, collection.number)
            held = await self._held(turn, collection.number, names)
            found = sorted_out(things, held, client, anybody_versions=collection.anybody_versions)
            added = await self._add(turn, collection.number, client, found, held, last_us, now_us)
            await turn.many(
                "INSERT INTO vouchers (collection, id, digest, client) VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO NOTHING",
                [(collection.number, one.id, one.digest, client) for one in found.vouched],
            )
            status = status_of(str(uuid.uuid4()), now_us, found, added)
            await turn.run(
                "INSERT INTO statuses (id, root, client, asked_us, body) VALUES (?, ?, ?, ?, ?)",
                status["id"], collection.root, client, now_us, orjson.dumps(status),
            )  # fmt: skip
            await turn.run("DELETE FROM statuses WHERE asked_us < ?", now_us - STATUS_KEPT_US)
        return status

    async def status(self, root: str, client: str, name: str) -> bytes | None:
        """The status of an envelope that a client sent; ``None`` where it sent no such one."""
        async with self._database.reading() as turn:
            rows = await turn.rows(
                "SELECT body FROM statuses WHERE id = ? AND root = ? AND client = ?",
                name, root, client,
            )  # fmt: skip
        return bytes(rows[0][0]) if rows else None

    async def delete(
        self, collection: int, client: str, name: str, chosen: frozenset[int] | None
    ) -> int:
        """Take back versions of an object that a client brought itself; returns how many.

        A marking definition that others sent too stays, as one of theirs.

        Args:
            collection: its number.
            client: who asks.
            name: id of the object.
            chosen: versions, nanoseconds since 1970; ``None`` for all.
        """
        async with self._database.writing() as turn:
            await self._hold(turn, collection)
            rows = await turn.rows(
                "SELECT version_ns, owner, digest FROM versions WHERE collection = ? AND id = ? "
                "ORDER BY version_ns",
                collection, name,
            )  # fmt: skip
            gone = {
                version
                for version, owner, _ in rows
                if owner == client and (chosen is None or version in chosen)
            }
            digests = {version: bytes(digest) for version, _, digest in rows if version in gone}
            kept = await self._hand_over(turn, collection, client, name, digests)
            n_gone, gone = len(gone), gone - kept
            await turn.many(
                "DELETE FROM versions WHERE collection = ? AND id = ? AND version_ns = ?",
                [(collection, name, version) for version in sorted(gone)],
            )
            left = [version for version, _, _ in rows if version not in gone]
            await turn.many(_FLAGS, _ends(collection, name, left))
        return n_gone

    async def _hand_over(
        self, turn: Turn, collection: int, client: str, name: str, digests: Mapping[int, bytes]
    ) -> set[int]:
        """Give definitions to somebody else who sent the same; returns the versions that stay."""
        rows = await turn.rows(
            "SELECT digest, client FROM vouchers WHERE collection = ? AND id = ? AND client <> ? "
            "ORDER BY client",
            collection, name, client,
        )  # fmt: skip
        heirs = {bytes(digest): heir for digest, heir in reversed(rows)}
        kept = {version for version, digest in digests.items() if digest in heirs}
        await turn.many(
            "UPDATE versions SET owner = ? WHERE collection = ? AND id = ? AND version_ns = ?",
            [(heirs[digests[version]], collection, name, version) for version in sorted(kept)],
        )
        await turn.many(
            "DELETE FROM vouchers WHERE collection = ? AND id = ? AND digest = ? AND client = ?",
            [(collection, name, digest, client) for digest in sorted(set(digests.values()))],
        )
        return kept

    async def _hold(self, turn: Turn, collection: int) -> int:
        """Keep other writers from a collection; returns when something was added last."""
        rows = await turn.rows(
            f"SELECT last_added_us FROM collections WHERE number = ?{self._database.locks}",
            collection,
        )
        return int(rows[0][0])

    async def _held(
        self, turn: Turn, collection: int, names: Sequence[str]
    ) -> dict[str, list[Held]]:
        condition = self._database.among("id", "text")
        rows = await turn.rows(
            "SELECT id, version_ns, digest, owner, revoked FROM versions "
            f"WHERE collection = ? AND {condition}",
            collection, self._database.listed(names),
        )  # fmt: skip
        held: dict[str, list[Held]] = {}
        for name, version_ns, digest, owner, revoked in rows:
            one = Held(version_ns, bytes(digest), owner, bool(revoked))
            held.setdefault(name, []).append(one)
        return held

    async def _add(
        self, turn: Turn, collection: int, client: str, found: Sorted,
        held: Mapping[str, Sequence[Held]], last_us: int, now_us: int,
    ) -> dict[str, int]:  # fmt: skip
        """Write down what is new; returns when, by id."""
        if not found.fresh:
            return {}
        start_us = max(now_us, last_us + 1)
        ends = _all_ends(found.fresh, held)
        sights, rows, added = {}, [], {}
        for place_us, thing in enumerate(found.fresh, start=start_us):
            sight = hashlib.sha256(thing.parts.encode()).hexdigest()[:32]
            sights[sight] = thing.parts
            added[thing.id] = place_us
            first, last = ends[thing.id]
            rows.append((
                collection, place_us, thing.id, thing.kind, thing.version, thing.version_ns, sight,
                client, int(thing.revoked), int(thing.version_ns == first),
                int(thing.version_ns == last), len(thing.body), thing.digest, thing.body,
            ))  # fmt: skip
        await turn.many(
            "INSERT INTO sights (sight, parts) VALUES (?, ?) ON CONFLICT DO NOTHING",
            sorted(sights.items()),
        )
        await turn.many(_FLAGS, list(_changed(collection, held, ends)))
        await turn.many(_INSERT, rows)
        await turn.run(
            "UPDATE collections SET last_added_us = ? WHERE number = ?",
            start_us + len(rows) - 1, collection,
        )  # fmt: skip
        return added


def _all_ends(
    fresh: Iterable[Arrived], held: Mapping[str, Sequence[Held]]
) -> dict[str, tuple[int, int]]:
    """First and last version of every object that gets a new one, nanoseconds."""
    versions: dict[str, list[int]] = {}
    for thing in fresh:
        versions.setdefault(thing.id, []).append(thing.version_ns)
    return {
        name: (min(all_of), max(all_of))
        for name, new in versions.items()
        for all_of in [[*new, *(one.version_ns for one in held.get(name, ()))]]
    }


def _changed(
    collection: int, held: Mapping[str, Sequence[Held]], ends: Mapping[str, tuple[int, int]]
) -> Iterable[tuple[int, int, int, str, int]]:
    """Flags of versions that were first or last, and may be no longer."""
    for name, (first, last) in ends.items():
        before = [one.version_ns for one in held.get(name, ())]
        if before:
            for version in {min(before), max(before)}:
                yield int(version == first), int(version == last), collection, name, version


def _ends(
    collection: int, name: str, versions: Sequence[int]
) -> list[tuple[int, int, int, str, int]]:
    """Flags of what is left of an object, in order."""
    if not versions:
        return []
    first, last = versions[0], versions[-1]
    return [
        (int(version == first), int(version == last), collection, name, version)
        for version in {first, last}
    ]
