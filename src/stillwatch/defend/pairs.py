"""Reasoning in other words: pairs of content words that stand near one another in both.

A rewording keeps many content words and roughly their order. Endings are cut, words that every
text holds are left out, and a lexicon may bring words of another tongue to those of the
reasoning. Without a lexicon a translation shares nothing but names and is not seen.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from stillwatch.stats.folding import fold_character

#: a word is paired with this many before it.
REACH: Final = 3
_STEM: Final = 6
_SHORTEST: Final = 4
_EVERY: Final = frozenset(
    "about above after again also another because been before being below between both cannot "
    "could does doing done down each either else even ever every first from given have having here "
    "into itself just like likely made make many maybe might more most much must need needs never "
    "next none note nothing only other otherwise over rather really same second should since some "
    "something such sure than that their them then there therefore these they thing this those "
    "three through thus time under until upon used uses using very want well were what when where "
    "whether which while will with within without would your yours okay actually let's".split()
)
_ASCII_WORD: Final = re.compile("[a-z]+")


class Words:
    """Cuts a stream into stems of content words.

    Args:
        lexicon: words of other tongues, folded, and the word of the reasoning each stands for.
    """

    def __init__(self, lexicon: Mapping[str, str] | None = None) -> None:
        self._lexicon = lexicon or {}
        self._word = ""

    def read(self, character: str) -> str:
        """One character more; returns a stem when a word ended that has one."""
        folded = character.lower() if character.isascii() else fold_character(character)
        if folded.isalpha():
            self._word += folded
            return ""
        if not folded and not character.isascii():
            return ""
        return self.end()

    def end(self) -> str:
        """The stem of the last word, if it has one."""
        word, self._word = self._word, ""
        return stem_of(self._lexicon.get(word, word))


def stem_of(word: str) -> str:
    """The stem of a folded word; empty for a word that every text holds."""
    return "" if len(word) < _SHORTEST or word in _EVERY else word[:_STEM]


def stems(text: str, lexicon: Mapping[str, str] | None = None) -> Iterator[str]:
    """Stems of the content words of a text.

    >>> list(stems("We should sort the numbers before searching."))
    ['sort', 'number', 'search']
    """
    words = Words(lexicon)
    if text.isascii() and not lexicon:
        for word in _ASCII_WORD.findall(text.lower()):
            if stem := stem_of(word):
                yield stem
        return
    for character in text:
        if stem := words.read(character):
            yield stem
    if stem := words.end():
        yield stem


def pairs(texts: Iterable[str]) -> set[tuple[str, str]]:
    """Pairs of different stems that stand near one another, in either order."""
    found: set[tuple[str, str]] = set()
    for text in texts:
        before: deque[str] = deque(maxlen=REACH)
        for stem in stems(text):
            found.update(pair(stem, one) for one in before if one != stem)
            before.append(stem)
    return found


def pair(one: str, other: str) -> tuple[str, str]:
    """A pair in the order of the alphabet."""
    return (one, other) if one < other else (other, one)


class Window:
    """Which of the last content words stand near the same words as in the reasoning.

    Every pair counts once in an answer, so that a phrase of the trade that comes again and again
    is one.

    Args:
        known: pairs of the reasoning.
        n_words: length of the window.
    """

    def __init__(self, known: set[tuple[str, str]], n_words: int) -> None:
        self._known = known
        self._met: set[tuple[str, str]] = set()
        self._before: deque[str] = deque(maxlen=REACH)
        self._hits: deque[bool] = deque(maxlen=n_words)
        self._n_words = n_words

    def take(self, stem: str) -> float:
        """One word more; returns the share, 0 until the window is full."""
        near = {pair(stem, one) for one in self._before if one != stem} & self._known
        self._hits.append(not near <= self._met)
        self._met |= near
        self._before.append(stem)
        return sum(self._hits) / self._n_words if len(self._hits) == self._n_words else 0.0
