"""Item response: how able several models are, from their accuracies on groups of tasks.

A group of tasks (a benchmark in one harness) has a difficulty and a slope:

    p(i, b) = 1 / (1 + exp(-a_b (theta_i - m_b)))

``theta_i`` is the ability of model *i*, ``m_b`` the middle difficulty of group *b* and ``a_b`` at
which rate its accuracy follows ability: a group whose tasks are of mixed difficulty has a lower
slope. With ``slopes=False`` all are 1 (Rasch, 1PL). Abilities, difficulties and slopes have normal
priors, and the most probable values are found by L-BFGS; accuracies count as ``n_tasks`` tries at
most, because what separates two harnesses is more than chance.

Source: Rasch (1960); Birnbaum in Lord and Novick (1968); CAISI, Evaluation of DeepSeek V4 Pro, 1
May 2026, appendix (1PL; 200 points are a factor of 3 in the odds).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from stillwatch.model.errors import BadInput, NotEnoughEvidence

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: points of ability a unit of log-odds: 200 points are three times the odds.
POINTS = 200.0 / log(3.0)
ABILITY_SD = 2.0
DIFFICULTY_SD = 3.0
LOG_SLOPE_SD = 0.35
#: a harness, a budget and a wording separate two accuracies by more than the tasks do.
MOST_TASKS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Accuracies of models on groups of tasks; not every model met every group.

    Args:
        model: ``(n,)`` positions of models.
        group: ``(n,)`` positions of groups.
        accuracy: ``(n,)`` shares solved, 0 to 1.
        n_tasks: ``(n,)`` tasks in the group, at least 1.
        n_models, n_groups: how many there are.

    Raises:
        BadInput: lengths differ, a share is outside 0 to 1, or a position is out of range.
    """

    model: I64
    group: I64
    accuracy: F64
    n_tasks: F64
    n_models: int
    n_groups: int

    def __post_init__(self) -> None:
        """Refuse what is no table of accuracies."""
        if len({a.shape for a in (self.model, self.group, self.accuracy, self.n_tasks)}) != 1:
            raise BadInput("columns of accuracies have different lengths.", where="accuracies")
        if not np.isfinite(self.accuracy).all() or not np.isfinite(self.n_tasks).all():
            raise BadInput("an accuracy or a number of tasks is not finite.", where="accuracies")
        if self.accuracy.size and not ((self.accuracy >= 0) & (self.accuracy <= 1)).all():
            raise BadInput("an accuracy is outside 0 to 1.", where="accuracies")
        if (self.n_tasks < 1).any():
            raise BadInput("a group has less than one task.", where="accuracies")
        for name, ids, n in (("model", self.model, self.n_models),
                             ("group", self.group, self.n_groups)):  # fmt: skip
            if ids.size and (ids.min() < 0 or ids.max() >= n):
                raise BadInput(f"the position of a {name} is out of range.", where="accuracies")

    def where(self, keep: npt.NDArray[np.bool_]) -> Answers:
        """The rows for which ``keep`` is true; positions stay as they are."""
        return Answers(
            model=self.model[keep], group=self.group[keep], accuracy=self.accuracy[keep],
            n_tasks=self.n_tasks[keep], n_models=self.n_models, n_groups=self.n_groups,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The most probable abilities and what the groups are like.

    Attributes:
        ability: ``(n_models,)`` log-odds; the prior's middle, 0, where a model has no row.
        difficulty: ``(n_groups,)`` on the same scale.
        slope: ``(n_groups,)`` above 0.
    """

    ability: F64
    difficulty: F64
    slope: F64


def fit(
    answers: Answers, *, slopes: bool = True, weight: F64 | None = None, start: Fitted | None = None
) -> Fitted:
    """The most probable abilities, difficulties and slopes.

    Args:
        answers: the accuracies.
        slopes: let groups follow ability at their own rate; else 1PL.
        weight: ``(n_groups,)`` how much each group counts, 0 or more; 1 each where not given.
        start: where to begin, for a bootstrap that fits nearly the same many times.

    Raises:
        NotEnoughEvidence: fewer than two models or no group has a row.
    """
    n_seen = np.unique(answers.model).size
    if n_seen < 2:
        raise NotEnoughEvidence("abilities cannot be told apart", needed=2, had=float(n_seen))
    n, m = answers.n_models, answers.n_groups
    tries = np.minimum(answers.n_tasks, MOST_TASKS)
    if weight is not None:
        tries = tries * weight[answers.group]
    begin = np.concatenate([start.ability, start.difficulty, np.log(start.slope)]) if start else (
        np.zeros(n + 2 * m)
    )  # fmt: skip

    def loss(x: F64) -> tuple[float, F64]:
        theta, middle, log_slope = x[:n], x[n : n + m], x[n + m :]
        slope = np.exp(log_slope) if slopes else np.ones(m)
        eta = slope[answers.group] * (theta[answers.model] - middle[answers.group])
        value = (tries * (np.logaddexp(0.0, eta) - answers.accuracy * eta)).sum()
        value += 0.5 * (theta**2).sum() / ABILITY_SD**2
        value += 0.5 * (middle**2).sum() / DIFFICULTY_SD**2
        value += 0.5 * (log_slope**2).sum() / LOG_SLOPE_SD**2
        pull = tries * (1.0 / (1.0 + np.exp(-eta)) - answers.accuracy)
        step = pull * slope[answers.group]
        grad = np.concatenate([
            np.bincount(answers.model, step, n) + theta / ABILITY_SD**2,
            -np.bincount(answers.group, step, m) + middle / DIFFICULTY_SD**2,
            (np.bincount(answers.group, pull * eta, m) if slopes else 0.0)
            + log_slope / LOG_SLOPE_SD**2,
        ])  # fmt: skip
        return float(value), grad

    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 2_000})
    x = np.asarray(found.x, dtype=np.float64)
    slope = np.exp(x[n + m :]) if slopes else np.ones(m)
    return Fitted(ability=x[:n], difficulty=x[n : n + m], slope=slope)


def ability_on(answers: Answers, fitted: Fitted, model: int, weight: F64 | None = None) -> float:
    """A model's ability from its own rows, the groups being what others found them to be.

    Args:
        answers: rows; those of other models are passed over.
        fitted: difficulties and slopes.
        model: position of the model.
        weight: ``(n_groups,)`` how much each group counts.

    Raises:
        NotEnoughEvidence: the model has no row.
    """
    mine = answers.model == model
    if not mine.any():
        raise NotEnoughEvidence("a model met none of the groups", needed=1, had=0)
    group = answers.group[mine]
    tries = np.minimum(answers.n_tasks[mine], MOST_TASKS)
    if weight is not None:
        tries = tries * weight[group]
    slope, middle, share = fitted.slope[group], fitted.difficulty[group], answers.accuracy[mine]
    theta = 0.0
    for _ in range(100):
        p = 1.0 / (1.0 + np.exp(-slope * (theta - middle)))
        pull = (tries * slope * (share - p)).sum() - theta / ABILITY_SD**2
        bend = (tries * slope**2 * p * (1 - p)).sum() + 1 / ABILITY_SD**2
        step = float(np.clip(pull / bend, -1.0, 1.0))
        theta += step
        if abs(step) < 1e-10:
            break
    return theta
