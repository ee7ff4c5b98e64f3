"""The ring of keys on disk: its owner's alone, replaced whole, read again when it changes."""

from __future__ import annotations

import base64
import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from stillwatch.adapters.settled import put_in_place
from stillwatch.defend.keys import SECRET_BYTES, Key, Ring, key_of
from stillwatch.model.errors import BadInput, OutsideFailed

SCHEMA: Final = "stillwatch.keys/1"
_MICROSECOND: Final = 1_000_000


def drawn_secret() -> bytes:
    """A secret from the system's source of randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def new_ring(path: Path, now_us: int) -> Ring:
    """Make a file with one key that seals at once.

    Raises:
        BadInput: the file is there already.
        OutsideFailed: it cannot be written.
    """
    ring = Ring([key_of(drawn_secret(), now_us)])
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(
            "there is a ring already.", where=str(path),
            remedy="Turn it over with `stillwatch defend keys rotate`; tokens under its keys live.",
        ) from None  # fmt: skip
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be made: {error.strerror}.") from None
    with os.fdopen(file, "wb") as out:
        out.write(_written(ring))
        out.flush()
        os.fsync(out.fileno())
    return ring


def save_ring(path: Path, ring: Ring) -> None:
    """Put a ring in place of the former one, whole or not at all.

    Raises:
        OutsideFailed: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        put_in_place(path, _written(ring), beside)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def load_ring(path: Path) -> Ring:
    """Read a ring.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: others may read it, or it is no ring.
    """
    try:
        mode = path.stat().st_mode
        told = orjson.loads(path.read_bytes())
    except OSError as error:
        raise OutsideFailed(
            f"the ring of keys {path} cannot be read: {error.strerror}.",
            remedy="Make one with `stillwatch defend keys new`.",
        ) from None
    except orjson.JSONDecodeError:
        raise BadInput("is no JSON.", where=str(path), remedy=_RESTORE) from None
    if mode & 0o077:
        raise BadInput("others may read the keys.", where=str(path), remedy="chmod 600 it.")
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise BadInput(f"is not {SCHEMA}.", where=str(path), remedy=_RESTORE)
    try:
        return Ring(_key(one) for one in told["keys"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"holds a key that is none: {type(error).__name__}."
        raise BadInput(what, where=str(path), remedy=_RESTORE) from None


class KeptRing:
    """A ring that is read again when its file changes.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ring = load_ring(path)
        self._mark = self._marked()

    @property
    def ring(self) -> Ring:
        """The ring as it stands; the former one where the file cannot be read just now."""
        mark = self._marked()
        if mark != self._mark:
            with suppress(BadInput, OutsideFailed):
                self._ring = load_ring(self._path)
                self._mark = mark
        return self._ring

    def _marked(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0)
        return (found.st_mtime_ns, found.st_ino)


_RESTORE: Final = "Restore it from a copy: tokens under lost keys are refused."


def _written(ring: Ring) -> bytes:
    keys = [
        {
            "id": key.id,
            "secret": base64.b64encode(key.secret).decode(),
            "starts_at": datetime.fromtimestamp(key.starts_us / _MICROSECOND, UTC).isoformat(),
            "starts_us": key.starts_us,
            "revoked": key.revoked,
        }
        for key in ring.keys
    ]
    return orjson.dumps(
        {"schema": SCHEMA, "keys": keys}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    )


def _key(told: dict[str, Any]) -> Key:
    secret = base64.b64decode(told["secret"], validate=True)
    return Key(
        id=told["id"],
        secret=secret,
        starts_us=int(told["starts_us"]),
        revoked=bool(told["revoked"]),
    )
