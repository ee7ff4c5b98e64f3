"""OpenSanctions' files of FollowTheMoney entities, one JSON object a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import FETCH_AGAIN, Taken, drifted, once
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Identifier, Kind, Listing

#: datasets that are lists the regimes know; others keep their own name.
LISTS = {
    "us_ofac_sdn": "ofac-sdn", "us_ofac_cons": "ofac-consolidated", "us_bis_denied": "bis-dpl",
    "eu_fsf": "eu", "gb_fcdo_sanctions": "uk", "gb_hmt_sanctions": "uk", "un_sc_sanctions": "un",
    "us_trade_csl": "us-csl", "us_dod_chinese_milcorps": "dod-1260h",
}  # fmt: skip
TOPICS = {"sanction", "sanction.linked", "sanction.counter", "debarment", "export.control",
          "export.control.linked"}  # fmt: skip


def read(text: str, where: str) -> Taken:
    """Entities that a sanction or a control is about.

    Raises:
        BadInput: a line is cut off or no entity.
    """
    from followthemoney import model
    from followthemoney.exc import FollowTheMoneyException

    taken = Taken(snapshot="opensanctions", published="", listings=[])
    sanctions: dict[str, list[Any]] = defaultdict(list)
    found, seen = [], ""
    for number, row in rows(text, where):
        try:
            entity = model.get_proxy(row, cleaned=True)
        except (FollowTheMoneyException, KeyError, TypeError, ValueError) as error:
            raise drifted(f"{where}, line {number}", f"is no entity ({error})") from None
        seen = max(seen, str(row.get("last_change") or "")[:10])
        if entity.schema.name == "Sanction":
            for about in entity.get("entity"):
                sanctions[about].append(entity)
        elif _can_be_listed(entity) and TOPICS & set(entity.get("topics", quiet=True)):
            found.append((entity, row.get("datasets") or ["opensanctions"]))
    once_each: dict[str, Listing] = {}
    for entity, datasets in found:
        if not entity.get_type_values(_type("name")):
            taken.skipped.append(f"{entity.id}: has no name.")
            continue
        for dataset in datasets:
            one = _listing(entity, str(dataset), sanctions[str(entity.id)])
            once_each.setdefault(one.ref, one)
    taken.listings = list(once_each.values())
    taken.published = seen
    return taken


def rows(text: str, where: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Lines of the file as objects, numbered from 1.

    Raises:
        BadInput: a line is no JSON, or has not the fields of an entity.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise BadInput(
                f"is cut off or no JSON: {error}.", where=f"{where}, line {number}",
                remedy=FETCH_AGAIN,
            ) from None  # fmt: skip
        if not isinstance(row, dict) or not {"id", "schema", "properties"} <= set(row):
            raise drifted(f"{where}, line {number}", "id, schema or properties is missing")
        yield number, row


def _can_be_listed(entity: Any) -> bool:
    return bool(entity.schema.is_a("LegalEntity")) or entity.schema.name in ("Vessel", "Airplane")


def _type(name: str) -> Any:
    from followthemoney.types import registry

    return getattr(registry, name)


def _listing(entity: Any, dataset: str, sanctions: list[Any]) -> Listing:
    schema = entity.schema
    kind = (
        Kind.PERSON if schema.is_a("Person")
        else Kind.ORGANISATION if schema.is_a("Organization")
        else Kind.VESSEL if schema.name == "Vessel"
        else Kind.AIRCRAFT if schema.name == "Airplane"
        else Kind.UNKNOWN
    )  # fmt: skip
    weak = set(entity.get("weakAlias", quiet=True))
    names = [entity.caption, *entity.get("name", quiet=True), *entity.get("alias", quiet=True),
             *entity.get("previousName", quiet=True)]  # fmt: skip
    days = [iso(day) for one in sanctions for day in one.get("startDate", quiet=True)]
    ends = [iso(day) for one in sanctions for day in one.get("endDate", quiet=True)]
    return Listing(
        id=str(entity.id),
        list_name=LISTS.get(dataset, dataset),
        kind=kind,
        names=once(name for name in names if name not in weak),
        weak_names=once(sorted(weak)),
        identifiers=tuple(
            Identifier(kind=prop.name, value=value)
            for prop, value in sorted(entity.itervalues(), key=lambda pair: (pair[0].name, pair[1]))
            if prop.type.name == "identifier" and prop.name not in ("wikidataId",)
        ),
        addresses=once(sorted(entity.get("address", quiet=True))),
        countries=once(sorted(entity.get_type_values(_type("country")))),
        dates=once(
            sorted(
                {*entity.get("birthDate", quiet=True), *entity.get("incorporationDate", quiet=True)}
            )
        ),
        programmes=once(sorted({x for one in sanctions for x in one.get("program", quiet=True)})),
        listed_on=min(days, default=""),
        until=max(ends) if ends and len(ends) == len(sanctions) else "",
        source=next(iter(sorted(entity.get("sourceUrl", quiet=True))), ""),
    )
