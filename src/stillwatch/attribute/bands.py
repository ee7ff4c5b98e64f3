"""Estimative words: which word stands for which probability.

The bands are those of Intelligence Community Directive 203 (2015, amended 2022), annex B. A word
says how likely something is; how much the sources bear is said apart, see
:mod:`stillwatch.attribute.claims`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp2
from typing import Any


@dataclass(frozen=True, slots=True)
class Band:
    """One word and the probabilities, in per cent, that it stands for."""

    word: str
    low_percent: int
    high_percent: int

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"word": self.word, "low_percent": self.low_percent,
                "high_percent": self.high_percent}  # fmt: skip


#: the seven words, from the least to the most likely. Nothing is impossible or certain.
BANDS: tuple[Band, ...] = (
    Band("remote", 1, 5),
    Band("very unlikely", 5, 20),
    Band("unlikely", 20, 45),
    Band("roughly even odds", 45, 55),
    Band("likely", 55, 80),
    Band("very likely", 80, 95),
    Band("almost certain", 95, 99),
)


def probability(odds_bits: float) -> float:
    """The probability of odds of ``2**odds_bits`` to 1, in (0, 1).

    >>> round(probability(3.0), 4)
    0.8889
    """
    if odds_bits >= 0:
        return 1.0 / (1.0 + exp2(-min(odds_bits, 1000.0)))
    return 1.0 - probability(-odds_bits)


def band_of(share: float) -> Band:
    """The band of a probability in [0, 1]; its ends belong to the word nearer to even odds.

    >>> band_of(0.8).word, band_of(0.9999).word, band_of(0.0).word
    ('likely', 'almost certain', 'remote')
    """
    percent = 100.0 * share
    if percent >= 50.0:
        return next((b for b in BANDS[3:] if percent <= b.high_percent), BANDS[-1])
    return next((b for b in reversed(BANDS[:4]) if percent >= b.low_percent), BANDS[0])
