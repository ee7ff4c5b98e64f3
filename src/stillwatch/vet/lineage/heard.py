"""Heard: what a suspect or a control said, and what of its numbers was exported."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: characters of one answer that are read.
LONGEST: Final = 20_000
_WORD: Final = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What was exported of open weights; each part may be missing.

    Args:
        pairs: by id of the exchange: log-likelihood of the served answer and of its twin, each
            by the token, given the prompt.
        ways: by slot: ``(n_ways,)`` probability of each way.
        probs: ``(n_windows, n_tokens)`` probabilities after each window.
        windows: ``(n_windows,)`` digests, by :func:`stillwatch.stats.radioactivity.windows_of`.
        tokens: ``(n_windows, n_tokens)`` which token each is of; None where it is the column.
    """

    pairs: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ways: Mapping[str, F64] = field(default_factory=dict)
    probs: F64 | None = None
    windows: U64 | None = None
    tokens: I64 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """All that is known of one model.

    Args:
        name: what it is called here.
        slots: answers by slot.
        pairs: answers by id of the exchange whose prompt was asked.
        prompts: tokens of what was asked.
        answers: tokens of each answer.
        selves: answers to questions after itself.
        numbers: of open weights.
    """

    name: str
    slots: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pairs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    prompts: Sequence[I64] = ()
    answers: Sequence[I64] = ()
    selves: Sequence[str] = ()
    numbers: Numbers | None = None


@lru_cache(maxsize=65_536)
def _token(word: str) -> int:
    return crc32(word.encode("utf-8", "surrogatepass"))


def word_tokens(text: str, longest: int | None = LONGEST) -> I64:
    """``(n,)`` tokens of a text whose mark is on words: checksums of words, case kept.

    Args:
        text: any.
        longest: characters that are read; None for all.

    >>> word_tokens("a, b").size
    3
    """
    words = _WORD.findall(text[:longest])
    return np.fromiter((_token(word) for word in words), np.int64, len(words))


@lru_cache(maxsize=8_192)
def _pattern(ways: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for way in sorted(set(ways), key=lambda one: (-len(one), one)):
        folded = way.casefold()
        before = r"(?<!\w)" if folded[:1].isascii() and folded[:1].isalnum() else ""
        after = r"(?!\w)" if folded[-1:].isascii() and folded[-1:].isalnum() else ""
        parts.append(f"{before}{re.escape(folded)}{after}")
    return re.compile("|".join(parts))


def shown_way(text: str, ways: tuple[str, ...]) -> int:
    """Place of the way that comes first in a text, the longest of those; -1 where none does.

    >>> shown_way("Take Benjamin, say, or Ben.", ("Ada", "Ben"))
    1
    """
    found = _pattern(ways).search(text[:LONGEST].casefold())
    if found is None:
        return -1
    folded = [way.casefold() for way in ways]
    return folded.index(found[0])


def chosen_way(texts: Sequence[str], ways: tuple[str, ...]) -> int:
    """The way that most answers show, of equals the one shown first; -1 where none shows any."""
    shown = [place for text in texts if (place := shown_way(text, ways)) >= 0]
    return max(shown, key=shown.count) if shown else -1
