"""Markings as STIX: TLP 2.0 as OASIS and FIRST published it, and ours beside it.

TLP has no words for purposes, jurisdictions, an end or a legal basis: they travel in a marking of
ours. Its id is a digest of its content, so that it cannot be forged or changed on the way. Who else
was told never travels: recipients learn that a thing is for named recipients, not whose names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.model.marking import LegalBasis, Marking, Tlp
from stillwatch.share.extension import CREATED, EXTENSION, added, part_of
from stillwatch.share.ids import stix_id
from stillwatch.share.statutes import AND, BY_NAME
from stillwatch.share.wire import Basis, MarkingTold

TLP2_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

#: ids of the marking definitions that OASIS published with the TLP 2.0 extension.
TLP2_IDS: Final[dict[Tlp, str]] = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}


def tlp_object(tlp: Tlp) -> dict[str, Any]:
    """The marking definition of a label, as published."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": TLP2_IDS[tlp],
        "created": "2022-10-01T00:00:00.000Z",
        "name": tlp.value,
        "extensions": {
            TLP2_EXTENSION: {
                "extension_type": "property-extension",
                "tlp_2_0": tlp.value.removeprefix("TLP:").lower(),
            }
        },
    }


def told_of(marking: Marking) -> MarkingTold:
    """What recipients see of a marking.

    Raises:
        BadInput: a name in it is no short name.
    """
    basis = marking.basis
    try:
        return MarkingTold(
            tlp=marking.tlp,
            owner=marking.owner,
            until_us=marking.until_us,
            basis=Basis(
                reference=reference_of(basis),
                kind=basis.kind,  # type: ignore[arg-type]
                from_us=basis.from_us,
                until_us=basis.until_us,
            ),
            purposes=tuple(sorted(marking.purposes)),
            communities=tuple(sorted(marking.communities)),
            jurisdictions=tuple(sorted(marking.jurisdictions)),
            named=bool(marking.partners),
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadInput(
            f"the marking cannot be told: {'.'.join(map(str, first['loc']))}: {first['msg']}.",
            remedy="Names are 1 to 63 of A-Z a-z 0-9 . _ + -, jurisdictions two capitals.",
        ) from None


def reference_of(basis: LegalBasis) -> str:
    """The name of a statute on the list, or a digest of what the basis is called at home."""
    if all(name in BY_NAME for name in basis.name.split(AND)) and AND not in basis.name:
        return basis.name
    return digest_of("basis", {"name": basis.name, "kind": basis.kind})


def marking_object(marking: Marking) -> dict[str, Any]:
    """A marking of ours as a STIX marking definition."""
    told = told_of(marking).told()
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": stix_id("marking-definition", told),
        "created": CREATED,
        "name": f"stillwatch {marking.tlp.value}",
        "extensions": {EXTENSION: added("marking", told)},
    }


def marking_of(value: Mapping[str, Any], me: str = "") -> Marking:
    """The marking that a STIX marking definition of ours holds, as a recipient has it.

    Args:
        value: the object.
        me: the recipient's name; where the thing is for named recipients, it is one of them.

    Raises:
        BadInput: it is none, or its id is not the digest of its content.
    """
    told = part_of(value)
    if not isinstance(told, MarkingTold):
        raise BadInput("is no marking of ours.", where=str(value.get("id", "?"))[:80])
    if value.get("id") != stix_id("marking-definition", told.told()):
        raise BadInput(
            "the id of a marking is not the digest of its content.",
            where=str(value.get("id"))[:80],
            remedy="It was changed on the way; do not use what refers to it.",
        )
    return Marking(
        tlp=told.tlp,
        owner=told.owner,
        until_us=told.until_us,
        basis=LegalBasis(
            name=told.basis.reference,
            kind=told.basis.kind,
            from_us=told.basis.from_us,
            until_us=told.basis.until_us,
        ),
        purposes=frozenset(told.purposes),
        partners=frozenset({me} if told.named and me else ()),
        communities=frozenset(told.communities),
        jurisdictions=frozenset(told.jurisdictions),
    )
