"""Settled: files that stand whole on the disk itself, and folders that one process holds."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from stillwatch.model.errors import OutsideFailed


def settle_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def put_in_place(path: Path, content: bytes, beside: Path | None = None) -> None:
    """Replace a file by a whole new one, on the disk itself when this returns.

    Args:
        path: the file; only its owner may read it.
        content: all of it.
        beside: where it is written first, in the same folder; a name of the writer's own
            where several may write at once.

    Raises:
        OSError: the disk refuses; the file is what it was.
    """
    beside = beside or path.with_name(f"{path.name}.half")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        number = os.open(beside, flags, 0o600)
        with os.fdopen(number, "wb") as sink:
            sink.write(content)
            sink.flush()
            os.fsync(sink.fileno())
        os.replace(beside, path)
        settle_folder(path.parent)
    except OSError:
        with suppress(OSError):
            beside.unlink()
        raise


def hold_folder(path: Path, who: str, remedy: str) -> int:
    """Take hold of a folder that was made for one process at a time.

    Args:
        path: the folder.
        who: what another process that holds it is.
        remedy: what to do then.

    Returns:
        the open lock; closing it lets go.

    Raises:
        OSError: the lock cannot be made.
        OutsideFailed: another process holds the folder.
    """
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise OutsideFailed(f"{path}: another {who} works in this folder.", remedy=remedy) from (
            error
        )
    return lock
