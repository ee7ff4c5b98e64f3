"""What the store asks of a database: two kinds of turns, and statements with ``?`` for values.

SQLite and PostgreSQL speak one SQL here; the few places where they differ are words of this
interface.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

Row = Sequence[Any]

SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, told TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS roots (
        path TEXT PRIMARY KEY, title TEXT NOT NULL, description TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS collections (
        number BIGINT PRIMARY KEY, id TEXT NOT NULL UNIQUE, root TEXT NOT NULL,
        title TEXT NOT NULL, description TEXT NOT NULL, alias TEXT NOT NULL,
        anybody_versions SMALLINT NOT NULL, last_added_us BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS clients (
        name TEXT PRIMARY KEY, party TEXT NOT NULL, password TEXT NOT NULL, token TEXT NOT NULL,
        certificate TEXT NOT NULL, operator SMALLINT NOT NULL,
        requests_a_minute BIGINT NOT NULL, bytes_an_hour BIGINT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS grants (
        client TEXT NOT NULL, collection BIGINT NOT NULL, can_read SMALLINT NOT NULL,
        can_write SMALLINT NOT NULL, up_to TEXT NOT NULL, PRIMARY KEY (client, collection))""",
    "CREATE TABLE IF NOT EXISTS sights (sight TEXT PRIMARY KEY, parts TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS versions (
        collection BIGINT NOT NULL, added_us BIGINT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
        version TEXT NOT NULL, version_ns BIGINT NOT NULL, sight TEXT NOT NULL,
        owner TEXT NOT NULL, revoked SMALLINT NOT NULL, is_first SMALLINT NOT NULL,
        is_last SMALLINT NOT NULL, n_bytes BIGINT NOT NULL, digest {bytes} NOT NULL,
        body {bytes} NOT NULL, PRIMARY KEY (collection, added_us))""",
    "CREATE UNIQUE INDEX IF NOT EXISTS by_version ON versions (collection, id, version_ns)",
    # Who sent the same definition as the one that is held: for their objects it counts too.
    """CREATE TABLE IF NOT EXISTS vouchers (
        collection BIGINT NOT NULL, id TEXT NOT NULL, digest {bytes} NOT NULL,
        client TEXT NOT NULL, PRIMARY KEY (collection, id, digest, client))""",
    """CREATE TABLE IF NOT EXISTS statuses (
        id TEXT PRIMARY KEY, root TEXT NOT NULL, client TEXT NOT NULL, asked_us BIGINT NOT NULL,
        body {bytes} NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS by_age ON statuses (asked_us)",
)
"""Statements that make the tables; ``{bytes}`` stands for the database's word."""
FORM: Final = "1"
"""Of the tables; a store of another form is refused."""


class Turn(Protocol):
    """A transaction."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows that a statement gives."""
        ...

    async def run(self, sql: str, *values: Any) -> None:
        """Run a statement for what it does."""
        ...

    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run a statement once a row."""
        ...


class Database(Protocol):
    """A database."""

    locks: str
    """What a ``SELECT`` ends with that keeps others from its rows until the turn is over."""

    async def open(self) -> None:
        """Connect, and make the tables where they are not there.

        Raises:
            OutsideFailed: it cannot be reached or written.
        """
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Turn]:
        """A turn that sees one state throughout and changes nothing."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Turn]:
        """A turn that is on the disk when it is left, or has not been at all."""
        ...

    def among(self, column: str, kind: str) -> str:
        """A condition that a column holds one of the values of :meth:`listed`.

        Args:
            column: its name.
            kind: ``text`` or ``bigint``.
        """
        ...

    def listed(self, values: Sequence[Any]) -> Any:
        """Values as the one value that :meth:`among` takes."""
        ...
