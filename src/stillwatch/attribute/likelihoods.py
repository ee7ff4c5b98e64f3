"""Likelihoods: how probable each hypothesis makes what was seen, from counts on made worlds.

What was seen is read by family, as everywhere: the strongest finding for plus the strongest
against, for "one hand" and for "answers are collected" apart. Each such sum falls on one of four
levels. How often groups of a known story fall on a level is counted; Jeffreys' half count is
added to each. A ratio of two likelihoods is weight of evidence in bits, without any prior.

Families are not independent. All log ratios are therefore tempered by one factor, fitted on the
counted worlds, by which naive addition is cut back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log2, sqrt
from typing import Any

from stillwatch.model.errors import BadInput
from stillwatch.model.finding import Claim, Finding, bits_by_family
from stillwatch.model.quantity import Quantity

SCHEMA = "stillwatch.likelihoods/1"
#: names of the levels, and the bits below which a sum is on each; the last has no end.
LEVELS: tuple[tuple[str, float], ...] = (
    ("against", -1.0),
    ("silent", 1.0),
    ("some", 6.0),
    ("strong", float("inf")),
)
#: added to every count.
HALF = 0.5
_Z95 = 1.959964
_LN2 = 0.6931471805599453
#: the two questions, by the claims that they are about.
QUESTIONS = {"operator": Claim.ONE_OPERATOR, "harvest": Claim.COLLECTION}


def level_of(bits: float) -> int:
    """Number of the level that a sum of bits falls on.

    >>> [LEVELS[level_of(b)][0] for b in (-3.0, 0.2, 4.0, 12.0)]
    ['against', 'silent', 'some', 'strong']
    """
    return next(i for i, (_, below) in enumerate(LEVELS) if bits < below)


@dataclass(frozen=True, slots=True)
class Likelihoods:
    """The table.

    Attributes:
        made_on: day on which it was counted.
        worlds: what was counted, in a sentence.
        temper: factor in (0, 1] on every log ratio.
        n_alike: innocent groups of one window that were counted, those that look most like
            one hand: among so many a true one must be told.
        features: feature (``question.family``) to the signals that it is read from.
        counts: hypothesis to feature to counts by level; groups of one kind and one world
            count as one together, however many there are.
        pooled: feature to counts, of all groups that are harvested by (``charge``) and of all
            innocent ones (``innocent``).
        signals: signal to counts by level, of the same two.
    """

    made_on: str
    worlds: str
    temper: float
    n_alike: float
    features: Mapping[str, tuple[str, ...]]
    counts: Mapping[str, Mapping[str, tuple[float, ...]]]
    pooled: Mapping[str, Mapping[str, tuple[float, ...]]]
    signals: Mapping[str, Mapping[str, tuple[float, ...]]]

    def ratio(self, one: str, other: str, pattern: Mapping[str, int]) -> Quantity:
        """Bits by which a pattern is more probable under one hypothesis than under another.

        Args:
            one, other: names of hypotheses that the table holds.
            pattern: feature to level; features that the table lacks are left out.

        Returns:
            The tempered log2 ratio with the 95% interval that the counts bear.
        """
        return self._ratio(self.counts[one], self.counts[other], pattern)

    def guilt(self, question: str, pattern: Mapping[str, int]) -> Quantity:
        """Bits by which the features of one question speak of harvested groups, all pooled.

        Args:
            question: ``operator`` or ``harvest``.
            pattern: feature to level.
        """
        mine = {f: level for f, level in pattern.items() if f.startswith(f"{question}.")}
        return self._ratio(self.pooled["charge"], self.pooled["innocent"], mine)

    def _ratio(
        self,
        one: Mapping[str, tuple[float, ...]],
        other: Mapping[str, tuple[float, ...]],
        pattern: Mapping[str, int],
    ) -> Quantity:
        best = spread = 0.0
        for feature, level in sorted(pattern.items()):
            if feature in self.features:
                mean, variance = _log_ratio(one[feature], other[feature], level)
                best, spread = best + mean, spread + variance
        half = _Z95 * self.temper * sqrt(0.0 if one is other else spread)
        best *= self.temper
        return Quantity(best=best, low=best - half, high=best + half, unit="bit")

    def of_signal(self, signal: str, bits: float) -> Quantity | None:
        """What the counts bear for a reading of a signal: guilty against innocent groups.

        Returns:
            None where the signal was not counted.
        """
        sides = self.signals.get(signal)
        if sides is None:
            return None
        best, spread = _log_ratio(sides["charge"], sides["innocent"], level_of(bits))
        half = _Z95 * sqrt(spread)
        return Quantity(best=best, low=best - half, high=best + half, unit="bit")


def pattern_of(
    findings: Iterable[Finding], table: Likelihoods, not_looked: Iterable[str] = ()
) -> dict[str, int]:
    """Feature to level of some findings.

    Args:
        findings: of whatever claims and families; those that the table knows count.
        table: names the features.
        not_looked: signals that could not look; a feature of which none could is left out.
    """
    listed, blind = tuple(findings), set(not_looked)
    sums = {q: bits_by_family(listed, claim) for q, claim in QUESTIONS.items()}
    out = {}
    for feature, signals in table.features.items():
        question, _, family = feature.partition(".")
        if not blind.issuperset(signals):
            out[feature] = level_of(sums[question].get(family, 0.0))
    return out


def counted_for(
    claim: Claim, findings: Iterable[Finding], table: Likelihoods, not_looked: Iterable[str] = ()
) -> Quantity | None:
    """What the counts bear for a claim that they were made for; None for another claim."""
    question = next((q for q, mine in QUESTIONS.items() if mine is claim), None)
    if question is None:
        return None
    return table.guilt(question, pattern_of(findings, table, not_looked))


def likelihoods_from(value: Mapping[str, Any]) -> Likelihoods:
    """The table that a file tells.

    Raises:
        BadInput: it is of another schema or lacks something.
    """
    if value.get("schema") != SCHEMA:
        raise BadInput(f"is not of the schema {SCHEMA}.", where="likelihoods")
    try:
        return Likelihoods(
            made_on=str(value["made_on"]),
            worlds=str(value["worlds"]),
            temper=float(value["temper"]),
            n_alike=float(value["n_alike"]),
            features={str(k): tuple(map(str, v)) for k, v in value["features"].items()},
            counts={str(h): _counts(one["counts"]) for h, one in value["hypotheses"].items()},
            pooled={side: _counts(value["pooled"][side]) for side in ("charge", "innocent")},
            signals={str(s): _counts(sides) for s, sides in value["signals"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"is no table of likelihoods: {error}.", where="likelihoods") from error


def _counts(value: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    told = {str(k): tuple(float(x) for x in v) for k, v in value.items()}
    if any(len(v) != len(LEVELS) or min(v) < 0 for v in told.values()):
        raise ValueError("counts must be four numbers of 0 and more")
    return told


@lru_cache(maxsize=1 << 14)
def _log_ratio(one: tuple[float, ...], other: tuple[float, ...], level: int) -> tuple[float, float]:
    """log2 ratio of two smoothed shares, and the variance of its posterior."""
    from scipy.special import polygamma  # loaded when something is weighed: it takes a second

    (a, n), (b, m) = ((c[level] + HALF, sum(c) + HALF * len(c)) for c in (one, other))
    variance = sum(float(polygamma(1, x)) for x in (a, b)) - sum(
        float(polygamma(1, x)) for x in (n, m)
    )
    return log2(a / n) - log2(b / m), max(variance, 0.0) / _LN2**2


def log_likelihood(counts: Mapping[str, Sequence[float]], pattern: Mapping[str, int]) -> float:
    """log2 likelihood of a pattern under one hypothesis, untempered.

    Args:
        counts: feature to counts by level.
        pattern: feature to level; features that are not counted are left out.
    """
    rows = [(counts[feature], level) for feature, level in pattern.items() if feature in counts]
    return sum(log2((row[at] + HALF) / (sum(row) + HALF * len(row))) for row, at in rows)
