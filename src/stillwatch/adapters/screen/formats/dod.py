"""The list of Chinese military companies (section 1260H), as those keep it who follow it.

The Department of Defense publishes it as a PDF and as a notice in the Federal Register, in running
text that is laid out anew each time. Read is the table that OpenSanctions keeps of all its editions
(``sanctions.csv`` of the dataset ``us_dod_chinese_milcorps``), one row for each time a company was
named, with the edition that named it and the one that left it out; or any table with its columns.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from io import StringIO

from stillwatch.adapters.screen.formats.dates import iso
from stillwatch.adapters.screen.formats.listfile import FETCH_AGAIN, Taken, drifted, once
from stillwatch.adapters.screen.formats.naming import parted
from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Kind, Listing

SNAPSHOT = "dod-1260h"
#: columns that must be there; `Alias`, `Previous Name`, `Parent Name`, `Note`, `Source Url` may.
NEEDED = ("Name", "Clean Name", "Start date", "End date")
#: several aliases stand in one cell with a comma between and no blank after it.
_BETWEEN = re.compile(r";|,(?=\S)")
_SHORT = re.compile(r"[A-Z0-9&.-]{2,8}")
Row = Mapping[str, str]


def is_it(first_line: bytes) -> bool:
    """Whether a file is this table, by its first line."""
    return b"Clean Name" in first_line and b"Start date" in first_line


def read(text: str, where: str) -> Taken:
    """Entries of the table, one for each time that a company was on the list without a break.

    Raises:
        BadInput: columns are missing, a row is cut off, or a day is none.
    """
    rows = csv.DictReader(StringIO(text))
    if missing := [name for name in NEEDED if name not in (rows.fieldnames or ())]:
        raise drifted(where, f"columns {', '.join(missing)} are missing")
    taken = Taken(snapshot=SNAPSHOT, published="", listings=[])
    companies: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        line = f"{where}, line {rows.line_num}"
        if None in row or None in row.values():
            raise BadInput("a row has too few or too many columns.", where=line, remedy=FETCH_AGAIN)
        told = {key: " ".join(value.split()) for key, value in row.items()}
        if not told["Clean Name"]:
            taken.skipped.append(f"line {rows.line_num}: has no name.")
            continue
        for name in ("Start date", "End date"):
            if told[name] and len(iso(told[name])) != 10:
                raise drifted(line, f"{name} is {told[name]!r}, which is no day")
        companies[told["Clean Name"].casefold()].append(told)
    for name, those in companies.items():
        taken.listings += [_listing(name, part) for part in _unbroken(those)]
    days = (row[day] for those in companies.values() for row in those for day in NEEDED[2:])
    taken.published = max((iso(day) for day in days if day), default="")
    return taken


def _unbroken(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Rows of a company that follow one another without a break on the list."""
    held: list[Row] = []
    until = ""
    for row in sorted(rows, key=lambda one: one["Start date"]):
        if held and until and until < row["Start date"]:
            yield held
            held = []
        ends = [one["End date"] for one in (*held, row)]
        until = "" if "" in ends else max(ends)
        held.append(row)
    yield held


def _listing(key: str, rows: Sequence[Row]) -> Listing:
    last = rows[-1]
    names: list[str] = [last["Clean Name"]]
    weak: list[str] = []
    for row in reversed(rows):
        printed, short, _ = parted(row["Name"].rstrip("* "))
        names += [row["Clean Name"], printed, *_said(row, "Previous Name")]
        for alias in (short, *_said(row, "Alias")):
            (weak if _SHORT.fullmatch(alias) else names).append(alias)
    since = rows[0]["Start date"]
    ends = [row["End date"] for row in rows]
    return Listing(
        id=f"{sha256(key.encode()).hexdigest()[:16]}-{since}",
        list_name=SNAPSHOT,
        kind=Kind.ORGANISATION,
        names=once(names),
        weak_names=once(weak),
        owners=once(row.get("Parent Name", "") for row in rows),
        programmes=("Section 1260H",),
        listed_on=since,
        until="" if "" in ends else max(ends),
        source=next(iter(once(row.get("Source Url", "") for row in reversed(rows))), ""),
        remarks=" ".join(once(row.get("Note", "") for row in rows)),
    )


def _said(row: Row, column: str) -> list[str]:
    return [one.strip() for one in _BETWEEN.split(row.get(column, "")) if one.strip()]
