"""Two contradictory things under one signature: found, and shown without showing either.

Beside every note a node signs its header: on what topic, which revision, which note; all of it
digests. Headers go to every member, whatever the note's marking. Two headers of one node with the
same topic and revision and different notes prove that it told different members different
things, and reveal nothing of what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.ally.notes import Note
from stillwatch.model.errors import BadInput

_MARK: Final = re.compile(r"[0-9a-f]{40}")
_NOTE: Final = re.compile(r"note:[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Header:
    """What a node signs of a note for everybody.

    Args:
        node: who told it.
        topic_mark: digest of the topic.
        revision: of what the node tells on it.
        note: id of the note.
    """

    node: str
    topic_mark: str
    revision: int
    note: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "node": self.node,
            "topic_mark": self.topic_mark,
            "revision": self.revision,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Equivocation:
    """A node contradicted itself.

    Args:
        node: who.
        topic_mark: on what.
        revision: of it.
        notes: ids of the notes, two at least.
    """

    node: str
    topic_mark: str
    revision: int
    notes: tuple[str, ...]


def header_of(note: Note) -> Header:
    """The header of a note."""
    return Header(node=note.node, topic_mark=note.topic_mark, revision=note.revision, note=note.id)


def header_from(value: Mapping[str, Any]) -> Header:
    """The header that :meth:`Header.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind.
    """
    node, mark, note = (str(value.get(name)) for name in ("node", "topic_mark", "note"))
    revision = value.get("revision")
    whole = set(value) == {"node", "topic_mark", "revision", "note"}
    whole = whole and bool(_MARK.fullmatch(mark)) and bool(_NOTE.fullmatch(note))
    if not (whole and isinstance(revision, int) and revision > 0):
        raise BadInput("is no header: a field is missing, unknown or out of range.")
    header = Header(node=node, topic_mark=mark, revision=revision, note=note)
    return header


def equivocations(headers: Iterable[Header]) -> list[Equivocation]:
    """Every node, topic and revision for which there are two notes or more.

    Depends neither on order nor on repetition.
    """
    found: dict[tuple[str, str, int], set[str]] = {}
    for header in headers:
        place = (header.node, header.topic_mark, header.revision)
        found.setdefault(place, set()).add(header.note)
    return [
        Equivocation(node=node, topic_mark=mark, revision=revision, notes=tuple(sorted(notes)))
        for (node, mark, revision), notes in sorted(found.items())
        if len(notes) > 1
    ]
