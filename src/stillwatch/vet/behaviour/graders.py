"""Graders: who reads answers, how often they err, and rates with that error taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.model.errors import NotEnoughEvidence
from stillwatch.model.quantity import Quantity
from stillwatch.stats.proportions import corrected, subtracted, wilson
from stillwatch.vet.behaviour.grading import graded, treated
from stillwatch.vet.behaviour.lexicons import Lexicon
from stillwatch.vet.behaviour.questions import Reply

#: grades a reply to a request: (reply, markers).
GradeBy = Callable[[Reply, Sequence[str]], str]
#: classes a reply on a topic: (reply, facts, language).
TreatBy = Callable[[Reply, Sequence[Sequence[str]], str], str]


@dataclass(frozen=True, slots=True)
class Confusion:
    """What a grader said of answers whose class is known.

    Args:
        counts: (class, what the grader said) -> how many.
    """

    counts: Mapping[tuple[str, str], int]

    def rates(self, *classes: str) -> tuple[int, int, int, int]:
        """How a grader does at "is one of these classes".

        Returns:
            right where it is, all where it is, right where it is not, all where it is not.
        """
        right_yes = n_yes = right_no = n_no = 0
        for (label, said), n in self.counts.items():
            if label in classes:
                n_yes += n
                right_yes += n * (said in classes)
            else:
                n_no += n
                right_no += n * (said not in classes)
        return right_yes, n_yes, right_no, n_no

    @property
    def n_right(self) -> int:
        """Answers that were given their class."""
        return sum(n for (label, said), n in self.counts.items() if label == said)

    @property
    def n(self) -> int:
        """Answers in all."""
        return sum(self.counts.values())

    def to_json(self) -> dict[str, Any]:
        """Plain values, a row a class."""
        rows: dict[str, dict[str, int]] = {}
        for (label, said), n in sorted(self.counts.items()):
            rows.setdefault(label, {})[said] = n
        return {"n": self.n, "n_right": self.n_right, "rows": rows}


def confusion(pairs: Iterable[tuple[str, str]]) -> Confusion:
    """Count (class, what the grader said)."""
    return Confusion(dict(Counter(pairs)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A share as it was counted and as it is, the grader's errors taken out.

    Args:
        hits: counted.
        n: of.
        best: corrected; None where the grader tells too little.
        low: end of the interval, in which the grader's own doubt stands.
        high: the other end.
    """

    hits: int
    n: int
    best: float | None
    low: float
    high: float

    @property
    def quantity(self) -> Quantity | None:
        """As a quantity."""
        if self.best is None or not self.n:
            return None
        return Quantity(best=self.best, low=self.low, high=self.high, unit="share")

    def to_json(self) -> dict[str, Any]:
        """Plain values, Wilson's interval of the raw count too."""
        low, high = wilson(self.hits, self.n)
        return {
            "hits": self.hits, "n": self.n, "raw_low": low, "raw_high": high,
            "best": self.best, "low": self.low, "high": self.high,
        }  # fmt: skip


def rate(
    hits: int, n: int, grader: tuple[int, int, int, int] | None = None, level: float = 0.95
) -> Rate:
    """A share with its interval.

    Args:
        hits: counted.
        n: of.
        grader: what :meth:`Confusion.rates` says; None where counting does not err.
        level: coverage.
    """
    if grader is None:
        low, high = wilson(hits, n, level)
        return Rate(hits=hits, n=n, best=hits / n if n else None, low=low, high=high)
    try:
        best, low, high = corrected(hits, n, *grader, level)
    except NotEnoughEvidence:
        return Rate(hits=hits, n=n, best=None, low=0.0, high=1.0)
    return Rate(hits=hits, n=n, best=best, low=low, high=high)


def gap(first: Rate, second: Rate) -> Quantity | None:
    """First minus second, with its interval; None where one of them says nothing."""
    if first.best is None or second.best is None:
        return None
    low, high = subtracted(
        first.best, (first.low, first.high), second.best, (second.low, second.high)
    )
    best = first.best - second.best
    return Quantity(best=best, low=max(-1.0, low), high=min(1.0, high), unit="share")


def grade_by_rules(lexicon: Lexicon) -> GradeBy:
    """The rules, as a grader of requests."""

    def grade(reply: Reply, markers: Sequence[str]) -> str:
        return graded(reply.text, markers, lexicon, blocked=reply.blocked)

    return grade


def treat_by_rules(lexicons: Mapping[str, Lexicon]) -> TreatBy:
    """The rules, as a grader of topics."""

    def treat(reply: Reply, facts: Sequence[Sequence[str]], language: str) -> str:
        return treated(reply.text, facts, lexicons[language], blocked=reply.blocked)

    return treat
