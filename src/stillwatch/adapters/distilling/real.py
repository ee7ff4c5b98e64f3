"""A real small language model as a serving side: answers with and without a mark, and their twins.

Nothing is trained. It shows that what the room ``defend`` serves and the tests read holds on a
real tokenizer and real text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stillwatch.adapters.distilling.workers import Worker
from stillwatch.lab.distilling.grammar import F64, I64

PREFERENCE = 2.0
#: plain questions of our own.
PROMPTS = tuple(
    f"{verb} {thing} in three sentences."
    for thing in (
        "how bread rises", "why the sky is blue", "how a bicycle stays up", "what a glacier is",
        "how bees find flowers", "why leaves fall", "how a lock on a canal works",
        "what makes thunder", "how glass is made", "why the sea is salty", "how yeast lives",
        "what a compass does", "how paper is made", "why metal rusts", "how a pump works",
        "what a tide is",
    )
    for verb in ("Explain", "Describe")
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Answers of the model.

    Args:
        texts: one a prompt.
        tokens: of each, without padding.
        prompts: tokens of each prompt.
        wall_s: that the drawing took.
        device: ``cpu`` or ``cuda``.
    """

    texts: tuple[str, ...]
    tokens: tuple[I64, ...]
    prompts: tuple[I64, ...]
    wall_s: float
    device: str

    @property
    def tokens_a_second(self) -> float:
        """How fast it was, all answers drawn side by side."""
        return sum(one.size for one in self.tokens) / max(self.wall_s, 1e-9)


def said_by(
    worker: Worker, prompts: Sequence[str], *, n_new: int, seed: int, secret: bytes = b"",
    temperature: float = 1.0,
) -> Said:  # fmt: skip
    """Answers to prompts, drawn side by side.

    Args:
        worker: a process that runs :data:`~stillwatch.adapters.distilling.workers.SMOLLM`.
        prompts: what is asked.
        n_new: most tokens of an answer.
        seed: of the draws.
        secret: of a mark; none is put in where it is empty.
        temperature: above 0.
    """
    head = {
        "do": "answer", "prompts": list(prompts), "n_new": n_new, "seed": seed,
        "mark": secret.hex(), "preference": PREFERENCE, "temperature": temperature,
    }  # fmt: skip
    told, made = worker.do(head, {})
    rows = made["tokens"].astype(np.int64)
    return Said(
        texts=tuple(str(text) for text in told["texts"]),
        tokens=tuple(row[:n] for row, n in zip(rows, told["lengths"], strict=True)),
        prompts=tuple(row[row >= 0] for row in made["prompts"].astype(np.int64)),
        wall_s=float(told["wall_s"]), device=str(told["device"]),
    )  # fmt: skip


def likelihoods_by(worker: Worker, prompts: Sequence[str], answers: Sequence[I64]) -> F64:
    """(n,) nats that the model gives to answers."""
    wide = max((one.size for one in answers), default=0)
    rows: NDArray[np.int64] = np.full((len(answers), wide), -1, np.int64)
    for row, one in zip(rows, answers, strict=True):
        row[: one.size] = one
    told = worker.do({"do": "likelihoods", "prompts": list(prompts)}, {"tokens": rows})[1]
    return np.asarray(told["nats"], dtype=np.float64)
