"""From the bytes of one JSON value to the value."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

NOT_UTF8 = "not valid UTF-8"
NOT_JSON = "not valid JSON"

_LENIENT = re.compile(rb"\\u[dD][89a-fA-F]|NaN|Infinity")
_SURROGATE = re.compile("[\ud800-\udfff]")


class BadJson(ValueError):
    """The bytes are no JSON; the message is the reason."""


def loads(data: bytes) -> Any:
    """Parse one value.

    A lone surrogate becomes U+FFFD; ``NaN`` and ``Infinity`` become null: writers
    produce both, and neither is worth losing a row.

    Raises:
        BadJson: with ``NOT_UTF8`` or ``NOT_JSON``.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return _loads_leniently(data)


def _loads_leniently(data: bytes) -> Any:
    try:
        decoded = data.decode()
    except UnicodeDecodeError:
        raise BadJson(NOT_UTF8) from None
    if _LENIENT.search(data) is None:
        raise BadJson(NOT_JSON)
    try:
        return _mended(json.loads(decoded, parse_constant=lambda _: None))
    except (ValueError, RecursionError):
        raise BadJson(NOT_JSON) from None


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if isinstance(value, dict):
        return {_mended(key): _mended(item) for key, item in value.items()}
    return value
