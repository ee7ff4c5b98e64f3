"""Entries: what a case is made of. They are only ever added, each naming the one before.

An entry's id is a digest of its content, the id of the entry before included, so that a case whose
entries fold without complaint is the case that was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput

SCHEMA = "stillwatch.case/1"
OPENED, UPDATED, FINDING, DECISIONS = "opened", "updated", "finding", "decisions"
NOTE, ANSWER, PROPOSED, SIGNED, NAMED = "note", "answer", "proposed", "signed", "named"
#: kinds of entries; those of :data:`MATTER` change what a person would sign.
KINDS = (OPENED, UPDATED, FINDING, DECISIONS, NOTE, ANSWER, PROPOSED, SIGNED, NAMED)
MATTER = frozenset({OPENED, UPDATED, FINDING, DECISIONS, ANSWER, PROPOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was added to a case.

    Args:
        n: its number, from 1.
        kind: one of :data:`KINDS`.
        made_us: when, microseconds since 1970-01-01 UTC.
        by: the person; empty where the program did it.
        body: plain values.
        before: id of the entry before; empty for the first.
        id: digest of all of it; made when left empty.

    Raises:
        BadInput: the kind is unknown or the id is another's.
    """

    n: int
    kind: str
    made_us: int
    by: str
    body: Mapping[str, Any]
    before: str
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse what was changed."""
        if self.kind not in KINDS:
            raise BadInput(f"the entry kind {self.kind!r} is unknown.", where=f"entry {self.n}")
        wanted = digest_of("entry", self._content())
        if self.id and self.id != wanted:
            raise BadInput(
                "an entry's id is not the digest of its content.",
                where=f"entry {self.n}",
                remedy="It was changed after it was made; keep it and restore a copy.",
            )
        object.__setattr__(self, "id", wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {**self._content(), "id": self.id}

    def _content(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA, "n": self.n, "kind": self.kind, "made_us": self.made_us,
            "by": self.by, "body": dict(self.body), "before": self.before,
        }  # fmt: skip


def entry_from(value: Mapping[str, Any]) -> Entry:
    """The entry that :meth:`Entry.to_json` told.

    Raises:
        BadInput: a field is missing, unknown, of the wrong kind, or the id does not fit.
    """
    try:
        told = dict(value)
        if told.pop("schema") != SCHEMA:
            raise BadInput(f"is not of the schema {SCHEMA}.", where="case")
        if not isinstance(told["body"], dict) or not told.get("id"):
            raise TypeError("body or id is missing")
        return Entry(**told)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no entry of a case: {error}.", where="case") from error
