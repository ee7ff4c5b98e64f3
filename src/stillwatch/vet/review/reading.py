"""Reading: parts as a review takes them, graver than told where they contradict themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stillwatch.vet.part import Outcome, Part, Point, Severity
from stillwatch.vet.review.bar import BAR, Examination
from stillwatch.vet.review.tool import Tool

#: of several parts with one name the first of these stands.
GRAVEST_FIRST: Final = (
    Outcome.CONCERN,
    Outcome.UNDECIDED,
    Outcome.NO_CONCERN,
    Outcome.NOT_EXAMINED,
)
_NOBODY: Final = "nobody looked: no part was handed in, and none could be made."
_NEEDS: Final = {
    "files": "it does not apply: no files of the tool were handed in.",
    "endpoint": "it does not apply: the tool answers at no endpoint that was named.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sureness:
    """What an examination rests on; counts, and no score.

    Args:
        n_points: things that were seen.
        n_tests: those with a p-value of a valid test.
        n_intervals: further ones with an interval around their number.
        n_seen: those that were counted or plainly seen, with neither.
        smallest_p: of the tests; None where there is none.
        n_not_covered: things that it says it could not look at.
    """

    n_points: int = 0
    n_tests: int = 0
    n_intervals: int = 0
    n_seen: int = 0
    smallest_p: float | None = None
    n_not_covered: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """How one examination of the bar stands.

    Args:
        of: the examination.
        applies: whether the tool has what it needs.
        outcome: as the review reads it.
        grave: whether a point is critical.
        because: one sentence.
        parts: what it rests on.
        sure: what that rests on.
        contradictions: where parts contradict each other, themselves, or the tool.
        loose_ends: what nothing ties to the tool under review.
    """

    of: Examination
    applies: bool
    outcome: Outcome
    grave: bool
    because: str
    parts: tuple[Part, ...] = ()
    sure: Sureness = Sureness()
    contradictions: tuple[str, ...] = ()
    loose_ends: tuple[str, ...] = ()

    @property
    def looked(self) -> bool:
        """Whether anybody looked."""
        return self.outcome is not Outcome.NOT_EXAMINED


def _sureness(parts: Iterable[Part]) -> Sureness:
    """What parts rest on."""
    parts = tuple(parts)
    points = [point for part in parts for point in part.points]
    tests = [point.p_value for point in points if point.p_value is not None]
    n_intervals = sum(point.p_value is None and _has_interval(point) for point in points)
    return Sureness(
        n_points=len(points),
        n_tests=len(tests),
        n_intervals=n_intervals,
        n_seen=len(points) - len(tests) - n_intervals,
        smallest_p=min(tests, default=None),
        n_not_covered=sum(len(part.not_covered) for part in parts),
    )


def read(tool: Tool, parts: Sequence[Part], files_digest: str) -> tuple[Examined, ...]:
    """How every examination of the bar stands, in its order.

    Args:
        tool: under review.
        parts: in any order; several may have one name.
        files_digest: of the tool's files, empty where there are none.
    """
    by_name: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_name[part.name].append(part)
    return tuple(_examined(one, tool, tuple(by_name[one.name]), files_digest) for one in BAR)


def strangers(parts: Iterable[Part]) -> tuple[str, ...]:
    """Names of parts that the bar does not have."""
    known = {one.name for one in BAR}
    return tuple(sorted({part.name for part in parts} - known))


def _examined(of: Examination, tool: Tool, parts: tuple[Part, ...], digest: str) -> Examined:
    applies = tool.has(of.needs)
    if not parts:
        why = _NOBODY if applies else _NEEDS[of.needs]
        return Examined(
            of=of, applies=applies, outcome=Outcome.NOT_EXAMINED, grave=False, because=why
        )
    told: list[str] = []
    outcomes = [_outcome(part, digest if of.needs == "files" else "", told) for part in parts]
    first = min(range(len(parts)), key=lambda n: GRAVEST_FIRST.index(outcomes[n]))
    if {Outcome.CONCERN, Outcome.NO_CONCERN} <= set(outcomes):
        told.append(f"{of.title}: one part has a concern and another has none; the graver stands.")
    # A part that is there is looked at, even where the tool's file forgot to name what it is of.
    return Examined(
        of=of,
        applies=applies or outcomes[first] is not Outcome.NOT_EXAMINED,
        outcome=outcomes[first],
        grave=outcomes[first] is Outcome.CONCERN and any(_is_grave(part) for part in parts),
        because=parts[first].because,
        parts=parts,
        sure=_sureness(parts),
        contradictions=tuple(told),
        loose_ends=tuple(_loose(parts)) if of.needs == "files" and digest else (),
    )


def _loose(parts: Iterable[Part]) -> Iterator[str]:
    for part in parts:
        if part.outcome is not Outcome.NOT_EXAMINED and not part.subject.startswith("sha256:"):
            yield (
                f"{part.name}: it names its files {part.subject!r} and tells no digest: nothing "
                "shows that it is about the files under review."
            )


def _outcome(part: Part, digest: str, told: list[str]) -> Outcome:
    """The outcome of a part as the review reads it: never milder than it was told."""
    name, outcome = part.name, part.outcome
    if outcome is not Outcome.CONCERN and _is_grave(part):
        said = outcome.value.replace("_", " ")
        told.append(f"{name}: it says {said} and has a critical point; read as a concern.")
        outcome = Outcome.CONCERN
    elif outcome is Outcome.NO_CONCERN and not (part.covered or part.points or part.measured):
        told.append(f"{name}: it says no concern and names nothing that was looked at; read as "
                    "undecided.")  # fmt: skip
        outcome = Outcome.UNDECIDED
    other = digest and part.subject.startswith("sha256:") and part.subject != digest
    if other:
        told.append(f"{name}: it is about {part.subject}, not about the files under review.")
        if outcome is Outcome.NO_CONCERN:
            outcome = Outcome.UNDECIDED
    return outcome


def _is_grave(part: Part) -> bool:
    return any(point.severity is Severity.CRITICAL for point in part.points)


def _has_interval(point: Point) -> bool:
    return point.value is not None and point.value.low < point.value.high
