"""SQLite behind the store: one writer and a few readers, each with a thread of its own.

Write-ahead log and ``synchronous=FULL``: a turn that was left well is on the disk. Several
processes may share the file; a writer waits its turn for as long as ``BUSY_S``.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from stillwatch.adapters.taxii.database import SCHEMA, Row
from stillwatch.model.errors import OutsideFailed

BUSY_S: Final = 30.0
N_READERS: Final = 3
_CACHE_KIB: Final = 32_768
_T = TypeVar("_T")


class _Seat:
    """A connection and the one thread that uses it."""

    def __init__(self, path: Path) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="taxii-sqlite")
        self._path = path
        self._db: sqlite3.Connection | None = None

    async def do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something with the connection, in its thread, to its end."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._thread, self._now, work))

    def _now(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        try:
            if self._db is None:
                self._db = _connected(self._path)
            return work(self._db)
        except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise OutsideFailed(
                f"the store {self._path} failed: {error}.",
                remedy="Free the disk, or see who holds it; nothing was acknowledged.",
            ) from None

    async def close(self) -> None:
        """Close the connection and end the thread."""
        if self._db is not None:
            await self.do(sqlite3.Connection.close)
            self._db = None
        self._thread.shutdown(wait=False)


class _Turn:
    """A transaction on one seat."""

    def __init__(self, seat: _Seat) -> None:
        self._seat = seat

    async def rows(self, sql: str, *values: Any) -> Sequence[Row]:
        """The rows that a statement gives."""
        return await self._seat.do(lambda db: db.execute(sql, values).fetchall())

    async def run(self, sql: str, *values: Any) -> None:
        """Run a statement for what it does."""
        await self._seat.do(lambda db: db.execute(sql, values))

    async def many(self, sql: str, rows: Sequence[Row]) -> None:
        """Run a statement once a row."""
        if rows:
            await self._seat.do(lambda db: db.executemany(sql, rows))


class SqliteDatabase:
    """A file.

    Args:
        path: made with its folder where it is not there, readable by its owner alone.
    """

    locks = ""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = _Seat(path)
        self._readers: asyncio.Queue[_Seat] = asyncio.Queue()
        self._seats = [_Seat(path) for _ in range(N_READERS)]
        self._turn = asyncio.Lock()

    async def open(self) -> None:
        """Connect, and make the tables where they are not there.

        Raises:
            OutsideFailed: it cannot be reached or written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise OutsideFailed(f"the store {self.path} cannot be opened: {error.strerror}.") from (
                None
            )
        async with self.writing() as turn:
            for statement in SCHEMA:
                await turn.run(statement.format(bytes="BLOB"))
        for seat in self._seats:
            self._readers.put_nowait(seat)

    async def close(self) -> None:
        """Let go of it."""
        for seat in (*self._seats, self._writer):
            await seat.close()

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[_Turn]:
        """A turn that sees one state throughout and changes nothing."""
        seat = await self._readers.get()
        try:
            await seat.do(lambda db: db.execute("BEGIN"))
            try:
                yield _Turn(seat)
            finally:
                await seat.do(lambda db: db.execute("ROLLBACK"))
        finally:
            self._readers.put_nowait(seat)

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[_Turn]:
        """A turn that is on the disk when it is left, or has not been at all."""
        async with self._turn:
            await self._writer.do(lambda db: db.execute("BEGIN IMMEDIATE"))
            try:
                yield _Turn(self._writer)
            except BaseException:
                await self._writer.do(_undone)
                raise
            try:
                await self._writer.do(lambda db: db.execute("COMMIT"))
            except BaseException:
                await self._writer.do(_undone)
                raise

    def among(self, column: str, kind: str) -> str:
        """A condition that a column holds one of the values of :meth:`listed`."""
        del kind
        return f"{column} IN (SELECT value FROM json_each(?))"

    def listed(self, values: Sequence[Any]) -> str:
        """Values as the one value that :meth:`among` takes."""
        return json.dumps(list(values))


def _connected(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    for pragma in (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF",
        "cell_size_check=ON", f"cache_size=-{_CACHE_KIB}", "temp_store=MEMORY",
        "wal_autocheckpoint=4000",
    ):  # fmt: skip
        db.execute(f"PRAGMA {pragma}")
    return db


def _undone(db: sqlite3.Connection) -> None:
    if db.in_transaction:
        db.execute("ROLLBACK")
