"""OTLP attributes: the typed key-value lists of the wire become plain objects."""

from __future__ import annotations

from typing import Any

import orjson

from stillwatch.adapters.readers.fields import obj, seq

_MAX_DEPTH = 64


def flat(attributes: Any) -> dict[str, Any]:
    """An OTLP attribute list (or an object, as some exporters write) as an object."""
    if isinstance(attributes, dict):
        return attributes
    found: dict[str, Any] = {}
    for pair in seq(attributes):
        inner = obj(pair)
        key = inner.get("key")
        if isinstance(key, str):
            found[key] = plain(inner.get("value"))
    return found


def plain(value: Any, depth: int = 0) -> Any:
    """An OTLP ``AnyValue`` as plain JSON; whole numbers come as text on the wire."""
    if not isinstance(value, dict) or depth > _MAX_DEPTH:
        return value if not isinstance(value, dict) else None
    for kind in ("stringValue", "boolValue", "doubleValue", "bytesValue"):
        if kind in value:
            return value[kind]
    if "intValue" in value:
        return _whole(value["intValue"])
    if "arrayValue" in value:
        items = seq(obj(value["arrayValue"]).get("values"))
        return [plain(item, depth + 1) for item in items]
    if "kvlistValue" in value:
        pairs = seq(obj(value["kvlistValue"]).get("values"))
        return {
            str(obj(pair).get("key")): plain(obj(pair).get("value"), depth + 1) for pair in pairs
        }
    return None


def _whole(value: Any) -> Any:
    if isinstance(value, str) and len(value) <= 20:
        try:
            return int(value)
        except ValueError:
            return None
    return value


def parsed(value: Any) -> Any:
    """JSON that stands in a string attribute, parsed; anything else as it is."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return orjson.loads(value)
        except (orjson.JSONDecodeError, UnicodeError):
            return value
    return value


def indexed(attributes: dict[str, Any], prefix: str) -> list[dict[str, Any]]:
    """The objects behind indexed keys: ``gen_ai.prompt.0.content`` and so on.

    Only one level is read below the index; deeper keys keep their dots.
    """
    found: dict[int, dict[str, Any]] = {}
    for key, value in attributes.items():
        if not key.startswith(prefix + "."):
            continue
        place, _, field = key[len(prefix) + 1 :].partition(".")
        if place.isascii() and place.isdecimal() and len(place) <= 6 and field:
            found.setdefault(int(place), {})[field] = parsed(value)
    return [found[place] for place in sorted(found)]
