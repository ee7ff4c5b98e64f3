"""Signed: what checking the signature of a model says, as a part."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from stillwatch.vet.part import Outcome, Part, Point, Severity


class Seen(StrEnum):
    """How a check of a signature ended."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does_not_hold"
    NONE = "none"
    NO_KEY = "no_key"
    COULD_NOT_LOOK = "could_not_look"


_OUTCOMES: Final[Mapping[Seen, Outcome]] = {
    Seen.HOLDS: Outcome.NO_CONCERN,
    Seen.DOES_NOT_HOLD: Outcome.CONCERN,
    Seen.NONE: Outcome.UNDECIDED,
    Seen.NO_KEY: Outcome.UNDECIDED,
    Seen.COULD_NOT_LOOK: Outcome.NOT_EXAMINED,
}
_BECAUSE: Final[Mapping[Seen, str]] = {
    Seen.HOLDS: "the files are, to the last byte, what the holder of the key signed.",
    Seen.DOES_NOT_HOLD: "the files are not what the signature covers.",
    Seen.NONE: "no signature came with the files: nobody vouches for who made them.",
    Seen.NO_KEY: "a signature came with the files, and no key of the vendor to check it with.",
    Seen.COULD_NOT_LOOK: "the signature could not be checked.",
}


def signature_of(
    seen: Seen, *, subject: str, told: str = "", key: str = "", tools: Mapping[str, str]
) -> Part:
    """The part ``signature`` of a review.

    Args:
        seen: how the check ended.
        subject: digest of the files.
        told: what the checking program said, in a line.
        key: digest of the public key that it was checked with.
        tools: name and version of that program.
    """
    points: tuple[Point, ...] = ()
    method = ", ".join(f"{name} {version}" for name, version in tools.items())
    if seen is Seen.DOES_NOT_HOLD:
        points = (
            Point(
                title="the signature does not hold",
                severity=Severity.CRITICAL,
                observed=told or _BECAUSE[seen],
                method=method,
            ),
        )
    elif seen is Seen.NONE:
        points = (Point(title="not signed", severity=Severity.NOTE, observed=_BECAUSE[seen]),)
    looked = seen in (Seen.HOLDS, Seen.DOES_NOT_HOLD)
    return Part(
        name="signature",
        subject=subject,
        outcome=_OUTCOMES[seen],
        because=_BECAUSE[seen] if looked or not told else f"{_BECAUSE[seen][:-1]}: {told}",
        points=points,
        covered=(f"every file, against the key {key}",) if looked else (),
        not_covered=() if looked else (told or _BECAUSE[seen],),
        limits=(
            "A signature says who signed, and nothing about what the files do.",
            "That the key is the vendor's rests on whoever handed it in.",
        ),
        tools=dict(tools),
    )
