"""Pages of a collection, as one client sees them.

``date_added`` is unique in a collection and never goes back, across replicas too: whoever adds
holds the collection until it has committed. A client that asks for what came after the last
moment it saw misses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.adapters.taxii.database import Database, Turn
from stillwatch.adapters.taxii.sights import Entry, Reader, Sights
from stillwatch.share.taxii_asking import Ask

PAGE_BYTES: Final = 8 * 1024 * 1024
"""A page ends where its objects would be longer than this together."""
_SCAN: Final = 1_000
_MOST_SCAN: Final = 20_000

_HEAD: Final = (
    "SELECT added_us, id, version_ns, version, sight, owner, is_first, is_last, n_bytes "
    "FROM versions WHERE collection = ?"
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a collection.

    Args:
        entries: in the order in which they were added.
        bodies: the same objects as JSON, where they were asked for.
        more: whether more would follow.
    """

    entries: list[Entry]
    bodies: list[bytes]
    more: bool


class Pages:
    """Reads pages.

    Args:
        database: where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, collection: int, ask: Ask, reader: Reader, after_us: int, n_most: int, *, bodies: bool
    ) -> Page:
        """The next objects that a question finds.

        Args:
            collection: its number.
            ask: the question.
            reader: who asks.
            after_us: where the last page ended, microseconds since 1970.
            n_most: most objects of the page.
            bodies: whether to read the objects themselves.
        """
        if not ask.answerable:
            return Page([], [], False)
        found: list[Entry] = []
        n_bytes, n_scan = 0, min(n_most + 1, _SCAN)
        async with self._database.reading() as turn:
            sights = Sights(turn, self._database, collection, reader)
            while True:
                rows = await self._scan(turn, collection, ask, after_us, n_scan)
                for entry in await self._wanted(turn, collection, ask, rows, sights):
                    full = len(found) == n_most or (found and n_bytes + entry.n_bytes > PAGE_BYTES)
                    if full:
                        return Page(
                            found, await self._bodies(turn, collection, found, bodies), True
                        )
                    found.append(entry)
                    n_bytes += entry.n_bytes
                if len(rows) < n_scan:
                    return Page(found, await self._bodies(turn, collection, found, bodies), False)
                after_us, n_scan = rows[-1].added_us, min(2 * n_scan, _MOST_SCAN)

    async def sees(self, collection: int, name: str, reader: Reader) -> bool:
        """Whether any version of an object is there for a reader."""
        async with self._database.reading() as turn:
            sights = Sights(turn, self._database, collection, reader)
            rows = await self._scan(turn, collection, Ask(ids=(name,)), -1, _MOST_SCAN)
            await sights.learn(rows)
            return any(sights.shows(row) for row in rows)

    async def _scan(
        self, turn: Turn, collection: int, ask: Ask, after_us: int, n_most: int
    ) -> list[Entry]:
        sql, values = [_HEAD, " AND added_us > ?"], [collection, after_us]
        given: list[Any] = [*values]
        for column, wanted in (("id", ask.ids), ("kind", ask.kinds)):
            if wanted:
                sql.append(f" AND {self._database.among(column, 'text')}")
                given.append(self._database.listed(wanted))
        sql.append(" ORDER BY added_us LIMIT ?")
        return [Entry(*row) for row in await turn.rows("".join(sql), *given, n_most)]

    async def _wanted(
        self, turn: Turn, collection: int, ask: Ask, rows: list[Entry], sights: Sights
    ) -> list[Entry]:
        """Those of the versions that the reader sees and the question means."""
        await sights.learn(rows)
        seen = [row for row in rows if sights.shows(row)]
        if "all" in ask.words:
            return seen
        unclear = {row.id for row in seen if _unclear(row, ask)}
        ends = await self._ends(turn, collection, unclear, sights) if unclear else {}
        return [row for row in seen if _meant(row, ask, ends)]

    async def _ends(
        self, turn: Turn, collection: int, names: set[str], sights: Sights
    ) -> dict[str, tuple[int, int]]:
        """First and last version that the reader sees, of objects that have several."""
        condition = self._database.among("id", "text")
        rows = await turn.rows(
            f"{_HEAD} AND {condition}", collection, self._database.listed(sorted(names))
        )
        entries = [Entry(*row) for row in rows]
        await sights.learn(entries)
        ends: dict[str, tuple[int, int]] = {}
        for entry in entries:
            if sights.shows(entry):
                version = entry.version_ns
                first, last = ends.get(entry.id, (version, version))
                ends[entry.id] = min(first, version), max(last, version)
        return ends

    async def _bodies(
        self, turn: Turn, collection: int, entries: Sequence[Entry], wanted: bool
    ) -> list[bytes]:
        """The objects themselves, in order."""
        if not wanted or not entries:
            return []
        places = [entry.added_us for entry in entries]
        condition = self._database.among("added_us", "bigint")
        rows = await turn.rows(
            f"SELECT added_us, body FROM versions WHERE collection = ? AND {condition}",
            collection, self._database.listed(places),
        )  # fmt: skip
        by_place = {row[0]: bytes(row[1]) for row in rows}
        return [by_place[place] for place in places]


def _unclear(row: Entry, ask: Ask) -> bool:
    """Whether its flags do not say if it is the first or the last that the reader sees."""
    if row.moment_ns in ask.versions_ns:
        return False
    last = "last" in ask.words and not row.is_last
    first = "first" in ask.words and not row.is_first
    return (last or first) and not _flagged(row, ask)


def _flagged(row: Entry, ask: Ask) -> bool:
    return bool(("last" in ask.words and row.is_last) or ("first" in ask.words and row.is_first))


def _meant(row: Entry, ask: Ask, ends: Mapping[str, tuple[int, int]]) -> bool:
    if row.moment_ns in ask.versions_ns or _flagged(row, ask):
        return True
    first, last = ends.get(row.id, (None, None))
    return ("last" in ask.words and row.version_ns == last) or (
        "first" in ask.words and row.version_ns == first
    )
