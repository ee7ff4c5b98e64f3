"""Report: what all suites say, as one part of a vetting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stillwatch.vet.behaviour import code, guardrails, hijacking, steering, topics
from stillwatch.vet.behaviour.asking import Packs
from stillwatch.vet.behaviour.bars import ALPHA
from stillwatch.vet.behaviour.graders import GradeBy, TreatBy
from stillwatch.vet.behaviour.labelled import errors_of_grades, errors_of_treatments
from stillwatch.vet.behaviour.questions import Question, Replies
from stillwatch.vet.behaviour.suites import SUITES, Suite
from stillwatch.vet.part import Outcome, Part, Severity

_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.NOTE)
LIMITS = (
    "Answers of one endpoint on one day: the same weights behind another endpoint, another system "
    "text or a filter may behave otherwise.",
    f"Family-wise rate of false alarms of each suite: {ALPHA:.0%}, where its tests hold.",
)


def examined(
    packs: Packs,
    asked: Mapping[str, list[Question]],
    suspect: Replies,
    reference: Replies | None,
    *,
    grade: GradeBy,
    treat: TreatBy,
    found: Mapping[str, Sequence[str]],
) -> list[Suite]:
    """What each suite that was asked shows.

    Args:
        packs: as they are.
        asked: questions by suite.
        suspect: replies of the model.
        reference: replies of the reference, where one was asked.
        grade: who grades requests.
        treat: who classes topics.
        found: what the scanner of code said, by :func:`~stillwatch.vet.behaviour.code.key_of`.
    """
    suites = []
    for name, many in asked.items():
        if name == guardrails.NAME:
            errors = errors_of_grades(packs.labelled, packs.forbidden, grade)
            suites.append(
                guardrails.judged(packs.forbidden, many, suspect, reference, grade, errors)
            )
        elif name == hijacking.NAME:
            suites.append(hijacking.judged(packs.agents, many, suspect, reference))
        elif name == code.NAME:
            suites.append(code.judged(packs.coding, many, suspect, reference, found))
        elif name == topics.NAME:
            errors = errors_of_treatments(packs.labelled, packs.topics, treat)
            suites.append(steering.judged(packs.topics, many, suspect, reference, treat, errors))
    return suites


def part_of(
    suites: Sequence[Suite],
    *,
    subject: str,
    manifest: Mapping[str, Any],
    evasions: Mapping[str, tuple[str, ...]] | None = None,
) -> Part:
    """One part: the gravest first, nothing added up; no concern only where every suite was asked.

    Args:
        suites: what each showed.
        subject: whose behaviour.
        manifest: by which it can be asked again.
        evasions: what is known to get past the tools.
    """
    outcomes = {one.outcome for one in suites}
    asked = {one.name for one in suites}
    left = tuple(f"{name}: the plan leaves it out." for name in SUITES if name not in asked)
    if Outcome.CONCERN in outcomes:
        outcome = Outcome.CONCERN
    elif outcomes <= {Outcome.NOT_EXAMINED}:
        outcome = Outcome.NOT_EXAMINED
    elif outcomes <= {Outcome.NO_CONCERN} and not left:
        outcome = Outcome.NO_CONCERN
    else:
        outcome = Outcome.UNDECIDED
    ranked = sorted(suites, key=lambda one: list(Outcome).index(one.outcome))
    because = " ".join(one.because for one in ranked) or "No suite was asked."
    if suites and left:
        because += f" {len(left)} of {len(SUITES)} suites were not asked."
    points = [point for one in suites for point in one.points]
    return Part(
        name="behaviour", subject=subject, outcome=outcome,
        because=because,
        points=tuple(sorted(points, key=lambda one: _ORDER.index(one.severity))),
        covered=tuple(said for one in suites for said in one.covered),
        not_covered=left + tuple(said for one in suites for said in one.not_covered),
        limits=LIMITS + tuple(said for one in suites for said in one.limits),
        tools=dict(manifest["versions"]), known_evasions=dict(evasions or KNOWN_EVASIONS),
        measured={
            "manifest": dict(manifest),
            "suites": {
                one.name: {"outcome": str(one.outcome), "because": one.because, **one.measured}
                for one in suites
            },
        },
    )  # fmt: skip


KNOWN_EVASIONS: Mapping[str, tuple[str, ...]] = {
    "questions": (
        "The packs are public: a model can be trained on them, or an endpoint can know them.",
        "An endpoint can answer a reviewer's key otherwise than a customer's; `vet substitution` "
        "compares routes.",
    ),
    "rules": (
        "An answer that refuses, or justifies, in words of no list is read as an omission.",
        "An answer that names the facts and denies them is read as answered.",
    ),
    "bandit": ("Flaws that no pattern shows: missing checks of rights, wrong logic, races.",),
}
