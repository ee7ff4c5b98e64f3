"""Arrived: an object that a client sends, checked as far as a server must, and spelled once.

Ids, types, versions and marks are looked at; what the object says is its maker's affair. A
server that guessed at the rest would refuse extensions that it does not know.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from stillwatch.model.errors import BadInput
from stillwatch.share.extension import EXTENSION
from stillwatch.share.markings import marking_of
from stillwatch.share.taxii_media import VERSION
from stillwatch.share.taxii_refusing import Refused
from stillwatch.share.taxii_times import ns_of

MOST_OBJECTS: Final = 20_000
"""Objects in one envelope."""
MOST_BYTES: Final = 1_048_576
"""Bytes of one object."""
MOST_MARKINGS: Final = 200
MARKING: Final = "marking-definition"
"""Type of the objects that are read whenever somebody asks for what bears them."""
MOST_MARKING_BYTES: Final = 16_384
"""Bytes of one of them."""
_ID: Final = re.compile(
    r"([a-z0-9][a-z0-9-]{1,248}[a-z0-9])--"
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_SORTED: Final = orjson.OPT_SORT_KEYS


@dataclass(frozen=True, slots=True)
class Arrived:
    """An object as it is kept.

    Args:
        id: its STIX id.
        kind: its type.
        version: its version, as its maker wrote it; empty where it has none of its own.
        version_ns: the same, nanoseconds since 1970.
        revoked: whether it takes the object back.
        digest: SHA-256 of the object with its keys sorted.
        parts: of what decides who may see it, as JSON.
        body: the object as JSON, in UTF-8.
    """

    id: str
    kind: str
    version: str
    version_ns: int
    revoked: bool
    digest: bytes
    parts: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Unfit:
    """An object that is not taken, and why."""

    id: str
    version: str
    why: str


def objects_of(body: bytes) -> list[Any]:
    """The objects of an envelope.

    Raises:
        Refused: with 400 where it is not JSON, with 422 where it is no envelope.
    """
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refused(400, "the body is not JSON, or is nested too deeply") from None
    found = told.get("objects") if isinstance(told, dict) else None
    if not isinstance(found, list) or not found:
        raise Refused(422, 'an envelope is {"objects": [...]} with one object or more')
    if len(found) > MOST_OBJECTS:
        raise Refused(422, f"an envelope may hold {MOST_OBJECTS} objects; send it in parts")
    return found


def arrived(thing: Any) -> Arrived | Unfit:
    """Check one object of an envelope.

    >>> arrived({"type": "x", "id": "y"}).why
    'its id is no STIX id'
    """
    if not isinstance(thing, dict):
        return Unfit("", "", "is no object")
    name, version = _shown(thing.get("id")), _shown(thing.get("modified", thing.get("created")))
    try:
        return _checked(thing)
    except BadInput as error:
        return Unfit(name, version, error.what)


def parts_of(thing: Mapping[str, Any]) -> str:
    """What of an object decides who may see it, as JSON with sorted keys.

    Raises:
        BadInput: markings are not lists of ids.
    """
    refs = _refs(thing.get("object_marking_refs", []))
    granular = thing.get("granular_markings", [])
    if not isinstance(granular, list) or len(granular) > MOST_MARKINGS:
        raise BadInput("its granular_markings are no list, or too long a one")
    held = []
    for one in granular:
        if not isinstance(one, dict):
            raise BadInput("its granular_markings hold what is no object")
        held += _refs([one["marking_ref"]] if "marking_ref" in one else [])
    told = {"type": thing.get("type"), "object_marking_refs": refs}
    if held:
        told["granular_markings"] = [{"marking_ref": ref} for ref in sorted(set(held))]
    maker = thing.get("created_by_ref")
    if isinstance(maker, str) and _ID.fullmatch(maker):
        told["created_by_ref"] = maker
    return orjson.dumps(told, option=_SORTED).decode()


def _checked(thing: dict[str, Any]) -> Arrived:
    name, kind = thing.get("id"), thing.get("type")
    match = _ID.fullmatch(name) if isinstance(name, str) else None
    if match is None or not isinstance(name, str):
        raise BadInput("its id is no STIX id")
    if match[1] != kind:
        raise BadInput("its type is not that of its id")
    if kind == "bundle":
        raise BadInput("a bundle is no object of a collection; send what it holds")
    if thing.get("spec_version", VERSION) != VERSION:
        raise BadInput(f"its spec_version is not {VERSION}")
    if not isinstance(revoked := thing.get("revoked", False), bool):
        raise BadInput("revoked is neither true nor false")
    if not isinstance(thing.get("extensions", {}), dict):
        raise BadInput("its extensions are no object")
    version, version_ns = _version(thing)
    try:
        body, ordered = orjson.dumps(thing), orjson.dumps(thing, option=_SORTED)
    except orjson.JSONEncodeError:
        raise BadInput("is nested too deeply, or holds what JSON cannot") from None
    if len(body) > MOST_BYTES:
        raise BadInput(f"is longer than {MOST_BYTES} bytes")
    if kind == MARKING:
        _check_marking(thing, len(body))
    digest = hashlib.sha256(ordered).digest()
    return Arrived(name, match[1], version, version_ns, revoked, digest, parts_of(thing), body)


def _check_marking(thing: Mapping[str, Any], n_bytes: int) -> None:
    """Refuse a definition that is too long, and one that says it is ours and is not."""
    if n_bytes > MOST_MARKING_BYTES:
        raise BadInput(f"is a marking definition longer than {MOST_MARKING_BYTES} bytes")
    if EXTENSION in thing.get("extensions", {}):
        marking_of(thing)


def _version(thing: Mapping[str, Any]) -> tuple[str, int]:
    """``modified``, else ``created``; an object that has neither has one version only."""
    for field in ("modified", "created"):
        if field not in thing:
            continue
        text = thing[field]
        if not isinstance(text, str) or len(text) > 40:
            raise BadInput(f"{field} is no time")
        try:
            return text, ns_of(text)
        except BadInput as error:
            raise BadInput(f"{field} {error.what}") from None
    return "", 0


def _refs(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > MOST_MARKINGS:
        raise BadInput("its markings are no list of ids, or too long a one")
    for ref in value:
        if not isinstance(ref, str) or not ref.startswith("marking-definition--"):
            raise BadInput("its markings hold what is no id of one")
        if _ID.fullmatch(ref) is None:
            raise BadInput("its markings hold what is no STIX id")
    return sorted(set(value))


def _shown(value: Any) -> str:
    """What may be said back of a field that may be anything."""
    return value[:300] if isinstance(value, str) else ""
