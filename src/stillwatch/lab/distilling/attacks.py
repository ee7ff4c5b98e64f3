"""What a campaign does about a defence: the list, and what each step does to what it harvested.

Every transformation keeps what an answer says: symbols, steps and result. What costs something
(accounts, steps from elsewhere, a second model) is told with it.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from stillwatch.lab.distilling.defences import conclusion_last
from stillwatch.lab.distilling.grammar import (
    EXAMPLE,
    N_SYMBOLS,
    N_WAYS,
    PROMPT,
    WORDS,
    Tokens,
    place_of,
    words_of,
)  # fmt: skip

ATTACKS: Final = {
    "paraphrase": "Every word is drawn anew among those that say the same.",
    "redraw": "The free choice, too, is drawn anew.",
    "reorder": "The result is moved behind the steps.",
    "invert": "A model trained on some steps from elsewhere makes steps from results; those that "
    "do not end in the served result are thrown away.",
    "accounts": "More accounts ask.",
}


def rewritten(tokens: Tokens, attacks: tuple[str, ...], rng: np.random.Generator) -> Tokens:
    """Harvested answers after all rewriting that a campaign does without a model.

    Args:
        tokens: (n, 35) as served.
        attacks: names of :data:`ATTACKS`; those that rewrite nothing are passed over.
        rng: the campaign's own.
    """
    for name in attacks:
        if name == "paraphrase":
            tokens = paraphrased(tokens, rng)
        elif name == "redraw":
            tokens = redrawn(tokens, rng)
        elif name == "reorder":
            tokens = conclusion_last(tokens)
    return tokens


def paraphrased(tokens: Tokens, rng: np.random.Generator) -> Tokens:
    """Each word of a step replaced by one drawn among the eight that say the same."""
    made = tokens.copy()
    place = place_of(tokens[:, PROMPT:])
    first = np.array([words_of(place)[0] for place in range(len(WORDS))])
    drawn = first[place] + rng.integers(0, N_WAYS, place.shape)
    made[:, PROMPT:] = np.where(place >= 0, drawn, made[:, PROMPT:])
    return made


def redrawn(tokens: Tokens, rng: np.random.Generator) -> Tokens:
    """The symbol of each example drawn anew."""
    made = tokens.copy()
    behind = np.zeros(tokens.shape, dtype=bool)
    behind[:, PROMPT + 1 :] = tokens[:, PROMPT:-1] == EXAMPLE
    behind &= tokens < N_SYMBOLS
    return np.where(behind, rng.integers(0, N_SYMBOLS, tokens.shape), made).astype(np.int16)
