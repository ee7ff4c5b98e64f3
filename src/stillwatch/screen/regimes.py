"""Regimes: the dated rules that give listings force, read from data and asked for a day.

Nothing here is a rule itself. A regime says what lists it rests on, what it does, what share of
ownership it reaches, and from which day until which it was proposed, in force or suspended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput

SCHEMA = "stillwatch.regimes/1"


class Effect(StrEnum):
    """What a rule amounts to; the three are never mixed."""

    LEGAL_PROHIBITION = "legal_prohibition"
    POLICY_CHOICE = "policy_choice"
    RISK_NOTE = "risk_note"


class Status(StrEnum):
    """How a rule stands on a day."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REPEALED = "repealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What share of ownership a rule reaches.

    Args:
        threshold: share, more than 0 and at most 1.
        strict: more than the threshold is needed, not just as much.
        aggregate: shares of several listed owners are added.
        minority_flag: a known listed share from here on is worth a look.
        hold_on_unknown: the rule itself demands that unknown shares are found out first; held
            they are under every rule.
        hold_name: what the rule calls that.
    """

    threshold: Fraction = Fraction(1, 2)
    strict: bool = False
    aggregate: bool = True
    minority_flag: Fraction = Fraction(1, 4)
    hold_on_unknown: bool = False
    hold_name: str = "unknown share of a listed owner"

    def met(self, share: Fraction) -> bool:
        """Whether a share is reached."""
        return share > self.threshold if self.strict else share >= self.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a regime stands from a day until a day.

    Args:
        from_day: ISO day.
        until_day: ISO day on which it ends; empty where nothing known ends it.
        status: how it stands.
        source: where that is written.
        reach: what share of ownership it reaches, where it does.
        doubt: what is still to be verified of this; printed wherever the status is.
    """

    from_day: str
    until_day: str
    status: Status
    source: str
    reach: Reach | None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A rule with its history.

    Args:
        id: short name.
        name: what people call it.
        jurisdiction: whose rule it is.
        lists: which lists it gives force.
        effect: what it amounts to where it is in force.
        severity: order among rules, the higher the more restrictive.
        says: what it says, in a sentence.
        exceptions: ids of exceptions to read.
        most_years: entries end after so many years; ``None`` where they do not.
        only_owners: it reaches the owned alone; what it means to be listed, another regime says.
        standings: history, in order and without overlap.
    """

    id: str
    name: str
    jurisdiction: str
    lists: frozenset[str]
    effect: Effect
    severity: int
    says: str
    exceptions: tuple[str, ...]
    most_years: int | None
    only_owners: bool
    standings: tuple[Standing, ...]

    def on(self, day: str) -> Standing | None:
        """How it stands on an ISO day; ``None`` before its first status and after its last."""
        for one in self.standings:
            if one.from_day <= day and (not one.until_day or day < one.until_day):
                return one
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimes:
    """All regimes of a file.

    Args:
        regimes: in the file's order.
        exceptions: (what it says, source) by id.
        as_known_on: ISO day on which the file was last checked; later days are a projection.
        digest: names the file's content.
    """

    regimes: tuple[Regime, ...]
    exceptions: Mapping[str, tuple[str, str]]
    as_known_on: str
    digest: str

    def of_list(self, name: str) -> tuple[Regime, ...]:
        """Regimes under which being on a list matters, the most restrictive first."""
        found = [one for one in self.regimes if name in one.lists and not one.only_owners]
        return tuple(sorted(found, key=lambda one: (-one.severity, one.id)))

    def of_owners(self) -> tuple[Regime, ...]:
        """Regimes that reach entities through their owners, the most restrictive first."""
        found = [one for one in self.regimes if any(s.reach for s in one.standings)]
        return tuple(sorted(found, key=lambda one: (-one.severity, one.id)))


def regimes_from(value: Mapping[str, Any], where: str) -> Regimes:
    """The regimes of a parsed file.

    Raises:
        BadInput: a field is missing, unknown or wrong, or two statuses overlap.
    """
    if value.get("schema") != SCHEMA:
        raise BadInput(f"is not {SCHEMA}.", where=where)
    exceptions = {one["id"]: (one["says"], one["source"]) for one in value.get("exception", ())}
    found: list[Regime] = []
    for told in value.get("regime", ()):
        place = f"{where}, regime {told.get('id', '?')}"
        try:
            found.append(_regime(told))
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise BadInput(f"is no regime: {error!r}.", where=place) from error
        _check(found[-1], exceptions, place)
    if len({one.id for one in found}) != len(found):
        raise BadInput("two regimes have one id.", where=where)
    if not found:
        raise BadInput("holds no regime.", where=where)
    return Regimes(
        regimes=tuple(found),
        exceptions=exceptions,
        as_known_on=str(value["as_known_on"]),
        digest=digest_of("regimes", value),
    )


def _regime(told: Mapping[str, Any]) -> Regime:
    general = told.get("ownership")
    standings = []
    for one in told["status"]:
        special = one.get("ownership", {})
        both = {**(general or {}), **special} if general is not None or special else None
        standings.append(
            Standing(
                from_day=_day(one["from"]),
                until_day=_day(one["until"]) if one["until"] else "",
                status=Status(one["status"]),
                source=str(one["source"]),
                reach=None if both is None else _reach(both),
                doubt=str(one.get("verify", "")),
            )
        )
    return Regime(
        id=str(told["id"]),
        name=str(told["name"]),
        jurisdiction=str(told["jurisdiction"]),
        lists=frozenset(told["lists"]),
        effect=Effect(told["effect"]),
        severity=int(told["severity"]),
        says=str(told["says"]),
        exceptions=tuple(told.get("exceptions", ())),
        most_years=told.get("most_years"),
        only_owners=told.get("through", "listing") == "owners",
        standings=tuple(standings),
    )


def _reach(told: Mapping[str, Any]) -> Reach:
    known = {
        "threshold", "reaches", "aggregate", "minority_flag", "hold_on_unknown", "hold_name",
    }  # fmt: skip
    if strange := set(told) - known:
        raise ValueError(f"unknown {sorted(strange)}")
    if told.get("reaches", "at_least") not in ("at_least", "more_than"):
        raise ValueError(f"reaches is {told['reaches']!r}")
    reach = Reach(
        threshold=Fraction(str(told.get("threshold", "1/2"))),
        strict=told.get("reaches") == "more_than",
        aggregate=bool(told.get("aggregate", True)),
        minority_flag=Fraction(str(told.get("minority_flag", "1/4"))),
        hold_on_unknown=bool(told.get("hold_on_unknown", False)),
        hold_name=str(told.get("hold_name", Reach().hold_name)),
    )
    if not 0 < reach.threshold <= 1 or not 0 < reach.minority_flag <= 1:
        raise ValueError("a share is outside 0 to 1")
    return reach


def _day(value: Any) -> str:
    text = str(value)
    if len(text) != 10 or text[4] != "-" or text[7] != "-" or not text.replace("-", "").isdigit():
        raise ValueError(f"{text!r} is no ISO day")
    return text


def _check(regime: Regime, exceptions: Mapping[str, object], place: str) -> None:
    if missing := [one for one in regime.exceptions if one not in exceptions]:
        raise BadInput(f"names exceptions that are not there: {missing}.", where=place)
    _check_order(regime.standings, place)


def _check_order(standings: Sequence[Standing], place: str) -> None:
    if not standings:
        raise BadInput("has no status.", where=place)
    for before, after in pairwise(standings):
        if not before.until_day or before.until_day > after.from_day:
            raise BadInput(
                f"two statuses overlap: {before.from_day} and {after.from_day}.", where=place
            )
    for one in standings:
        if one.until_day and one.until_day <= one.from_day:
            raise BadInput(f"a status ends before it begins: {one.from_day}.", where=place)
