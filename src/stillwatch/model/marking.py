"""Marking: who may see a thing, for what purpose, until when, and on what legal basis.

Traffic Light Protocol 2.0 (FIRST, 2022) says how far; releasability narrows it to partners and
jurisdictions; the legal basis is dated, and what has lapsed forbids the release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput


class Tlp(StrEnum):
    """The five labels of TLP 2.0, from the widest to the narrowest."""

    CLEAR = "TLP:CLEAR"
    GREEN = "TLP:GREEN"
    AMBER = "TLP:AMBER"
    AMBER_STRICT = "TLP:AMBER+STRICT"
    RED = "TLP:RED"


class Purpose(StrEnum):
    """What a recipient may use a thing for."""

    DEFENCE = "defence"
    RESEARCH = "research"
    ENFORCEMENT = "enforcement"
    POLICY = "policy"


class Channel(StrEnum):
    """How a recipient is reached; government is a channel of its own, never a default."""

    PARTNER = "partner"
    GOVERNMENT = "government"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """Why a release is lawful.

    Args:
        name: statute, contract or review note, as a lawyer wrote it.
        kind: ``statute``, ``contract``, ``consent`` or ``review``.
        from_us: from when it holds, microseconds since 1970-01-01 UTC.
        until_us: until when it holds; always set.
    """

    name: str
    kind: str
    from_us: int
    until_us: int

    def holds(self, now_us: int) -> bool:
        """Whether it is in force at a moment."""
        return self.from_us <= now_us < self.until_us


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """Who may see a thing, and until when.

    Args:
        tlp: how far it may go.
        owner: name of the organisation that marked it.
        until_us: when it expires, microseconds since 1970-01-01 UTC; recipients drop it then.
        basis: on what legal basis it may leave the owner at all.
        purposes: what recipients may use it for; at least one.
        partners: names of organisations that it is addressed to; with TLP:RED they alone may
            see it, with the ambers they are the members that it is limited to.
        communities: names of communities whose members may see it, at GREEN and narrower.
        jurisdictions: ISO 3166-1 alpha-2 codes to which it may go; empty means none but the
            owner's own, and at TLP:CLEAR anywhere.
        government: whether it may go by the government channel; off unless somebody says so.
        id: digest of all of it; made when left empty.
    """

    tlp: Tlp
    owner: str
    until_us: int
    basis: LegalBasis
    purposes: frozenset[Purpose] = frozenset({Purpose.DEFENCE})
    partners: frozenset[str] = frozenset()
    communities: frozenset[str] = frozenset()
    jurisdictions: frozenset[str] = frozenset()
    government: bool = False
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse what is no marking."""
        if not self.purposes:
            raise BadInput("a marking needs a purpose.", where=self.owner)
        wanted = digest_of("marking", self._content())
        if self.id and self.id != wanted:
            raise BadInput("a marking's id is not the digest of its content.", where=self.id)
        object.__setattr__(self, "id", wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self._content(), "id": self.id}

    def _content(self) -> dict[str, Any]:
        basis = self.basis
        return {
            "tlp": self.tlp.value,
            "owner": self.owner,
            "until_us": self.until_us,
            "basis": {
                "name": basis.name,
                "kind": basis.kind,
                "from_us": basis.from_us,
                "until_us": basis.until_us,
            },
            "purposes": sorted(self.purposes),
            "partners": sorted(self.partners),
            "communities": sorted(self.communities),
            "jurisdictions": sorted(self.jurisdictions),
            "government": self.government,
        }


def marking_from(value: Mapping[str, Any]) -> Marking:
    """The marking that :meth:`Marking.to_json` told.

    Raises:
        BadInput: a field is missing, unknown, of the wrong kind, or the id does not fit.
    """
    try:
        told = dict(value)
        basis = LegalBasis(**told["basis"])
        _words("basis", [basis.name, basis.kind])
        _moments(basis.from_us, basis.until_us, told["until_us"])
        told["tlp"], told["basis"] = Tlp(told["tlp"]), basis
        told["purposes"] = frozenset(Purpose(p) for p in _words("purposes", told["purposes"]))
        for name in ("partners", "communities", "jurisdictions"):
            told[name] = frozenset(_words(name, told[name]))
        _words("owner", [told["owner"], told.get("id", "")])
        if not isinstance(told.get("government", False), bool):
            raise ValueError("government is true or false")
        return Marking(**told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        where = str(value.get("id", "?"))[:80] if hasattr(value, "get") else "?"
        raise BadInput(f"is no marking: {error}.", where=where) from error


def _words(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"{name} is no text")
    return value


def _moments(*values: Any) -> None:
    if any(not isinstance(value, int) or isinstance(value, bool) for value in values):
        raise ValueError("a moment is a whole number of microseconds")
