"""OFAC's ``SDN.XML`` and ``CONSOLIDATED.XML``."""

from __future__ import annotations

from typing import Any

from stillwatch.adapters.screen.formats.dates import american, iso
from stillwatch.adapters.screen.formats.listfile import Taken, all_said, below, drifted, once, said
from stillwatch.screen.listing import Identifier, Kind, Listing

ROOT = "sdnList"
_KINDS = {
    "individual": Kind.PERSON,
    "entity": Kind.ORGANISATION,
    "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT,
}
_NO_NUMBER = {"gender", "website", "email address", "linked to", "vessel year of build"}


def read(root: Any, where: str, snapshot: str) -> Taken:
    """Entries of the file.

    Raises:
        BadInput: it lacks what every such file has.
    """
    count = said(root, "publshInformation", "Record_Count")
    if not count.isdigit():
        raise drifted(where, "publshInformation/Record_Count is missing")
    taken = Taken(
        snapshot=snapshot,
        published=american(said(root, "publshInformation", "Publish_Date")),
        listings=[],
        n_told=int(count),
    )
    for node in below(root, "sdnEntry"):
        entry = said(node, "uid")
        if not entry or not said(node, "lastName"):
            raise drifted(where, "an sdnEntry lacks uid or lastName")
        taken.listings.append(_listing(node, entry, snapshot))
    return taken


def _listing(node: Any, entry: str, snapshot: str) -> Listing:
    strong: list[str] = [_name(node)]
    weak: list[str] = []
    for alias in below(node, "akaList", "aka"):
        (weak if said(alias, "category") == "weak" else strong).append(_name(alias))
    numbers, dates = (
        [],
        [iso(d) for d in all_said(node, "dateOfBirthList", "dateOfBirthItem", "dateOfBirth")],
    )
    for one in below(node, "idList", "id"):
        kind, value = said(one, "idType"), said(one, "idNumber")
        if kind.lower().startswith("organization established"):
            dates.append(iso(value))
        elif value and kind.lower() not in _NO_NUMBER:
            numbers.append(Identifier(kind=kind, value=value, country=said(one, "idCountry")))
    return Listing(
        id=entry,
        list_name=snapshot,
        kind=_KINDS.get(said(node, "sdnType").lower(), Kind.UNKNOWN),
        names=once(strong),
        weak_names=once(weak),
        identifiers=tuple(numbers),
        addresses=once(_address(one) for one in below(node, "addressList", "address")),
        countries=once(
            (*all_said(node, "nationalityList", "nationality", "country"),
             *all_said(node, "citizenshipList", "citizenship", "country"),
             *all_said(node, "addressList", "address", "country"))
        ),
        dates=once(dates),
        programmes=all_said(node, "programList", "program"),
        source="https://sanctionslist.ofac.treas.gov",
        remarks=said(node, "remarks"),
    )  # fmt: skip


def _name(node: Any) -> str:
    first, last = said(node, "firstName"), said(node, "lastName")
    return f"{first} {last}".strip()


def _address(node: Any) -> str:
    fields = (
        "address1",
        "address2",
        "address3",
        "city",
        "stateOrProvince",
        "postalCode",
        "country",
    )
    return ", ".join(value for field in fields if (value := said(node, field)))
