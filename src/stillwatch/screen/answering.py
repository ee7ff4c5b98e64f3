"""Answering: what matches mean on a day, with law, policy and risk kept apart.

An answer never says that somebody is sanctioned. It says which entries somebody may be, what law
would follow if a person confirms it, and what is only to be looked into. It rests on snapshots that
are named, so that it can be made again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.screen.asked import Asked
from stillwatch.screen.matches import Called, Match
from stillwatch.screen.owning import Outcome, Ruling
from stillwatch.screen.regimes import Effect, Regimes, Status

SCHEMA = "stillwatch.screening/1"
NOT_LEGAL_ADVICE = (
    "Not legal advice. A name alone decides nothing; a person confirms who somebody is before "
    "anything follows."
)
#: regimes are known up to a day; what is said of later ones is a projection.
_PROJECTED = "The regimes were last checked on {}; what is said of {} is a projection."


class Advice(StrEnum):
    """What to do next; nothing here acts by itself."""

    GO_ON = "go_on"
    ASK = "ask_for_a_second_identifier"
    REVIEW = "review_by_a_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestsOn:
    """What an answer was made from.

    Args:
        snapshots: id of the snapshot by its name.
        regimes: digest of the regimes.
        scorer: digest of the scorer.
        as_known_on: ISO day on which the regimes were last checked.
    """

    snapshots: Mapping[str, str]
    regimes: str
    scorer: str
    as_known_on: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "snapshots": dict(sorted(self.snapshots.items())),
            "regimes": self.regimes,
            "scorer": self.scorer,
            "regimes_as_known_on": self.as_known_on,
        }


def answer(
    asked: Asked,
    matches: Sequence[Match],
    *,
    day: str,
    regimes: Regimes,
    rests_on: RestsOn,
    could_not_look: Sequence[str] = (),
) -> dict[str, Any]:
    """What matches mean on a day, as plain values with an id that is the digest of the rest.

    Args:
        asked: who is screened.
        matches: see :meth:`stillwatch.screen.matches.Lists.match`.
        day: ISO day.
        regimes: the rules.
        rests_on: what the matches were made from.
        could_not_look: sentences about what was not looked at.
    """
    layers: dict[str, list[dict[str, Any]]] = {effect.value: [] for effect in Effect}
    exceptions: set[str] = set()
    for match in matches:
        for layer, note in _notes(match, day, regimes, exceptions):
            layers[layer.value].append(note)
    caveats = list(could_not_look)
    if day > regimes.as_known_on:
        caveats.append(_PROJECTED.format(regimes.as_known_on, day))
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "asked": asked.digest,
        "customer": asked.customer,
        "date": day,
        "advice": advice(matches).value,
        "adverse": False,
        "matches": [one.to_json() for one in matches if one.called is not Called.FAINT],
        "n_faint": sum(one.called is Called.FAINT for one in matches),
        **layers,
        "exceptions_to_read": [
            {"id": one, "says": regimes.exceptions[one][0], "source": regimes.exceptions[one][1]}
            for one in sorted(exceptions)
        ],
        "could_not_look": caveats,
        "rests_on": rests_on.to_json(),
        "note": NOT_LEGAL_ADVICE,
    }
    return {**told, "id": digest_of("screening", told)}


def advice(matches: Sequence[Match]) -> Advice:
    """What to do next about matches together."""
    called = {one.called for one in matches}
    if called & {Called.CORROBORATED, Called.NUMBER_ONLY}:
        return Advice.REVIEW
    return Advice.ASK if Called.NAME_ONLY in called else Advice.GO_ON


def _notes(
    match: Match, day: str, regimes: Regimes, exceptions: set[str]
) -> list[tuple[Effect, dict[str, Any]]]:
    if match.called in (Called.FAINT, Called.CLEARED, Called.CONTRADICTED):
        return []
    listing = match.listing
    told: list[tuple[Effect, dict[str, Any]]] = []
    if not listing.stands_on(day):
        end = listing.until or listing.listed_on
        return [
            (Effect.RISK_NOTE, {"listing": listing.ref,
             "says": f"The entry is not on its list on {day} ({end})."})
        ]  # fmt: skip
    found = regimes.of_list(listing.list_name)
    if not found:
        return [
            (Effect.RISK_NOTE, {"listing": listing.ref,
             "says": f"No regime is known here for the list {listing.list_name}."})
        ]  # fmt: skip
    for regime in found:
        standing = regime.on(day)
        if standing is None:
            continue
        note = {
            "listing": listing.ref, "regime": regime.id, "name": regime.name,
            "jurisdiction": regime.jurisdiction, "status": standing.status.value,
            "source": standing.source, "says": regime.says, "to_verify": standing.doubt,
        }  # fmt: skip
        confirmed = match.called is Called.CORROBORATED
        if standing.status is not Status.IN_FORCE or not confirmed:
            note["only_if"] = (
                "A second identifier agrees, and a person confirms it."
                if not confirmed
                else f"The rule were in force; it is {standing.status.value}."
            )
            told.append((Effect.RISK_NOTE, note))
        else:
            note["only_if"] = "A person confirms that the customer is this entry."
            told.append((regime.effect, note))
        exceptions.update(regime.exceptions)
    return told


def ownership_answer(
    about: str, name: str, rulings: Sequence[Ruling], *, day: str, regimes: Regimes,
    graph: str, caveats: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """What the rules of ownership say of a party, as plain values.

    Args:
        about: id of the party.
        name: its name.
        rulings: see :func:`stillwatch.screen.owning.rule_on`.
        day: ISO day.
        regimes: the rules.
        graph: digest of the graph.
        caveats: sentences about the graph.
    """
    from stillwatch.screen.owning import governing

    layers: dict[str, list[dict[str, Any]]] = {effect.value: [] for effect in Effect}
    quiet: list[dict[str, Any]] = []
    for one in rulings:
        into = quiet if one.outcome is Outcome.NOT_REACHED else layers[one.layer.value]
        into.append(one.to_json())
    first = governing(rulings)
    told_of = list(caveats)
    if day > regimes.as_known_on:
        told_of.append(_PROJECTED.format(regimes.as_known_on, day))
    not_yet = [one.name for one in regimes.of_owners() if one.on(day) is None]
    told: dict[str, Any] = {
        "schema": "stillwatch.ownership-answer/1",
        "about": about,
        "name": name,
        "date": day,
        "governing": None if first is None else first.to_json(),
        **layers,
        "looked_and_not_reached": quiet,
        "no_such_rule_on_this_day": not_yet,
        "could_not_look": told_of,
        "rests_on": {
            "graph": graph, "regimes": regimes.digest, "regimes_as_known_on": regimes.as_known_on,
        },
        "note": f"{NOT_LEGAL_ADVICE} Ownership, not control, is looked at.",
    }  # fmt: skip
    return {**told, "id": digest_of("ownership", told)}
