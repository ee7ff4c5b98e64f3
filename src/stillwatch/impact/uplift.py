"""Uplift: how much of the gap to the teacher that many tokens can close, and how far that is sure.

The lab's students give the shape of the curve and how much it moves from world to world; their dose
is answers, and tokens stand for answers of one length. Where on
the axis of tokens a real model's threshold lies, no lab of ours knows: ``half_gap_tokens`` says so
as an assumption, and it stands before the number. The other side's own filter, a ceiling below the
teacher ("do not replicate the full performance") and what reaches other domains are apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any

from stillwatch.impact.assumptions import Assumptions
from stillwatch.impact.quantities import SAYS_NOTHING, Estimate, box
from stillwatch.impact.students import NO_DEFENCE, Student, runs_of
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity
from stillwatch.stats.dose_response import Predicting, predicting

LEVEL = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Learning:
    """What the lab's students teach about closing a gap.

    Attributes:
        know: curve and conformal score.
        defences: names of the conditions, ``none`` first.
        served: per defence, mean accuracy of what honest users were served, of the teacher's own.
        learners: what kinds of students they were.
    """

    know: Predicting
    defences: tuple[str, ...]
    served: dict[str, float]
    learners: tuple[str, ...]

    @property
    def half_answers(self) -> float:
        """Usable answers at half height without a defence, in the lab."""
        return exp(self.know.curve.ln_half)

    def share(self, low: float, high: float, defence: str = NO_DEFENCE) -> tuple[float, float]:
        """Ends of the share of the gap, for doses in usable answers of the lab.

        Raises:
            BadInput: the lab knows no such defence.
        """
        return self.know.between(low, high, self._at(defence))

    def best(self, dose: float, defence: str = NO_DEFENCE) -> float:
        """The curve at a dose in usable answers of the lab."""
        return self.know.best(dose, self._at(defence))

    def _at(self, defence: str) -> int:
        if defence not in self.defences:
            raise BadInput(f"the lab measured no defence called {defence[:60]!r}.",
                           where="defence",
                           remedy=f"It measured: {', '.join(self.defences)}.")  # fmt: skip
        return self.defences.index(defence)

    def to_json(self) -> dict[str, Any]:
        """Plain values; the score is None where there were too few worlds."""
        score = self.know.score
        return {
            "n_students": self.know.n_runs, "n_worlds": self.know.n_worlds,
            "level": self.know.level, "learners": list(self.learners),
            "defences": list(self.defences), "half_answers": self.half_answers,
            "steepness": self.know.curve.steepness,
            "conformal_score": score if score < float("inf") else None,
        }  # fmt: skip


def learning_from(students: Sequence[Student], level: float = LEVEL) -> Learning:
    """What students teach.

    Args:
        students: of several worlds, some taught without a defence.
        level: coverage of the interval.

    Raises:
        NotEnoughEvidence: too few students, or none without a defence.
    """
    runs, defences = runs_of(students)
    served = {}
    for name in defences:
        here = [s.served_accuracy / s.teacher_accuracy for s in students if s.defence == name]
        served[name] = min(sum(here) / len(here), 1.0)
    return Learning(
        know=predicting(runs, level), defences=defences, served=served,
        learners=tuple(sorted({s.learner for s in students})),
    )  # fmt: skip


def uplift(
    tokens: Quantity, learning: Learning, know: Assumptions, *, defence: str = NO_DEFENCE
) -> Estimate:
    """Share of the gap to the teacher, in the copied domain, that the tokens can close.

    Args:
        tokens: usable ones, with their interval.
        learning: of the lab.
        know: the assumptions; ``half_gap_tokens`` places the lab's curve.
        defence: that was in force when the tokens were served.
    """
    half, ceiling = know["half_gap_tokens"], know["ceiling_share"]
    value = _share(tokens, learning, know, defence)
    first = (
        f"Assumed: a real student closes half of the gap with {_big(half.low)} to "
        f"{_big(half.high)} usable tokens ({half.source}). The lab gives the shape alone."
    )
    says = (
        first,
        f"A copy is taken to reach {ceiling.low:.0%} to {ceiling.high:.0%} of its teacher at "
        f"most ({ceiling.source}).",
        f"Shape from {learning.know.n_runs} students of {learning.know.n_worlds} made worlds "
        f"({', '.join(learning.learners)}), {learning.know.level:.0%} intervals.",
    )
    asks = "How much of the gap to the teacher can they close, in the domain that was copied?"
    rests_on = ("half_gap_tokens", "ceiling_share", "kept_share", "distinct_share",
                "tokens_per_answer", "answered_share")  # fmt: skip
    if value.high - value.low > SAYS_NOTHING * ceiling.high:
        return Estimate(
            name="uplift", asks=asks, value=None, rests_on=rests_on, says=says,
            why_not=f"could not say: the interval runs from {value.low:.0%} to {value.high:.0%} of "
            "the gap. Narrow half_gap_tokens with what is known of the student, or read the logs.",
        )  # fmt: skip
    return Estimate(name="uplift", asks=asks, value=value, rests_on=rests_on, says=says)


def elsewhere(inside: Quantity | None, know: Assumptions) -> Estimate:
    """What the same tokens do in domains that were not copied."""
    cross = know["cross_domain_share"]
    asks = "How much of that reaches domains that were not copied?"
    says = (f"Assumed: {cross.low:.0%} to {cross.high:.0%} of it ({cross.source}).",)
    if inside is None:
        return Estimate(name="uplift_elsewhere", asks=asks, value=None, says=says,
                        why_not="could not say: nor could it be said for the copied domain.",
                        rests_on=("cross_domain_share",))  # fmt: skip
    return Estimate(
        name="uplift_elsewhere", asks=asks, says=says, rests_on=("cross_domain_share",),
        value=box(inside.low * cross.low, inside.best * cross.best, inside.high * cross.high,
                  "share"),
    )  # fmt: skip


def _share(tokens: Quantity, learning: Learning, know: Assumptions, defence: str) -> Quantity:
    half, ceiling = know["half_gap_tokens"], know["ceiling_share"]
    scale = learning.half_answers
    low, high = learning.share(
        tokens.low / half.high * scale, tokens.high / half.low * scale, defence
    )
    best = learning.best(tokens.best / half.best * scale, defence)
    return box(low * ceiling.low, best * ceiling.best, high * ceiling.high, "share")


def share_of_gap(
    tokens: Quantity, learning: Learning, know: Assumptions, defence: str = NO_DEFENCE
) -> Quantity:
    """The interval itself, however wide; for comparisons, where both sides are as wide."""
    return _share(tokens, learning, know, defence)


def _big(tokens: float) -> str:
    for scale, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if tokens >= scale:
            return f"{tokens / scale:.3g} {name}"
    return f"{tokens:,.0f}"
