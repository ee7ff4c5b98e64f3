"""Signed: what checking the signature of a model says, as a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from stillwatch.model.quantity import exactly
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
#: files of git that no loader of models reads; signers leave them out.
INERT: Final = frozenset({".gitattributes", ".gitignore"})
_LIMITS: Final = (
    "A signature says who signed, and nothing about what the files do.",
    "That the key is the vendor's rests on whoever handed it in.",
)


def signature_of(
    seen: Seen, *, subject: str, told: str = "", key: str = "", tools: Mapping[str, str],
    unsigned: Sequence[str] = (),
) -> Part:  # fmt: skip
    """The part ``signature`` of a review.

    Args:
        seen: how the check ended.
        subject: digest of the files.
        told: what the checking program said, in a line.
        key: digest of the public key that it was checked with.
        tools: name and version of that program.
        unsigned: files that the signature does not name, where it holds.
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
    elif any(name not in INERT for name in unsigned):
        points = (
            Point(
                title="files that the signature does not name",
                severity=Severity.NOTE,
                observed=f"{len(unsigned):,} files stand beside those that were signed; anybody "
                "can have put them there.",
                where=next(name for name in unsigned if name not in INERT),
                value=exactly(len(unsigned), "file"),
                method=method,
            ),
        )
    looked = seen in (Seen.HOLDS, Seen.DOES_NOT_HOLD)
    if seen is Seen.HOLDS and unsigned:
        return _in_part(subject, key, tools, points, unsigned)
    return Part(
        name="signature",
        subject=subject,
        outcome=_OUTCOMES[seen],
        because=_BECAUSE[seen] if looked or not told else f"{_BECAUSE[seen][:-1]}: {told}",
        points=points,
        covered=(f"every file, against the key {key}",) if looked else (),
        not_covered=() if looked else (told or _BECAUSE[seen],),
        limits=_LIMITS,
        tools=dict(tools),
    )


def _in_part(
    subject: str, key: str, tools: Mapping[str, str], points: tuple[Point, ...],
    unsigned: Sequence[str],
) -> Part:  # fmt: skip
    """A signature that holds, and does not name all files."""
    return Part(
        name="signature",
        subject=subject,
        outcome=Outcome.UNDECIDED if points else Outcome.NO_CONCERN,
        because="the files that it names are what the holder of the key signed; "
        f"{len(unsigned):,} others are not named.",
        points=points,
        covered=(f"every file that the signature names, against the key {key}",),
        not_covered=tuple(f"{name}: the signature does not name it" for name in unsigned),
        limits=_LIMITS,
        tools=dict(tools),
    )
