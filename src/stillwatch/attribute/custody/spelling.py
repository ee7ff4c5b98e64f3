"""Spelling: bytes that have one way to be written, so that no other way passes for them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as Misspelt
from typing import Any

import orjson

from stillwatch.model.errors import BadInput


def b64(data: bytes) -> str:
    """Base 64 (RFC 4648, section 4).

    >>> b64(b"log")
    'bG9n'
    """
    return b64encode(data).decode()


def unb64(text: str | bytes, *, where: str) -> bytes:
    """The bytes that :func:`b64` wrote; any other spelling of them is refused.

    Raises:
        BadInput: it is no base 64, or has stray bits or letters.
    """
    try:
        data = b64decode(text, validate=True)
    except (Misspelt, ValueError) as error:
        raise BadInput(f"is no base 64: {error}.", where=where) from None
    if b64encode(data) != (text.encode() if isinstance(text, str) else text):
        raise BadInput("is no canonical base 64.", where=where)
    return data


def spelled(value: Any) -> bytes:
    """JSON with sorted keys and no blanks, for values without fractions.

    >>> spelled({"b": 1, "a": "x"})
    b'{"a":"x","b":1}'
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def read_spelled(data: bytes, *, where: str) -> dict[str, Any]:
    """The object that :func:`spelled` wrote; any other spelling of it is refused.

    Raises:
        BadInput: it is no JSON object, or is written in another way.
    """
    try:
        told = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no JSON: {error}.", where=where) from None
    if not isinstance(told, dict):
        raise BadInput("is no JSON object.", where=where)
    if spelled(told) != data:
        raise BadInput("is not written in the one way that is allowed.", where=where)
    return told


def text_of(told: dict[str, Any], name: str, *, where: str) -> str:
    """A field that must be text.

    Raises:
        BadInput: it is not there, or is something else.
    """
    value = told.get(name)
    if not isinstance(value, str):
        raise BadInput(f"the field {name!r} is no text.", where=where)
    return value


def count_of(told: dict[str, Any], name: str, *, where: str) -> int:
    """A field that must be a whole number of at least 0.

    Raises:
        BadInput: it is not there, or is something else.
    """
    value = told.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadInput(f"the field {name!r} is no count.", where=where)
    return value
