"""Owning: what the rules of ownership say of one party on one day, each rule on its own.

A rule can reach a party, or be unable to rule that out (a hold, never a pass), or leave a listed
minority or a shared board to be looked into. Whether the rule is in force that day is told beside
it. Of all that hold, the most restrictive comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.screen.cascade import Cascade, cascade, share_held
from stillwatch.screen.holdings import Graph, Holding, percent
from stillwatch.screen.regimes import Effect, Reach, Regime, Regimes, Standing, Status


class Outcome(StrEnum):
    """What a rule says of a party."""

    LISTED = "listed"
    REACHED = "reached"
    HOLD = "hold"
    DILIGENCE = "diligence"
    NOT_REACHED = "not_reached"


_RANK = {one: rank for rank, one in enumerate(reversed(Outcome))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What one rule says of one party on one day.

    Args:
        regime: the rule.
        standing: how it stands that day.
        outcome: what it says.
        share: what listed or reached owners have together, at least.
        most: the same, at most.
        because: sentences, the nearest owner first.
        path: holdings that carry the outcome, for the picture.
        through: ids of parties that are listed under the rule and carry the outcome.
    """

    regime: Regime
    standing: Standing
    outcome: Outcome
    share: Fraction
    most: Fraction
    because: tuple[str, ...]
    path: tuple[Holding, ...]
    through: tuple[str, ...]

    @property
    def binds(self) -> bool:
        """Whether it is the law that day: reached or listed, and the rule in force."""
        return (
            self.standing.status is Status.IN_FORCE
            and self.regime.effect is Effect.LEGAL_PROHIBITION
            and self.outcome in (Outcome.LISTED, Outcome.REACHED)
        )

    @property
    def layer(self) -> Effect:
        """Where it belongs: what is not in force, or only to be looked into, is a risk note.

        A hold is the law where the rule itself demands it, and a choice of policy elsewhere.
        """
        if self.standing.status is not Status.IN_FORCE or self.outcome is Outcome.DILIGENCE:
            return Effect.RISK_NOTE
        reach = self.standing.reach
        if self.outcome is Outcome.HOLD and not (reach and reach.hold_on_unknown):
            return Effect.POLICY_CHOICE
        return self.regime.effect

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "regime": self.regime.id,
            "name": self.regime.name,
            "jurisdiction": self.regime.jurisdiction,
            "status": self.standing.status.value,
            "status_from": self.standing.from_day,
            "status_until": self.standing.until_day,
            "source": self.standing.source,
            "to_verify": self.standing.doubt,
            "outcome": self.outcome.value,
            "layer": self.layer.value,
            "binds": self.binds,
            "share_at_least": str(self.share),
            "share_at_most": str(self.most),
            "because": list(self.because),
            "through": list(self.through),
            "exceptions": list(self.regime.exceptions),
        }


def rule_on(graph: Graph, about: str, day: str, regimes: Regimes) -> list[Ruling]:
    """What every rule of ownership says of a party, the most restrictive that holds first.

    Args:
        graph: with its days; cut to the day here.
        about: id of the party.
        day: ISO day.
        regimes: the rules.

    Raises:
        BadInput: the party is not in the graph, or the graph contradicts itself that day.
    """
    if about not in graph.nodes:
        near = ", ".join(sorted(graph.nodes)[:5])
        raise BadInput(f"there is no party {about!r}.", where="graph", remedy=f"There are: {near}.")
    today = graph.on(day)
    found = []
    for regime in regimes.of_owners():
        standing = regime.on(day)
        if standing is not None and standing.reach is not None:
            found.append(_ruling(today, about, regime, standing, standing.reach))
    return sorted(found, key=_order)


def governing(rulings: Iterable[Ruling]) -> Ruling | None:
    """The most restrictive ruling that binds or holds; ``None`` where none does."""
    counted = [
        one for one in rulings
        if one.binds
        or (one.outcome is Outcome.HOLD and one.standing.status is Status.IN_FORCE)
    ]  # fmt: skip
    return min(counted, key=_order, default=None)


def _order(one: Ruling) -> tuple[int, int, int, str]:
    in_force = one.standing.status is Status.IN_FORCE
    return (0 if in_force else 1, -_RANK[one.outcome], -one.regime.severity, one.regime.id)


def _ruling(graph: Graph, about: str, regime: Regime, standing: Standing, reach: Reach) -> Ruling:
    seeds = {
        node.id for node in graph.nodes.values()
        if any(one.list_name in regime.lists for one in node.listed)
    }  # fmt: skip
    found = cascade(graph, seeds, reach)
    owners = graph.owners_of()
    counted = found.tainted() | frozenset(found.possible)
    share = share_held(owners.get(about, ()), found.tainted(), reach, most=False)
    most = share_held(owners.get(about, ()), counted, reach, most=True)
    outcome, because = _outcome(graph, about, found, reach, share, most)
    path, through = _path(owners, about, found)
    return Ruling(
        regime=regime, standing=standing, outcome=outcome, share=share, most=most,
        because=tuple(because), path=path, through=through,
    )  # fmt: skip


def _outcome(
    graph: Graph, about: str, found: Cascade, reach: Reach, share: Fraction, most: Fraction
) -> tuple[Outcome, list[str]]:
    seats = _shared_seats(graph, about, found)
    lines = [_line(graph, one, found) for one in _direct(graph, about, found)]
    if about in found.listed:
        return Outcome.LISTED, ["It is on a list itself.", *lines]
    if about in found.certain:
        return Outcome.REACHED, [
            f"Listed or reached owners have {percent(found.certain[about])}: the rule needs "
            f"{'more than' if reach.strict else 'at least'} {percent(reach.threshold)}.",
            *lines,
        ]
    if about in found.possible:
        return Outcome.HOLD, [
            f"Listed owners may have up to {percent(found.possible[about])}, for certain "
            f"{percent(share)}: {reach.hold_name}. Find out the shares before going on.",
            *lines,
        ]
    if share >= reach.minority_flag or most >= reach.minority_flag or seats:
        head = []
        if most > 0:
            head = [f"Listed or reached owners have {percent(share)}: less than the rule needs."]
        return Outcome.DILIGENCE, [*head, *lines, *seats]
    return Outcome.NOT_REACHED, lines or ["No listed owner is known in this graph."]


def _direct(graph: Graph, about: str, found: Cascade) -> list[Holding]:
    counted = found.tainted() | frozenset(found.possible)
    held = [one for one in graph.holdings if one.owned == about and one.owner in counted]
    return sorted(held, key=lambda one: (-one.low, -one.high, one.owner))


def _line(graph: Graph, one: Holding, found: Cascade) -> str:
    owner = graph.nodes[one.owner]
    what = (
        "on " + " and ".join(sorted({it.list_name for it in owner.listed}))
        if one.owner in found.listed
        else f"reached itself with {percent(found.certain[one.owner])}"
        if one.owner in found.certain
        else "not to be ruled out itself"
    )
    known = "an unknown share" if one.unknown else one.spelt()
    return f"{owner.name} ({what}) has {known}."


def _shared_seats(graph: Graph, about: str, found: Cascade) -> list[str]:
    """Board members who are listed, or who also sit with a listed or reached party."""
    counted = found.tainted()
    here = sorted({seat.person for seat in graph.seats if seat.of == about})
    told = []
    for person in here:
        name = graph.nodes[person].name
        if person in counted:
            told.append(f"{name}, who is listed, sits on its board.")
        others = sorted(
            {s.of for s in graph.seats if s.person == person and s.of in counted} - {about}
        )
        if others:
            names = ", ".join(graph.nodes[one].name for one in others)
            told.append(f"{name} also sits on the board of {names}.")
    return told


def _path(
    owners: Mapping[str, list[Holding]], about: str, found: Cascade
) -> tuple[tuple[Holding, ...], tuple[str, ...]]:
    """Every holding that carries the outcome, back to the listed."""
    counted = found.tainted() | frozenset(found.possible)
    path: list[Holding] = []
    through: list[str] = []
    seen, waiting = {about}, [about]
    while waiting:
        name = waiting.pop(0)
        if name in found.listed and name != about:
            through.append(name)
            continue
        for one in owners.get(name, ()):
            if one.owner in counted:
                path.append(one)
                if one.owner not in seen:
                    seen.add(one.owner)
                    waiting.append(one.owner)
    return tuple(path), tuple(through)
