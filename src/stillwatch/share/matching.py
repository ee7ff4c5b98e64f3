"""Who may ask whom to match what, how much of it, and when an answer would say too much.

The protocol hides what does not match; nothing in it stops a partner from asking about every
address there is. These rules do: a budget of items and of sessions a day, a least size, and no
two sets that differ by so little that the difference of two counts tells of single items.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stillwatch.model.errors import BadInput
from stillwatch.model.marking import Purpose
from stillwatch.share.matching_names import Kind

DAY_US: Final = 86_400_000_000


class Mode(StrEnum):
    """What the one who asks learns: which of its items are held, or only how many."""

    ITEMS = "items"
    SIZE = "size"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What one partner may ask.

    Args:
        partner: its name.
        kinds: of items that may be matched.
        purposes: for which.
        modes: what it may learn.
        items_a_day: items that it may ask about in 24 hours, padding included.
        sessions_a_day: sessions that it may open in 24 hours.
        least_items: smallest set that is answered.
        least_difference: items by which a set must differ from each that it asked about within
            :attr:`remembered_us`, where only sizes are told.
        remembered_us: for how long sets are compared.
        from_us: from when the agreement holds.
        until_us: until when.
    """

    partner: str
    kinds: frozenset[Kind]
    purposes: frozenset[Purpose]
    modes: frozenset[Mode]
    items_a_day: int = 50_000
    sessions_a_day: int = 8
    least_items: int = 100
    least_difference: int = 100
    remembered_us: int = 7 * DAY_US
    from_us: int = 0
    until_us: int

    def __post_init__(self) -> None:
        """Refuse an agreement that would let single items be asked about."""
        if self.least_items < 10 or self.least_difference < 1:
            raise BadInput(
                "least_items must be 10 or more and least_difference 1 or more.",
                where=self.partner,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a partner asks for as it opens a session."""

    partner: str
    rules: str
    kind: Kind
    purpose: Purpose
    mode: Mode
    n_items: int
    n_sets: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A session that was opened before."""

    partner: str
    opened_us: int
    n_items: int


def refusal(
    wish: Wish, agreement: Agreement | None, past: Iterable[Past], now_us: int, *, rules: str
) -> str:
    """Why a session may not be opened; empty where it may.

    Args:
        wish: what is asked for.
        agreement: of the partner, where there is one.
        past: sessions of whomever; those of others and older ones are passed over.
        now_us: microseconds since 1970-01-01 UTC.
        rules: version of the rules of spelling that this side has.
    """
    if agreement is None or agreement.partner != wish.partner:
        return "no agreement with this partner"
    if not agreement.from_us <= now_us < agreement.until_us:
        return "the agreement is not in force today"
    if wish.rules != rules:
        return f"other rules of spelling: {wish.rules} there, {rules} here"
    for name, asked, agreed in (
        ("kind", wish.kind, agreement.kinds),
        ("purpose", wish.purpose, agreement.purposes),
        ("mode", wish.mode, agreement.modes),
    ):
        if asked not in agreed:
            return f"the {name} {asked} is not in the agreement"
    if wish.n_sets < 1 or wish.n_items < wish.n_sets * agreement.least_items:
        return f"fewer than {agreement.least_items} items in a set"
    if wish.n_sets > 1 and wish.mode is not Mode.SIZE:
        return "several sets in a session are for sizes only"
    return _over(agreement, [p for p in past if _recent(p, wish.partner, now_us)], wish.n_items)


def too_near(n_shared: int, n_before: int, n_now: int, agreement: Agreement) -> bool:
    """Whether two sets differ by so little that two sizes would tell of single items.

    Args:
        n_shared: items in both.
        n_before: items of the earlier one.
        n_now: items of this one.
        agreement: of the partner.
    """
    return (n_before - n_shared) + (n_now - n_shared) < agreement.least_difference


def _recent(past: Past, partner: str, now_us: int) -> bool:
    return past.partner == partner and now_us - DAY_US < past.opened_us


def _over(agreement: Agreement, today: list[Past], n_items: int) -> str:
    if len(today) >= agreement.sessions_a_day:
        return f"{agreement.sessions_a_day} sessions a day are used up"
    left = agreement.items_a_day - sum(p.n_items for p in today)
    if n_items > left:
        return f"{n_items} items asked, {max(left, 0)} left of {agreement.items_a_day} a day"
    return ""
