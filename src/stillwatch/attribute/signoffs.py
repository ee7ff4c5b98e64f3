"""Sign-offs: a person's consent to a case as it stands, under their own key.

What is signed names the case, the entry up to which it was read, the role and the verdict. When
anything of matter is added later, the sign-off no longer covers the case and lapses.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stillwatch.attribute.book import Case
from stillwatch.attribute.entries import SIGNED
from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput, NotAllowed

SCHEMA = "stillwatch.signoff/1"
ROLES = ("analyst", "red_team", "legal")
RED_TEAM = "red_team"
CONSENTS, DISSENTS = "consents", "dissents"


def plain(name: str) -> str:
    """A name without what makes two spellings of it look different.

    Case, spaces, dashes, accents and invisible characters; not look-alikes of another script.

    >>> plain("Zoë  Lee") == plain("ZOE-LEE")
    True
    """
    folded = unicodedata.normalize("NFKD", name.casefold()).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


@dataclass(frozen=True, slots=True)
class Person:
    """Who may sign, with which key, in which roles."""

    name: str
    public_key: bytes = field(repr=False)
    roles: tuple[str, ...] = ()


class Roster:
    """The persons who may sign; no two share a name or a key.

    Args:
        persons: all of them.

    Raises:
        BadInput: a name or a key stands twice, a name is empty, or a role is unknown.
    """

    def __init__(self, persons: Iterable[Person] = ()) -> None:
        listed = tuple(persons)
        self.persons = {plain(p.name): p for p in listed}
        keys = {p.public_key for p in listed}
        if len(self.persons) != len(listed) or len(keys) != len(listed):
            raise BadInput("a name or a key stands twice; one person is one key.", where="roster")
        for one in listed:
            if not plain(one.name) or len(one.public_key) != 32:
                raise BadInput("a person needs a name and an Ed25519 key.", where="roster")
            if unknown := set(one.roles) - set(ROLES):
                raise BadInput(f"unknown roles {sorted(unknown)}.", where=one.name)

    def person(self, name: str) -> Person | None:
        """The person of a name."""
        return self.persons.get(plain(name))


def public_bytes(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def statement(case: Case, *, name: str, role: str, verdict: str) -> dict[str, str]:
    """What a person signs about a case as it stands.

    Raises:
        BadInput: the role or the verdict is unknown.
    """
    if role not in ROLES or verdict not in (CONSENTS, DISSENTS):
        raise BadInput(f"there is no role {role!r} or verdict {verdict!r}.", where=name)
    proposed = case.proposed
    return {
        "schema": SCHEMA, "case": case.id, "covers": case.covers, "name": name, "role": role,
        "verdict": verdict, "party": str(proposed.body["party"]) if proposed else "",
    }  # fmt: skip


def sign(told: Mapping[str, str], key: Ed25519PrivateKey, roster: Roster) -> dict[str, Any]:
    """The body of a sign-off.

    Raises:
        NotAllowed: the person is not on the roster, has another key, or not that role.
    """
    person = roster.person(told["name"])
    if person is None or person.public_key != public_bytes(key.public_key()):
        raise NotAllowed(
            f"{told['name']} with this key is not on the roster.", by_rule="only the roster signs"
        )
    if told["role"] not in person.roles:
        raise NotAllowed(
            f"{person.name} does not hold the role {told['role']}.", by_rule="only the roster signs"
        )
    return {"statement": dict(told), "signature": key.sign(spell(dict(told))).hex()}


@dataclass(frozen=True, slots=True)
class Standing:
    """One sign-off as it stands: who, in which role, which way, and whether it counts."""

    name: str
    role: str
    verdict: str
    counts: bool
    why: str
    made_us: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {slot: getattr(self, slot) for slot in self.__slots__}


def standing(case: Case, roster: Roster) -> tuple[Standing, ...]:
    """All sign-offs of a case, those that no longer count with the reason."""
    out = []
    for entry in case.of(SIGNED):
        told = entry.body["statement"]
        why = _fault(case, told, str(entry.body["signature"]), roster)
        out.append(
            Standing(str(told["name"]), str(told["role"]), str(told["verdict"]), not why, why,
                     entry.made_us)
        )  # fmt: skip
    return tuple(out)


def _fault(case: Case, told: Mapping[str, Any], signature: str, roster: Roster) -> str:
    person = roster.person(str(told.get("name", "")))
    if person is None:
        return "the person is not on the roster"
    if told.get("role") not in person.roles:
        return "the person does not hold the role"
    try:
        Ed25519PublicKey.from_public_bytes(person.public_key).verify(
            bytes.fromhex(signature), spell(dict(told))
        )
    except (InvalidSignature, ValueError):
        return "the signature does not hold"
    if told.get("schema") != SCHEMA or told.get("case") != case.id:
        return "it is about another case"
    if told.get("covers") != case.covers:
        return "something was added since"
    return ""
