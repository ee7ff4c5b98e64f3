"""The consolidated list of the United Nations Security Council (XML)."""

from __future__ import annotations

from typing import Any

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import Taken, all_said, below, drifted, once, said
from stillwatch.screen.listing import Identifier, Kind, Listing

ROOT = "CONSOLIDATED_LIST"
SNAPSHOT = "un"
_SECTIONS = (("INDIVIDUALS", "INDIVIDUAL", Kind.PERSON), ("ENTITIES", "ENTITY", Kind.ORGANISATION))
_PLACE = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")


def read(root: Any, where: str) -> Taken:
    """Entries of the file.

    Raises:
        BadInput: it lacks what every such file has.
    """
    published = root.get("dateGenerated", "")
    if not published or not any(True for _ in below(root, "INDIVIDUALS", "INDIVIDUAL")):
        raise drifted(where, "dateGenerated or INDIVIDUALS is missing")
    taken = Taken(snapshot=SNAPSHOT, published=iso(published), listings=[])
    for section, element, kind in _SECTIONS:
        for node in below(root, section, element):
            number = said(node, "REFERENCE_NUMBER")
            if not number or not said(node, "FIRST_NAME"):
                taken.skipped.append(f"{said(node, 'DATAID')}: no reference number or no name.")
                continue
            taken.listings.append(_listing(node, element, number, kind))
    if len(taken.skipped) > len(taken.listings) // 100 + 1:
        raise drifted(where, f"{len(taken.skipped)} entries lack REFERENCE_NUMBER or FIRST_NAME")
    return taken


def _listing(node: Any, element: str, number: str, kind: Kind) -> Listing:
    parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
    strong = [" ".join(said(node, part) for part in parts), said(node, "NAME_ORIGINAL_SCRIPT")]
    weak: list[str] = []
    for alias in below(node, f"{element}_ALIAS"):
        # Entities' aliases have no quality and say only "a.k.a." or "f.k.a.".
        low = said(alias, "QUALITY").lower() == "low"
        (weak if low else strong).append(said(alias, "ALIAS_NAME"))
    numbers = []
    for document in below(node, f"{element}_DOCUMENT"):
        if value := said(document, "NUMBER"):
            numbers.append(
                Identifier(
                    kind=said(document, "TYPE_OF_DOCUMENT") or "document", value=value,
                    country=said(document, "ISSUING_COUNTRY") or said(document, "COUNTRY_OF_ISSUE"),
                )
            )  # fmt: skip
    born = [
        said(one, "DATE") or said(one, "YEAR") for one in below(node, f"{element}_DATE_OF_BIRTH")
    ]
    places = [
        ", ".join(value for part in _PLACE if (value := said(one, part)))
        for one in below(node, f"{element}_ADDRESS")
    ]
    return Listing(
        id=number,
        list_name=SNAPSHOT,
        kind=kind,
        names=once(strong),
        weak_names=once(weak),
        identifiers=tuple(numbers),
        addresses=once(places),
        countries=once(
            (*all_said(node, "NATIONALITY", "VALUE"),
             *(said(one, "COUNTRY") for one in below(node, f"{element}_ADDRESS")))
        ),
        dates=once(iso(one) for one in born),
        programmes=all_said(node, "UN_LIST_TYPE"),
        listed_on=iso(said(node, "LISTED_ON")),
        source="https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list",
        remarks=said(node, "COMMENTS1"),
    )  # fmt: skip
