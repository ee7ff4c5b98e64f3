"""The consolidated list of the European Union (financial sanctions file, XML 1.1)."""

from __future__ import annotations

from typing import Any

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import Taken, all_said, below, drifted, once
from stillwatch.screen.listing import Identifier, Kind, Listing

ROOT = "export"
SNAPSHOT = "eu"
_KINDS = {"person": Kind.PERSON, "P": Kind.PERSON, "enterprise": Kind.ORGANISATION,
          "E": Kind.ORGANISATION}  # fmt: skip
_PLACE = ("street", "poBox", "zipCode", "city", "region", "countryDescription")


def read(root: Any, where: str) -> Taken:
    """Entries of the file.

    Raises:
        BadInput: it lacks what every such file has.
    """
    if not root.get("generationDate"):
        raise drifted(where, "generationDate is missing")
    taken = Taken(snapshot=SNAPSHOT, published=iso(root.get("generationDate")), listings=[])
    for node in below(root, "sanctionEntity"):
        number = node.get("euReferenceNumber") or node.get("logicalId")
        names = [one for one in below(node, "nameAlias") if _name(one)]
        if not number:
            raise drifted(where, "a sanctionEntity lacks euReferenceNumber and logicalId")
        if not names:
            taken.skipped.append(f"{number}: has no name.")
            continue
        taken.listings.append(_listing(node, number, names))
    if not taken.listings:
        raise drifted(where, "no sanctionEntity has a name")
    return taken


def _listing(node: Any, number: str, names: list[Any]) -> Listing:
    strong = [_name(one) for one in names if one.get("strong", "true") != "false"]
    weak = [_name(one) for one in names if one.get("strong") == "false"]
    kind = next(
        (one.get("code") or one.get("classificationCode") for one in below(node, "subjectType")), ""
    )
    regulations = list(below(node, "regulation"))
    return Listing(
        id=number,
        list_name=SNAPSHOT,
        kind=_KINDS.get(kind, Kind.UNKNOWN),
        names=once(strong or weak),
        weak_names=once(weak) if strong else (),
        identifiers=tuple(
            Identifier(
                kind=one.get("identificationTypeCode") or "number", value=value,
                country=_country(one),
            )
            for one in below(node, "identification")
            if (value := (one.get("number") or "").strip())
        ),
        addresses=once(
            ", ".join(value for part in _PLACE if (value := (one.get(part) or "").strip()))
            for one in below(node, "address")
        ),
        countries=once(
            _country(one) for name in ("citizenship", "address") for one in below(node, name)
        ),
        dates=once(
            iso(one.get("birthdate") or one.get("year") or "") for one in below(node, "birthdate")
        ),
        programmes=once(one.get("programme") or "" for one in regulations),
        listed_on=min(
            (day for one in regulations if (day := iso(one.get("entryIntoForceDate") or ""))),
            default="",
        ),
        source="; ".join(all_said(node, "regulation", "publicationUrl")[:1]),
        remarks=" ".join(all_said(node, "remark")),
    )  # fmt: skip


def _name(node: Any) -> str:
    whole = (node.get("wholeName") or "").strip()
    parts = (node.get("firstName"), node.get("middleName"), node.get("lastName"))
    return whole or " ".join(part.strip() for part in parts if part)


def _country(node: Any) -> str:
    code = node.get("countryIso2Code") or ""
    return "" if code == "00" else code
