"""The UK Sanctions List (XML of the Foreign, Commonwealth and Development Office)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import Taken, below, drifted, local, once, said
from stillwatch.screen.listing import Identifier, Kind, Listing

ROOT = "Designations"
SNAPSHOT = "uk"
_KINDS = {"individual": Kind.PERSON, "entity": Kind.ORGANISATION, "ship": Kind.VESSEL}
_NUMBERS = {
    "PassportNumber": "passport", "NationalIdentifierNumber": "national id",
    "BusinessRegistrationNumber": "registration", "IMONumber": "imo",
}  # fmt: skip
_OWNERS = ("ParentCompany", "CurrentOwnerOperator")


def read(root: Any, where: str) -> Taken:
    """Entries of the file.

    Raises:
        BadInput: it lacks what every such file has.
    """
    published = said(root, "DateGenerated")
    if not published:
        raise drifted(where, "DateGenerated is missing")
    taken = Taken(snapshot=SNAPSHOT, published=iso(published), listings=[])
    for node in below(root, "Designation"):
        number = said(node, "UniqueID")
        if not number:
            raise drifted(where, "a Designation lacks UniqueID")
        names = [(_name(one), said(one, "NameType")) for one in below(node, "Names", "Name")]
        if not any(name for name, _ in names):
            taken.skipped.append(f"{number}: has no name.")
            continue
        taken.listings.append(_listing(node, number, names))
    if not taken.listings:
        raise drifted(where, "no Designation has a name")
    return taken


def _listing(node: Any, number: str, names: list[tuple[str, str]]) -> Listing:
    primary = [name for name, kind in names if kind.lower().startswith("primary")]
    strong = [name for name, kind in names if not kind.lower().startswith("primary")]
    scripts = [
        said(one, "NameNonLatinScript") for one in below(node, "NonLatinNames", "NonLatinName")
    ]
    kind = said(node, "IndividualEntityShip").lower()
    return Listing(
        id=number,
        list_name=SNAPSHOT,
        kind=_KINDS.get(kind, Kind.UNKNOWN),
        names=once((*primary, *strong, *scripts)),
        identifiers=tuple(
            Identifier(kind=word, value=value)
            for name, word in _NUMBERS.items()
            for value in once(_deep(node, name))
        ),
        addresses=once(_address(one) for one in below(node, "Addresses", "Address")),
        countries=once((*_deep(node, "Nationality"), *_deep(node, "AddressCountry"))),
        dates=once(iso(one) for one in _deep(node, "DOB")),
        owners=once(value for name in _OWNERS for value in _deep(node, name)),
        programmes=once((said(node, "RegimeName"),)),
        listed_on=iso(said(node, "DateDesignated")),
        source="https://www.gov.uk/government/publications/the-uk-sanctions-list",
        remarks=said(node, "SanctionsImposed"),
    )


def _name(node: Any) -> str:
    return " ".join(value for at in range(1, 7) if (value := said(node, f"Name{at}")))


def _address(node: Any) -> str:
    fields = (*(f"AddressLine{at}" for at in range(1, 7)), "AddressPostalCode", "AddressCountry")
    return ", ".join(value for field in fields if (value := said(node, field)))


def _deep(node: Any, name: str) -> Iterator[str]:
    """Texts of elements of a name, wherever they stand below a node."""
    for found in node.iter():
        if isinstance(found.tag, str) and local(found) == name and len(found) == 0:
            yield " ".join((found.text or "").split())
