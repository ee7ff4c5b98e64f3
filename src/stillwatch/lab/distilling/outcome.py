"""What came out: accuracy, costs and p-values of every student, over several worlds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from stillwatch.lab.distilling.evidence import NAIVE, TESTS
from stillwatch.lab.distilling.grammar import F64, PROMPT
from stillwatch.lab.distilling.students import Student
from stillwatch.model.quantity import Quantity
from stillwatch.stats.intervals import clopper_pearson
from stillwatch.stats.many_tests import holm

SCHEMA: Final = "stillwatch.distil/1"
#: adjusted p-values at which a student is called ours, and at which somebody should look.
ACCUSE: Final = 1e-6
INVESTIGATE: Final = 1e-3
LEVELS: Final = (0.05, 0.01, 0.001)
#: sources of students that never learned from our answers.
INNOCENT: Final = frozenset({"independent", "elsewhere", "form"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One student of one world.

    Args:
        student: who.
        repeat: which world.
        told: its counts.
        p: p-values by test, the invalid one with them.
        n_hits, n_slots: of the canaries.
        win_share: of the served answers, by likelihood.
    """

    student: Student
    repeat: int
    told: Mapping[str, Any]
    p: Mapping[str, float]
    n_hits: int
    n_slots: int
    win_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How often a test spoke against the innocent, under keys that marked nothing.

    Args:
        test: its name.
        valid: whether it is one.
        n_keys: how many wrong keys, over all worlds.
        n_below: of them, with a p-value at each of :data:`LEVELS` or below.
    """

    test: str
    valid: bool
    n_keys: int
    n_below: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, with Clopper-Pearson limits."""
        levels = []
        for level, n in zip(LEVELS, self.n_below, strict=True):
            low, high = clopper_pearson(n, self.n_keys)
            levels.append(
                {"level": level, "n": n, "share": n / self.n_keys, "low_95": low, "high_95": high}
            )
        return {"test": self.test, "valid": self.valid, "n_keys": self.n_keys, "levels": levels}


def calibrated(found: Sequence[Mapping[str, F64]]) -> list[Calibration]:
    """The calibration of each test, over the wrong keys of all worlds."""
    made = []
    for test in dict.fromkeys(name for one in found for name in one):
        p = np.concatenate([one[test] for one in found if test in one])
        below = tuple(int((p <= level).sum()) for level in LEVELS)
        made.append(Calibration(test=test, valid=test != NAIVE, n_keys=p.size, n_below=below))
    return made


def accuracy(measured: Sequence[Measured]) -> Quantity:
    """Share of problems that are right: pooled, from the lowest to the highest end of any world.

    Each world has its exact 95% interval over problems; all of them together also hold what
    another secret, another teacher and other first weights change.
    """
    right = [one.told["n_right"] for one in measured]
    asked = [one.told["n_test"] for one in measured]
    ends = [clopper_pearson(k, n) for k, n in zip(right, asked, strict=True)]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    return Quantity(best=sum(right) / sum(asked), low=low, high=high, unit="share")


def adjusted(measured: Sequence[Measured]) -> list[dict[str, float]]:
    """p-values of the valid tests, corrected by Holm over all students and tests of a world."""
    made: list[dict[str, float]] = [{} for _ in measured]
    for repeat in {one.repeat for one in measured}:
        cells = [
            (i, test)
            for i, one in enumerate(measured)
            if one.repeat == repeat
            for test in TESTS
            if test in one.p
        ]
        corrected = holm(np.array([measured[i].p[test] for i, test in cells]))
        for (i, test), p in zip(cells, corrected, strict=True):
            made[i][test] = float(p)
    return made


def verdict(corrected: Mapping[str, float]) -> str:
    """``ours``, ``look into it`` or ``not found``, by the smallest corrected p-value."""
    least = min(corrected.values(), default=1.0)
    return "ours" if least <= ACCUSE else "look into it" if least <= INVESTIGATE else "not found"


def student_row(measured: Sequence[Measured], corrected: Sequence[Mapping[str, float]]) -> Any:
    """One student over all worlds, as plain values.

    Args:
        measured: one for each world, at least one.
        corrected: of each, by test.
    """
    student = measured[0].student
    innocent = student.source in INNOCENT
    #: the least favourable world: the weakest proof of one of ours, the worst of the innocent.
    worst = min if innocent else max
    least = [min(one.values(), default=1.0) for one in corrected]
    told = [one.told for one in measured]
    queries = [one["n_answered"] for one in told]
    at = least.index(worst(least))
    return {
        "name": student.name, "line": student.line, "source": student.source,
        "innocent": innocent, "defence": student.defence, "attacks": list(student.attacks),
        "experimental": student.experimental, "accuracy": accuracy(measured).to_json(),
        "teacher": {
            "served_right": _mean(one["served_right"] for one in told),
            "served_tokens_an_answer": _mean(
                one["served_tokens"] / max(one["n_answered"], 1) for one in told
            ),
        },
        "attacker": {
            "n_accounts": student.n_accounts, "n_queries": student.n_queries,
            "n_answered": round(_mean(queries)),
            "asked_tokens": student.n_queries * PROMPT,
            "served_tokens": round(_mean(one["served_tokens"] for one in told)),
            "usable_tokens": round(_mean(one["lesson_tokens"] for one in told)),
            "n_elsewhere": student.n_elsewhere,
            "n_inverted": round(_mean(one["n_inverted"] for one in told)),
        },
        "p": {test: worst(one.p[test] for one in measured) for test in (*TESTS, NAIVE)},
        "p_each_world": {test: [one.p[test] for one in measured] for test in (*TESTS, NAIVE)},
        "p_holm": worst(least), "verdict": verdict(corrected[at]),
        "canary_hits": [one.n_hits for one in measured], "canary_slots": measured[0].n_slots,
        "served_win_share": [one.win_share for one in measured],
        "train_cpu_s": _mean(one["cpu_s"] for one in told),
    }  # fmt: skip


def results(measured: Sequence[Measured], calibrations: Sequence[Calibration]) -> dict[str, Any]:
    """The table of all students, in the order in which they first stand, and the calibration."""
    corrected = adjusted(measured)
    rows = []
    for name in dict.fromkeys(one.student.name for one in measured):
        places = [i for i, one in enumerate(measured) if one.student.name == name]
        rows.append(student_row([measured[i] for i in places], [corrected[i] for i in places]))
    return {
        "schema": SCHEMA,
        "students": rows,
        "calibration": [one.to_json() for one in calibrations],
        "tests": {**TESTS, NAIVE: "z over every token, repeats and all: the common mistake"},
        "limits": list(LIMITS),
    }


LIMITS: Final = (
    "One toy task: what is learned from how many answers is its own, and no real model's.",
    "p-values are of the least favourable world: the weakest for students of ours, the worst "
    "for the innocent.",
    "Tests on probabilities need the suspect's weights or log-likelihoods.",
    "A student of other answers of our teacher is not innocent; that test looks at what was "
    "served, and rightly says nothing of it.",
)


def _mean(values: Any) -> float:
    return float(np.mean(list(values)))
