"""Keys: under which a name is filed, so that its other spellings fall into the same drawers.

A word is filed under itself, under itself without one letter (so that one edit apart meets), under
its consonants (so that transliterations meet), and under what ``rigour`` knows it to be (so that
scripts meet). Words that stand side by side are filed as one, because blanks are lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

from rigour.names import SymbolCategory

from stillwatch.screen.rough import bones, skeleton
from stillwatch.screen.spelling import Spelt

_LEAST_CUT = 4
_MOST_CHARS = 14


def drawers(spelt: Spelt) -> list[Sequence[int]]:
    """Per word its keys, the most telling first; each a 63-bit number.

    Returns:
        (n_words or more, n_keys): glued neighbours follow as words of their own, and last what
        ``rigour`` knows.
    """
    words = list(spelt.words)
    told: list[Sequence[int]] = [_of_word(word) for word in words]
    told += [[number(f"w:{one}{two}"[: _MOST_CHARS + 2])] for one, two in pairwise(words)]
    if len(words) > 1:
        told.append([number(f"k:{bones(''.join(words))}")])
    told += [[number(f"y:{known}")] for known in sorted(_known(spelt))]
    return told


@lru_cache(maxsize=1 << 16)
def _of_word(word: str) -> tuple[int, ...]:
    word = word[:_MOST_CHARS]
    keys = [f"w:{word}"]
    if len(word) >= _LEAST_CUT:
        keys += sorted(
            {f"d:{word[:at]}{word[at + 1 :]}" for at in range(len(word))} | {f"d:{word}"}
        )
    bones = skeleton(word)
    if len(bones) >= 3:
        keys.append(f"s:{bones}")
    return tuple([number(key) for key in keys])


def _known(spelt: Spelt) -> Iterator[str]:
    if not spelt.known:
        return
    for span in spelt.name.spans:
        category = span.symbol.category
        if category in (SymbolCategory.NAME, SymbolCategory.NICK):
            yield f"{category.value}:{span.symbol.id}"


def number(key: str) -> int:
    """A key as a number that is the same on every machine and in every run."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1
