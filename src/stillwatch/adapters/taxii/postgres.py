"""PostgreSQL behind the store, for several replicas on one set of objects.

``synchronous_commit`` is asked for by name: a turn that was left well is on the server's disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from stillwatch.adapters.taxii.database import SCHEMA, Row
from stillwatch.model.errors import OutsideFailed

if TYPE_CHECKING:
    import asyncpg

N_CONNECTIONS: Final = 8
PATIENCE_S: Final = 30.0
#: any number, so that replicas that start at once make the tables one after the other.
_MAKING: Final = 0x74617869
_REMEDY: Final = "See whether PostgreSQL answers there; nothing was acknowledged."


class _Turn:
    """A transaction on one connection."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows that a statement gives."""
        found: Sequence[Row] = await self._connection.fetch(_numbered(sql), *values)
        return found

    async def run(self, sql: str, *values: Any) -> None:
        """Run a statement for what it does."""
        await self._connection.execute(_numbered(sql), *values)

    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run a statement once a row."""
        if rows:
            await self._connection.executemany(_numbered(sql), rows)


class PostgresDatabase:
    """A database of a PostgreSQL server.

    Args:
        address: ``postgresql://...``, as libpq spells it.
    """

    locks = " FOR UPDATE"

    def __init__(self, address: str) -> None:
        self._address = address
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def open(self) -> None:
        """Connect, and make the tables where they are not there.

        Raises:
            OutsideFailed: it cannot be reached or written, or its client is not installed.
        """
        try:
            import asyncpg
        except ImportError:
            raise OutsideFailed(
                "PostgreSQL needs asyncpg.", remedy="pip install 'stillwatch[postgres]'"
            ) from None
        with _outside():
            self._pool = await asyncpg.create_pool(
                self._address,
                min_size=1,
                max_size=N_CONNECTIONS,
                command_timeout=PATIENCE_S,
                timeout=PATIENCE_S,
                server_settings={"synchronous_commit": "on", "application_name": "stillwatch"},
            )
        async with self.writing() as turn:
            await turn.rows("SELECT pg_advisory_xact_lock(?::bigint)", _MAKING)
            for statement in SCHEMA:
                await turn.run(statement.format(bytes="BYTEA"))

    async def close(self) -> None:
        """Let go of it."""
        if self._pool is not None:
            await self._pool.close()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[_Turn]:
        """A turn that sees one state throughout and changes nothing."""
        with _outside():
            async with (
                self._connected().acquire(timeout=PATIENCE_S) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield _Turn(connection)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[_Turn]:
        """A turn that is on the disk when it is left, or has not been at all."""
        with _outside():
            async with (
                self._connected().acquire(timeout=PATIENCE_S) as connection,
                connection.transaction(),
            ):
                yield _Turn(connection)

    def among(self, column: str, kind: str) -> str:
        """A condition that a column holds one of the values of :meth:`listed`."""
        return f"{column} = ANY(?::{kind}[])"

    def listed(self, values: Sequence[Any]) -> list[Any]:
        """Values as the one value that :meth:`among` takes."""
        return list(values)

    def _connected(self) -> Any:
        if self._pool is None:
            raise OutsideFailed("the store was not opened.")
        return self._pool


@contextlib.contextmanager
def _outside() -> Any:
    """Tell what PostgreSQL or the network said as what it is: something outside."""
    import asyncpg

    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        said = type(error).__name__
        raise OutsideFailed(f"PostgreSQL failed: {said}.", remedy=_REMEDY) from error


@lru_cache(maxsize=256)
def _numbered(sql: str) -> str:
    """``?`` as ``$1``, ``$2`` and so on; no statement of ours holds a ``?`` for anything else."""
    head, *rest = sql.split("?")
    return head + "".join(f"${number}{part}" for number, part in enumerate(rest, start=1))
