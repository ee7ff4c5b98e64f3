"""Reach into JSON of any shape without raising."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")
_SECRET_STARTS = ("sk-", "Bearer ", "bearer ", "key-")


def obj(value: Any) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def seq(value: Any) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str | None:
    """The value if it is a non-empty string, else None."""
    return value if isinstance(value, str) and value else None


def name(value: Any) -> str | None:
    """The value as an identifier: a non-blank string, or a whole number as one."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def first(record: Mapping[str, Any], keys: Iterable[str]) -> Any:
    """The first of ``keys`` whose value is neither null nor an empty string."""
    for key in keys:
        value = record.get(key)
        if value is not None and value != "":
            return value
    return None


def first_name(record: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    """The first of ``keys`` whose value is an identifier."""
    for key in keys:
        found = name(record.get(key))
        if found is not None:
            return found
    return None


def printable(names: Sequence[str]) -> str:
    """At most 40 names of columns or keys for an error, cut and without control signs."""
    shown = (_UNPRINTABLE.sub("?", name)[:40] for name in names[:40])
    return ", ".join(shown) or "none"


def digest_id(secret: str) -> str:
    """``sha256:`` and the first 16 hexadecimal digits of the digest of a text."""
    return "sha256:" + hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:16]


def credential(value: Any) -> str | None:
    """A credential's identifier; one that looks like the key itself is digested."""
    found = name(value)
    if found is not None and found.startswith(_SECRET_STARTS):
        return digest_id(found)
    return found
