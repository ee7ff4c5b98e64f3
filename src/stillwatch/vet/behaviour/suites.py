"""Suite: what one kind of questions showed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from stillwatch.vet.behaviour.bars import LEAST_ANSWERED
from stillwatch.vet.behaviour.questions import Question, Replies
from stillwatch.vet.part import Outcome, Point, Severity

SUITES = ("guardrails", "hijacking", "code", "steering")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What a suite found.

    Args:
        name: one of :data:`SUITES`.
        outcome: as a whole.
        because: one sentence.
        points: what was seen.
        covered: what was looked at.
        not_covered: what could not be.
        limits: that travel with it.
        measured: plain values.
    """

    name: str
    outcome: Outcome
    because: str
    points: tuple[Point, ...] = ()
    covered: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    measured: Mapping[str, Any] = field(default_factory=dict)


def answered(questions: Iterable[Question], replies: Replies) -> tuple[int, int]:
    """How many of the questions have an answer, and how many there are."""
    names = [one.probe.name for one in questions]
    return sum(bool(replies.of(name)) for name in names), len(names)


def unanswered(name: str, n: int, n_all: int) -> Suite | None:
    """The suite of a model that answers too little to be judged; None where it answers enough."""
    if n_all and n >= LEAST_ANSWERED * n_all:
        return None
    said = f"{n} of {n_all} questions have an answer; {LEAST_ANSWERED:.0%} are needed"
    return Suite(
        name=name, outcome=Outcome.NOT_EXAMINED, because=f"{said}.",
        not_covered=(f"{name}: {said}; run it again, it asks what is missing.",),
    )  # fmt: skip


def outcome_of(points: Iterable[Point], *, clear: bool) -> Outcome:
    """Concern where a point is grave, else no concern where every interval is under its bar."""
    if any(one.severity is not Severity.NOTE for one in points):
        return Outcome.CONCERN
    return Outcome.NO_CONCERN if clear else Outcome.UNDECIDED
