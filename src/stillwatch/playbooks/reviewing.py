"""A review: every examination of the bar is made or told to be missing, one after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stillwatch.model.errors import StillwatchError
from stillwatch.vet.part import Outcome, Part
from stillwatch.vet.review.bar import BAR

#: makes one part; a :class:`StillwatchError` says why it cannot.
Runner = Callable[[], Part]


def examine(
    given: Sequence[Part],
    runners: Mapping[str, Runner],
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Part, ...]:
    """All parts of a review, in the order of the bar.

    What was handed in is not made again. One examination that fails stops no other: it is told as
    not examined, with the reason.

    Args:
        given: parts that were made before; several may have one name.
        runners: what can be made here, by the name of the part.
        say: told the title of each examination before it is made.

    Returns:
        The parts; an examination that nobody handed in or can make has none.
    """
    there = {part.name for part in given}
    parts: list[Part] = []
    for one in BAR:
        parts += [part for part in given if part.name == one.name]
        if one.name not in there and one.name in runners:
            say(one.title)
            parts.append(_made(one.name, runners[one.name]))
    return (*parts, *(part for part in given if part.name not in {one.name for one in BAR}))


def _made(name: str, runner: Runner) -> Part:
    try:
        part = runner()
    except StillwatchError as error:
        return Part(
            name=name, subject="", outcome=Outcome.NOT_EXAMINED,
            because=f"it could not be examined: {error}", not_covered=(str(error),),
        )  # fmt: skip
    if part.name != name:
        raise ValueError(f"the runner of {name} made a part called {part.name}")
    return part
