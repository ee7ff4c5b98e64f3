"""What a fact is: a name, a kind, and what it says of an account outside every campaign.

Facts about where somebody comes from cannot be declared: the constructor of :class:`Fact`
refuses the words, so that such a line stops the program where it stands.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from stillwatch.model.errors import NotAllowed


class Kind(StrEnum):
    """Type of a fact or an expression."""

    BOOL = "bool"
    INT = "int"
    DOUBLE = "double"
    STRING = "string"
    STRINGS = "list<string>"
    WEIGHTS = "map<string, double>"


#: words for where somebody comes from, or for what would stand in for it.
FORBIDDEN: Final = frozenset(
    "accent alphabet birthplace citizen citizenship city continent countries country culture "
    "ethnic ethnicity geo geoip geography homeland hometown immigrant jurisdiction lang language "
    "languages latitude locale longitude migrant name names nation national nationality native "
    "offset passport place province race religion region regions residence script surname "
    "timezone tongue translation tz utc utcoffset visa zone zoneinfo".split()
)


class _Unsaid:
    """The value that a fact has outside a campaign where being outside says nothing of it."""

    def __repr__(self) -> str:
        return "UNSAID"


UNSAID: Final = _Unsaid()


@dataclass(frozen=True, slots=True, eq=False)
class Fact:
    """One fact.

    Args:
        name: ``group.word``, as CEL says it.
        kind: its type.
        what: what it is, with unit and range.
        nullable: whether it can be unknown; then ``has(...)`` asks, and a comparison with it
            is neither true nor false.
        since: attribute that holds the microsecond from which this counts, for ages.
        per_us: microseconds to one unit of an age.
        outside: value for an account outside every campaign.

    Raises:
        NotAllowed: the name says where somebody comes from.
    """

    name: str
    kind: Kind
    what: str
    nullable: bool = False
    since: str = ""
    per_us: float = 0.0
    outside: Any = UNSAID

    def __post_init__(self) -> None:
        """Refuse facts of origin."""
        wrong = FORBIDDEN & set(re.findall(r"[a-z]+", self.name.lower()))
        if wrong:
            raise NotAllowed(
                f"fact {self.name} speaks of where somebody comes from ({', '.join(wrong)})",
                by_rule="origin is no fact",
            )

    @property
    def path(self) -> tuple[str, str]:
        """Group and attribute in :class:`Facts`."""
        group, _, word = self.name.partition(".")
        return group, self.since or word
