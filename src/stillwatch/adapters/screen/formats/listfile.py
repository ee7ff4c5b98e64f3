"""What every reader of a list gives, and how list files are opened."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.screen.listing import Listing

#: bytes of a list file, unpacked; lists of today have up to 150 MB.
MOST_BYTES = 2 << 30
FETCH_AGAIN = "Fetch it again from its publisher; the last good snapshot stays in force."


@dataclass(slots=True, kw_only=True)
class Taken:
    """What a list file holds.

    Args:
        snapshot: name of the publication: ``ofac-sdn``, ``us-csl``, ``un``.
        published: when, as the file itself says; empty where it does not.
        listings: its entries.
        n_told: how many entries the file says it has; ``None`` where it does not say.
        skipped: entries that could not be read, each in a sentence.
    """

    snapshot: str
    published: str
    listings: list[Listing]
    n_told: int | None = None
    skipped: list[str] = field(default_factory=list)


def content(path: Path) -> bytes:
    """All of a file, unpacked where it is gzipped.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: it is empty, too large, or its compression is broken off.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                data = file.read(MOST_BYTES + 1)
    except (EOFError, gzip.BadGzipFile) as error:
        raise BadInput(f"is cut off: {error}.", where=str(path), remedy=FETCH_AGAIN) from None
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror or error}.") from None
    if not data.strip():
        raise BadInput("is empty.", where=str(path), remedy=FETCH_AGAIN)
    if len(data) > MOST_BYTES:
        raise BadInput(f"has more than {MOST_BYTES} bytes.", where=str(path))
    return data


def text(data: bytes, where: str) -> str:
    """A file as text: UTF-8, or Windows-1252 where a publisher says so by not being UTF-8.

    Raises:
        BadInput: it is UTF-16, binary, or was decoded wrongly on the way.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4096]:
        raise BadInput("is no UTF-8: UTF-16 or binary.", where=where, remedy=FETCH_AGAIN)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            f"is no UTF-8 (byte {error.start}).", where=where, remedy=FETCH_AGAIN
        ) from None


def root_of(data: bytes, where: str) -> Any:
    """The root of an XML file; entities are not expanded and nothing is fetched.

    Raises:
        BadInput: it is cut off or no XML.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput(
            f"is cut off or no XML: {error.msg}.", where=where, remedy=FETCH_AGAIN
        ) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise BadInput("declares entities of its own.", where=where, remedy=FETCH_AGAIN)
    return root


def local(node: Any) -> str:
    """An element's name without its namespace."""
    return str(etree.QName(node).localname)


def below(node: Any, *names: str) -> Iterator[Any]:
    """Elements at a path of local names below a node."""
    if not names:
        yield node
        return
    for child in node:
        if isinstance(child.tag, str) and local(child) == names[0]:
            yield from below(child, *names[1:])


def said(node: Any, *names: str) -> str:
    """Text of the first element at a path; empty where there is none."""
    for found in below(node, *names):
        return " ".join((found.text or "").split())
    return ""


def all_said(node: Any, *names: str) -> tuple[str, ...]:
    """Texts at a path, without empty ones, each once."""
    return once(" ".join((found.text or "").split()) for found in below(node, *names))


def once(values: Iterable[str]) -> tuple[str, ...]:
    """Values in their order, without empty ones, each once."""
    return tuple(dict.fromkeys(value.strip() for value in values if value and value.strip()))


def drifted(where: str, what: str) -> BadInput:
    """The error for a file whose layout is not the published one."""
    return BadInput(
        f"is not laid out as published: {what}.", where=where,
        remedy="The publisher changed the format, or it is another file. The last snapshot stays.",
    )  # fmt: skip
