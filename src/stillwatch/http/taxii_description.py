"""The description of the TAXII server's interface, OpenAPI 3.1: what is asked and what is said."""

from __future__ import annotations

from typing import Any, Final

from stillwatch.share.taxii_media import MEDIA

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_LISTED: Final = {"type": "array", "minItems": 1}
_ERROR: Final = {
    "type": "object",
    "required": ["title", "http_status"],
    "properties": {
        "title": _TEXT, "description": _TEXT, "error_id": _TEXT, "http_status": _TEXT,
    },
}  # fmt: skip
_COLLECTION: Final = {
    "type": "object",
    "required": ["id", "title", "can_read", "can_write"],
    "properties": {
        "id": {"type": "string", "format": "uuid"}, "title": _TEXT, "description": _TEXT,
        "alias": _TEXT, "can_read": {"type": "boolean"}, "can_write": {"type": "boolean"},
        "media_types": {**_LISTED, "items": _TEXT},
    },
}  # fmt: skip
_FEW: Final = {
    **_LISTED,
    "items": {
        "type": "object",
        "required": ["id", "version"],
        "properties": {"id": _TEXT, "version": _TEXT, "message": _TEXT},
    },
}
_STATUS: Final = {
    "type": "object",
    "required": ["id", "status", "total_count", "success_count", "failure_count", "pending_count"],
    "properties": {
        "id": _TEXT, "status": {"enum": ["complete", "pending"]}, "request_timestamp": _TEXT,
        "total_count": _COUNT, "success_count": _COUNT, "failure_count": _COUNT,
        "pending_count": _COUNT, "successes": _FEW, "failures": _FEW,
    },
}  # fmt: skip


def _paged(name: str, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["more"],
        "properties": {
            "more": {"type": "boolean"},
            "next": _TEXT,
            name: {**_LISTED, "items": item},
        },
    }


_OBJECT: Final = {"type": "object", "required": ["id", "type"]}
_RECORD: Final = {"type": "object", "required": ["id", "date_added", "version"]}
_ENVELOPE: Final = {
    "type": "object",
    "required": ["objects"],
    "properties": {"objects": {**_LISTED, "maxItems": 20_000, "items": {"type": "object"}}},
}
_MOMENT: Final = {
    "type": "string",
    "pattern": r"^(19[789]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
    r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?Z$",
}
_FIELD_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "added_after": _MOMENT,
    "limit": {"type": "integer", "minimum": 1, "maximum": 999_999},
    "next": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "match[id]": {"type": "string", "minLength": 1, "maxLength": 200},
    "match[type]": {"type": "string", "minLength": 1, "maxLength": 200},
    "match[version]": {"enum": ["first", "last", "all", "2026-01-01T00:00:00Z", "first,last"]},
    "match[spec_version]": {"type": "string", "pattern": "^[0-9.]{1,8}$"},
}
_PAGING: Final = ("added_after", "limit", "next")
_ALL: Final = tuple(_FIELD_SCHEMAS)
_OF_AN_OBJECT: Final = (*_PAGING, "match[version]", "match[spec_version]")


def description() -> dict[str, Any]:
    """The whole of it."""
    at = "/{root}/collections/{collection}/"
    title = {"type": "object", "required": ["title"]}
    root = {"type": "object", "required": ["title", "versions", "max_content_length"]}
    collections = {
        "type": "object", "properties": {"collections": {**_LISTED, "items": _COLLECTION}},
    }  # fmt: skip
    objects, records = _paged("objects", _OBJECT), _paged("objects", _RECORD)
    paths = {
        "/taxii2/": {"get": _operation("Discovery.", title)},
        "/{root}/": {"get": _operation("An API root.", root)},
        "/{root}/status/{status}/": {"get": _operation("What became of an envelope.", _STATUS)},
        "/{root}/collections/": {"get": _operation("The collections of a root.", collections)},
        at: {"get": _operation("A collection.", _COLLECTION)},
        f"{at}manifest/": {"get": _operation("What there is.", records, _ALL)},
        f"{at}objects/": {
            "get": _operation("Objects.", objects, _ALL),
            "post": _operation("Add objects.", _STATUS, takes=_ENVELOPE, status="202"),
        },
        f"{at}objects/{{object}}/": {
            "get": _operation("An object.", objects, _OF_AN_OBJECT),
            "delete": _operation(
                "Take an object back.", {"type": "object"},
                ("match[version]", "match[spec_version]"),
            ),
        },
        f"{at}objects/{{object}}/versions/": {
            "get": _operation(
                "Versions of an object.", _paged("versions", _TEXT),
                (*_PAGING, "match[spec_version]"),
            ),
        },
    }  # fmt: skip
    for path, operations in paths.items():
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for operation in operations.values():
            operation["parameters"] += [_in_path(name) for name in names]
    return {
        "openapi": "3.1.0",
        "info": {"title": "stillwatch TAXII 2.1", "version": "2.1"},
        "paths": paths,
        "components": {
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            }
        },
        "security": [{"basic": []}, {"bearer": []}],
    }


def _in_path(name: str) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1, "maxLength": 200}
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _operation(
    what: str,
    gives: dict[str, Any],
    fields: tuple[str, ...] = (),
    takes: dict[str, Any] | None = None,
    status: str = "200",
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": what,
        "parameters": [
            {"name": name, "in": "query", "schema": _FIELD_SCHEMAS[name]} for name in fields
        ],
        "responses": {
            status: {"description": "As asked.", "content": {MEDIA: {"schema": gives}}},
            "default": {"description": "Refused.", "content": {MEDIA: {"schema": _ERROR}}},
        },
    }
    if takes is not None:
        told["requestBody"] = {"required": True, "content": {MEDIA: {"schema": takes}}}
    return told
