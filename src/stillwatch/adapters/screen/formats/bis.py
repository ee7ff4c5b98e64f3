"""The BIS Entity List as the Code of Federal Regulations prints it (XML).

It is Supplement No. 4 to Part 744.

A table of five columns. The second holds name, aliases and addresses in one text, which is taken
apart at the words that the Bureau uses; what cannot be taken apart stays in the name.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from stillwatch.adapters.screen.formats.listfile import Taken, drifted, local, once
from stillwatch.screen.listing import Kind, Listing

SNAPSHOT = "bis-el"
HEADS = ("country", "entity", "license requirement", "license review policy", "federal register")
_FORM = re.compile(
    r"^\s*(?:co|ltd|inc|llc|l\.l\.c|limited|corp|corporation|company|jsc|s\.?a|s\.?r\.?l|gmbh|plc|"
    r"pte|pvt|pty|fze|fzco|llp|b\.?v|n\.?v|a\.?g|ooo|oao|ao|zao|pjsc|fzc|sdn|bhd)\b\.?",
    re.IGNORECASE,
)
_KNOWN_AS = re.compile(r",?\s*(?:a\.k\.a\.|also known as|f\.k\.a\.),?\s*", re.IGNORECASE)
_COUNT = re.compile(r"the following (?:\w+[ -]?)+ alias(?:es)?(?:[^:—-]*)?:", re.IGNORECASE)
_PLACE = re.compile(r"\d|No|Room|Unit|Building|P\.?O")
_DASH = re.compile(r"\s*[—–]\s*")


def is_it(root: Any) -> bool:
    """Whether a file is this list: it has a table with the five heads."""
    return _head_row(root) is not None


def read(root: Any, where: str) -> Taken:
    """Entries of the table.

    Raises:
        BadInput: a row has not five cells, or there are none.
    """
    if _head_row(root) is None:
        raise drifted(where, "the five heads of the table are missing")
    taken = Taken(snapshot=SNAPSHOT, published=root.get("date", ""), listings=[])
    country = ""
    for row in _rows(root):
        cells = [_text(cell) for cell in row if local(cell) == "TD"]
        if not cells:
            continue
        if len(cells) != len(HEADS):
            raise drifted(where, f"a row has {len(cells)} cells: {cells[0][:40]!r}")
        country = cells[0].title() or country
        names, addresses = taken_apart(cells[1])
        if names:
            taken.listings.append(
                Listing(
                    id=sha256(f"{country}|{cells[1]}".encode()).hexdigest()[:16],
                    list_name=SNAPSHOT,
                    kind=Kind.UNKNOWN,
                    names=names,
                    addresses=addresses,
                    countries=once((country,)),
                    listed_on=_day(cells[4]),
                    source=f"15 CFR 744, Supplement No. 4; {cells[4]}",
                    remarks=f"{cells[2]} {cells[3]}".strip(),
                )
            )
    if not taken.listings:
        raise drifted(where, "the table has no rows")
    return taken


def taken_apart(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names, the main one first, and addresses of the text of a cell.

    >>> taken_apart("Acme Co., Ltd., a.k.a., the following two aliases: —Acme; and —AC. 1 Rd, X.")
    (('Acme Co., Ltd.', 'Acme', 'AC'), ('1 Rd, X',))
    >>> taken_apart("Acme LLC, 12 Some Street, Town")
    (('Acme LLC',), ('12 Some Street, Town',))
    """
    parts = _KNOWN_AS.split(cell, maxsplit=1)
    if len(parts) == 1:
        name, address = _at_comma(cell)
        return once((name,)), once(address.rstrip(".").split("; and "))
    main, rest = parts[0].strip(" ,"), _COUNT.sub("", parts[1]).strip()
    names, address = [main], ""
    pieces = [piece for piece in _DASH.split(rest) if piece.strip(" ;,.")]
    for number, piece in enumerate(pieces):
        alias = re.sub(r"[;,]?\s*and\s*$", "", piece.strip()).strip(" ;")
        if number == len(pieces) - 1:
            alias, _, address = _last_alias(alias)
        names.append(alias.strip(" ;,."))
    return once(names), once(address.strip(" .").split("; and "))


def _last_alias(piece: str) -> tuple[str, str, str]:
    """The last alias ends with a full stop that no legal form needs, or at its address."""
    for match in re.finditer(r"\.\s+(?=[A-Z0-9])", piece):
        word = piece[: match.start()].rsplit(maxsplit=1)[-1]
        if not _FORM.match(word) or re.match(
            r"\d|No|Room|Unit|Building|P\.?O", piece[match.end() :]
        ):
            return piece[: match.start()], ".", piece[match.end() :]
    name, address = _at_comma(piece)
    return name, ",", address


def _at_comma(text: str) -> tuple[str, str]:
    """Cut at the first comma that is not followed by a legal form."""
    for match in re.finditer(r",\s*", text):
        if not _FORM.match(text[match.end() :]):
            return text[: match.start()], text[match.end() :]
    return text, ""


def _day(citation: str) -> str:
    found = re.search(r"(\d{1,2})/(\d{1,2})/(\d{2,4})", citation)
    if found is None:
        return ""
    month, day, year = (int(part) for part in found.groups())
    year += 2000 if year < 60 else 1900 if year < 100 else 0
    return f"{year:04d}-{month:02d}-{day:02d}"


def _head_row(root: Any) -> Any:
    for row in _rows(root):
        heads = [_text(cell).lower() for cell in row if local(cell) == "TH"]
        if len(heads) == len(HEADS) and all(
            wanted in head for wanted, head in zip(HEADS, heads, strict=True)
        ):
            return row
    return None


def _rows(root: Any) -> list[Any]:
    return [node for node in root.iter() if isinstance(node.tag, str) and local(node) == "TR"]


def _text(cell: Any) -> str:
    return " ".join("".join(cell.itertext()).split())
