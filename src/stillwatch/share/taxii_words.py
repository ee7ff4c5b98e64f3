"""The words of TAXII as we hold them: API roots, collections, clients and what they are granted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Channel, Tlp
from stillwatch.model.party import Party
from stillwatch.share.taxii_media import MEDIA, STIX_MEDIA

_PATH: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_ALIAS: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,126}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,126}")
_TAKEN: Final = frozenset({"taxii2", "healthz", "readyz", "metrics", "openapi"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """An API root: a group of collections under one path.

    Args:
        path: the one segment of its address.
        title: for people.
        description: for people.
    """

    path: str
    title: str
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse a path that cannot be one."""
        if not _PATH.fullmatch(self.path) or self.path in _TAKEN:
            raise BadInput("must be small letters, digits, _ or -, and not taken", where=self.path)

    def to_json(self, max_content_length: int) -> dict[str, Any]:
        """The API root resource (section 4.2.1)."""
        told: dict[str, Any] = {"title": self.title, "versions": [MEDIA]}
        if self.description:
            told["description"] = self.description
        return {**told, "max_content_length": max_content_length}


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A collection of objects.

    Args:
        number: what it is called in tables.
        id: UUID.
        root: path of its API root.
        title: for people.
        description: for people.
        alias: a name that may stand in addresses in place of the id.
        anybody_versions: whether a client may add versions of objects that another brought.
    """

    number: int
    id: str
    root: str
    title: str
    description: str = ""
    alias: str = ""
    anybody_versions: bool = False

    def __post_init__(self) -> None:
        """Refuse an alias that cannot stand in an address."""
        if self.alias and not _ALIAS.fullmatch(self.alias):
            raise BadInput("an alias is letters, digits, '.', '_' and '-'", where=self.alias)

    def to_json(self, grant: Grant) -> dict[str, Any]:
        """The collection resource (section 5.2.1), as one client sees it."""
        told: dict[str, Any] = {"id": self.id, "title": self.title}
        if self.description:
            told["description"] = self.description
        if self.alias:
            told["alias"] = self.alias
        rights = {"can_read": grant.can_read, "can_write": grant.can_write}
        return {**told, **rights, "media_types": [STIX_MEDIA]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a client may do in a collection.

    Args:
        can_read: see objects.
        can_write: add objects, and take back those that it brought.
        up_to: the narrowest label of objects that it may see.
    """

    can_read: bool = True
    can_write: bool = False
    up_to: Tlp = Tlp.AMBER


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who may call.

    Args:
        name: unique; the user name of HTTP basic authentication.
        party: the organisation behind it.
        password: Argon2id in PHC form; empty where it has none.
        token: SHA-256 of a bearer token, hexadecimal; empty where it has none.
        certificate: name in its client certificate; empty where it has none.
        operator: whether it may read the server's numbers.
        requests_a_minute: 0 for the server's own setting.
        bytes_an_hour: sent and received together; 0 for the server's own setting.
        grants: by number of the collection.
    """

    name: str
    party: Party
    password: str = ""
    token: str = ""
    certificate: str = ""
    operator: bool = False
    requests_a_minute: int = 0
    bytes_an_hour: int = 0
    grants: Mapping[int, Grant]

    def __post_init__(self) -> None:
        """Refuse a name that cannot stand in a header."""
        if not _NAME.fullmatch(self.name):
            raise BadInput(
                "a client's name is letters, digits, '.', '_', '@' and '-'", where=self.name
            )


def widest_for(party: Party) -> Tlp:
    """Up to which label a party sees where nobody says otherwise."""
    return Tlp.AMBER if party.channel is Channel.PARTNER else Tlp.CLEAR
