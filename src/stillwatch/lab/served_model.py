"""Made models to ask: small, seeded, as close to one another as one likes.

A model is a table of next words that is never written down: the logits of a place (what was asked,
the word before) are drawn from a generator that the place seeds. Two models of one family differ
by ``drift``; a model differs from itself by temperature and by how coarsely its logits are
rounded, as quantised weights are. They rehearse what is asked of real endpoints; how far real
models lie apart is not known from them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]
#: how much a number in the question, and a system text, move the logits.
_NUMBER: Final = 0.15
_SYSTEM: Final = 0.6
#: spread of the logits of a place, drawn evenly: some questions leave little choice.
_SPREAD: Final = (2.0, 6.0)
_ONSETS: Final = "b d f g h k l m n p r s t v z br dr fl gr kl pr st tr".split()
_VOWELS: Final = "a e i o u ai ea ou".split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What a model said.

    Args:
        text: of the answer.
        finish: ``stop`` or ``length``.
        input_tokens: words of the dialogue.
        output_tokens: words of the answer.
    """

    text: str
    finish: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeModel:
    """A model.

    Args:
        family: seed of what models of one family share, >= 0.
        drift: 0 is the family's first model, 1 one that shares nothing with it.
        branch: seed of where it drifted to, >= 0.
        temperature: on top of the one that is asked for, > 0.
        grain: logits are rounded to multiples of it; 0 leaves them.
        n_words: of the vocabulary, >= 2.
        mean_words: of an answer, >= 1.

    Raises:
        BadInput: a value is out of range.
    """

    family: int = 0
    drift: float = 0.0
    branch: int = 1
    temperature: float = 1.0
    grain: float = 0.0
    n_words: int = 200
    mean_words: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what is no model."""
        if not 0 <= self.drift <= 1 or self.temperature <= 0 or self.grain < 0:
            raise BadInput("drift is 0 to 1, temperature above 0, grain at least 0.", where="model")
        if self.n_words < 2 or self.mean_words < 1 or min(self.family, self.branch) < 0:
            raise BadInput("at least 2 words, answers of at least 1, seeds >= 0.", where="model")

    def next_word(self, asked: str, before: str = "", system: str = "", heat: float = 1.0) -> F64:
        """Probabilities of the next word.

        Args:
            asked: the dialogue.
            before: the word before; empty at the beginning of an answer.
            system: system text.
            heat: temperature that is asked for, > 0.

        Returns:
            ``(n_words,)``, in the order of :func:`vocabulary`.
        """
        logits = self._logits(asked, before, system) / (self.temperature * heat)
        weights = np.exp(logits - logits.max())
        found: F64 = weights / weights.sum()
        return found

    def speak(
        self,
        messages: Sequence[Mapping[str, str]],
        rng: np.random.Generator,
        *,
        max_tokens: int = 256,
        heat: float = 1.0,
    ) -> Spoken:
        """Answer a dialogue.

        Args:
            messages: with ``role`` and ``content`` each.
            rng: where the answer is drawn from.
            max_tokens: most words of it.
            heat: temperature; 0 takes the likeliest words.
        """
        system = "\n".join(one["content"] for one in messages if one["role"] == "system")
        asked = "\n".join(one["content"] for one in messages if one["role"] != "system")
        words, before, finish = list[str](), "", "length"
        known = vocabulary(self.n_words)
        wanted = int(rng.geometric(1.0 / self.mean_words))
        while len(words) < max_tokens:
            chances = self.next_word(asked, before, system, heat or 1.0)
            nth = int(rng.choice(self.n_words, p=chances)) if heat else int(chances.argmax())
            before = known[nth]
            words.append(before)
            if len(words) == wanted:
                finish = "stop"
                break
        n_in = len(f"{system} {asked}".split()) + 3 * len(messages)
        return Spoken(
            text=" ".join(words), finish=finish, input_tokens=n_in, output_tokens=len(words)
        )

    def _logits(self, asked: str, before: str, system: str) -> F64:
        place = f"{re.sub(r'[0-9]+', '#', asked)}|{before}"
        spread = _SPREAD[0] + (_SPREAD[1] - _SPREAD[0]) * _drawn(0, f"spread {place}", 1)[1][0]
        logits = _drawn(self.family, place, self.n_words)[0]
        if self.drift:
            other = _drawn(self.family + 1_000_003 * (self.branch + 1), place, self.n_words)[0]
            logits = sqrt(1.0 - self.drift**2) * logits + self.drift * other
        logits = logits + _NUMBER * _drawn(self.family, f"number {asked}|{before}", self.n_words)[0]
        if system:
            logits = (
                logits + _SYSTEM * _drawn(self.family, f"system {system}|{place}", self.n_words)[0]
            )
        logits = spread * logits
        told: F64 = np.round(logits / self.grain) * self.grain if self.grain else logits
        return told


@lru_cache(maxsize=8)
def vocabulary(n_words: int) -> tuple[str, ...]:
    """Made words, all different.

    >>> vocabulary(3)
    ('ba', 'be', 'bi')
    """
    found = [onset + vowel for onset in _ONSETS for vowel in _VOWELS]
    while len(found) < n_words:
        found += [one + end for one in found for end in ("ma", "ro", "ni")]
    return tuple(dict.fromkeys(found))[:n_words]


@lru_cache(maxsize=4096)
def _drawn(seed: int, place: str, n: int) -> tuple[F64, F64]:
    """Normal and even draws that belong to a place."""
    digest = hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    rng = np.random.default_rng([seed, int.from_bytes(digest[:8]), int.from_bytes(digest[8:])])
    normal, even = rng.standard_normal(n), rng.random(1)
    normal.flags.writeable = even.flags.writeable = False
    return normal, even
