"""Holdings: who holds what of whom, from when until when, as exactly as it is known.

Shares are fractions, never floats: at fifty percent a rounding decides a case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.screen.listing import Kind

SCHEMA = "stillwatch.ownership/1"
#: registers round: shares that add up to a little more than all are told and taken as they are.
ROUNDING = Fraction(1, 100)
_PERCENT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*%\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """That a party is on a list, from a day until a day."""

    list_name: str
    from_day: str = ""
    until_day: str = ""
    ref: str = ""

    def stands_on(self, day: str) -> bool:
        """Whether it is on the list on an ISO day."""
        return self.from_day <= day and (not self.until_day or day < self.until_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A person or company of the graph."""

    id: str
    name: str
    kind: Kind = Kind.UNKNOWN
    listed: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A share that one party has of another.

    Args:
        owner: id of the party that has it.
        owned: id of the party that it is of.
        low: at least so much, 0 to 1.
        high: at most so much; 1 where nothing is known.
        from_day: first ISO day; empty where it was always so.
        until_day: first ISO day on which it is no more; empty where it goes on.
        source: where that is known from.
    """

    owner: str
    owned: str
    low: Fraction
    high: Fraction
    from_day: str = ""
    until_day: str = ""
    source: str = ""

    @property
    def unknown(self) -> bool:
        """Nothing is known but that there is a share."""
        return self.low == 0 and self.high == 1

    def spelt(self) -> str:
        """The share as people write it."""
        if self.unknown:
            return "unknown"
        low, high = percent(self.low), percent(self.high)
        return low if self.low == self.high else f"{low} to {high}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A seat on a board, or an office."""

    person: str
    of: str
    from_day: str = ""
    until_day: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Parties, holdings and seats, with their days."""

    nodes: Mapping[str, Node]
    holdings: tuple[Holding, ...]
    seats: tuple[Seat, ...] = ()
    caveats: tuple[str, ...] = field(default=())

    def on(self, day: str) -> Graph:
        """What of it holds on an ISO day; listings too.

        Raises:
            BadInput: the shares of one party add up to more than all of it.
        """
        nodes = {
            node.id: Node(
                id=node.id, name=node.name, kind=node.kind,
                listed=tuple(one for one in node.listed if one.stands_on(day)),
            )
            for node in self.nodes.values()
        }  # fmt: skip
        held = tuple(one for one in self.holdings if _stands(one, day))
        seats = tuple(one for one in self.seats if _stands(one, day))
        return Graph(nodes=nodes, holdings=held, seats=seats, caveats=_checked(held, nodes, day))

    def owners_of(self) -> dict[str, list[Holding]]:
        """Holdings by what they are of."""
        told: dict[str, list[Holding]] = defaultdict(list)
        for one in self.holdings:
            told[one.owned].append(one)
        return told


def percent(share: Fraction) -> str:
    """A share as text: exact where two decimals are, else with a tilde.

    >>> percent(Fraction(1, 2)), percent(Fraction(1, 3))
    ('50%', '~33.33%')
    """
    hundredth = share * 10_000
    rounded = round(hundredth)
    text = f"{rounded // 100}.{rounded % 100:02d}".rstrip("0").rstrip(".")
    return f"{'' if hundredth == rounded else '~'}{text}%"


def share_of(value: Any, where: str) -> tuple[Fraction, Fraction]:
    """A share as it may be written: ``"50%"``, ``"1/3"``, ``0.5``, a range, or ``null``.

    Args:
        value: a range is ``{"low": ..., "high": ...}``; either end may be left out.
        where: for errors.

    Returns:
        (at least, at most), each 0 to 1.

    Raises:
        BadInput: it is none of those, or outside 0 to 1.

    >>> share_of("33.34%", ""), share_of(None, "")[1]
    ((Fraction(1667, 5000), Fraction(1667, 5000)), Fraction(1, 1))
    """
    if value is None:
        return Fraction(0), Fraction(1)
    if isinstance(value, Mapping):
        if strange := set(value) - {"low", "high"}:
            raise BadInput(f"a range has {sorted(strange)}.", where=where)
        low = share_of(value["low"], where)[0] if value.get("low") is not None else Fraction(0)
        high = share_of(value["high"], where)[1] if value.get("high") is not None else Fraction(1)
        if low > high:
            raise BadInput("a range ends before it begins.", where=where)
        return low, high
    try:
        if isinstance(value, str) and (match := _PERCENT.fullmatch(value)):
            share = Fraction(match[1]) / 100
        elif isinstance(value, str | float | int) and not isinstance(value, bool):
            share = Fraction(str(value))
        else:
            raise ValueError(value)
    except (ValueError, ZeroDivisionError) as error:
        raise BadInput(
            f"{value!r} is no share.", where=where,
            remedy='Write "50%", "1/3", 0.5, {"low": "25%", "high": "50%"}, or null for unknown.',
        ) from error  # fmt: skip
    if not 0 <= share <= 1:
        raise BadInput(
            f"the share {value!r} is outside 0 to 1.", where=where, remedy='Write 50 as "50%".'
        )
    return share, share


def graph_from(value: Mapping[str, Any], where: str) -> Graph:
    """The graph of a parsed file.

    Raises:
        BadInput: it is of another schema, or a field is missing, unknown or wrong.
    """
    if value.get("schema") != SCHEMA:
        raise BadInput(f"is not {SCHEMA}.", where=where)
    try:
        nodes = {}
        for told in value["parties"]:
            node = _node(told)
            if node.id in nodes:
                raise BadInput(f"the party {node.id!r} is there twice.", where=where)
            nodes[node.id] = node
        holdings = tuple(
            _holding(one, f"{where}, holding {number}")
            for number, one in enumerate(value["holdings"], start=1)
        )
        seats = tuple(
            Seat(
                person=str(one["person"]), of=str(one["of"]),
                from_day=day(one.get("from"), where), until_day=day(one.get("until"), where),
            )
            for one in value.get("seats", ())
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadInput(f"is no ownership graph: {error!r}.", where=where) from error
    ends = [(one.owner, one.owned) for one in holdings] + [(one.person, one.of) for one in seats]
    for pair in ends:
        if missing := [one for one in pair if one not in nodes]:
            raise BadInput(
                f"speaks of {missing[0]!r}, which is not among the parties.", where=where
            )
    return Graph(nodes=nodes, holdings=holdings, seats=seats)


def day(value: Any, where: str) -> str:
    """An ISO day, or empty.

    Raises:
        BadInput: it is something else.
    """
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])-[0-3]\d", value):
        raise BadInput(f"{value!r} is no ISO day.", where=where, remedy="Write 2025-09-29.")
    return value


def _node(told: Mapping[str, Any]) -> Node:
    return Node(
        id=str(told["id"]),
        name=str(told.get("name") or told["id"]),
        kind=Kind(told.get("kind", "unknown")),
        listed=tuple(
            Listed(
                list_name=str(one["list"]), from_day=day(one.get("from"), str(told["id"])),
                until_day=day(one.get("until"), str(told["id"])), ref=str(one.get("ref", "")),
            )
            for one in told.get("listed", ())
        ),
    )  # fmt: skip


def _holding(told: Mapping[str, Any], where: str) -> Holding:
    low, high = share_of(told.get("share"), where)
    if told["owner"] == told["owned"] and low == 1:
        raise BadInput("a party owns all of itself.", where=where)
    return Holding(
        owner=str(told["owner"]), owned=str(told["owned"]), low=low, high=high,
        from_day=day(told.get("from"), where), until_day=day(told.get("until"), where),
        source=str(told.get("source", "")),
    )  # fmt: skip


def _stands(one: Holding | Seat, on: str) -> bool:
    return one.from_day <= on and (not one.until_day or on < one.until_day)


def _checked(held: Sequence[Holding], nodes: Mapping[str, Node], on: str) -> tuple[str, ...]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for one in held:
        sums[one.owned] += one.low
    caveats = []
    for owned, total in sorted(sums.items()):
        if total > 1 + ROUNDING:
            raise BadInput(
                f"the shares of {nodes[owned].name!r} add up to {percent(total)} on {on}.",
                where=owned, remedy="Give holdings that ended their day, or ranges.",
            )  # fmt: skip
        if total > 1:
            caveats.append(f"The shares of {nodes[owned].name} add up to {percent(total)}.")
    return tuple(caveats)
