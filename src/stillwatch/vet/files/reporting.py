"""The part of a vetting that says what its files are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stillwatch.vet.files.formats import Format
from stillwatch.vet.files.records import Record, by_scanner, judged
from stillwatch.vet.files.verdicts import GRAVITY, Verdict
from stillwatch.vet.part import Outcome, Part, Point, Severity

_TITLES: Final = {
    Verdict.MALICIOUS: "Does harm when it is loaded or used",
    Verdict.UNKNOWN_IMPORT: "Needs what is on no list",
    Verdict.NOT_EXAMINED: "Could not be examined",
    Verdict.CLEAN: "To be known",
}
_SEVERITIES: Final = {
    Verdict.MALICIOUS: Severity.CRITICAL,
    Verdict.UNKNOWN_IMPORT: Severity.WARNING,
    Verdict.NOT_EXAMINED: Severity.WARNING,
    Verdict.CLEAN: Severity.NOTE,
}
_MOST_POINTS: Final = 500
_MOST_REASONS: Final = 6
LIMITS: Final = (
    "A file is called clean when a scanner that supports its format read every byte and found "
    "nothing that it knows. That is no proof that it is harmless.",
    "Weights themselves can carry a backdoor. No examination of files sees it.",
    "A chat template that acts on a digest of what is written, or on a condition that no dialogue "
    "of ours meets, is not found.",
    "Remote code is read, not run: what it does by ways that only show when it runs is not seen.",
    "Archives were opened for the scanners; alone, most of them would have seen less.",
)


def part_of(
    records: Sequence[Record],
    *,
    subject: str,
    unlooked: Sequence[tuple[str, str]],
    isolation: str,
    tools: Mapping[str, str],
    absent: Mapping[str, str],
    evasions: Mapping[str, tuple[str, ...]],
    measured: Mapping[str, Any],
    compared: bool,
) -> Part:
    """What an examination says, as a part of a review.

    Args:
        records: files and members.
        subject: name of what was examined.
        unlooked: what was not opened, and why.
        isolation: a sentence on how scanners were kept apart.
        tools: versions of the scanners that ran.
        absent: those that did not run, and why.
        evasions: what is known to get past each.
        measured: further plain values.
        compared: whether chat templates were compared with a publisher's.
    """
    verdicts = judged(records)
    counts = Counter(verdicts[one.number] for one in records if one.depth == 0)
    if unlooked:
        counts[Verdict.NOT_EXAMINED] += len(unlooked)
    outcome = _outcome(counts)
    points = [one for record in records for one in _points(record)]
    points.sort(key=lambda one: (list(Severity).index(one.severity), one.where))
    files = [one.to_json(verdicts[one.number]) for one in records]
    return Part(
        name="files",
        subject=subject,
        outcome=outcome,
        because=_because(outcome, counts),
        points=tuple(points[:_MOST_POINTS]),
        covered=_covered(records, isolation, compared),
        not_covered=(
            *(f"{name}: {why}" for name, why in unlooked[:_MOST_POINTS]),
            *(f"{name} {why}." for name, why in absent.items()),
            *(() if compared else ("No publisher's chat template was at hand to compare with.",)),
        ),
        limits=LIMITS,
        tools=dict(tools),
        known_evasions=dict(evasions),
        measured={
            "files": files,
            "verdicts": {one.value: counts[one] for one in Verdict},
            "n_points_left_out": max(0, len(points) - _MOST_POINTS),
            **measured,
        },
    )


def _outcome(counts: Mapping[Verdict, int]) -> Outcome:
    if counts[Verdict.MALICIOUS]:
        return Outcome.CONCERN
    if counts[Verdict.UNKNOWN_IMPORT] or (counts[Verdict.NOT_EXAMINED] and counts[Verdict.CLEAN]):
        return Outcome.UNDECIDED
    return Outcome.NO_CONCERN if counts[Verdict.CLEAN] else Outcome.NOT_EXAMINED


def _because(outcome: Outcome, counts: Mapping[Verdict, int]) -> str:
    n_all = sum(counts.values())
    told = [f"{counts[one]:,} {one.value}" for one in GRAVITY if counts[one]]
    what = f"{n_all:,} file{'' if n_all == 1 else 's'}: {', '.join(told)}."
    if outcome is Outcome.CONCERN:
        return f"{what} Do not load the tool."
    if outcome is Outcome.UNDECIDED:
        return f"{what} A person has to look at what is not clean before the tool is loaded."
    if outcome is Outcome.NOT_EXAMINED:
        return f"{what} Nothing can be said."
    return what


def _points(record: Record) -> list[Point]:
    """One point a file, on what was said of itself; members have their own."""
    verdict = record.alone
    sights = by_scanner(record.sights)
    reasons = [
        f"{one.scanner}: {text}"
        for one in sorted(sights, key=lambda s: GRAVITY.index(s.verdict))
        for text in one.because
        if one.verdict is verdict
    ]
    if not reasons and verdict is Verdict.CLEAN:
        return []
    if not reasons and verdict is Verdict.NOT_EXAMINED:
        reasons = _silence(record)
    left = len(reasons) - _MOST_REASONS
    shown = [*reasons[:_MOST_REASONS], *([f"and {left} more"] if left > 0 else [])]
    return [
        Point(
            title=_TITLES[verdict],
            severity=_SEVERITIES[verdict],
            observed="; ".join(shown) + ".",
            where=record.shown,
            method=", ".join(one.scanner for one in sights),
        )
    ]


def _silence(record: Record) -> list[str]:
    if record.formats == (Format.UNKNOWN,):
        return ["its bytes are of no format that is known here"]
    if not record.sights:
        return ["no scanner that was asked reads it"]
    return ["no scanner that reads all of its format said that it read every byte"]


def _covered(records: Sequence[Record], isolation: str, compared: bool) -> tuple[str, ...]:
    n_files = sum(one.depth == 0 for one in records)
    n_bytes = sum(one.size for one in records if one.depth == 0)
    kinds = Counter(kind.value for one in records for kind in one.formats)
    told = ", ".join(f"{n:,} {kind}" for kind, n in kinds.most_common())
    said = [
        f"{n_files:,} files of {n_bytes:,} bytes were read, and {len(records) - n_files:,} members "
        f"of archives: {told or 'nothing'}.",
        f"Formats were told by content; {isolation}.",
    ]
    if compared:
        said.append("Chat templates were compared with the publisher's.")
    return tuple(said)
