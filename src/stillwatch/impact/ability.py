"""Ability: how able models are, from published results on groups of tasks, suite by suite.

One fit over all rows places reference models and groups on one scale. The model that is asked about
stays out of that fit; its ability is then read from each suite alone. Where a suite of public tasks
says more than a suite that was held out, the difference is *benchmark inflation*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.item_response import Answers, Fitted, ability_on, fit

F64 = npt.NDArray[np.float64]

SPLITS: Final = ("public", "held out")
#: tasks of a benchmark whose number is not told.
USUAL_TASKS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One published accuracy.

    Args:
        suite: whose runs: the harness, the prompts, the budgets.
        split: ``public`` tasks, or ``held out`` from whoever trains.
        domain: of the tasks.
        benchmark: name; equal names in one suite are one group of tasks.
        n_tasks: how many, None where it is not told.
        model: name.
        released: day on which the model came out.
        accuracy: share solved, 0 to 1.
        told_by: ``vendor`` or ``independent``.
        as_of: day of the source.
        source: address.

    Raises:
        BadInput: a share is outside 0 to 1, a split is unknown, a text is missing.
    """

    suite: str
    split: str
    domain: str
    benchmark: str
    n_tasks: int | None
    model: str
    released: date
    accuracy: float
    told_by: str
    as_of: date
    source: str

    def __post_init__(self) -> None:
        """Refuse a row that cannot be used."""
        if not 0 <= self.accuracy <= 1:
            raise BadInput(f"an accuracy of {self.accuracy} is outside 0 to 1.", where=self.model)
        if self.n_tasks is not None and self.n_tasks < 1:
            raise BadInput("a benchmark has less than one task.", where=self.benchmark)
        if self.split not in SPLITS:
            raise BadInput(f"the split {self.split!r} is unknown.", where=self.benchmark,
                           remedy=f"Known: {', '.join(SPLITS)}.")  # fmt: skip
        if not all((self.suite, self.domain, self.benchmark, self.model, self.source)):
            raise BadInput("a row lacks a name or its source.", where=self.model or "benchmarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Which rows of a model an ability is read from.

    Args:
        name: shown.
        of: name of the suite in the rows; empty for all.
        split: ``public``, ``held out``, or empty for both.
    """

    name: str
    of: str = ""
    split: str = ""

    def takes(self, row: Row) -> bool:
        """Whether a row belongs to it."""
        return self.of in ("", row.suite) and self.split in ("", row.split)


def suites_of(rows: Sequence[Row], model: str) -> tuple[Suite, ...]:
    """The suites in which a model was met: each whole, its parts where it has both, and all."""
    mine = [row for row in rows if row.model == model]
    out = []
    for name in dict.fromkeys(row.suite for row in mine):
        out.append(Suite(name=name, of=name))
        parts = {row.split for row in mine if row.suite == name}
        if len(parts) > 1:
            out += [Suite(name=f"{name}, {split}", of=name, split=split) for split in SPLITS]
    if len(out) > 1:
        out.append(Suite(name="all rows"))
    return tuple(out)


class Table:
    """Rows as arrays, and the names behind the positions.

    Args:
        rows: of which no model may be released on two days.

    Raises:
        BadInput: a model has two days, or one accuracy stands twice.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.released: dict[str, date] = {}
        seen: set[tuple[str, str, str, date]] = set()
        for row in self.rows:
            if self.released.setdefault(row.model, row.released) != row.released:
                raise BadInput("is released on two days.", where=row.model)
            key = (row.suite, row.benchmark, row.model, row.as_of)
            if key in seen:
                raise BadInput(f"{row.benchmark} stands twice.", where=row.model)
            seen.add(key)
        self.models = tuple(sorted(self.released))
        self.groups = tuple(sorted({(r.suite, r.benchmark) for r in self.rows}))
        self._domain = {(r.suite, r.benchmark): r.domain for r in self.rows}
        self.answers = Answers(
            model=np.array([self.models.index(r.model) for r in self.rows], np.int64),
            group=np.array([self.groups.index((r.suite, r.benchmark)) for r in self.rows],
                           np.int64),
            accuracy=np.array([r.accuracy for r in self.rows], np.float64),
            n_tasks=np.array([float(r.n_tasks or USUAL_TASKS) for r in self.rows], np.float64),
            n_models=len(self.models), n_groups=len(self.groups),
        )  # fmt: skip

    def position(self, model: str) -> int:
        """Of a model.

        Raises:
            BadInput: no row names it.
        """
        if model not in self.models:
            raise BadInput(f"no row names {model[:80]!r}.", where="benchmarks",
                           remedy=f"Models: {', '.join(self.models)}."[:600])  # fmt: skip
        return self.models.index(model)

    def without(self, model: int) -> Answers:
        """All rows but those of one model."""
        return self.answers.where(self.answers.model != model)

    def rows_in(self, suite: Suite) -> npt.NDArray[np.bool_]:
        """Which rows a suite takes."""
        return np.array([suite.takes(row) for row in self.rows], np.bool_)

    def even(self, suite: Suite, model: int) -> F64:
        """``(n_groups,)`` weights that let each domain of a suite count alike, as CAISI does."""
        here = [n for n, row in enumerate(self.rows)
                if suite.takes(row) and self.answers.model[n] == model]  # fmt: skip
        groups = {self.groups[int(self.answers.group[n])] for n in here}
        domains = [self._domain[group] for group in groups]
        n_domains = len(set(domains))
        weight = np.ones(len(self.groups))
        for group in groups:
            alike = domains.count(self._domain[group])
            weight[self.groups.index(group)] = len(groups) / (n_domains * alike)
        return weight

    def fitted(self, model: int, weight: F64 | None = None, start: Fitted | None = None) -> Fitted:
        """The scale that all others make.

        Raises:
            NotEnoughEvidence: fewer than two other models.
        """
        return fit(self.without(model), weight=weight, start=start)

    def ability(self, model: int, suite: Suite, scale: Fitted, weight: F64 | None = None) -> float:
        """Of a model, from a suite alone.

        Raises:
            NotEnoughEvidence: the model has no row there, or no other model shares one.
        """
        keep = self.rows_in(suite)
        mine = keep & (self.answers.model == model)
        shared = {int(g) for g in self.answers.group[self.answers.model != model]}
        if not any(int(g) in shared for g in self.answers.group[mine]):
            raise NotEnoughEvidence(
                f"{suite.name}: no benchmark that another model met", needed=1, had=0
            )
        keep &= np.isin(self.answers.group, list(shared))
        even = self.even(suite, model)
        return ability_on(
            self.answers.where(keep), scale, model, even if weight is None else even * weight
        )
