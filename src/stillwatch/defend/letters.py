"""Runs of letters that stand in the reasoning, found again in a stream, however they are dressed.

Blanks, punctuation, marks of comments, case, accents and look-alike letters are dropped; what
is left is told by the *steps* between neighbouring letters. Steps are the same for every shift
of the alphabet, so that one fingerprint sees plain text, rot13 and its 24 kin; the same steps
negated are the mirrored alphabet, and read backwards the reversed text.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import deque
from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.stats.folding import fold_character

#: letters of a run; shorter coincidences are common, longer ones are not.
RUN: Final = 24
_STEPS: Final = RUN - 1
_FACTOR: Final = 0x9E3779B97F4A7C15
_MASK: Final = (1 << 64) - 1
_OLDEST: Final = pow(_FACTOR, _STEPS - 1, 1 << 64)
_FENCED: Final = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.DOTALL)
#: letters among the visible characters of prose; code has fewer.
_PROSE_SHARE: Final = 0.9


@functools.lru_cache(maxsize=1 << 16)
def letters_of(character: str) -> tuple[int, ...]:
    """The letters that one character stands for: 0 to 25, or a code point for other scripts.

    >>> letters_of("É"), letters_of("1"), letters_of("ж")
    ((4,), (), (1104,))
    """
    found = []
    for one in unicodedata.normalize("NFKC", character):
        for letter in fold_character(one):
            if letter.isalpha():
                found.append(ord(letter) - 97 if "a" <= letter <= "z" else ord(letter) + 26)
    return tuple(found)


def prose(reasoning: str) -> str:
    """Reasoning without fenced code: a draft of the answer, which answers repeat.

    What is fenced and reads like prose stays, and everything stays where more than half is
    fenced: a caller may ask the model to think between fences.

    >>> prose("so we can write ```x = f(1)``` and go on")
    'so we can write   and go on'
    >>> prose("so ```we sort the list``` and go on from there")
    'so ```we sort the list``` and go on from there'
    """
    bare = _FENCED.sub(lambda found: found[0] if _is_prose(found[0]) else " ", reasoning)
    return reasoning if 2 * len(bare) < len(reasoning) else bare


def _is_prose(fenced: str) -> bool:
    seen = [character for character in fenced.strip("`~ \n") if not character.isspace()]
    n_letters = sum(character.isalpha() for character in seen)
    return n_letters > _PROSE_SHARE * max(len(seen), 1)


def _letters(text: str) -> npt.NDArray[np.int64]:
    """Letters of a whole text: each different character is looked up once."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    different, which = np.unique(codes, return_inverse=True)
    found = [letters_of(chr(code)) for code in different.tolist()]
    sizes = np.array([len(one) for one in found], np.int64)
    pool = np.array([letter for one in found for letter in one], np.int64)
    starts = (np.cumsum(sizes) - sizes)[which]
    counts = sizes[which]
    within: npt.NDArray[np.int64] = np.arange(int(counts.sum())) - np.repeat(
        np.cumsum(counts) - counts, counts
    )
    letters: npt.NDArray[np.int64] = pool[np.repeat(starts, counts) + within]
    return letters


def _steps(text: str) -> npt.NDArray[np.int64]:
    letters = _letters(text)
    steps = np.diff(letters)
    latin = (letters[1:] < 26) & (letters[:-1] < 26)
    steps[latin] %= 26
    return steps


def _hashes(steps: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    n = steps.size - _STEPS + 1
    if n <= 0:
        return np.empty(0, np.uint64)
    found = np.zeros(n, np.uint64)
    values = (steps + 1).astype(np.uint64)
    for place in range(_STEPS):
        found = found * np.uint64(_FACTOR) + values[place : place + n]
    return found


class Fingerprint:
    """Runs of reasoning, without those that the caller said first.

    Args:
        reasoning: texts that must not come out.
        said: texts of the caller, which anybody may repeat.
    """

    def __init__(self, reasoning: Iterable[str], said: Iterable[str] = ()) -> None:
        dressed = [_dressed(_steps(prose(text))) for text in reasoning]
        hashes = [[_hashes(way) for way in ways] for ways in dressed]
        every = np.concatenate([np.empty(0, np.uint64), *(one for ways in hashes for one in ways)])
        known: set[int] = set()
        for text in said:
            found = _hashes(_steps(text))
            known.update(found[np.isin(found, every)].tolist())
        self.places: dict[int, int] = {}
        self.n_letters = 0
        for ways in hashes:
            begin, n = self.n_letters, ways[0].size
            self.n_letters += n + _STEPS if n else 0
            for number, way in enumerate(ways):
                places = range(n) if number < 2 else range(n - 1, -1, -1)
                for place, value in zip(places, way.tolist(), strict=True):
                    if value not in known:
                        self.places.setdefault(value, begin + place)
        self.n_places = len(set(self.places.values()))


def _dressed(steps: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], ...]:
    """Plain, mirrored alphabet, reversed, both."""
    plain = steps
    small = np.abs(steps) < 26
    mirrored = np.where(small, -steps % 26, -steps)
    return plain, mirrored, mirrored[::-1], plain[::-1]


class Follower:
    """Reads letters as they come and says which places of the reasoning they repeat.

    Args:
        fingerprint: of the reasoning.
        seen: places that were repeated so far; shared by the streams of one answer.
    """

    def __init__(self, fingerprint: Fingerprint, seen: set[int]) -> None:
        self._places = fingerprint.places
        self._seen = seen
        self._window: deque[int] = deque(maxlen=_STEPS)
        self._hash = 0
        self._last = -1
        self.matching = False

    def read(self, character: str) -> None:
        """One character more."""
        for letter in letters_of(character):
            last, self._last = self._last, letter
            if last < 0:
                continue
            step = letter - last
            if letter < 26 and last < 26:
                step %= 26
            value = step + 1
            window = self._window
            if len(window) == _STEPS:
                self._hash -= window[0] * _OLDEST
            window.append(value)
            self._hash = (self._hash * _FACTOR + value) & _MASK
            if len(window) == _STEPS:
                place = self._places.get(self._hash)
                self.matching = place is not None
                if place is not None:
                    self._seen.add(place)
