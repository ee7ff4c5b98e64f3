"""Vault: what the log speaks of and does not hold, in one SQLite file.

Contents with their salts, originals in escrow, and an index of the log that can be made anew from
it. What is destroyed is overwritten (``secure_delete``), and so is the journal. The log's lock
guards every writer.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stillwatch.attribute.custody.bundle import Opening
from stillwatch.model.errors import OutsideFailed

_TABLES: Final = """
create table if not exists tip (
    id integer primary key check (id = 0), n integer, size_bytes integer, last_us integer,
    hashes blob);
create table if not exists lines (
    n integer primary key, start integer, n_bytes integer, kind text, subject text);
create index if not exists lines_of on lines (subject, n) where subject is not null;
create index if not exists kinds_of on lines (kind, n) where kind in ('key', 'anchor');
create table if not exists exhibits (
    n integer primary key, subject text, name text, media_type text, salt blob, content blob,
    original_salt blob);
create index if not exists named on exhibits (subject, name);
create table if not exists batches (id text primary key, holders text, wrapped text);
create table if not exists originals (
    n integer primary key, batch text, salt blob, sealed blob);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tip:
    """Where the index of the log ends.

    Args:
        n: how many lines it knows.
        size_bytes: how many bytes of the log those are.
        last_us: time of the last of them.
        hashes: the frontier of the Merkle tree over them.
    """

    n: int = 0
    size_bytes: int = 0
    last_us: int = 0
    hashes: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An exhibit as the vault keeps it: its opening, and the salt of its original."""

    opening: Opening
    original_salt: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An original in escrow.

    Args:
        n: number of the exhibit's entry.
        batch: id of the pair of wrapped secrets that it hangs on.
        salt: 32 bytes; without them no key opens it.
        sealed: the ciphertext.
    """

    n: int
    batch: str
    salt: bytes
    sealed: bytes = field(repr=False)


class Vault:
    """The file.

    Args:
        path: made where it is not there, readable by its owner.

    Raises:
        OutsideFailed: it cannot be opened, or is no vault.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, timeout=60)
            for word in ("journal_mode=truncate", "secure_delete=on", "synchronous=full"):
                self._db.execute(f"pragma {word}")
            self._db.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            raise OutsideFailed(f"the vault {path} cannot be opened: {error}.") from None

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def begin(self) -> None:
        """Begin what :meth:`commit` makes stand, all or nothing."""
        if not self._db.in_transaction:
            self._do("begin immediate")

    def commit(self) -> None:
        """Make it stand on the disk."""
        if self._db.in_transaction:
            self._do("commit")

    def roll_back(self) -> None:
        """Leave all as it was."""
        if self._db.in_transaction:
            self._do("rollback")

    def tip(self) -> Tip:
        """Where the index ends."""
        row = self._do("select n, size_bytes, last_us, hashes from tip").fetchone()
        if row is None:
            return Tip()
        hashes = tuple(row[3][i : i + 32] for i in range(0, len(row[3]), 32))
        return Tip(n=row[0], size_bytes=row[1], last_us=row[2], hashes=hashes)

    def index(self, tip: Tip, lines: Iterable[tuple[int, int, int, str, str | None]]) -> None:
        """Add lines (n, start, bytes, kind, case) to the index, which then ends at a tip."""
        self._many("insert or replace into lines values (?, ?, ?, ?, ?)", lines)
        self._do(
            "insert or replace into tip values (0, ?, ?, ?, ?)",
            (tip.n, tip.size_bytes, tip.last_us, b"".join(tip.hashes)),
        )

    def forget_index(self) -> None:
        """Drop the index, to make it anew."""
        self._do("delete from lines")
        self._do("delete from tip")

    def drop_beyond(self, n: int) -> None:
        """Drop contents whose entries never came to stand in the log."""
        for table in ("exhibits", "originals"):
            self._do(f"delete from {table} where n >= ?", (n,))

    def places(self, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
        """Where lines stand in the log: start and length in bytes."""
        for n in numbers:
            row = self._do("select start, n_bytes from lines where n = ?", (n,)).fetchone()
            if row is not None:
                yield row[0], row[1]

    def of_case(self, case: str) -> list[tuple[int, str]]:
        """Numbers and kinds of the entries of a case, ascending."""
        sql = "select n, kind from lines where subject = ? order by n"
        return self._do(sql, (case,)).fetchall()

    def key_entries(self) -> list[int]:
        """Numbers of the entries that name keys, ascending."""
        return self.of_kind("key")

    def of_kind(self, kind: str) -> list[int]:
        """Numbers of the entries of a kind, ascending."""
        sql = "select n from lines where kind = ? and kind in ('key', 'anchor') order by n"
        return [n for (n,) in self._do(sql, (kind,)).fetchall()]

    def add_exhibits(self, rows: Iterable[tuple[str, Kept]]) -> None:
        """Keep exhibits, each with its case."""
        self._many(
            "insert into exhibits values (?, ?, ?, ?, ?, ?, ?)",
            (
                (o.n, case, o.name, o.media_type, o.salt, o.content, kept.original_salt)
                for case, kept in rows
                for o in (kept.opening,)
            ),
        )

    def add_originals(self, rows: Iterable[Sealed]) -> None:
        """Keep originals in escrow."""
        self._many(
            "insert into originals values (?, ?, ?, ?)",
            ((r.n, r.batch, r.salt, r.sealed) for r in rows),
        )

    def add_batch(self, name: str, holders: str, wrapped: str) -> None:
        """Keep a pair of wrapped secrets."""
        self._do("insert into batches values (?, ?, ?)", (name, holders, wrapped))

    def batch(self, name: str) -> tuple[str, str] | None:
        """Holders and wrapped secrets of a batch."""
        sql = "select holders, wrapped from batches where id = ?"
        row = self._do(sql, (name,)).fetchone()
        return None if row is None else (row[0], row[1])

    def names(self, case: str) -> set[str]:
        """What the exhibits of a case are called."""
        return {
            name for (name,) in self._do("select name from exhibits where subject = ?", (case,))
        }

    def kept_as(self, case: str, name: str) -> list[Kept]:
        """The exhibits of a case that have a name."""
        sql = f"{_KEPT} where subject = ? and name = ? order by n"
        return [_kept(row) for row in self._do(sql, (case, name))]

    def kept(self, numbers: Iterable[int]) -> Iterator[Kept]:
        """The exhibits of these numbers that are kept, in the order given."""
        for n in numbers:
            row = self._do(f"{_KEPT} where n = ?", (n,)).fetchone()
            if row is not None:
                yield _kept(row)

    def original(self, n: int) -> Sealed | None:
        """The original of an exhibit, if it is in escrow."""
        row = self._do("select n, batch, salt, sealed from originals where n = ?", (n,)).fetchone()
        return None if row is None else Sealed(n=row[0], batch=row[1], salt=row[2], sealed=row[3])

    def destroy(self, numbers: Iterable[int], *, exhibits: bool) -> int:
        """Destroy originals, and the exhibits too; returns how many contents went."""
        told = [(n,) for n in numbers]
        before = self._db.total_changes
        self._many("delete from originals where n = ?", told)
        if exhibits:
            self._many("delete from exhibits where n = ?", told)
        else:
            sql = "update exhibits set original_salt = x'' where n = ? and original_salt <> x''"
            self._many(sql, told)
        return self._db.total_changes - before

    def _do(self, sql: str, values: tuple[object, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise OutsideFailed(f"the vault {self._path} failed: {error}.") from None

    def _many(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            self._db.executemany(sql, rows)
        except sqlite3.Error as error:
            raise OutsideFailed(f"the vault {self._path} failed: {error}.") from None


_KEPT: Final = "select n, name, media_type, salt, content, original_salt from exhibits"


def _kept(row: tuple[int, str, str, bytes, bytes, bytes]) -> Kept:
    n, name, media_type, salt, content, original_salt = row
    opening = Opening(n=n, name=name, media_type=media_type, salt=salt, content=content)
    return Kept(opening=opening, original_salt=original_salt)
