"""Persons with keys, and cases made of entries, without a disk."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.cases.tables import error_rates, likelihoods
from stillwatch.attribute import entries as kinds
from stillwatch.attribute.book import Case, case_of
from stillwatch.attribute.document import document_of
from stillwatch.attribute.entries import Entry
from stillwatch.attribute.naming import naming_of, party_ref, proposal
from stillwatch.attribute.signoffs import Person, Roster, public_bytes, sign, statement
from stillwatch.model.finding import Claim, Finding
from stillwatch.model.quantity import Quantity
from stillwatch.playbooks.case import body_of
from tests.rooms.attribute.found import result

NAME = "Meridian Works"
SALT = "5a" * 16
PARTY = party_ref(NAME, SALT)
START_US = 1_775_000_000_000_000
PEOPLE = ("ann", "bob", "cyn", "dan")
KEYS = {n: Ed25519PrivateKey.from_private_bytes(bytes([i]) * 32) for i, n in enumerate(PEOPLE, 1)}
ROSTER = Roster(
    Person(n, public_bytes(k.public_key()), ("analyst", "red_team")) for n, k in KEYS.items()
)


@cache
def opened(nth: int = 0) -> Case:
    """A case about one of the campaigns that were found."""
    campaign = result()["campaigns"][nth]["id"]
    body = body_of(result(), campaign, likelihoods())
    return case_of([Entry(n=1, kind=kinds.OPENED, made_us=START_US, by="", body=body, before="")])


def grown(case: Case, kind: str, body: dict[str, Any], by: str = "ann") -> Case:
    """The case with one entry more."""
    entry = case.next(kind, body, made_us=case.head.made_us + 1_000_000, by=by)
    return case_of((*case.entries, entry))


def proposed(case: Case, name: str = NAME, by: str = "ann") -> Case:
    """The case with an organisation proposed."""
    return grown(case, kinds.PROPOSED, proposal(name, SALT), by)


def signed(case: Case, name: str, role: str = "analyst", verdict: str = "consents") -> Case:
    """The case signed as it stands."""
    told = statement(case, name=name, role=role, verdict=verdict)
    return grown(case, kinds.SIGNED, sign(told, KEYS[name], ROSTER), name)


def about_party(
    family: str, *, direct: bool, bits: float = 6.0, low: float = 2.0, about: str = PARTY
) -> Finding:
    """A finding about the organisation."""
    return Finding(
        about=about, claim=Claim.ORGANISATION,
        value=Quantity(best=bits, low=min(low, bits), high=max(bits, low) + 2, unit="bit"),
        family=family, evidence=(f"payment_record:{family}" if direct else f"page:{family}",),
        method=f"test {family}{direct}{bits} 1", window=(0, 1), observed="a record",
    )  # fmt: skip


def added(case: Case, finding: Finding) -> Case:
    """The case with a finding that a person admitted."""
    return grown(case, kinds.FINDING, {"finding": finding.to_json()})


def nameable() -> Case:
    """A case in which everything is there for a name."""
    case = proposed(opened())
    for family, direct in (("payment", True), ("identity", False), ("external", False)):
        case = added(case, about_party(family, direct=direct))
    return signed(signed(case, "bob", "red_team"), "cyn")


def document(case: Case, shown: str = "") -> dict[str, Any]:
    """Its report."""
    return document_of(
        case, likelihoods(), naming_of(case, ROSTER), error_rates=error_rates(), shown_name=shown
    )  # fmt: skip
