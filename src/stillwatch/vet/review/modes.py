"""Modes: what a public report holds back, by one list.

A public report says what was found and how sure that is. How to do it stands in the private one:
places in files, keys, routes, words that were asked or answered. What is held back is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Final

from stillwatch.vet.part import Outcome, Point, Severity
from stillwatch.vet.review.reading import Examined

WITHHELD: Final = "withheld in the public report"
#: characters of a title that a public report shows.
LONGEST_TITLE: Final = 120


class Mode(StrEnum):
    """For whom a report is."""

    PRIVATE = "private"
    PUBLIC = "public"


_ALL: Final = frozenset({"where", "observed"})
#: of each part, which words of a point are held back; a part that is not listed keeps back all.
HELD_BACK: Final[Mapping[str, frozenset[str]]] = {
    "identity": frozenset(),
    "signature": _ALL,
    "substitution": frozenset({"where"}),
    "files": _ALL,
    "behaviour": _ALL,
    "data_flow": _ALL,
    "lineage": _ALL,
}
_SAYS: Final[Mapping[Outcome, str]] = {
    Outcome.CONCERN: "a concern",
    Outcome.NO_CONCERN: "no concern",
    Outcome.UNDECIDED: "it could not be decided",
    Outcome.NOT_EXAMINED: "it was not examined",
}


def public(one: Examined) -> tuple[Examined, int]:
    """An examination as the public sees it, and how many of its points lost words.

    Sentences that the part wrote itself can name files, keys or routes; they are replaced by what
    can be counted. Outcome, titles, numbers and error rates stay.
    """
    if not one.parts or not HELD_BACK.get(one.of.name, _ALL):
        return one, 0
    n_shortened = 0
    parts = []
    for part in one.parts:
        points = tuple(_public_point(part.name, point) for point in part.points)
        n_shortened += sum(a != b for a, b in zip(part.points, points, strict=True))
        parts.append(
            replace(
                part,
                because=_counted(part.outcome, part.points),
                points=points,
                covered=_number_of(part.covered),
                not_covered=_number_of(part.not_covered),
                measured={},
            )
        )
    seen = [point for part in one.parts for point in part.points]
    return replace(one, because=_counted(one.outcome, seen), parts=tuple(parts)), n_shortened


def _public_point(name: str, point: Point) -> Point:
    held = HELD_BACK.get(name, _ALL)
    return replace(
        point,
        title=point.title[:LONGEST_TITLE],
        where=WITHHELD if point.where and "where" in held else point.where,
        observed=WITHHELD if point.observed and "observed" in held else point.observed,
    )


def _counted(outcome: Outcome, points: tuple[Point, ...] | list[Point]) -> str:
    """What an examination says, without a word of its own.

    >>> _counted(Outcome.NO_CONCERN, [])
    'no concern.'
    """
    counts = {s: sum(point.severity is s for point in points) for s in Severity}
    names = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.NOTE: "note"}
    listed = [f"{n:,} {names[s]}{'s' if n != 1 and s is not Severity.CRITICAL else ''}"
              for s, n in counts.items() if n]  # fmt: skip
    return f"{_SAYS[outcome]}{': ' if listed else ''}{', '.join(listed)}."


def _number_of(sentences: tuple[str, ...]) -> tuple[str, ...]:
    n = len(sentences)
    return (f"{n:,} sentence{'s' if n != 1 else ''} {WITHHELD}.",) if n else ()
