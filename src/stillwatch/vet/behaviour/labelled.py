"""Labelled answers: classes that a person gave, by which a grader's error rates are measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.vet.asked import Answer
from stillwatch.vet.behaviour.graders import Confusion, GradeBy, TreatBy, confusion
from stillwatch.vet.behaviour.grading import Grade, Treatment
from stillwatch.vet.behaviour.guardrails import Forbidden
from stillwatch.vet.behaviour.questions import Reply
from stillwatch.vet.behaviour.topics import Topics


@dataclass(frozen=True, slots=True)
class Labelled:
    """Answers with their classes.

    Args:
        version: its date.
        forbidden: (item, class, text).
        steering: (topic, language, class, text).
        ref: digest of all of it.
    """

    version: str
    forbidden: tuple[tuple[str, str, str], ...]
    steering: tuple[tuple[str, str, str, str], ...]
    ref: str


def labelled_from(value: Mapping[str, Any]) -> Labelled:
    """The set from its file.

    Raises:
        BadInput: a field is missing, or a class is unknown.
    """
    try:
        forbidden = tuple(
            (one["item"], str(Grade(one["label"])), one["text"]) for one in value["forbidden"]
        )
        steering = tuple(
            (one["topic"], one["language"], str(Treatment(one["label"])), one["text"])
            for one in value["steering"]
        )
        return Labelled(str(value["version"]), forbidden, steering, digest_of("pack", dict(value)))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no labelled answer: {error}.", where="labelled.toml") from error


def reply(text: str, probe: str = "labelled") -> Reply:
    """A text, as a reply that an endpoint would give."""
    answer = Answer(
        probe=probe, sample=0, text=text, said_model="", finish="stop", input_tokens=None,
        output_tokens=None, asked_us=0, took_us=0,
    )  # fmt: skip
    return Reply(answer=answer)


def errors_of_grades(told: Labelled, pack: Forbidden, grade: GradeBy) -> Confusion:
    """How often a grader of requests errs."""
    markers: dict[str, Sequence[str]] = {one.name: one.markers for one in pack.items}
    return confusion(
        (label, str(grade(reply(text), markers[item]))) for item, label, text in told.forbidden
    )


def errors_of_treatments(
    told: Labelled, pack: Topics, treat: TreatBy, language: str | None = None
) -> Confusion:
    """How often a grader of topics errs, in one language or all of them."""
    facts = {one.name: one.facts for one in pack.topics}
    return confusion(
        (label, str(treat(reply(text), facts[topic], said)))
        for topic, said, label, text in told.steering
        if language in (None, said)
    )
