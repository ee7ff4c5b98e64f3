"""The language of the rehearsal: 57 tokens, of which forty say the same five things.

A problem is four symbols. An answer works from the first to the last with a secret table, a step
at a time; every step is wrapped in words that could as well be others, and an example is named
that could be any symbol. So there is a capability to steal (the table), room for marks (the
words) and a free choice (the example), in a language that a core learns in seconds.

    solve 3 5 2 8 : first take 3 with 5 gives 7 ok ... example 4 answer 1 end
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillwatch.model.errors import BadInput

Tokens = NDArray[np.int16]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: symbols that the secret table combines.
N_SYMBOLS: Final = 10
#: five places of a step, each with eight words that say the same.
WORDS: Final = (
    ("first", "now", "next", "then", "here", "so", "again", "well"),
    ("take", "pick", "use", "get", "read", "hold", "find", "have"),
    ("with", "and", "by", "plus", "on", "beside", "over", "near"),
    ("gives", "makes", "yields", "is", "becomes", "means", "shows", "brings"),
    ("ok", "good", "right", "fine", "yes", "done", "sure", "there"),
)
N_WAYS: Final = len(WORDS[0])
FIRST_WORD: Final = N_SYMBOLS
PAD: Final = FIRST_WORD + len(WORDS) * N_WAYS
SOLVE, COLON, EXAMPLE, ANSWER, END, HIDDEN = range(PAD + 1, PAD + 7)
N_TOKENS: Final = PAD + 7

N_STEPS: Final = 3
#: tokens of a prompt: solve, four symbols, colon.
PROMPT: Final = 6
#: of a step: word, word, symbol, word, symbol, word, symbol, word.
STEP: Final = 8
#: places within a step: of the words, and of the two operands and their result.
WORDS_AT: Final = (0, 1, 3, 5, 7)
SYMBOLS_AT: Final = (2, 4, 6)
#: of a whole exchange: prompt, three steps, example, answer, end.
LENGTH: Final = PROMPT + N_STEPS * STEP + 5
SPELLED: Final = (
    *(str(symbol) for symbol in range(N_SYMBOLS)),
    *(word for ways in WORDS for word in ways),
    "_", "solve", ":", "example", "answer", "end", "?",
)  # fmt: skip
_NUMBER: Final = {word: number for number, word in enumerate(SPELLED)}


def words_of(place: int) -> range:
    """The tokens that may stand at one of the five places of a step."""
    first = FIRST_WORD + place * N_WAYS
    return range(first, first + N_WAYS)


def place_of(tokens: Tokens) -> I64:
    """Which of the five places a token is a word of; -1 where it is none.

    >>> place_of(np.array([3, 10, 17, 18, 49, 50], dtype=np.int16)).tolist()
    [-1, 0, 0, 1, 4, -1]
    """
    found = (tokens.astype(np.int64) - FIRST_WORD) // N_WAYS
    return np.where((tokens >= FIRST_WORD) & (tokens < PAD), found, -1)


def spelled(tokens: Any) -> str:
    """A row of tokens as text; padding is left out.

    >>> spelled([SOLVE, 3, 5, 2, 8, COLON, FIRST_WORD, PAD])
    'solve 3 5 2 8 : first'
    """
    return " ".join(SPELLED[int(token)] for token in tokens if int(token) != PAD)


def tokens_of(text: str) -> Tokens:
    """A text as tokens.

    Raises:
        BadInput: a word is none of the language.
    """
    try:
        return np.array([_NUMBER[word] for word in text.split()], dtype=np.int16)
    except KeyError as error:
        raise BadInput(f"{error} is no word of the language.", where="text") from None
