"""OFAC's three CSV files: entries (``SDN.CSV``), addresses (``ADD.CSV``) and aliases (``ALT.CSV``).

They have no header; ``-0-`` is nothing; the last line holds a single control character.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Mapping
from io import StringIO

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import FETCH_AGAIN, Taken, drifted, once
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Identifier, Kind, Listing

#: columns of each of the three; what a file is, is told from them.
WIDTHS = {12: "entries", 6: "addresses", 5: "aliases"}
_END = "\x1a"
_KINDS = {"individual": Kind.PERSON, "vessel": Kind.VESSEL, "aircraft": Kind.AIRCRAFT}
_NUMBER = re.compile(
    r"(?:alt\. )?(?P<kind>[A-Za-z .&'/-]*?(?:No\.|Number|Document #|ID|#|Passport|SSN|SWIFT/BIC|"
    r"R\.F\.C\.|RFC|C\.U\.R\.P\.|C\.U\.I\.T\.|IMO|MMSI|electoral|"
    r"Code \(USCC\)|Number \(MSN\)|\(OGRN\)))"
    r"\s+(?!No\.|Number|#)(?P<value>[A-Za-z0-9][^()]*?)(?:\s+issued\b.*?|\s+expires\b.*?)?"
    r"(?:\s+\((?P<country>[^)]+)\))?(?:\s+(?:issued|expires)\b.*)?"
)
_DATE = re.compile(r"^(?:DOB|Organization Established Date|alt\. DOB)\s+(.+)$", re.IGNORECASE)
_LINKED = re.compile(r"^Linked To:\s*(.+)$", re.IGNORECASE)
_COUNTRY = re.compile(r"^(?:nationality|citizen|Nationality of Registration)\s+(.+)$")
_ALIAS = re.compile(r"a\.k\.a\. '([^']+)'")


def rows_of(text: str, where: str) -> tuple[int, list[list[str]]]:
    """Columns and rows of one of the files.

    Raises:
        BadInput: rows differ in length, or it is cut off.
    """
    if not text.rstrip("\r\n").endswith((_END, '"', "-0-", "-0- ")):
        raise BadInput("is cut off in its last line.", where=where, remedy=FETCH_AGAIN)
    rows = [row for row in csv.reader(StringIO(text.replace(_END, ""))) if any(row)]
    width = len(rows[0]) if rows else 0
    for number, row in enumerate(rows, start=1):
        if len(row) != width or not row[0].strip().isdigit():
            raise BadInput(
                f"has {len(row)} columns where the first line has {width}, or no entry number.",
                where=f"{where}, line {number}", remedy=FETCH_AGAIN,
            )  # fmt: skip
    if width not in WIDTHS:
        raise drifted(where, f"{width} columns, where OFAC's files have 12, 6 or 5")
    return width, [[_plain(value) for value in row] for row in rows]


def read(parts: Mapping[str, list[list[str]]], where: str, snapshot: str) -> Taken:
    """Entries of the files together.

    Args:
        parts: rows by ``entries``, ``addresses``, ``aliases``.
        where: the files, for errors.
        snapshot: name of the list.

    Raises:
        BadInput: one of the three is missing, or one does not belong to the others.
    """
    if missing := sorted(set(WIDTHS.values()) - set(parts)):
        raise BadInput(
            f"the file of {' and of '.join(missing)} is not there.", where=where,
            remedy="Name all three: SDN, ADD and ALT.CSV, or CONS_PRIM, CONS_ADD and CONS_ALT.",
        )  # fmt: skip
    addresses, countries, aliases, weak = (defaultdict[str, list[str]](list) for _ in range(4))
    for entry, _, street, city, country, _ in parts["addresses"]:
        addresses[entry].append(", ".join(x for x in (street, city, country) if x))
        countries[entry].append(country)
    for entry, _, _, name, remark in parts["aliases"]:
        (weak if "weak" in remark.lower() else aliases)[entry].append(_turned(name))
    known = {row[0] for row in parts["entries"]}
    strange = (set(addresses) | set(aliases)) - known
    if len(strange) > len(known) // 100:
        raise BadInput(
                f"{len(strange)} entries have addresses or aliases and are not in the list.",
                where=where, remedy="The files are of different days; fetch all three again.",
            )  # fmt: skip
    listings = [
        _listing(row, snapshot, addresses[row[0]], countries[row[0]], aliases[row[0]], weak[row[0]])
        for row in parts["entries"]
    ]
    return Taken(snapshot=snapshot, published="", listings=listings)


def _listing(
    row: list[str], snapshot: str, addresses: list[str], countries: list[str],
    aliases: list[str], weak: list[str],
) -> Listing:  # fmt: skip
    entry, name, kind, programme, *_, owner, remarks = row
    numbers, dates, linked, held = [], [], [owner], list(countries)
    for clause in (one.strip() for one in remarks.rstrip(".").split(";")):
        if match := _DATE.match(clause):
            dates.append(iso(match[1]))
        elif match := _LINKED.match(clause):
            linked.append(_turned(match[1]))
        elif match := _COUNTRY.match(clause):
            held.append(match[1])
        elif match := _NUMBER.fullmatch(clause):
            numbers.append(
                Identifier(kind=match["kind"], value=match["value"], country=match["country"] or "")
            )
    told = _KINDS.get(kind.lower(), Kind.ORGANISATION)
    return Listing(
        id=entry,
        list_name=snapshot,
        kind=told,
        names=once((_turned(name) if told is Kind.PERSON else name, *aliases)),
        weak_names=once((*weak, *_ALIAS.findall(remarks))),
        identifiers=tuple(numbers),
        addresses=once(addresses),
        countries=once(held),
        dates=once(dates),
        owners=once(linked),
        programmes=once(programme.replace("[", " ").replace("]", " ").split()),
        source="https://sanctionslist.ofac.treas.gov",
        remarks=remarks,
    )


def _plain(value: str) -> str:
    value = " ".join(value.split())
    return "" if value == "-0-" else value


def _turned(name: str) -> str:
    """``LAST, First`` as ``First LAST``; a company's comma stays.

    >>> _turned("'ABBAS, Rim"), _turned("ANGLO-CARIBBEAN CO., LTD.")
    ("Rim 'ABBAS", 'ANGLO-CARIBBEAN CO., LTD.')
    """
    last, comma, first = name.partition(", ")
    if comma and "," not in first and last.isupper() and not first.isupper():
        return f"{first} {last}"
    return name
