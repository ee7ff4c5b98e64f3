"""Clearances: a person's word that a match is somebody else, remembered, until a day.

A clearance speaks of one customer as it was known and of one entry as it stood. When either
changes, or its day comes, it holds no more and the match is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput

DAY_US = 86_400_000_000
#: days for which a clearance may hold at most.
MOST_DAYS = 731


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearance:
    """One word of one person.

    Args:
        customer: the asker's id.
        asked: digest of the customer as it was known.
        listing: list and number of the entry.
        entry: digest of the entry as it stood.
        name: who said so.
        because: why, in a sentence; which second identifier told them apart.
        made_us: when.
        until_us: until when; always set.
        withdraws: id of a clearance that this takes back instead; empty for none.
        id: digest of all of it; made when left empty.
    """

    customer: str
    asked: str
    listing: str
    entry: str
    name: str
    because: str
    made_us: int
    until_us: int
    withdraws: str = ""
    id: str = field(default="")

    def __post_init__(self) -> None:
        """Give it its id; refuse what has no reason, no name or no end."""
        if not self.name.strip() or not self.because.strip():
            raise BadInput(
                "a clearance needs the name of a person and a reason.", where=self.customer
            )
        if not self.made_us < self.until_us <= self.made_us + MOST_DAYS * DAY_US:
            raise BadInput(
                f"a clearance ends within {MOST_DAYS} days, and after it begins.",
                where=self.customer,
            )
        told = {**asdict(self), "id": ""}
        wanted = digest_of("clearance", told)
        if self.id and self.id != wanted:
            raise BadInput("a clearance's id is not the digest of its content.", where=self.id)
        object.__setattr__(self, "id", wanted)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def clearance_from(value: Mapping[str, Any]) -> Clearance:
    """The clearance that :meth:`Clearance.to_json` told.

    Raises:
        BadInput: a field is missing, unknown or of the wrong kind, or the id does not fit.
    """
    try:
        return Clearance(**value)
    except (TypeError, ValueError) as error:
        raise BadInput(f"is no clearance: {error}.", where=str(value.get("id", "?"))) from error


def in_force(clearances: Iterable[Clearance], now_us: int) -> dict[tuple[str, str], Clearance]:
    """The clearances that hold at a moment, by customer and entry; the last word counts."""
    said = [one for one in clearances if one.made_us <= now_us]
    withdrawn = {one.withdraws for one in said if one.withdraws}
    return {
        (one.customer, one.listing): one
        for one in sorted(said, key=lambda one: (one.made_us, one.id))
        if not one.withdraws and one.id not in withdrawn and now_us < one.until_us
    }


def clears(one: Clearance | None, asked: str, entry: str) -> bool:
    """Whether a clearance speaks of this customer and this entry as they are now.

    Args:
        one: a clearance in force, or none.
        asked: digest of the customer.
        entry: digest of the entry.
    """
    return one is not None and one.asked == asked and one.entry == entry
