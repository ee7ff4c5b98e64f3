"""Statuses: what force a rule has on a day. Dates are data; the fold over them is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from stillwatch.model.errors import BadInput


class Status(StrEnum):
    """How a rule stands on a day."""

    PROPOSED = "proposed"
    IN_FORCE = "in force"
    SUSPENDED = "suspended"
    REPEALED = "repealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """A status and the day from which it holds, until the next one's."""

    day: date
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a rule stands on a day.

    Args:
        status: nothing before its first day.
        since: from when; nothing before its first day.
        applies: it is in force and its duties apply already.
        next_day: when that changes, where that is known.
        said: the same in words.
    """

    status: Status | None
    since: date | None
    applies: bool
    next_day: date | None
    said: str


def statuses_from(told: Iterable[Mapping[str, Any]], *, where: str) -> tuple[Since, ...]:
    """The dated statuses of a rule.

    Raises:
        BadInput: none, a status is unknown, or days are out of order.
    """
    try:
        listed = list(told)
        if unknown := {key for one in listed for key in one} - {"from", "status"}:
            raise ValueError(f"unknown field {min(unknown)!r}")
        found = tuple(
            Since(day=day_of(one["from"]), status=Status(str(one["status"]))) for one in listed
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a status cannot be read: {error}.", where=where) from error
    days = [one.day for one in found]
    if not found or days != sorted(set(days)):
        raise BadInput("a rule needs statuses, each from a later day than the last.", where=where)
    return found


@lru_cache(maxsize=4096)
def standing(statuses: tuple[Since, ...], day: date, applies_from: date | None = None) -> Standing:
    """How a rule stands on a day.

    Args:
        statuses: in the order of their days.
        day: the day asked for.
        applies_from: day from which duties apply, where that is later than being in force.

    >>> since = (Since(day=date(2024, 8, 1), status=Status.IN_FORCE),)
    >>> standing(since, date(2025, 1, 1), date(2025, 8, 2)).said
    'in force since 2024-08-01, applies from 2025-08-02'
    """
    past = [one for one in statuses if one.day <= day]
    coming = [one.day for one in statuses if one.day > day]
    if applies_from is not None and applies_from > day:
        coming.append(applies_from)
    ahead = min(coming, default=None)
    if not past:
        return Standing(
            status=None, since=None, applies=False, next_day=ahead, said=f"not before {ahead}"
        )
    last = past[-1]
    applies = last.status is Status.IN_FORCE and (applies_from is None or applies_from <= day)
    said = f"{last.status} since {last.day}"
    if last.status is Status.IN_FORCE and not applies:
        said += f", applies from {applies_from}"
    return Standing(status=last.status, since=last.day, applies=applies, next_day=ahead, said=said)


def day_of(told: object) -> date:
    """A day as TOML or ISO 8601 tells it.

    Raises:
        ValueError: it is none.
    """
    if isinstance(told, date):
        return date(told.year, told.month, told.day)
    return date.fromisoformat(str(told))
