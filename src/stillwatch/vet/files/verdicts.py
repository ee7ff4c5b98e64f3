"""Verdict and Sight: what one scanner says of one file, and what all of them say together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What is said of a file, gravest first."""

    MALICIOUS = "malicious"
    UNKNOWN_IMPORT = "unknown import"
    NOT_EXAMINED = "not examined"
    CLEAN = "clean"


#: gravest first; what is not examined outweighs what is clean, and a find outweighs both.
GRAVITY = tuple(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one scanner says of one file.

    Args:
        scanner: its name, a key of :data:`stillwatch.vet.files.coverage.SCANNERS`.
        verdict: of this scanner alone.
        because: sentences, one a reason; text of others in them is not yet made visible.
        read_all: whether it read every byte. Without this, *clean* is worth nothing.
    """

    scanner: str
    verdict: Verdict
    because: tuple[str, ...] = ()
    read_all: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "scanner": self.scanner,
            "verdict": self.verdict.value,
            "because": list(self.because),
            "read_all": self.read_all,
        }


def gravest(verdicts: Iterable[Verdict]) -> Verdict:
    """The gravest of some verdicts; *not examined* where there is none.

    >>> gravest([Verdict.CLEAN, Verdict.NOT_EXAMINED]).value
    'not examined'
    """
    return min(verdicts, key=GRAVITY.index, default=Verdict.NOT_EXAMINED)


def joined(sights: Iterable[Sight], able: frozenset[str], own: str = "") -> Verdict:
    """What all scanners say of one file.

    A find counts whoever makes it. *Clean* counts only from a scanner that is able to read the
    format and did read every byte; of the others it says no more than silence. That an import is
    unknown to one scanner is no find: where our own list knows every import of a file that was
    read to its end, it is known.

    Args:
        sights: one a scanner.
        able: names of the scanners that read the file's format.
        own: the scanner whose list of imports decides what is known.

    >>> said = Sight(scanner="a", verdict=Verdict.CLEAN, read_all=True)
    >>> joined([said], frozenset("a")).value, joined([said], frozenset("b")).value
    ('clean', 'not examined')
    """
    seen = list(sights)
    found = [one.verdict for one in seen]
    clean = {
        one.scanner
        for one in seen
        if one.verdict is Verdict.CLEAN and one.read_all and one.scanner in able
    }
    if Verdict.MALICIOUS in found:
        return Verdict.MALICIOUS
    if Verdict.UNKNOWN_IMPORT in found and own not in clean:
        return Verdict.UNKNOWN_IMPORT
    return Verdict.CLEAN if clean else Verdict.NOT_EXAMINED
