"""Claims: behaviour, operator, organisation and intent, each with a likelihood and a confidence.

The two never stand in one sentence. Likelihood comes from weight of evidence and from odds before
it that are written down here; it is read at the end of the interval that is nearer to even odds,
so that doubt never makes a word stronger. Confidence says how good the sources are. Intent is held
to a verb: without direct evidence nothing more than "suggests".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log2, sqrt
from typing import Any

from stillwatch.attribute.bands import Band, band_of, probability
from stillwatch.attribute.evidence import is_direct
from stillwatch.model.finding import Claim, Finding, bits_by_family
from stillwatch.model.quantity import Quantity

#: families of which at least so many bits count as support.
SUPPORT_BITS = 3.0
CONFIDENCES = ("low", "moderate", "high")


@dataclass(frozen=True, slots=True)
class Question:
    """A claim that is judged on its own: what it asks, and the odds before the evidence.

    Attributes:
        claim: which.
        kind: behaviour, operator, organisation or intent.
        asks: the sentence that is judged.
        one_in: odds before the evidence are 1 to so many; None takes the innocent groups that
            a window's groups were told from when likelihoods were counted.
        because: why these odds.
    """

    claim: Claim
    kind: str
    asks: str
    one_in: float | None
    because: str


_ALIKE = "one true group among those of a window that look most like one hand"
#: THE LIST of what is judged, in the order in which one leans on the other.
QUESTIONS: tuple[Question, ...] = (
    Question(Claim.ONE_OPERATOR, "behaviour", "One hand runs these accounts.", None, _ALIKE),
    Question(Claim.COLLECTION, "behaviour", "Their answers are collected.", 1.0,
             "even: whoever runs many accounts as one does it for something"),
    Question(Claim.OPERATOR, "operator", "The operator is the one described by the findings.",
             1_000.0, "one of a thousand who could run such accounts; an assumption, not a count"),
    Question(Claim.ORGANISATION, "organisation", "The operator acts for the organisation.",
             1_000.0, "one of a thousand organisations that could; an assumption, not a count"),
    Question(Claim.INTENT, "intent", "The answers are meant to train a competing model.", 1.0,
             "even; whatever the odds, the verb is held down without direct evidence"),
)  # fmt: skip

#: verbs of intent, from the weakest; the last needs direct evidence.
VERBS = ("does not show", "is consistent with", "suggests", "indicates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One claim as the findings leave it.

    Attributes:
        question: which.
        weight: bits over all families, with the interval that all findings bear.
        families: family to net bits.
        before_bits: odds before the evidence.
        band: the word; None where nothing speaks to the claim.
        confidence: how good the sources are.
        why_confidence: what it rests on.
        verb: for intent alone: how far the evidence may be said to go.
    """

    question: Question
    weight: Quantity
    families: Mapping[str, float]
    before_bits: float
    band: Band | None
    confidence: str
    why_confidence: tuple[str, ...]
    verb: str = ""

    @property
    def looked_at(self) -> bool:
        """Whether any finding speaks to the claim."""
        return self.band is not None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "claim": self.question.claim.value, "kind": self.question.kind,
            "asks": self.question.asks,
            "bits": {k: round(getattr(self.weight, k), 1) + 0.0 for k in ("best", "low", "high")},
            "families": [
                {"family": k, "bits": round(v, 1) + 0.0} for k, v in sorted(self.families.items())
            ],
            "before_bits": round(self.before_bits, 1) + 0.0,
            "before_because": self.question.because,
            "word": self.band.word if self.band else "could not judge",
            "band_percent": [self.band.low_percent, self.band.high_percent] if self.band else None,
            "confidence": self.confidence if self.band else "none",
            "confidence_because": list(self.why_confidence), "verb": self.verb,
        }  # fmt: skip


def judge(
    question: Question,
    findings: Iterable[Finding],
    *,
    n_alike: float,
    n_blind: int = 0,
    counted: Quantity | None = None,
) -> Judged:
    """Judge one claim.

    Args:
        question: which.
        findings: of whatever claims.
        counted: what counts on made worlds bear for all families of our own together, where
            they were counted; the low end then begins there.
        n_alike: innocent groups among which a true one must be told.
        n_blind: signals that could not look.
    """
    mine = [f for f in findings if f.claim is question.claim and f.value.unit == "bit"]
    families = bits_by_family(mine, question.claim)
    weight = _weight(mine, counted)
    before = -log2(max(question.one_in if question.one_in is not None else n_alike, 1.0))
    share = nearest_to_even(before + weight.low, before + weight.high)
    band = band_of(share) if mine else None
    confidence, why = _confidence(mine, families, n_blind)
    verb = ""
    if question.claim is Claim.INTENT:
        verb, band = _intent(mine, share, band)
    return Judged(
        question=question, weight=weight, families=families, before_bits=before,
        band=band, confidence=confidence, why_confidence=why, verb=verb,
    )  # fmt: skip


def nearest_to_even(low_bits: float, high_bits: float) -> float:
    """The probability in an interval of odds that is nearest to one half.

    >>> nearest_to_even(-2.0, 5.0), round(nearest_to_even(3.0, 9.0), 3)
    (0.5, 0.889)
    """
    return probability(min(max(0.0, low_bits), high_bits))


def _weight(findings: list[Finding], counted: Quantity | None) -> Quantity:
    """Families added; in each the strongest for plus the strongest against.

    The ends of what was counted apart are joined as independent errors are. Where all families
    of our own were counted together, that count is one such part.
    """
    sides: dict[tuple[str, bool], Quantity] = {}
    for finding in sorted(findings, key=lambda f: f.id):
        side = (finding.family, finding.value.best >= 0)
        if side not in sides or abs(finding.value.best) > abs(sides[side].best):
            sides[side] = finding.value
    best = sum(value.best for value in sides.values())
    apart = [
        value for (family, _), value in sorted(sides.items())
        if counted is None or family == "external" or family.startswith("partner:")
    ]  # fmt: skip
    parts = apart if counted is None else [*apart, counted]
    middle = sum(part.best for part in parts)
    low = middle - sqrt(sum((part.best - part.low) ** 2 for part in parts))
    high = middle + sqrt(sum((part.high - part.best) ** 2 for part in parts))
    return Quantity(best=best, low=min(low, best), high=max(high, best), unit="bit")


def _confidence(
    findings: list[Finding], families: Mapping[str, float], n_blind: int
) -> tuple[str, tuple[str, ...]]:
    """How good the sources are, and why."""
    support = [f for f, bits in families.items() if bits >= SUPPORT_BITS]
    against = [f for f, bits in families.items() if bits <= -SUPPORT_BITS]
    outside = [f for f in support if f == "external" or f.startswith("partner:")]
    direct = any(is_direct(f) and f.value.best > 0 for f in findings)
    why = [f"{len(support)} of {len(families)} families support it"]
    if not outside:
        why.append("single source: all of it comes from one provider's own records")
    if against:
        why.append("against it: " + ", ".join(against))
    if n_blind:
        why.append(f"{n_blind} {'signal' if n_blind == 1 else 'signals'} could not look")
    if direct:
        why.append("there is direct evidence")
    level = 0 if len(support) < 2 else 1 if len(support) < 3 or not outside or against else 2
    return CONFIDENCES[level], tuple(why)


def _intent(findings: list[Finding], share: float, band: Band | None) -> tuple[str, Band | None]:
    """How far findings about intent may be said to go, and the word that is left."""
    if band is None:
        return VERBS[0], None
    rung = 0 if share < 0.45 else 1 if share < 0.55 else 2 if share < 0.8 else 3
    if any(is_direct(f) and f.value.low > 0 for f in findings):
        return VERBS[rung], band
    held = band_of(min(share, 0.8))
    return VERBS[min(rung, 2)], held
