"""Which database a setting names."""

from __future__ import annotations

from pathlib import Path

from stillwatch.adapters.taxii.database import Database
from stillwatch.model.errors import BadSettings


def opened(store: str) -> Database:
    """The database of a setting; nothing is connected yet.

    Args:
        store: a path, or ``postgresql://...``.

    Raises:
        BadSettings: it names another kind of database.
    """
    scheme, colon, _ = store.partition("://")
    if not colon:
        from stillwatch.adapters.taxii.sqlite import SqliteDatabase

        return SqliteDatabase(Path(store))
    if scheme in ("postgresql", "postgres"):
        from stillwatch.adapters.taxii.postgres import PostgresDatabase

        return PostgresDatabase(store)
    raise BadSettings("taxii.store", f"{scheme}:// is neither a path nor postgresql://.")
