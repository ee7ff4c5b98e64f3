"""Questions for buyers, and what was answered: with a source and a day, or not stated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stillwatch.model.errors import BadInput

NOT_STATED = "not stated"
SAYS = ("yes", "no", "stated", NOT_STATED)


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One question.

    Args:
        id: of it.
        ask: its words.
        must: whether a contract without an answer has a gap.
        wanted: ``yes`` or ``no``, where one of them is the safe answer; empty else.
    """

    id: str
    ask: str
    must: bool
    wanted: str = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """One answer.

    Args:
        says: one of :data:`SAYS`.
        said: in words.
        source: clause, page or letter.
        on: the day of the source; None where it has none.
    """

    says: str = NOT_STATED
    said: str = ""
    source: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Inquiries:
    """All questions.

    Args:
        version: their date.
        old_after_days: answers older than this should be asked for again.
        inquiries: in order.
    """

    version: str
    old_after_days: int
    inquiries: tuple[Inquiry, ...]


def inquiries_from(value: Mapping[str, Any]) -> Inquiries:
    """The questions from their file.

    Raises:
        BadInput: a field is missing.
    """
    try:
        many = tuple(
            Inquiry(one["id"], one["ask"], bool(one["must"]), one.get("wanted", ""))
            for one in value["question"]
        )
        return Inquiries(str(value["version"]), int(value["old_after_days"]), many)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"a field is missing: {error}.", where="questions.toml") from error


def stated_from(value: Mapping[str, Any], asked: Inquiries, where: str) -> dict[str, Stated]:
    """Answers by question.

    Raises:
        BadInput: a question is unknown, or an answer is of the wrong kind.
    """
    known = {one.id for one in asked.inquiries}
    if unknown := sorted(set(value) - known):
        raise BadInput(
            f"no question {', '.join(unknown)}; there are {', '.join(sorted(known))}.", where=where
        )
    found = {}
    for name, told in value.items():
        if not isinstance(told, Mapping) or set(told) - {"says", "said", "source", "on"}:
            raise BadInput("an answer is a table of says, said, source, on.", where=name)
        says = told.get("says", "stated" if told.get("said") else NOT_STATED)
        on = told.get("on")
        if says not in SAYS:
            raise BadInput(f"says is one of {', '.join(SAYS)}.", where=name)
        if on is not None and type(on) is not date:
            raise BadInput("on is a day, such as 2026-11-26.", where=name)
        found[name] = Stated(says, str(told.get("said", "")), str(told.get("source", "")), on)
    return found
