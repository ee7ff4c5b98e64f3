"""A net in another process: taught, asked, and asked how likely it finds something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stillwatch.adapters.distilling.workers import Arrays, Worker
from stillwatch.lab.distilling.grammar import END, F64, LENGTH, PAD, PROMPT, Bools, Tokens
from stillwatch.lab.distilling.lessons import scored
from stillwatch.lab.distilling.sizes import NetSize

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Pupil:
    """A net that was taught.

    Args:
        size: of it.
        weights: by name, each with the prefix ``net.``.
    """

    size: NetSize
    weights: Arrays

    def answers(
        self, worker: Worker, prompts: Tokens, *, temperature: float, seed: int,
        length: int = LENGTH, extra: dict[str, Any] | None = None, arrays: Arrays | None = None,
    ) -> Tokens:  # fmt: skip
        """(n, length) prompts with its answers, padded.

        Args:
            worker: who works.
            prompts: (n, t).
            temperature: 0 for the likeliest.
            seed: of the draws.
            length: of the rows that are made.
            extra, arrays: marks or poison, as the process knows them.
        """
        head = {
            "do": "answer", "shape": self.size.shape, "n_new": length - prompts.shape[1],
            "temperature": temperature, "seed": seed, "end": END, "pad": PAD, **(extra or {}),
        }  # fmt: skip
        _, made = worker.do(head, {**self.weights, "prompts": prompts, **(arrays or {})})
        return np.asarray(made["tokens"], dtype=np.int16)

    def likelihoods(self, worker: Worker, rows: Tokens) -> F64:
        """(n,) nats that it gives to the answers in rows."""
        head = {"do": "likelihoods", "shape": self.size.shape}
        arrays = {**self.weights, "tokens": rows, "scored": scored(rows)}
        return np.asarray(worker.do(head, arrays)[1]["nats"], dtype=np.float64)

    def foretold(self, worker: Worker, rows: Tokens) -> NDArray[np.float32]:
        """(n, t, n_tokens) probabilities behind each token."""
        head = {"do": "foretold", "shape": self.size.shape}
        found = worker.do(head, {**self.weights, "tokens": rows})[1]["p"]
        return np.asarray(found, dtype=np.float32)

    def gradient(self, worker: Worker, rows: Tokens) -> Arrays:
        """How its loss on rows changes with each weight, each name with the prefix ``slope.``."""
        head = {"do": "gradient", "shape": self.size.shape}
        return worker.do(head, {**self.weights, "tokens": rows, "scored": scored(rows)})[1]


def taught(
    worker: Worker, rows: Tokens, size: NetSize, seed: int, *, taught_tokens: Bools | None = None,
    on_progress: Progress | None = None,
) -> Pupil:  # fmt: skip
    """A net that was taught rows.

    Args:
        worker: who works.
        rows: (n, t); the net takes sequences of that length and shorter.
        size: of the net, and how long it learns.
        seed: of weights and draws.
        taught_tokens: which tokens it must foretell; all behind the prompt where not given.
        on_progress: told the share that is done.
    """
    marked = scored(rows) if taught_tokens is None else taught_tokens
    last = int(np.flatnonzero(marked.any(axis=0))[-1]) + 1
    head = {
        "do": "train", "shape": size.shape, "steps": size.steps, "batch": size.batch,
        "rate": size.rate, "seed": seed,
    }  # fmt: skip
    arrays = {"tokens": rows[:, :last], "scored": marked[:, :last]}
    return Pupil(size, worker.do(head, arrays, on_progress)[1])


def prompts_in(rows: Tokens) -> Tokens:
    """(n, 6) the prompts of rows."""
    return rows[:, :PROMPT]
