"""Opening list files: which format each is in, told from what stands in it, not from its name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from stillwatch.adapters.screen.formats import bis, csl, dod, eu, ftm, ofac_csv, ofac_xml, uk, un
from stillwatch.adapters.screen.formats.listfile import Taken, content, local, root_of, text
from stillwatch.model.errors import BadInput

FORMATS = (
    "OFAC SDN.XML or CONSOLIDATED.XML; OFAC's three CSV files; the US Consolidated Screening List "
    "as JSON or CSV; the BIS Entity List (15 CFR 744 Supplement 4, XML); the EU, UK and UN "
    "consolidated lists (XML); OpenSanctions' table of the 1260H list (CSV) and its "
    "entities (JSON lines)"
)
_CONSOLIDATED = re.compile(r"cons", re.IGNORECASE)


def open_lists(named: Sequence[tuple[str, Path]]) -> list[tuple[Taken, list[Path]]]:
    """Read list files; OFAC's CSV files of one list are read together.

    Args:
        named: (name of the list or empty, file); an empty name is told from the file.

    Raises:
        BadInput: a file is damaged, or of no published format.
        OutsideFailed: a file cannot be read.
    """
    taken: list[tuple[Taken, list[Path]]] = []
    parts: dict[str, dict[str, list[list[str]]]] = defaultdict(dict)
    files: dict[str, list[Path]] = defaultdict(list)
    for name, path in named:
        found = _opened(name, path)
        if isinstance(found, Taken):
            taken.append((found, [path]))
            continue
        width, rows = found
        snapshot = name or _ofac_name(path)
        what = ofac_csv.WIDTHS[width]
        if what in parts[snapshot]:
            raise BadInput(f"there are two files of {what}.", where=str(path))
        parts[snapshot][what] = rows
        files[snapshot].append(path)
    for snapshot, those in parts.items():
        where = ", ".join(str(path) for path in files[snapshot])
        taken.append((ofac_csv.read(those, where, snapshot), files[snapshot]))
    return taken


def _opened(name: str, path: Path) -> Taken | tuple[int, list[list[str]]]:
    data, where = content(path), str(path)
    head = data.lstrip(b"\xef\xbb\xbf \r\n\t")[:4096]
    if head.startswith(b"<"):
        return _opened_xml(name, path, data)
    if head.startswith(b"{"):
        first = head.split(b"\n", 1)[0]
        if b'"schema"' in first and b'"properties"' in first and b'"results"' not in first:
            return _renamed(ftm.read(text(data, where), where), name)
        return _renamed(csl.read_json(data, where), name)
    if dod.is_it(head.split(b"\n", 1)[0]):
        return _renamed(dod.read(text(data, where), where), name)
    if b"source" in head.split(b"\n", 1)[0] and b"name" in head.split(b"\n", 1)[0]:
        return _renamed(csl.read_csv(text(data, where), where), name)
    if head[:1].isdigit():
        return ofac_csv.rows_of(text(data, where), where)
    text(data, where)
    raise BadInput(
        "is of no format that is read here.", where=where, remedy=f"Read are: {FORMATS}."
    )


def _opened_xml(name: str, path: Path, data: bytes) -> Taken:
    root, where = root_of(data, str(path)), str(path)
    kind = local(root)
    if kind == ofac_xml.ROOT:
        return ofac_xml.read(root, where, name or _ofac_name(path))
    for reader in (un, eu, uk):
        if kind == reader.ROOT:
            return _renamed(reader.read(root, where), name)
    if bis.is_it(root):
        return _renamed(bis.read(root, where), name)
    raise BadInput(
        f"is XML with the root <{kind}>, which no list has.", where=where,
        remedy=f"Read are: {FORMATS}.",
    )  # fmt: skip


def _ofac_name(path: Path) -> str:
    return "ofac-consolidated" if _CONSOLIDATED.search(path.name) else "ofac-sdn"


def _renamed(taken: Taken, name: str) -> Taken:
    if name:
        taken.snapshot = name
    return taken
