"""Small files that others wrote, most of them JSON: read to a bound, and no further."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from stillwatch.model.errors import BadInput, OutsideFailed


def read_small(path: Path, most_bytes: int) -> bytes:
    """The bytes of a file.

    Args:
        path: the file.
        most_bytes: a longer file is refused unread.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is too long.
    """
    try:
        with path.open("rb") as source:
            content = source.read(most_bytes + 1)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > most_bytes:
        raise BadInput(f"is longer than {most_bytes:,} bytes.", where=str(path))
    return content


def read_small_json(path: Path, most_bytes: int) -> tuple[Any, bytes]:
    """What a file says, and its bytes.

    Args:
        path: the file.
        most_bytes: a longer file is refused unread.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is too long or no JSON.
    """
    content = read_small(path, most_bytes)
    try:
        return orjson.loads(content), content
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=str(path)) from None
