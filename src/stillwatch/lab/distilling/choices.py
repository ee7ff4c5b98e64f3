"""The free choices of the rehearsal: a hundred slots, ten ways each.

The slot of a problem is its first two symbols, and the way is the example that its answer names.
Which way a key picks is the business of whoever holds the key (room ``defend``).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stillwatch.lab.distilling.grammar import EXAMPLE, I64, N_SYMBOLS, PROMPT, Tokens
from stillwatch.model.errors import BadInput

N_SLOTS: Final = N_SYMBOLS**2


def slot_of(problems: I64) -> I64:
    """(n,) the slot of each problem.

    >>> slot_of(np.array([[3, 5, 2, 8]])).tolist()
    [35]
    """
    return np.asarray(problems[:, 0] * N_SYMBOLS + problems[:, 1])


def slot_name(slot: int) -> str:
    """What a slot is called.

    >>> slot_name(35)
    'example of 3 5'
    """
    return f"example of {slot // N_SYMBOLS} {slot % N_SYMBOLS}"


def filled(tokens: Tokens, ways: I64) -> Tokens:
    """Answers whose examples are the ways that a key picked.

    Args:
        tokens: (n, 35).
        ways: (100,) the symbol of each slot.

    Raises:
        BadInput: the ways are no hundred symbols.
    """
    if ways.shape != (N_SLOTS,) or ways.min() < 0 or ways.max() >= N_SYMBOLS:
        raise BadInput(f"there are {N_SLOTS} slots with a symbol each.", where="ways")
    made = tokens.copy()
    way = ways[slot_of(tokens[:, 1:3].astype(np.int64))]
    behind = np.zeros(tokens.shape, dtype=bool)
    behind[:, PROMPT + 1 :] = tokens[:, PROMPT:-1] == EXAMPLE
    behind &= tokens < N_SYMBOLS
    return np.where(behind, way[:, None], made).astype(np.int16)


def one_a_slot(problems: I64) -> I64:
    """(n_slots, 4) the first problem of each slot that occurs: what a suspect is asked, once."""
    _, first = np.unique(slot_of(problems), return_index=True)
    return problems[first]
