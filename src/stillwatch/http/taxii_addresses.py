"""Addresses of TAXII 2.1: which endpoint a path names, and which methods it knows.

A path is looked at once; a trailing slash may be missing. Nothing in a path is ever a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stillwatch.share.taxii_refusing import Refused

_LONGEST: Final = 1_024
_GET: Final = frozenset({"GET"})


class Endpoint(StrEnum):
    """The eleven doors of the protocol, and three of the house."""

    DISCOVERY = "discovery"
    ROOT = "root"
    STATUS = "status"
    COLLECTIONS = "collections"
    COLLECTION = "collection"
    MANIFEST = "manifest"
    OBJECTS = "objects"
    OBJECT = "object"
    VERSIONS = "versions"
    ALIVE = "alive"
    READY = "ready"
    METRICS = "metrics"
    DESCRIPTION = "description"


METHODS: Final = {
    Endpoint.OBJECTS: frozenset({"GET", "POST"}),
    Endpoint.OBJECT: frozenset({"GET", "DELETE"}),
}
_OF_THE_HOUSE: Final = {
    ("taxii2",): Endpoint.DISCOVERY,
    ("healthz",): Endpoint.ALIVE,
    ("readyz",): Endpoint.READY,
    ("metrics",): Endpoint.METRICS,
    ("openapi.json",): Endpoint.DESCRIPTION,
}


@dataclass(frozen=True, slots=True)
class Place:
    """What a path names.

    Args:
        endpoint: which door.
        root: path of the API root.
        collection: id or alias.
        name: id of an object or of a status.
    """

    endpoint: Endpoint
    root: str = ""
    collection: str = ""
    name: str = ""


def place_of(method: str, path: str) -> Place:
    """The place of a request.

    Raises:
        Refused: with 404 where there is none, with 405 where the method is not for it.

    >>> place_of("GET", "/api/collections/x/objects/").endpoint
    <Endpoint.OBJECTS: 'objects'>
    """
    place = _found(path)
    if place is None:
        raise Refused(404, "no such address")
    if method not in METHODS.get(place.endpoint, _GET):
        raise Refused(405, "this method is not for here")
    return place


def _found(path: str) -> Place | None:
    if len(path) > _LONGEST or not path.startswith("/") or not path.isprintable():
        return None
    parts = tuple(path[1:].removesuffix("/").split("/"))
    if parts in _OF_THE_HOUSE:
        return Place(_OF_THE_HOUSE[parts])
    match parts:
        case (root,) if root:
            return Place(Endpoint.ROOT, root)
        case (root, "status", name) if name:
            return Place(Endpoint.STATUS, root, "", name)
        case (root, "collections"):
            return Place(Endpoint.COLLECTIONS, root)
        case (root, "collections", collection):
            return Place(Endpoint.COLLECTION, root, collection)
        case (root, "collections", collection, "manifest"):
            return Place(Endpoint.MANIFEST, root, collection)
        case (root, "collections", collection, "objects"):
            return Place(Endpoint.OBJECTS, root, collection)
        case (root, "collections", collection, "objects", name) if name:
            return Place(Endpoint.OBJECT, root, collection, name)
        case (root, "collections", collection, "objects", name, "versions") if name:
            return Place(Endpoint.VERSIONS, root, collection, name)
    return None
