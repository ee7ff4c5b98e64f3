"""Advice: may I run it, on what conditions, how sure is that, and what was not looked at.

No number stands for the whole. The answer follows from the bar by four rules, in this order:
a critical point in what was examined; something essential that nobody looked at or could decide;
a concern or an open question; none of these.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from stillwatch.vet.part import Outcome
from stillwatch.vet.review.reading import Examined


class Answer(StrEnum):
    """What a reader of nothing else should take away."""

    DO_NOT_RUN = "do_not_run"
    NOT_KNOWN = "not_known"
    ON_CONDITIONS = "on_conditions"
    NOTHING_AGAINST = "nothing_against"


TITLES: Final = {
    Answer.DO_NOT_RUN: "Do not run it as it is",
    Answer.NOT_KNOWN: "Not enough is known to run it",
    Answer.ON_CONDITIONS: "Run it on conditions only",
    Answer.NOTHING_AGAINST: "Nothing was found against running it",
}
#: findings that say whose the tool is, and not what it does to whoever runs it.
_NOT_ABOUT_RUNNING: Final = frozenset({"lineage"})
_OPEN: Final = (Outcome.UNDECIDED, Outcome.NOT_EXAMINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The answer of a review.

    Args:
        answer: one of four.
        because: sentences, gravest first.
        conditions: examination and what it asks for.
        sure: sentences on what it rests on.
    """

    answer: Answer
    because: tuple[str, ...]
    conditions: tuple[tuple[str, str], ...]
    sure: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "answer": self.answer.value,
            "title": TITLES[self.answer],
            "because": list(self.because),
            "conditions": [{"of": name, "do": text} for name, text in self.conditions],
            "sure": list(self.sure),
        }


def advise(examined: Sequence[Examined]) -> Advice:
    """What follows from how the examinations stand.

    Args:
        examined: as :func:`stillwatch.vet.review.reading.read` gives them.
    """
    grave = [e for e in examined if e.grave and e.of.name not in _NOT_ABOUT_RUNNING]
    open_ = [e for e in examined if e.applies and e.outcome in _OPEN]
    missing = [e for e in open_ if e.of.essential]
    concerns = [e for e in examined if e.outcome is Outcome.CONCERN]
    if grave:
        answer, first = Answer.DO_NOT_RUN, grave
    elif missing:
        answer, first = Answer.NOT_KNOWN, missing
    elif concerns or open_:
        answer, first = Answer.ON_CONDITIONS, concerns or open_
    else:
        answer, first = Answer.NOTHING_AGAINST, []
    because = [f"{e.of.title}: {e.because}" for e in first]
    if not because:
        because = ["every examination that applies was made, and none has a concern."]
    order = [*first, *(e for e in (*concerns, *open_) if e not in first)]
    return Advice(
        answer=answer,
        because=tuple(because),
        conditions=tuple(
            (e.of.title, text) for e in order if (text := e.of.condition(e.outcome, grave=e.grave))
        ),
        sure=tuple(_sure(examined)),
    )


def outcome_of(examined: Sequence[Examined]) -> Outcome:
    """What the review says as a whole to a machine: for its exit code, and nothing else."""
    applying = [e.outcome for e in examined if e.applies]
    if Outcome.CONCERN in applying:
        return Outcome.CONCERN
    if any(one in _OPEN for one in applying):
        return Outcome.UNDECIDED
    return Outcome.NO_CONCERN


def _sure(examined: Sequence[Examined]) -> Iterator[str]:
    applying = [e for e in examined if e.applies]
    looked = [e for e in applying if e.looked]
    undecided = sum(e.outcome is Outcome.UNDECIDED for e in looked)
    told = f"{len(looked)} of {len(applying)} examinations that apply were made"
    yield f"{told}, {undecided} of them without an answer." if undecided else f"{told}."
    sure = [e.sure for e in looked]
    rests = (
        (sum(s.n_tests for s in sure), "test{} with a stated error rate"),
        (sum(s.n_intervals for s in sure), "further count{} with an interval"),
        (sum(s.n_seen for s in sure), "thing{} plainly seen or said"),
    )
    if any(n for n, _ in rests):
        yield f"It rests on {', '.join(_many(n, what) for n, what in rests if n)}."
    n_not_covered = sum(s.n_not_covered for s in sure)
    if n_not_covered:
        told = _many(n_not_covered, "thing{}")
        yield f"Within what was examined, {told} could not be looked at."


def _many(n: int, what: str) -> str:
    return f"{n:,} {what.format('' if n == 1 else 's')}"
