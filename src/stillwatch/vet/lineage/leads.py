"""Leads: what points somewhere and has no error rate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from typing import Final

from stillwatch.vet.lineage.heard import LONGEST, Heard
from stillwatch.vet.lineage.material import Material
from stillwatch.vet.part import Point, Severity

_WORD: Final = re.compile(r"[^\W\d_]+|[^\w\s]")
#: words by which style is compared: the most frequent of ours.
_N_WORDS: Final = 150
_LEAST_WORDS: Final = 2_000


def lead_points(
    suspect: Heard, controls: Sequence[Heard], material: Material
) -> tuple[Point, ...]:  # fmt: skip
    """Whose name the suspect bears, and whose style.

    Args:
        suspect: the model.
        controls: to see what is usual.
        material: ours.
    """
    return tuple(
        point
        for point in (_self(suspect, controls, material.names), _style(suspect, controls, material))
        if point is not None
    )


def _self(suspect: Heard, controls: Sequence[Heard], names: Sequence[str]) -> Point | None:
    if not suspect.selves or not names:
        return None
    told = re.compile("|".join(rf"(?<!\w){re.escape(n.casefold())}(?!\w)" for n in names))

    def count(one: Heard) -> str:
        n = sum(bool(told.search(text[:LONGEST].casefold())) for text in one.selves)
        return f"{n} of {len(one.selves)}"

    usual = ", ".join(count(one) for one in controls if one.selves) or "not asked"
    return Point(
        title="Calls itself by our name", severity=Severity.NOTE, where=suspect.name,
        observed=f"Asked after itself, it names us in {count(suspect)} answers; controls: {usual}. "
        "A lead, not evidence: such sentences stand all over the web.",
        method="identity leakage, after 2501.12619",
    )  # fmt: skip


def _style(suspect: Heard, controls: Sequence[Heard], material: Material) -> Point | None:
    ours = _profile([one.served for one in material.pairs])
    theirs = _profile(_texts(suspect))
    usual = [one for one in (_profile(_texts(control)) for control in controls) if one]
    if not ours or not theirs or not usual:
        return None
    words = [word for word, _ in Counter(ours).most_common(_N_WORDS)]
    near = _cosine(ours, theirs, words)
    beside = sorted(_cosine(ours, one, words) for one in usual)
    return Point(
        title="Writes like us", severity=Severity.NOTE, where=suspect.name,
        observed=f"Use of frequent words and marks: likeness {near:.3f} to our answers; controls "
        f"{beside[0]:.3f} to {beside[-1]:.3f}. A lead, not evidence: style has no error rate.",
        method=f"cosine over our {len(words)} most frequent words and marks",
    )  # fmt: skip


def _texts(heard: Heard) -> Iterable[str]:
    for texts in heard.pairs.values():
        yield from texts


def _profile(texts: Iterable[str]) -> Mapping[str, float] | None:
    counts = Counter(word for text in texts for word in _WORD.findall(text[:LONGEST].casefold()))
    total = counts.total()
    return {w: n / total for w, n in counts.items()} if total >= _LEAST_WORDS else None


def _cosine(one: Mapping[str, float], other: Mapping[str, float], words: Sequence[str]) -> float:
    pairs = [(sqrt(one.get(w, 0.0)), sqrt(other.get(w, 0.0))) for w in words]
    along = sum(a * b for a, b in pairs)
    return along / (sqrt(sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)) or 1.0)
