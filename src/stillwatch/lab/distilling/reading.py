"""What an answer says: its result, its steps, its example; whatever order it came in.

A student may answer anything. What cannot be read is -1, never a guess.
"""

from __future__ import annotations

import numpy as np

from stillwatch.lab.distilling.grammar import (
    ANSWER,
    EXAMPLE,
    I64,
    N_STEPS,
    N_SYMBOLS,
    PAD,
    PROMPT,
    STEP,
    SYMBOLS_AT,
    Tokens,
)  # fmt: skip


def said_after(tokens: Tokens, marker: int) -> I64:
    """(n,) the symbol behind the first ``marker`` of each row; -1 where there is none.

    >>> said_after(np.array([[ANSWER, 4, PAD], [PAD, PAD, ANSWER]], dtype=np.int16), ANSWER)
    array([ 4, -1])
    """
    answer = tokens[:, :-1] == marker
    at = answer.argmax(axis=1)
    symbol = tokens[np.arange(len(tokens)), at + 1].astype(np.int64)
    return np.where(answer.any(axis=1) & (symbol >= 0) & (symbol < N_SYMBOLS), symbol, -1)


def results_said(tokens: Tokens) -> I64:
    """(n,) the result of each row."""
    return said_after(tokens[:, PROMPT:], ANSWER)


def examples_said(tokens: Tokens) -> I64:
    """(n,) the example of each row."""
    return said_after(tokens[:, PROMPT:], EXAMPLE)


def steps_said(tokens: Tokens, first: int = PROMPT) -> I64:
    """(n, 3, 3) left, right and result of each step; -1 where no symbol stands.

    Args:
        tokens: rows that are long enough for three steps from ``first``.
        first: where the steps begin.
    """
    at = first + STEP * np.arange(N_STEPS)[:, None] + np.array(SYMBOLS_AT)
    found = tokens[:, at].astype(np.int64)
    return np.where(found < N_SYMBOLS, found, -1)


def coherent(tokens: Tokens, first: int = PROMPT) -> np.ndarray:
    """(n,) whether the steps of a row use its problem, hang together and end in its result."""
    steps, problem = steps_said(tokens, first), tokens[:, 1:5]
    chained = (steps[:, 1:, 0] == steps[:, :-1, 2]).all(axis=1) & (steps >= 0).all(axis=(1, 2))
    asked = (steps[:, 0, 0] == problem[:, 0]) & (steps[:, :, 1] == problem[:, 1:]).all(axis=1)
    return np.asarray(chained & asked & (steps[:, -1, 2] == results_said(tokens)))


def lengths(tokens: Tokens) -> I64:
    """(n,) tokens of each row behind its prompt, padding left out."""
    return np.asarray((tokens[:, PROMPT:] != PAD).sum(axis=1))
