"""Seconds: whether anything beside the name speaks for it being the listed one, or against.

A name alone decides nothing. A number of an authority, an address down to the street, a full date
of birth or incorporation, or an owner is a second identifier. A country or a bare year never is:
they are borne by millions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from rigour.addresses import address_fingerprint, match_addresses

from stillwatch.screen.asked import Asked
from stillwatch.screen.listing import Kind, Listing

#: from here on two addresses are of one place (measured by rigour's authors: 0.3 separates best;
#: streets with another house number stay far below).
SAME_PLACE = 0.75
_LEAST_WORDS = 3
_LEAST_CHARS = 5
_ONLY = re.compile(r"[^0-9a-z]")


class Says(StrEnum):
    """What an identifier says."""

    AGREES = "agrees"
    CONFLICTS = "conflicts"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Second:
    """What one kind of identifier says of a pair.

    Args:
        kind: ``number``, ``address``, ``date``, ``owner`` or ``kind``.
        says: for, against or nothing.
        detail: what was seen; empty where either side has nothing to compare.
    """

    kind: str
    says: Says
    detail: str = ""

    def to_json(self) -> dict[str, str]:
        """Plain values."""
        return {"kind": self.kind, "says": self.says.value, "detail": self.detail}


def seconds(
    asked: Asked, listing: Listing, same_name: Callable[[str, str], bool]
) -> tuple[Second, ...]:
    """What identifiers beside the name say.

    Args:
        asked: who is screened.
        listing: the entry that is compared.
        same_name: whether two names of owners agree.
    """
    return (
        _numbers(asked, listing),
        _addresses(asked, listing),
        _dates(asked, listing),
        _owners(asked, listing, same_name),
        _kinds(asked, listing),
    )


def plain_number(value: str) -> str:
    """A number without what people put between its digits.

    >>> plain_number("RL 336-7620")
    'rl3367620'
    """
    return _ONLY.sub("", value.lower())


def telling(values: Iterable[str]) -> set[str]:
    """Numbers long enough to be one's own, written plainly, that are no bare repetition."""
    plain = (plain_number(value) for value in values)
    return {one for one in plain if len(one) >= _LEAST_CHARS and len(set(one)) > 2}


def _numbers(asked: Asked, listing: Listing) -> Second:
    ours = telling(one.value for one in asked.identifiers)
    theirs = telling(one.value for one in listing.identifiers)
    if both := sorted(ours & theirs):
        kinds = {plain_number(one.value): one.kind for one in listing.identifiers}
        return Second("number", Says.AGREES, f"{kinds[both[0]]} {both[0]}".strip())
    return Second("number", Says.SILENT, "other numbers" if ours and theirs else "")


def _addresses(asked: Asked, listing: Listing) -> Second:
    ours, theirs = _streets(asked.addresses), _streets(listing.addresses)
    if not ours or not theirs:
        return Second("address", Says.SILENT)
    found = match_addresses(ours, theirs)
    if found is not None and found.score >= SAME_PLACE:
        return Second("address", Says.AGREES, f"{found.result} ({found.score:.2f})")
    return Second("address", Says.SILENT, "other addresses")


def _streets(addresses: Iterable[str]) -> list[str]:
    """Addresses that go down to a street: several words and a number."""
    return [
        one for one in addresses
        if len((address_fingerprint(one) or "").split()) >= _LEAST_WORDS
        and any(char.isdigit() for char in one)
    ]  # fmt: skip


def _dates(asked: Asked, listing: Listing) -> Second:
    if not asked.dates or not listing.dates:
        return Second("date", Says.SILENT)
    full = {one for one in asked.dates if len(one) == 10} & {
        one for one in listing.dates if len(one) == 10
    }
    if full:
        return Second("date", Says.AGREES, min(full))
    ours = [int(one[:4]) for one in asked.dates if one[:4].isdigit()]
    theirs = [int(one[:4]) for one in listing.dates if one[:4].isdigit()]
    if ours and theirs:
        apart = min(abs(one - other) for one in ours for other in theirs)
        if apart > 1:
            return Second("date", Says.CONFLICTS, f"{apart} years apart")
        if apart == 0:
            return Second("date", Says.SILENT, "same year, which is not enough")
    return Second("date", Says.SILENT, "other days of neighbouring years")


def _owners(asked: Asked, listing: Listing, same_name: Callable[[str, str], bool]) -> Second:
    for ours in asked.owners:
        for theirs in listing.owners:
            if same_name(ours, theirs):
                return Second("owner", Says.AGREES, theirs)
    both = asked.owners and listing.owners
    return Second("owner", Says.SILENT, "other owners" if both else "")


def _kinds(asked: Asked, listing: Listing) -> Second:
    known = Kind.UNKNOWN not in (asked.kind, listing.kind)
    if known and asked.kind is not listing.kind:
        # Ships are named like their owners and firms like their founders: that clears nobody.
        return Second("kind", Says.SILENT, f"{asked.kind.value}, listed is {listing.kind.value}")
    return Second("kind", Says.SILENT)
