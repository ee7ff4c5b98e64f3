"""Hearing: what the vendor was asked and said, who dissents, and when a report may go public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from stillwatch.model.errors import BadInput, NotAllowed

#: days that a vendor has to reply before anything is published, at the least.
LEAST_DAYS: Final = 30
RULE: Final = "no public report before the vendor could reply"


class State(StrEnum):
    """Where the vendor's reply stands on a day."""

    NOT_ASKED = "not_asked"
    WAITING = "waiting"
    REPLIED = "replied"
    SILENT = "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What the vendor was asked, and said.

    Args:
        contact: where the vendor was asked.
        asked_on: day on which the findings went to the vendor; None where they did not.
        days_to_reply: how long the vendor has, at least :data:`LEAST_DAYS`.
        replied_on: day of the reply.
        reply: what the vendor said, whole; it travels with the report.
        appeal_to: where the vendor can contest the report.
        appeal_days: how long after the report that is possible.

    Raises:
        BadInput: the days are too few, or a reply has no day or came before the question.
    """

    contact: str = ""
    asked_on: date | None = None
    days_to_reply: int = LEAST_DAYS
    replied_on: date | None = None
    reply: str = ""
    appeal_to: str = ""
    appeal_days: int = 90

    def __post_init__(self) -> None:
        """Refuse what cannot have happened."""
        if self.days_to_reply < LEAST_DAYS:
            raise BadInput(
                f"a vendor has {LEAST_DAYS} days at least to reply.", where="vendor.days_to_reply"
            )
        if bool(self.reply) != (self.replied_on is not None):
            raise BadInput("a reply has its text and its day, or neither.", where="vendor.reply")
        if self.replied_on and (self.asked_on is None or self.replied_on < self.asked_on):
            raise BadInput("a reply comes after the question.", where="vendor.reply")

    @property
    def answer_by(self) -> date | None:
        """Last day for the reply."""
        return self.asked_on and self.asked_on + timedelta(days=self.days_to_reply)

    def state(self, day: date) -> State:
        """Where the reply stands on a day."""
        by = self.answer_by
        if self.replied_on is not None and self.replied_on <= day:
            return State.REPLIED
        if by is None or (self.asked_on is not None and day < self.asked_on):
            return State.NOT_ASKED
        return State.WAITING if day <= by else State.SILENT

    def to_json(self, day: date) -> dict[str, Any]:
        """Plain values, as they stand on a day."""
        replied = self.state(day) is State.REPLIED
        return {
            "contact": self.contact,
            "asked_on": _iso(self.asked_on),
            "days_to_reply": self.days_to_reply,
            "answer_by": _iso(self.answer_by),
            "state": self.state(day).value,
            "replied_on": _iso(self.replied_on) if replied else None,
            "reply": self.reply if replied else "",
            "appeal_to": self.appeal_to,
            "appeal_until": _iso(day + timedelta(days=self.appeal_days)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A person's word that a report goes public before the vendor could reply.

    Args:
        by: the person.
        reason: why; stands in the report.
    """

    by: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse a word of nobody, or without a reason."""
        if not self.by.strip() or not self.reason.strip():
            raise BadInput("needs a person and a reason.", where="publishing early")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"by": self.by, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dissent:
    """Somebody who does not agree, by name; it is never shortened away from the report.

    Args:
        by: the person.
        said_on: the day.
        about: an examination, or empty for the whole.
        says: what.

    Raises:
        BadInput: it has no name or no text.
    """

    by: str
    said_on: date
    says: str
    about: str = ""

    def __post_init__(self) -> None:
        """Refuse a dissent of nobody."""
        if not self.by.strip() or not self.says.strip():
            raise BadInput("a dissent has a name and a text.", where="dissent")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "by": self.by, "said_on": self.said_on.isoformat(), "about": self.about,
            "says": self.says,
        }  # fmt: skip


def check_public(hearing: Hearing, day: date, override: Override | None) -> None:
    """See that a public report may be made on a day.

    Raises:
        NotAllowed: the vendor was not asked or may still reply, nobody overrides it, or the
            report names no place for an appeal.
    """
    if not hearing.appeal_to:
        raise NotAllowed(
            "the tool's file names no place where the vendor can contest the report; set "
            "vendor.appeal_to",
            by_rule="what is published can be contested",
        )
    state = hearing.state(day)
    if override is not None or state in (State.REPLIED, State.SILENT):
        return
    if state is State.NOT_ASKED:
        what = "the vendor was not asked; ask, and set vendor.asked_on"
    else:
        what = f"the vendor may reply until {hearing.answer_by}"
    raise NotAllowed(
        f"{what}; or a person says why it cannot wait, with --publish-anyway and --by",
        by_rule=RULE,
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
