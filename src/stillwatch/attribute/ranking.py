"""Ranking: which hypothesis the findings fit, and which finding carries that.

No prior enters. Each hypothesis is measured against the charge: bits by which what was seen is
more probable under the charge than under it. Left-out families say what the ranking hangs on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.attribute.hypotheses import BY_NAME, CHARGE, HYPOTHESES, of_rival
from stillwatch.attribute.likelihoods import LEVELS, Likelihoods, pattern_of
from stillwatch.model.finding import Finding
from stillwatch.model.quantity import Quantity, exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """One hypothesis beside the charge.

    Attributes:
        name: of the hypothesis.
        against_it: bits by which the charge predicts the findings better; negative where
            the hypothesis does.
        told_apart: whether the interval leaves no doubt which predicts better.
        detect_bits: by ``detect``'s own names for it, the bits that it leaves unexplained.
    """

    name: str
    against_it: Quantity
    told_apart: bool
    detect_bits: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Plain values, with what a reader needs of the list."""
        one = BY_NAME[self.name]
        return {
            "name": self.name, "title": one.title, "says": one.says, "means": one.means,
            "measured": one.measured, "source": one.source, "harvests": one.harvests,
            "against_it": _rounded(self.against_it), "told_apart": self.told_apart,
            "detect_bits": _rows(self.detect_bits),
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """All hypotheses, the best fitting first.

    Attributes:
        ranked: hypotheses in order.
        pattern: what was seen: feature to level.
        unlisted: rivals of ``detect`` that are none of ours, with the bits they leave.
    """

    ranked: tuple[Ranked, ...]
    pattern: Mapping[str, int]
    unlisted: Mapping[str, float]

    @property
    def best(self) -> str:
        """The hypothesis that fits best; the charge where another fits equally well."""
        return self.ranked[0].name

    @property
    def open_rivals(self) -> tuple[str, ...]:
        """Hypotheses that do not harvest and that the counts do not tell from the charge."""
        return tuple(
            r.name for r in self.ranked if not BY_NAME[r.name].harvests and r.against_it.low <= 0
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "best": self.best,
            "best_title": BY_NAME[self.best].title,
            "open_rivals": list(self.open_rivals),
            "ranked": [one.to_json() for one in self.ranked],
            "pattern": {k: LEVELS[v][0] for k, v in sorted(self.pattern.items())},
            "unlisted_rivals": _rows(self.unlisted),
        }


def rank(
    findings: Iterable[Finding],
    table: Likelihoods,
    *,
    not_looked: Iterable[str] = (),
    rivals: Iterable[Mapping[str, Any]] = (),
) -> Ranking:
    """Weigh every hypothesis of the list against the charge.

    Args:
        findings: all that speak for or against.
        table: likelihoods.
        not_looked: signals that could not look.
        rivals: the rivals of ``detect`` with ``hypothesis`` and ``bits`` (negative: the bits
            that the rival leaves unexplained).
    """
    pattern = pattern_of(findings, table, not_looked)
    left: dict[str, dict[str, float]] = {}
    unlisted: dict[str, float] = {}
    for rival in rivals:
        name, bits = str(rival["hypothesis"]), -float(rival["bits"])
        ours = of_rival(name)
        if ours is None:
            unlisted[name] = bits
        else:
            left.setdefault(ours, {})[name] = bits
    out = []
    for place, one in enumerate(HYPOTHESES):
        row = one.like or one.name
        if row not in table.counts:
            continue
        ratio = exactly(0.0, "bit") if row == CHARGE else table.ratio(CHARGE, row, pattern)
        apart = ratio.low > 0 or ratio.high < 0
        ranked = Ranked(
            name=one.name, against_it=ratio, told_apart=apart, detect_bits=left.get(one.name, {})
        )
        out.append((ratio.best, place, ranked))
    ordered = tuple(ranked for _, _, ranked in sorted(out, key=lambda r: (r[0], r[1])))
    return Ranking(ranked=ordered, pattern=pattern, unlisted=unlisted)


def _rows(bits: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"rival": rival, "bits": round(left, 1)} for rival, left in sorted(bits.items())]


def _rounded(value: Quantity) -> dict[str, Any]:
    return {**{k: round(getattr(value, k), 1) + 0.0 for k in ("best", "low", "high")},
            "unit": value.unit}  # fmt: skip
