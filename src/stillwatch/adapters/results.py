"""Results on disk: written whole or not at all, readable by their owner only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

import orjson

from stillwatch.detect.result import SCHEMA
from stillwatch.model.errors import BadInput, OutsideFailed


def write_json(value: Mapping[str, Any], stream: IO[bytes]) -> None:
    """Write JSON with a final newline."""
    stream.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    stream.flush()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a half.

    A device or a pipe is written to as it stands; it must not be replaced by a file.

    Raises:
        OutsideFailed: the folder is missing or cannot be written to.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as half:
            half.write(content)
        os.replace(half.name, path)
    except OSError as error:
        raise OutsideFailed(
            f"{path} cannot be written: {error.strerror}.",
            remedy="Name a file in a folder that exists.",
        ) from error


def _last() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "stillwatch" / "last-result.json"


def save_last(result: Mapping[str, Any]) -> None:
    """Keep the result for ``explain``; a disk that refuses is no reason to fail a search."""
    try:
        _last().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(_last(), orjson.dumps(result))
    except (OSError, OutsideFailed):
        return


def load_last() -> dict[str, Any]:
    """The result of the last ``detect`` of this user.

    Raises:
        BadInput: there is none.
    """
    if not _last().exists():
        raise BadInput(
            "no search has been run yet.",
            where="explain",
            remedy="Run `stillwatch detect LOGS`, or give --result FILE.",
        )
    return load_result(_last())


def find_last(target: str) -> dict[str, Any] | None:
    """A campaign in the result of the last ``detect`` of this user; None if it is not there."""
    try:
        return record_of(load_last(), target)
    except BadInput:
        return None


def load_result(path: Path) -> dict[str, Any]:
    """A saved ``--json`` result.

    Raises:
        BadInput: the file is missing, no JSON, or of another schema.
    """
    try:
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path)) from error
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=str(path)) from error
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise BadInput(
            f"is not a result of the schema {SCHEMA}.",
            where=str(path),
            remedy="Save one with `detect LOGS --json`.",
        )
    return value


def record_of(result: Mapping[str, Any], target: str) -> dict[str, Any]:
    """The campaign or watched cluster with an id, or that holds an account.

    Raises:
        BadInput: nothing has that name.
    """
    for record in (*result.get("campaigns", ()), *result.get("watched", ())):
        names = {a["account"] if isinstance(a, dict) else a for a in record["accounts"]}
        if (
            target in names
            or record["id"].startswith(target)
            or record["id"].partition(":")[2].startswith(target)
        ):
            return dict(record)
    raise BadInput(f"nothing in the result is called {target!r}.", where="explain")
