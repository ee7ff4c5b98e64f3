"""Records: a file that was examined, its members, and what is said of it all in all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from stillwatch.vet.files.checks import OWN
from stillwatch.vet.files.coverage import able
from stillwatch.vet.files.formats import CONTAINERS, Format
from stillwatch.vet.files.verdicts import Sight, Verdict, gravest, joined


@dataclass(slots=True, kw_only=True)
class Record:
    """One file, or one member of an archive.

    Args:
        number: of this examination.
        shown: path below what was named; members follow their archive after ``!``.
        size: bytes.
        digest: SHA-256, hexadecimal.
        formats: what it can be taken for.
        depth: 0 for a file, 1 for its members.
        parent: number of what it is a member of.
        sights: what was said of it; a scanner may have looked at it as several formats.
        whole: whether all members of a container could be taken out.
    """

    number: int
    shown: str
    size: int
    digest: str
    formats: tuple[Format, ...]
    depth: int = 0
    parent: int | None = None
    sights: list[Sight] = field(default_factory=list)
    whole: bool = True

    @property
    def alone(self) -> Verdict:
        """What is said of it without its members."""
        verdict = joined(by_scanner(self.sights), able(self.formats), own=OWN)
        if verdict is Verdict.CLEAN and set(self.formats) & CONTAINERS and not self.whole:
            return Verdict.NOT_EXAMINED
        return verdict

    def to_json(self, verdict: Verdict) -> dict[str, Any]:
        """Plain values."""
        return {
            "path": self.shown,
            "size": self.size,
            "sha256": self.digest,
            "formats": [one.value for one in self.formats],
            "verdict": verdict.value,
            "scanners": [one.to_json() for one in by_scanner(self.sights)],
        }


def by_scanner(sights: Iterable[Sight]) -> list[Sight]:
    """One sight a scanner: the gravest it said, whole only if it always was."""
    found: dict[str, list[Sight]] = {}
    for one in sights:
        found.setdefault(one.scanner, []).append(one)
    return [
        Sight(
            scanner=name,
            verdict=gravest(one.verdict for one in some),
            because=tuple(dict.fromkeys(text for one in some for text in one.because)),
            read_all=all(one.read_all for one in some),
        )
        for name, some in found.items()
    ]


def judged(records: Sequence[Record]) -> dict[int, Verdict]:
    """The verdict on each record, members counted in: no archive is better than what it holds."""
    verdicts = {one.number: one.alone for one in records}
    for one in sorted(records, key=lambda r: -r.depth):
        if one.parent is not None and one.parent in verdicts:
            verdicts[one.parent] = gravest([verdicts[one.parent], verdicts[one.number]])
    return verdicts


def alone_by(scanner: str, records: Sequence[Record]) -> Verdict:
    """What one scanner says of a file and its members, were there no other.

    The archives were opened for it; *not examined* is said only where it looked at nothing.
    """
    said = [one.verdict for r in records for one in by_scanner(r.sights) if one.scanner == scanner]
    finds = [one for one in said if one in (Verdict.MALICIOUS, Verdict.UNKNOWN_IMPORT)]
    if finds:
        return gravest(finds)
    return Verdict.CLEAN if Verdict.CLEAN in said else Verdict.NOT_EXAMINED
