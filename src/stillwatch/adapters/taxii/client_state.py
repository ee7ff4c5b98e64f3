"""What a client remembers: how far it has read and what it has sent, on the disk at each step."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import orjson

from stillwatch.adapters.settled import hold_folder, put_in_place
from stillwatch.model.errors import BadInput, OutsideFailed

SCHEMA: Final = "stillwatch.taxii-client/1"
_NAME: Final = "state.json"


class ClientState:
    """A folder with one file, held by one process at a time.

    Args:
        folder: made where it is not there.

    Raises:
        OutsideFailed: another process holds it, or it cannot be written.
        BadInput: the file is not one of ours.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = hold_folder(folder, "pull or push", "Wait for it, or name another folder.")
            raw = self._path.read_bytes() if self._path.exists() else b""
        except OSError as error:
            raise OutsideFailed(f"{folder} cannot be used: {error.strerror}.") from None
        self._told = _read(raw, self._path)

    def __enter__(self) -> ClientState:
        """Hold it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        """Let go of it."""
        os.close(self._lock)

    def get(self, name: str) -> Mapping[str, Any]:
        """What is remembered under a name; nothing where there is none."""
        found = self._told["entries"].get(name, {})
        return found if isinstance(found, dict) else {}

    def put(self, name: str, entry: Mapping[str, Any]) -> None:
        """Remember, on the disk when this returns.

        Raises:
            OutsideFailed: the disk refuses.
        """
        self._told["entries"][name] = dict(entry)
        try:
            put_in_place(self._path, orjson.dumps(self._told, option=orjson.OPT_INDENT_2))
        except OSError as error:
            raise OutsideFailed(f"{self._path} cannot be written: {error.strerror}.") from None


def name_of(*parts: str) -> str:
    """A name for an entry, of what it is about."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _read(raw: bytes, path: Path) -> dict[str, Any]:
    if not raw:
        return {"schema": SCHEMA, "entries": {}}
    try:
        told = orjson.loads(raw)
    except orjson.JSONDecodeError:
        told = None
    if not (
        isinstance(told, dict)
        and told.get("schema") == SCHEMA
        and isinstance(told.get("entries"), dict)
    ):
        raise BadInput(
            "is no state of a TAXII client.", where=str(path),
            remedy="Move it away; what is there already is fetched or sent once more.",
        )  # fmt: skip
    return told
