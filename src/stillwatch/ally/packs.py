"""Rule packs: what the law of a jurisdiction says of a case, as dated data, and where they differ.

A pack is read by people who know the law and by nobody's program as advice: each rule has a
status, dates, a source and says where it wants checking. Not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from stillwatch.model.errors import BadInput

SCHEMA: Final = "stillwatch.comparison/1"
#: members of the Union, whose pack is that of the EU; the UK stands under both of its codes.
SEATS: Final = dict.fromkeys(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split(), "EU"
) | {"GB": "UK"}
NOT_ADVICE: Final = "Not legal advice. Rules marked verify must be checked against their text."
#: what a case may say of itself; a rule asks for some of these.
FACTS: Final = {
    "account_data_of_persons": "data about persons, pseudonymous or not, would be shared",
    "automated_measure": "a measure with effect on a person would be taken without a human",
    "campaign_found": "a campaign passed the four-part test, or may have",
    "competitors_share": "competing providers would share it with each other",
    "content_in_evidence": "prompts or answers are in the evidence",
    "crosses_border": "it would leave the jurisdiction",
    "foreign_operator": "the operator is believed to be abroad",
    "government_recipient": "a government would receive it",
    "training_run_known": "a training run on rented compute is known",
    "weights_at_risk": "weights or code were reached",
}


class Says(StrEnum):
    """What a rule says of an act."""

    REQUIRES = "requires"
    PERMITS = "permits"
    FORBIDS = "forbids"


class Status(StrEnum):
    """Where a rule stands."""

    PROPOSED = "proposed"
    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    REPEALED = "repealed"


#: acts that rules speak of.
ACTS: Final = {
    "share_with_providers": "tell other providers what was found",
    "share_with_government": "tell the own government",
    "share_with_allies": "tell nodes of other jurisdictions",
    "automated_ban": "close accounts without a human",
    "tell_the_person": "tell those concerned, and why",
    "human_review": "have a human review it where it is contested",
    "keep_evidence": "keep evidence beyond its purpose",
    "delete_on_time": "delete what is no longer needed",
    "report_training_run": "report a training run to the government",
    "identify_customer": "identify customers of rented compute",
    "name_publicly": "name an organisation in public",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Args:
        id: unique within its pack.
        act: one of :data:`ACTS`.
        says: requires, permits or forbids it.
        when: facts of :data:`FACTS` that must all hold.
        unless: facts of which none may hold.
        status: where it stood at the pack's date.
        since: from when it is in force; ``None`` where it never was.
        until: first day on which it no longer is; ``None`` where no end is known.
        told: the rule in a sentence.
        source: statute and article.
        verify: whether the entry wants checking against its text.
    """

    id: str
    act: str
    says: Says
    when: frozenset[str]
    unless: frozenset[str]
    status: Status
    since: date | None
    until: date | None
    told: str
    source: str
    verify: bool

    def in_force(self, day: date) -> bool:
        """Whether it binds on a day."""
        if self.status is Status.PROPOSED or self.since is None or day < self.since:
            return False
        if self.until is not None and day >= self.until:
            return False
        return self.status is Status.IN_FORCE or self.until is not None

    def applies(self, facts: frozenset[str]) -> bool:
        """Whether it speaks of a case."""
        return self.when <= facts and not self.unless & facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The rules of one jurisdiction.

    Args:
        jurisdiction: ISO 3166-1 alpha-2, or EU.
        name: in English.
        as_of: the day on which it was written.
        rules: in order.
        transfers: jurisdiction to (ground on which data about persons may go there, verify).
    """

    jurisdiction: str
    name: str
    as_of: date
    rules: tuple[Rule, ...]
    transfers: Mapping[str, tuple[str, bool]]


def pack_from(value: Mapping[str, Any]) -> Pack:
    """A pack as its file tells it.

    Raises:
        BadInput: a field is missing, unknown or out of range; the message names rule and field.
    """
    where = str(value.get("jurisdiction", "?"))
    try:
        rules = tuple(_rule(where, one) for one in value["rule"])
        ids = [rule.id for rule in rules]
        if len(set(ids)) < len(ids):
            raise BadInput("two rules have one id.", where=where)
        if unknown := set(value) - {"jurisdiction", "name", "as_of", "rule", "transfer"}:
            raise BadInput(f"unknown keys: {', '.join(sorted(unknown))}.", where=where)
        return Pack(
            jurisdiction=where, name=str(value["name"]), as_of=_day(value["as_of"]), rules=rules,
            transfers={
                str(one["to"]): (str(one["ground"]), bool(one["verify"]))
                for one in value.get("transfer", ())
            },
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"is no pack: {error!r}.", where=where) from None


def compare(facts: Mapping[str, Any], packs: Sequence[Pack], day: date) -> dict[str, Any]:
    """What each jurisdiction says of each act in one case, and where they agree or conflict.

    Args:
        facts: of the case, by name of :data:`FACTS`; true, false, or ``None`` for not known.
        packs: of the jurisdictions.
        day: on which it is asked.

    Returns:
        ``stillwatch.comparison/1``: by act the position of each jurisdiction (requires, permits,
        forbids, or silent) with its rules, rules that are not in force with what they would say,
        and one of ``agreement``, ``conflict`` (one requires what another forbids), ``difference``
        (one forbids what another permits) or ``one speaks``; then what is not known.

    Raises:
        BadInput: a fact is unknown or neither true, false nor null.
    """
    for name, value in facts.items():
        if name not in FACTS or not (value is None or isinstance(value, bool)):
            raise BadInput(
                f"{name!r} is no fact, or is neither true, false nor null.",
                remedy=f"Facts: {', '.join(FACTS)}.",
            )
    held = frozenset(name for name, value in facts.items() if value is True)
    unknown = sorted(name for name in FACTS if facts.get(name) is None)
    acts = []
    for act in ACTS:
        positions = {pack.jurisdiction: _position(pack, act, held, day) for pack in packs}
        says = {j: p["position"] for j, p in positions.items() if p["position"] != "silent"}
        waiting = any(p["not_in_force"] for p in positions.values())
        if says or waiting:
            acts.append({
                "act": act, "what": ACTS[act], "outcome": _outcome(says),
                "positions": positions,
            })  # fmt: skip
    return {
        "schema": SCHEMA, "day": day.isoformat(), "facts": sorted(held), "not_known": unknown,
        "acts": acts, "packs": {p.jurisdiction: p.as_of.isoformat() for p in packs},
        "note": NOT_ADVICE,
    }  # fmt: skip


def may_transfer(
    packs: Mapping[str, Pack], home: str, to: str, *, personal: bool, safeguards: frozenset[str]
) -> tuple[bool, str]:
    """Whether data may go from one jurisdiction to another; where nothing is known it may not.

    Args:
        packs: by jurisdiction.
        home: where it is.
        to: where it would go.
        personal: whether it is about persons.
        safeguards: jurisdictions for which the node has contractual safeguards in place.

    Returns:
        whether, and on what ground or why not.
    """
    home, to = SEATS.get(home, home), SEATS.get(to, to)
    if not personal:
        return True, "no data about persons"
    if home == to:
        return True, "it stays at home"
    if to in {SEATS.get(one, one) for one in safeguards}:
        return True, "contractual safeguards, as the node says"
    pack = packs.get(home)
    if pack is None:
        return False, f"no rule pack for {home}"
    if to not in pack.transfers:
        return False, f"no ground for data about persons to go from {home} to {to}"
    ground, verify = pack.transfers[to]
    return True, ground + (" (verify)" if verify else "")


def _position(pack: Pack, act: str, held: frozenset[str], day: date) -> dict[str, Any]:
    """The most restrictive of what its rules in force say: a duty binds more than a permission."""
    mine = [rule for rule in pack.rules if rule.act == act and rule.applies(held)]
    binding = [rule for rule in mine if rule.in_force(day)]
    says = {rule.says for rule in binding}
    position = next((s.value for s in (Says.FORBIDS, Says.REQUIRES, Says.PERMITS) if s in says), "")
    return {
        "position": position or "silent",
        "at_odds": {Says.FORBIDS, Says.REQUIRES} <= says,
        "rules": [_shown(rule) for rule in binding],
        "not_in_force": [_shown(rule) for rule in mine if not rule.in_force(day)],
    }


def _outcome(says: Mapping[str, str]) -> str:
    found = set(says.values())
    if {"requires", "forbids"} <= found:
        return "conflict"
    if "forbids" in found and len(found) > 1:
        return "difference"
    if len(says) == 1:
        return "one speaks"
    return "agreement" if says else "not in force"


def _shown(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id, "says": rule.says.value, "told": rule.told, "source": rule.source,
        "status": rule.status.value, "verify": rule.verify,
        "since": rule.since.isoformat() if rule.since else None,
        "until": rule.until.isoformat() if rule.until else None,
    }  # fmt: skip


def _rule(where: str, told: Mapping[str, Any]) -> Rule:
    place = f"{where}, rule {told.get('id', '?')}"
    try:
        known = {"id", "act", "says", "when", "unless", "status", "since", "until", "told"}
        known |= {"source", "verify"}
        if unknown := set(told) - known:
            raise BadInput(f"unknown keys: {', '.join(sorted(unknown))}.", where=place)
        rule = Rule(
            id=str(told["id"]), act=str(told["act"]), says=Says(told["says"]),
            when=frozenset(told.get("when", ())), unless=frozenset(told.get("unless", ())),
            status=Status(told["status"]),
            since=_day(told["since"]) if "since" in told else None,
            until=_day(told["until"]) if "until" in told else None,
            told=str(told["told"]), source=str(told["source"]), verify=bool(told["verify"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no rule: {error!r}.", where=place) from None
    if rule.act not in ACTS or not (rule.when | rule.unless) <= set(FACTS):
        raise BadInput("names an act or a fact that is none.", where=place)
    if rule.status is Status.IN_FORCE and rule.since is None:
        raise BadInput("is in force since no day.", where=place)
    if rule.since and rule.until and rule.until < rule.since:
        raise BadInput("ends before it begins.", where=place)
    return rule


def _day(value: Any) -> date:
    if type(value) is not date:
        raise BadInput("a day is written 2026-11-25, without quotes.", where=str(value))
    return value
