"""Pasted documents: long context that stays two numbers until it is written out.

A document is a pair of ids in a prompt's row, both with the highest bit set. They hold its
subject, its kind, its weight and a seed; :class:`stillwatch.lab.writing.Writer` grows the
text from them. Whoever copies a prompt copies its document, so what was asked twice stays
equal, and no text is held. How long a unit of weight is, is settled when all are counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillwatch.lab.grammar import GLUE
from stillwatch.lab.ragged import Ids, Ints, Ragged, beside

#: the highest bit of an id: half of a document, not a token.
MARK = 2**31
#: bits of each field, from the lowest, of the 62 that a pair holds.
SEED_BITS, WEIGHT_BITS, KIND_BITS = 42, 10, 5
MOST_WEIGHT = 2**WEIGHT_BITS - 1
#: kinds of English text, before one a tongue: told, answered, listed.
ENGLISH = (0.65, 0.15, 0.2)
MEDIAN_WEIGHT, SIGMA = 32.0, 0.9


def documents(subject: Ints, kind: Ints, rng: np.random.Generator) -> Ragged:
    """One fresh document a row, lengths log-normal; ``subject`` and ``kind`` below 32."""
    n = len(subject)
    drawn = rng.lognormal(np.log(MEDIAN_WEIGHT), SIGMA, n)
    weight = np.clip(drawn, 1, MOST_WEIGHT).astype(np.int64)
    seed = rng.integers(0, 2**SEED_BITS, n)
    held = (((subject << KIND_BITS) | kind) << WEIGHT_BITS | weight) << SEED_BITS | seed
    pairs = np.stack([held >> 31, held & (MARK - 1)], axis=1).ravel() | MARK
    return Ragged(pairs.astype(np.uint32), np.full(n, 2, dtype=np.int64))


def attach(
    text: Ragged,
    subject: Ints,
    tongue: Ints,
    share: float | npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> Ragged:
    """Paste a document before (three in ten) or after a share of the texts.

    Args:
        text: one row a prompt.
        subject: subject of each row.
        tongue: language number of each row, 0 is English.
        share: chance of a document, one for all or one a row.
        rng: chance.
    """
    n = len(text)
    english = np.searchsorted(np.cumsum(ENGLISH[:-1]), rng.random(n))
    kind = np.where(tongue == 0, english, len(ENGLISH) - 1 + tongue)
    fresh = documents(subject, kind.astype(np.int64), rng)
    has = rng.random(n) < share
    before = has & (rng.random(n) < 0.3)
    return beside([fresh.keep(before), text, fresh.keep(has & ~before)])


def places(ids: Ids) -> Ints:
    """Where the documents of a flat row of ids begin."""
    return np.asarray(np.flatnonzero(ids >= MARK)[::2], dtype=np.int64)


class Tally:
    """Counts characters and documents of prompts as they pass, to settle the scale."""

    def __init__(self, n_kinds: int) -> None:
        """Nothing has passed."""
        self._tokens: Ints = np.zeros(0, dtype=np.int64)
        self._weights = np.zeros((n_kinds, MOST_WEIGHT + 1), dtype=np.int64)
        self._n_chars = 0
        self._n_prompts = 0

    def add(self, prompts: Ragged, tokens: Sequence[str]) -> None:
        """Count one part of the world's prompts; empty ones are no prompts."""
        if len(tokens) != len(self._tokens):
            self._tokens = np.array([_width(text) for text in tokens], dtype=np.int64)
        begins = places(prompts.ids)
        high, low = (prompts.ids[begins + half].astype(np.int64) & (MARK - 1) for half in (0, 1))
        held = (high << 31 | low) >> SEED_BITS
        kind, weight = (held >> WEIGHT_BITS) & (2**KIND_BITS - 1), held & MOST_WEIGHT
        np.add.at(self._weights, (kind, weight), 1)
        plain = prompts.ids[prompts.ids < MARK]
        n_prompts = int((prompts.lengths > 0).sum())
        self._n_prompts += n_prompts
        self._n_chars += int(self._tokens[plain].sum()) - n_prompts

    def scale(self, target: float, sentence_chars: npt.NDArray[np.float64]) -> float:
        """Sentences a unit of weight at which prompts have ``target`` characters on average.

        Args:
            target: mean characters of a prompt.
            sentence_chars: mean characters of a sentence of each kind, shape (n_kinds,).

        Returns:
            0 or more; 0 gives every document one sentence, where the prompts are long
            enough without.
        """
        wanted = target * self._n_prompts - self._n_chars
        of_weight = sentence_chars @ self._weights
        low, high = 0.0, 1_000.0
        for _ in range(60):
            middle = (low + high) / 2
            got = float(of_weight @ n_sentences(np.arange(MOST_WEIGHT + 1), middle))
            low, high = (middle, high) if got < wanted else (low, middle)
        return low


def n_sentences(weight: Ints, scale: float) -> Ints:
    """Sentences of documents, at least 1.

    >>> n_sentences(np.array([1, 32, 64]), 0.25).tolist()
    [1, 8, 16]
    """
    return np.asarray(np.maximum(1, np.floor(weight * scale + 0.5)), dtype=np.int64)


def _width(text: str) -> int:
    glued = text.startswith(GLUE) + text.endswith(GLUE)
    return len(text) - text.count(GLUE) + 1 - glued
