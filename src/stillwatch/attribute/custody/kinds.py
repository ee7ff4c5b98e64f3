"""Kinds: the list of what an entry can tell, and the bodies that the log itself reads.

Whoever else uses the log may add kinds of their own: lower-case words, any body. A body that has
the field ``case`` belongs to that case and travels in its bundles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.ranges import numbers_of
from stillwatch.attribute.custody.spelling import count_of, text_of
from stillwatch.model.errors import BadInput

#: a key begins (entry 0) or takes over; signed by the one before.
KEY: Final = "key"
#: an exhibit, by its commitment.
EXHIBIT: Final = "exhibit"
#: everything that a case holds up to here; the last entry before a head that stands in a bundle.
SEALED: Final = "sealed"
#: a time stamp or a cosignature over an earlier head.
STAMP: Final = "stamp"
#: two holders opened an original.
OPENED: Final = "opened"
#: originals or exhibits were destroyed, by whom and why.
FORGOTTEN: Final = "forgotten"
#: the head of another log.
ANCHOR: Final = "anchor"

RESERVED: Final = frozenset({KEY, EXHIBIT, SEALED, STAMP, OPENED, FORGOTTEN, ANCHOR})
#: what can be destroyed: the original in escrow, or the exhibit with it.
ORIGINALS: Final = "originals"
EXHIBITS: Final = "exhibits"
_WORD: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def own_kind(kind: str) -> str:
    """A kind that somebody else may add.

    Raises:
        BadInput: it is one of the log's own, or no word.
    """
    if kind in RESERVED or not _WORD.fullmatch(kind):
        raise BadInput(f"{kind!r} is no kind that can be added from outside.")
    return kind


def case_of(entry: Entry) -> str | None:
    """The case that an entry belongs to."""
    told = entry.body.get("case")
    return told if isinstance(told, str) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All of a case, as the log had it.

    Args:
        case: its ref, such as ``campaign:1a2b``.
        exhibits: numbers of the entries of its exhibits, ascending.
        others: numbers of the other entries that are needed to read them.
    """

    case: str
    exhibits: tuple[int, ...]
    others: tuple[int, ...]


def inventory_from(entry: Entry, room: int | None = None) -> Inventory:
    """The inventory that an entry of kind :data:`SEALED` tells.

    Args:
        entry: it.
        room: how many exhibits, and how many others, it may tell of at most.

    Raises:
        BadInput: it is none, names itself or what comes after it, or tells of too much.
    """
    where, n = f"entry {entry.n}", entry.n
    if entry.kind != SEALED:
        raise BadInput("is no inventory.", where=where)
    return Inventory(
        case=text_of(entry.body, "case", where=where),
        exhibits=tuple(numbers_of(entry.body.get("exhibits"), most=n, where=where, room=room)),
        others=tuple(numbers_of(entry.body.get("others"), most=n, where=where, room=room)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """Who destroyed what.

    Args:
        what: :data:`ORIGINALS` or :data:`EXHIBITS`.
        entries: numbers of the exhibits' entries.
        by: the person.
        because: the reason.
        at_us: when, microseconds since 1970-01-01 UTC.
    """

    what: str
    entries: tuple[int, ...]
    by: str
    because: str
    at_us: int


def forgotten_from(entry: Entry, room: int | None = None) -> Forgotten:
    """What an entry of kind :data:`FORGOTTEN` tells.

    Args:
        entry: it.
        room: how many exhibits it may tell of at most.

    Raises:
        BadInput: it tells no such thing, or of too many.
    """
    where = f"entry {entry.n}"
    what = text_of(entry.body, "what", where=where)
    if entry.kind != FORGOTTEN or what not in (ORIGINALS, EXHIBITS):
        raise BadInput("tells of nothing that was forgotten.", where=where)
    return Forgotten(
        what=what,
        entries=tuple(numbers_of(entry.body.get("entries"), most=entry.n, where=where, room=room)),
        by=text_of(entry.body, "by", where=where),
        because=text_of(entry.body, "because", where=where),
        at_us=entry.at_us,
    )


def stamp_body(*, by: str, size: int, root: bytes, at_us: int, digest: str) -> dict[str, Any]:
    """The body of an entry of kind :data:`STAMP`.

    Args:
        by: name of the witness, or ``tsa``.
        size: of the head that was stamped.
        root: of that head.
        at_us: the time that the stamp tells, microseconds since 1970-01-01 UTC.
        digest: SHA-256 of the stamp's bytes, hex.
    """
    return {"by": by, "size": size, "root": root.hex(), "at_us": at_us, "digest": digest}


def stamp_floor_us(entry: Entry) -> int:
    """The time that a stamp tells: whatever comes after its entry came after that time.

    Raises:
        BadInput: the body is of another kind.
    """
    return count_of(entry.body, "at_us", where=f"entry {entry.n}")
