"""Does the shape learnt from one kind of student serve another, once its threshold is placed?

What the room does with a real model: the shape and its width come from the shipped students, the
place from an assumption. Here the assumption is what the other worlds of the other kind of student
say of their threshold, two spreads to either side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Final

from stillwatch.impact.students import Student, runs_of
from stillwatch.impact.uplift import Learning
from stillwatch.stats.dose_response import fit_curve

#: what the nets' lab calls a defence, and the shipped one that it is nearest to.
NEAREST: Final = {
    "none": "none", "marks": "none", "canaries": "none", "hidden": "answer only",
    "answer_only": "answer only", "conclusion_first": "answer only",
}  # fmt: skip
SPREADS: Final = 2.0

Held = tuple[int, float, float, float]


def transferred(students: Sequence[Student], learning: Learning) -> dict[str, list[Held]]:
    """Per defence of the other kind: position, truth and ends of the interval, world by world.

    Args:
        students: of another kind than those that ``learning`` comes from, of three worlds or more.
        learning: shape and width.
    """
    worlds = sorted({s.world for s in students})
    out: dict[str, list[Held]] = {}
    for nth, world in enumerate(worlds):
        plain = [s for s in students if s.world != world and NEAREST.get(s.defence) == "none"]
        runs, _ = runs_of(plain)
        curve = fit_curve(runs)
        away = SPREADS * curve.world_sd
        low, high = exp(curve.ln_half - away), exp(curve.ln_half + away)
        for s in students:
            if s.world != world or s.defence not in NEAREST:
                continue
            dose = s.n_usable * learning.half_answers
            ends = learning.share(dose / high, dose / low, NEAREST[s.defence])
            out.setdefault(s.defence, []).append((nth, s.share, *ends))
    return out


def net_of(row: Mapping[str, str]) -> Student:
    """A transformer of the lab's table of students."""
    return Student.from_row(
        {"learner": "net", **row, "served_accuracy": row["teacher_served_right"]}
    )


def all_of(found: dict[str, list[Held]]) -> list[Held]:
    """All defences together."""
    return [one for listed in found.values() for one in listed]
