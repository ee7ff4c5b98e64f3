"""Students on two cores: a secret table is the capability, traces of its use are the leak.

A world has a secret table ``T[state, operation] -> state``. A problem starts in a state and applies
several operations; the teacher writes the steps down and makes few mistakes. A student learns the
table by expectation-maximisation from what it was shown: with all steps it counts, with steps
hidden it must infer them (an input-output hidden Markov model). The leak is known to the token.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

TOKENS_A_STEP = 12
TOKENS_AN_ANSWER = 4
DEFENCES = ("none", "one step hidden", "answer only", "answers altered")
ALTERED_SHARE = 0.3
N_ITERATIONS = 40
N_EXAM = 600


@dataclass(frozen=True, slots=True)
class World:
    """A secret table and how problems are made of it."""

    seed: int
    table: I64
    n_steps: int
    mistakes_share: float
    repeats_share: float

    @property
    def n_states(self) -> int:
        """Rows of the table."""
        return int(self.table.shape[0])

    @property
    def n_operations(self) -> int:
        """Columns of the table."""
        return int(self.table.shape[1])


def world(seed: int) -> World:
    """A world; sizes differ from one to the next."""
    rng = np.random.default_rng([7, seed])
    n_states, n_operations = int(rng.integers(6, 13)), int(rng.integers(6, 13))
    return World(
        seed=seed,
        table=rng.integers(0, n_states, (n_states, n_operations)),
        n_steps=int(rng.integers(2, 5)),
        mistakes_share=float(rng.uniform(0, 0.06)),
        repeats_share=float(rng.uniform(0, 0.5)),
    )


def served(w: World, n: int, rng: np.random.Generator, *, altered: float = 0.0) -> tuple[I64, I64]:
    """Problems with what was served: operations ``(n, k)`` and states ``(n, k + 1)``."""
    operations = rng.integers(0, w.n_operations, (n, w.n_steps))
    states = np.empty((n, w.n_steps + 1), np.int64)
    states[:, 0] = rng.integers(0, w.n_states, n)
    for k in range(w.n_steps):
        right = w.table[states[:, k], operations[:, k]]
        wrong = rng.random(n) < w.mistakes_share
        states[:, k + 1] = np.where(wrong, rng.integers(0, w.n_states, n), right)
    swap = rng.random(n) < altered
    states[swap, -1] = rng.integers(0, w.n_states, int(swap.sum()))
    repeated = rng.random(n) < w.repeats_share
    twin = rng.integers(0, max(n // 8, 1), n)
    operations[repeated], states[repeated] = operations[twin[repeated]], states[twin[repeated]]
    return operations, states


def learn(w: World, operations: I64, states: I64, shown: npt.NDArray[np.bool_],
          rng: np.random.Generator) -> F64:  # fmt: skip
    """What a student believes of the table, ``(n_states, n_operations, n_states)``.

    Args:
        w: the world, of which only the sizes are read.
        operations, states: what was served.
        shown: ``(k + 1,)`` which states of a trace the student was shown.
        rng: where hidden steps are begun.
    """
    size = (w.n_states, w.n_operations, w.n_states)
    believed = np.full(size, 1.0) + 0.1 * rng.random(size)
    believed /= believed.sum(axis=2, keepdims=True)
    n, k = operations.shape
    seen = [np.eye(w.n_states)[states[:, j]] if shown[j] else np.ones((n, w.n_states))
            for j in range(k + 1)]  # fmt: skip
    for _ in range(1 if shown.all() else N_ITERATIONS):
        moves = [believed[:, operations[:, j], :].transpose(1, 0, 2) for j in range(k)]
        ahead = [seen[0]]
        for j in range(k):
            step = np.einsum("ns,nst->nt", ahead[-1], moves[j]) * seen[j + 1]
            ahead.append(step / np.maximum(step.sum(axis=1, keepdims=True), 1e-300))
        back = seen[k]
        counts = np.full(size, 0.05)
        for j in range(k - 1, -1, -1):
            both = ahead[j][:, :, None] * moves[j] * back[:, None, :]
            both /= np.maximum(both.sum(axis=(1, 2), keepdims=True), 1e-300)
            np.add.at(counts.transpose(1, 0, 2), operations[:, j], both)
            back = np.einsum("nst,nt->ns", moves[j], back) * seen[j]
            back /= np.maximum(back.sum(axis=1, keepdims=True), 1e-300)
        believed = counts / counts.sum(axis=2, keepdims=True)
    return np.asarray(believed)


def examined(w: World, believed: F64, rng: np.random.Generator) -> float:
    """Accuracy on new problems: the likeliest end of the chain, against the table itself."""
    operations = rng.integers(0, w.n_operations, (N_EXAM, w.n_steps))
    at = rng.integers(0, w.n_states, N_EXAM)
    told, right = np.eye(w.n_states)[at], at
    for j in range(w.n_steps):
        told = np.einsum("ns,nst->nt", told, believed[:, operations[:, j], :].transpose(1, 0, 2))
        right = w.table[right, operations[:, j]]
    told = told + 1e-9 * rng.random(told.shape)
    return float((told.argmax(axis=1) == right).mean())


def student(seed: int, n_queries: int, defence: str) -> dict[str, Any]:
    """One student of one world: what it was served, what it learnt, what the teacher can do."""
    w = world(seed)
    rng = np.random.default_rng([11, seed, n_queries, DEFENCES.index(defence)])
    altered = ALTERED_SHARE if defence == "answers altered" else 0.0
    operations, states = served(w, n_queries, rng, altered=altered)
    shown = np.ones(w.n_steps + 1, np.bool_)
    if defence == "answer only":
        shown[1:-1] = False
    if defence == "one step hidden":
        shown[1] = False
    told = np.concatenate([operations, states[:, shown]], axis=1)
    n_distinct = len(np.unique(told, axis=0))
    n_shown = int(shown[1:-1].sum())
    tokens_each = TOKENS_AN_ANSWER + TOKENS_A_STEP * n_shown
    believed = learn(w, operations, states, shown, rng)
    return {
        "learner": "table", "world": seed, "seed": seed, "defence": defence,
        "n_queries": n_queries, "n_distinct": n_distinct,
        "served_tokens": n_queries * tokens_each, "usable_tokens": n_distinct * tokens_each,
        "student_accuracy": round(examined(w, believed, rng), 4),
        "teacher_accuracy": round((1 - w.mistakes_share) ** w.n_steps, 4),
        "served_accuracy": round((1 - w.mistakes_share) ** w.n_steps * (1 - altered), 4),
        "untrained_accuracy": round(1 / w.n_states, 4),
    }  # fmt: skip
