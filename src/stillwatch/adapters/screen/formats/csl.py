"""The US Consolidated Screening List: thirteen lists in one file, JSON or CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any

import orjson

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import FETCH_AGAIN, Taken, drifted, once
from stillwatch.adapters.screen.formats.naming import parted
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Identifier, Kind, Listing

SNAPSHOT = "us-csl"
#: how the file calls its sources, in brackets, and how the regimes call them.
SOURCES = {
    "SDN": "ofac-sdn", "SSI": "ofac-ssi", "FSE": "ofac-fse", "PLC": "ofac-plc",
    "CAP": "ofac-capta", "CAPTA": "ofac-capta", "NS-MBS": "ofac-nsmbs",
    "NS-MBS List": "ofac-nsmbs", "MBS": "ofac-nsmbs", "CMIC": "ofac-cmic",
    "EL": "bis-el", "DPL": "bis-dpl", "UVL": "bis-uvl", "MEU": "bis-meu", "ISN": "state-isn",
    "DTC": "state-dtc",
}  # fmt: skip
_FULL_NAMES = {
    "military end user": "bis-meu", "unverified": "bis-uvl", "entity list": "bis-el",
    "denied persons": "bis-dpl", "capta": "ofac-capta", "nonproliferation": "state-isn",
    "itar": "state-dtc", "menu-based": "ofac-nsmbs", "military-industrial": "ofac-cmic",
}  # fmt: skip
_KINDS = {
    "individual": Kind.PERSON, "entity": Kind.ORGANISATION, "vessel": Kind.VESSEL,
    "aircraft": Kind.AIRCRAFT, "": Kind.UNKNOWN,
}  # fmt: skip
_NO_NUMBER = re.compile(
    r"gender|risk|information|model|manufacture date|established|operator|website|e-?mail|sanction|"
    r"prohibited|effective|mode s|build",
    re.IGNORECASE,
)
_LINKED = re.compile(r"Linked To: ([^);]+)")
NEEDED = ("source", "name", "addresses", "alt_names", "start_date", "ids")


def read_csv(text: str, where: str) -> Taken:
    """Entries of the CSV file.

    Raises:
        BadInput: columns are missing or a row is cut off.
    """
    rows = csv.DictReader(StringIO(text))
    there = rows.fieldnames or []
    if missing := [name for name in NEEDED if name not in there]:
        raise drifted(where, f"columns {', '.join(missing)} are missing")
    found = []
    for row in rows:
        if None in row or None in row.values():
            raise BadInput(
                "a row has too few or too many columns.", where=f"{where}, line {rows.line_num}",
                remedy=FETCH_AGAIN,
            )  # fmt: skip
        found.append({key: value.strip() for key, value in row.items()})
    return _taken(found, where, "")


def read_json(data: bytes, where: str) -> Taken:
    """Entries of the JSON file.

    Raises:
        BadInput: it is cut off or lacks ``results``.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is cut off or no JSON: {error}.", where=where, remedy=FETCH_AGAIN) from (
            None
        )
    results = value.get("results") if isinstance(value, dict) else None
    if not isinstance(results, list):
        raise drifted(where, "`results` is missing")
    for row in results:
        if not isinstance(row, dict) or not {"source", "name"} <= set(row):
            raise drifted(where, "a result lacks `source` or `name`")
    taken = _taken(results, where, str(value.get("search_performed_at", ""))[:10])
    total = value.get("total")
    taken.n_told = total if isinstance(total, int) and not isinstance(total, bool) else None
    return taken


def _taken(rows: Iterable[Mapping[str, Any]], where: str, published: str) -> Taken:
    taken = Taken(snapshot=SNAPSHOT, published=published, listings=[])
    unknown: set[str] = set()
    seen: set[str] = set()
    for row in rows:
        name = list_of(str(row["source"]))
        if name is None:
            unknown.add(str(row["source"]))
            continue
        if not str(row["name"]).strip():
            taken.skipped.append(f"{row.get('_id') or row.get('id')}: has no name.")
            continue
        one = _listing(row, name)
        if one.ref not in seen:
            taken.listings.append(one)
            seen.add(one.ref)
    if unknown:
        raise drifted(where, f"unknown sources: {'; '.join(sorted(unknown))[:200]}")
    return taken


def list_of(source: str) -> str | None:
    """The list that a source's name means.

    >>> list_of("Entity List (EL) - Bureau of Industry and Security")
    'bis-el'
    """
    for inside in source.split("(")[1:]:
        if (found := SOURCES.get(inside.split(")")[0].strip())) is not None:
            return found
    lowered = source.lower()
    return next((name for word, name in _FULL_NAMES.items() if word in lowered), None)


def _listing(row: Mapping[str, Any], list_name: str) -> Listing:
    entry = str(row.get("entity_number") or row.get("_id") or row.get("id") or row["name"])
    kind = _KINDS.get(str(row.get("type") or "").lower(), Kind.UNKNOWN)
    if kind is Kind.UNKNOWN and list_name in ("bis-el", "bis-meu", "bis-uvl", "ofac-cmic"):
        kind = Kind.ORGANISATION
    name, short, owner = parted(_turned(str(row["name"]), kind))
    return Listing(
        id=entry,
        list_name=list_name,
        kind=kind,
        names=once((name, *_many(row.get("alt_names")))),
        weak_names=once((short,)),
        identifiers=tuple(_numbers(row.get("ids"))),
        addresses=once(_addresses(row.get("addresses"))),
        countries=once((*_many(row.get("nationalities")), *_many(row.get("citizenships")))),
        dates=once(iso(one) for one in _many(row.get("dates_of_birth"))),
        owners=once(
            (
                owner,
                str(row.get("vessel_owner") or ""),
                *_LINKED.findall(str(row.get("remarks") or "")),
            )
        ),
        programmes=once(_many(row.get("programs"))),
        listed_on=iso(str(row.get("start_date") or "")),
        until=iso(str(row.get("end_date") or "")),
        source=str(row.get("source_list_url") or ""),
        remarks=" ".join(
            str(row.get(key) or "")
            for key in (
                "federal_register_notice",
                "license_requirement",
                "license_policy",
                "remarks",
            )
        ).strip(),
    )


def _turned(name: str, kind: Kind) -> str:
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if kind is Kind.PERSON and comma and "," not in first else name


def _many(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [one.removeprefix("and ") for one in str(value or "").split("; ")]


def _addresses(value: Any) -> list[str]:
    if isinstance(value, list):
        fields = ("address", "city", "state", "postal_code", "country")
        return [", ".join(str(one[f]) for f in fields if one.get(f)) for one in value]
    return str(value or "").split("; ")


def _numbers(value: Any) -> list[Identifier]:
    if isinstance(value, list):
        return [
            Identifier(
                kind=str(one.get("type") or ""), value=str(one["number"]),
                country=str(one.get("country") or ""),
            )
            for one in value if one.get("number")
        ]  # fmt: skip
    found = []
    for one in str(value or "").split("; "):
        # "LB, 2020-08-28, RL 3367620, Passport": country and dates where known, number, kind.
        parts = [part.strip() for part in one.split(",")]
        if len(parts) >= 2 and not _NO_NUMBER.search(parts[-1]):
            country = parts[0] if len(parts) > 2 and len(parts[0]) == 2 else ""
            found.append(Identifier(kind=parts[-1], value=parts[-2], country=country))
    return found
