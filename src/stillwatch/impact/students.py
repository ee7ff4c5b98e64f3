"""Students: models whose leak is known, from which the estimate of uplift learns and is judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import numpy as np

from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.dose_response import Runs

#: the condition that the others are compared with.
NO_DEFENCE: Final = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """One student.

    Args:
        learner: what kind of model it is.
        world: whose teacher and task; worlds are exchangeable, students of one are not.
        defence: what was in force when its data was served; ``none`` for nothing.
        n_usable: distinct answers that it was trained on, above 0; the dose. Answers and not
            tokens, for a defence may leave fewer tokens in each.
        student_accuracy, teacher_accuracy, untrained_accuracy: on one exam, 0 to 1.
        served_accuracy: of what honest users were served under the defence; the teacher's
            where it alters nothing.
        n_queries: asked for that data, repeats and all.
    """

    learner: str
    world: str
    defence: str
    n_usable: float
    student_accuracy: float
    teacher_accuracy: float
    untrained_accuracy: float
    served_accuracy: float
    n_queries: float

    def __post_init__(self) -> None:
        """Refuse a student that nothing can be learnt from."""
        numbers = (self.n_usable, self.student_accuracy, self.teacher_accuracy,
                   self.untrained_accuracy, self.served_accuracy, self.n_queries)  # fmt: skip
        if not all(isfinite(x) and x >= 0 for x in numbers) or self.n_usable <= 0:
            raise BadInput("a number of a student is missing, negative or no number.",
                           where=f"world {self.world}")  # fmt: skip
        if not self.untrained_accuracy < self.teacher_accuracy <= 1:
            raise BadInput("the teacher is no better than an untrained student.",
                           where=f"world {self.world}")  # fmt: skip

    @property
    def share(self) -> float:
        """Of the gap between untrained and teacher that closed, 0 to 1.

        Below 0 is chance; a student may pass a teacher that slips, which is no further leak.
        """
        gap = self.teacher_accuracy - self.untrained_accuracy
        return min(max((self.student_accuracy - self.untrained_accuracy) / gap, 0.0), 1.0)

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Student:
        """A student from a row of a table; ``world`` is the seed where it is not given.

        Raises:
            BadInput: a column is missing or holds no number.
        """
        try:
            teacher = float(row["teacher_accuracy"])
            asked = float(row["n_queries"])
            return cls(
                learner=str(row.get("learner") or "unknown"),
                world=f"{row.get('learner') or ''} {row.get('world') or row['seed']}".strip(),
                defence=str(row["defence"]),
                n_usable=float(row.get("n_distinct") or asked),
                student_accuracy=float(row["student_accuracy"]),
                teacher_accuracy=teacher,
                untrained_accuracy=float(row["untrained_accuracy"]),
                served_accuracy=float(row.get("served_accuracy") or teacher),
                n_queries=asked,
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"is no student: {error}.", where="students") from error


def runs_of(students: Sequence[Student]) -> tuple[Runs, tuple[str, ...]]:
    """Runs for a curve, and the names of the conditions by position, ``none`` first.

    Raises:
        NotEnoughEvidence: nobody was taught without a defence.
    """
    names = sorted({s.defence for s in students} - {NO_DEFENCE})
    if len(names) == len({s.defence for s in students}):
        raise NotEnoughEvidence("no student was taught without a defence", needed=1, had=0)
    conditions = (NO_DEFENCE, *names)
    worlds = sorted({s.world for s in students})
    return Runs(
        dose=np.array([s.n_usable for s in students], np.float64),
        share=np.array([s.share for s in students]),
        condition=np.array([conditions.index(s.defence) for s in students]),
        world=np.array([worlds.index(s.world) for s in students]),
        n_conditions=len(conditions),
    ), conditions  # fmt: skip
