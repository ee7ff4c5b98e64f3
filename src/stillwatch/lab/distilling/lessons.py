"""Lessons: what a student is taught, from what it was served and what it has from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.lab.distilling.attacks import rewritten
from stillwatch.lab.distilling.defences import conclusion_first, conclusion_last, with_result_first
from stillwatch.lab.distilling.grammar import (
    N_STEPS,
    N_SYMBOLS,
    PAD,
    PROMPT,
    Bools,
    Tokens,
)  # fmt: skip
from stillwatch.lab.distilling.reading import coherent, lengths, results_said
from stillwatch.lab.distilling.students import Student
from stillwatch.lab.distilling.task import Task, worked

#: times that an inverter tries each result; what hangs together is kept, once.
N_TRIES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What one campaign got, problem by problem.

    Args:
        served: (n, 35) answers as served.
        unserved: (n, 35) of the same problems, drawn the same way, that nobody was served.
        other: (n, 35) drawn once more, which no test looks at; None where it was not.
    """

    served: Tokens
    unserved: Tokens
    other: Tokens | None = None

    def first(self, n: int) -> Harvest:
        """What its first ``n`` queries got."""
        other = None if self.other is None else self.other[:n]
        return Harvest(served=self.served[:n], unserved=self.unserved[:n], other=other)


def scored(tokens: Tokens, prompt: int = PROMPT) -> Bools:
    """Which tokens a student is taught to say: all behind the prompt, but no padding."""
    return np.asarray((tokens != PAD) & (np.arange(tokens.shape[1]) >= prompt))


def lessons_of(student: Student, harvest: Harvest, task: Task, rng: np.random.Generator) -> Tokens:
    """Rows that a student without a second model is taught.

    Args:
        student: who.
        harvest: what its defence let through: ``student.n_answered`` rows.
        task: the secret, for teachers other than ours.
        rng: the student's own.
    """
    if student.source == "independent":
        problems = task.asked(student.n_queries)
        return worked(problems, task.results(problems), rng)
    if student.source == "form":
        problems = task.asked(student.n_queries)
        return worked(problems, rng.integers(0, N_SYMBOLS, (len(problems), N_STEPS)), rng)
    if student.source == "elsewhere":
        return from_elsewhere(student, task, rng)
    rows = harvest.served if harvest.other is None else harvest.other
    return rewritten(rows, student.attacks, rng)


def from_elsewhere(student: Student, task: Task, rng: np.random.Generator) -> Tokens:
    """Worked answers that a campaign did not get from us: right, in words of their own.

    They are of the last problems that can be asked, so that none is also harvested.
    """
    problems = task.asked(7_000)[7_000 - student.n_elsewhere :]
    return worked(problems, task.results(problems), rng)


def inverter_lessons(elsewhere: Tokens) -> tuple[Tokens, Bools]:
    """Rows that teach to make steps for a result, and which of their tokens are taught."""
    rows = conclusion_first(elsewhere)
    return rows, scored(rows, PROMPT + 2)


def inverter_prompts(harvest: Harvest) -> Tokens:
    """(m, 8) prompts for an inverter: each answer that says a result, ``N_TRIES`` times."""
    said = results_said(harvest.served)
    kept = said >= 0
    told = with_result_first(harvest.served[kept, :PROMPT], said[kept])
    return np.tile(told, (N_TRIES, 1))


def inverted(made: Tokens, elsewhere: Tokens) -> Tokens:
    """Lessons from made steps: those that end in the served result, each problem once.

    Args:
        made: (m, 35) what an inverter answered to :func:`inverter_prompts`.
        elsewhere: what the inverter was taught on; the student learns it too.
    """
    right = made[coherent(made, PROMPT + 2)]
    _, first = np.unique(right[:, :PROMPT], axis=0, return_index=True)
    return np.concatenate([conclusion_last(right[np.sort(first)]), elsewhere])


def tokens_given(tokens: Tokens) -> int:
    """Tokens of all answers together."""
    return int(lengths(tokens).sum())
