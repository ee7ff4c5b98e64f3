"""Extension: what STIX 2.1 has no word for, by its own mechanism.

One extension definition for all object types; each holds one part, under the name that
:data:`stillwatch.share.wire.SHAPES` gives for its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import orjson
from pydantic import ValidationError

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.share.ids import identity_id, stix_id
from stillwatch.share.wire import SHAPES, Closed, schema_of_extension

VERSION: Final = "1.0.0"
#: the day on which this version of the extension was fixed.
CREATED: Final = "2026-11-25T00:00:00.000Z"
EXTENSION: Final = stix_id("extension-definition", "stillwatch.bulletin/1")
PROJECT: Final = identity_id("stillwatch")


def definition() -> list[dict[str, Any]]:
    """The extension definition, and the identity that made it."""
    return [
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": PROJECT,
            "created": CREATED,
            "modified": CREATED,
            "name": "stillwatch",
            "identity_class": "system",
        },
        {
            "type": "extension-definition",
            "spec_version": "2.1",
            "id": EXTENSION,
            "created_by_ref": PROJECT,
            "created": CREATED,
            "modified": CREATED,
            "name": "stillwatch bulletin",
            "description": "Weights of evidence by family, claims, origin, expiry, legal basis.",
            "schema": (
                "JSON Schema 2020-12, shipped with stillwatch as share/schemas/extension.json; "
                f"digest of its RFC 8785 form {_schema_digest()}"
            ),
            "version": VERSION,
            "extension_types": ["property-extension"],
        },
    ]


@cache
def _schema_digest() -> str:
    return digest_of("schema", schema_of_extension())


def added(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """A part as an object holds it under :data:`EXTENSION`."""
    return {"extension_type": "property-extension", name: dict(told)}


def part_of(value: Mapping[str, Any]) -> Closed | None:
    """The part of ours that an object holds; ``None`` where it has none.

    Raises:
        BadInput: it has one of the wrong shape, or one that does not belong on its type.
    """
    held = value.get("extensions")
    part = held.get(EXTENSION) if isinstance(held, Mapping) else None
    if part is None:
        return None
    where = str(value.get("id", "?"))[:80]
    name, shape = SHAPES.get(str(value.get("type")), ("", Closed))
    if not isinstance(part, Mapping) or set(part) != {"extension_type", name}:
        raise BadInput("our extension holds another part than its type has.", where=where)
    if part["extension_type"] != "property-extension":
        raise BadInput("our extension is of another type.", where=where)
    try:
        return shape.model_validate_json(orjson.dumps(part[name]))
    except (ValidationError, orjson.JSONEncodeError) as error:
        raise BadInput(f"{name} is not of the shape: {_first(error)}.", where=where) from None


def _first(error: ValidationError | orjson.JSONEncodeError) -> str:
    if isinstance(error, orjson.JSONEncodeError):
        return "it cannot be written as JSON"
    told = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part)[:40] for part in told["loc"][:8])
    return f"{place}: {told['msg']}"[:300]
