"""Contents: the exhibits of a bundle, held against their entries and computed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from stillwatch.attribute.custody.bundle import OPENINGS, Opening, contents_in, openings_from
from stillwatch.attribute.custody.commitments import SALT_BYTES, commitment
from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import (
    EXHIBIT,
    EXHIBITS,
    FORGOTTEN,
    Forgotten,
    Inventory,
    case_of,
    forgotten_from,
)
from stillwatch.attribute.custody.recomputing import Check
from stillwatch.attribute.custody.report import Report
from stillwatch.model.errors import BadInput, StillwatchError


def said_at(at_us: int) -> str:
    """A moment as people read it, UTC; the number itself where it is no date."""
    try:
        return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{at_us} microseconds"


def read_forgotten(entries: Sequence[Entry], report: Report) -> dict[int, list[Forgotten]]:
    """What was destroyed, by the number of the exhibit's entry; told in the report.

    Whatever was destroyed has kept its entry, so that none can tell of more than are here.
    """
    found: dict[int, list[Forgotten]] = {}
    for entry in entries:
        if entry.kind == FORGOTTEN:
            try:
                told = forgotten_from(entry, room=len(entries))
            except BadInput as error:
                report.wrong_entry(entry.n, error.what)
                continue
            for n in told.entries:
                found.setdefault(n, []).append(told)
    for n, each in found.items():
        first = each[0]
        report.gone[n] = "; ".join(
            f"{'original' if one.what != EXHIBITS else 'exhibit and original'} forgotten on "
            f"{said_at(one.at_us)} by {one.by}: {one.because}" for one in (first, *each[1:])
        )  # fmt: skip
    return found


def check_exhibits(
    files: Mapping[str, bytes],
    entries: Sequence[Entry],
    inventory: Inventory,
    report: Report,
    checks: Mapping[str, Check],
) -> None:
    """Hold every exhibit against its commitment, and make its numbers again where that is known."""
    openings = _openings(files, report)
    forgotten = read_forgotten(entries, report)
    by_n = {entry.n: entry for entry in entries}
    n_made = 0
    for n in inventory.exhibits:
        entry = by_n.get(n)
        if entry is None:
            continue
        if entry.kind != EXHIBIT or case_of(entry) != inventory.case:
            report.wrong_entry(n, f"is no exhibit of {inventory.case}.")
            continue
        gone = any(one.what == EXHIBITS for one in forgotten.get(n, ()))
        opening = openings.pop(n, None)
        if opening is None:
            if not gone:
                report.wrong_entry(
                    n, "its content is missing, and nobody says to have destroyed it."
                )
            continue
        if gone:
            report.wrong_entry(n, "is said to be forgotten, and its content is here.")
        _check_opening(entry, opening, report)
        check = checks.get(opening.media_type)
        if check is not None:
            n_made += 1
            for sentence in _made_again(check, opening.content):
                report.wrong_entry(n, f"{opening.name}: {sentence}")
    for n in openings:
        report.wrong_entry(n, "has a content here and is no exhibit of the case.")
    report.facts |= {"n_exhibits": len(inventory.exhibits), "n_recomputed": n_made}


def _made_again(check: Check, content: bytes) -> list[str]:
    """What a check says; content that makes it stumble does not hold."""
    try:
        return check(content)
    except (StillwatchError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        return [f"cannot be made again: {type(error).__name__}."]
    except (RecursionError, MemoryError) as error:
        return [f"is built to stop whoever checks it: {type(error).__name__}."]


def _check_opening(entry: Entry, opening: Opening, report: Report) -> None:
    if len(opening.salt) != SALT_BYTES:
        report.wrong_entry(entry.n, "its salt is not of 32 bytes.")
    made = commitment(
        opening.salt, opening.content, name=opening.name, media_type=opening.media_type
    )
    if made != entry.body.get("exhibit"):
        report.wrong_entry(entry.n, "its content, name, kind or salt is not what was sealed.")


def _openings(files: Mapping[str, bytes], report: Report) -> dict[int, Opening]:
    try:
        openings = openings_from(files[OPENINGS], files)
    except BadInput as error:
        report.wrong(error.where or OPENINGS, error.what)
        return {}
    numbers = [opening.n for opening in openings]
    if numbers != sorted(set(numbers)) or numbers != contents_in(files):
        report.wrong(OPENINGS, "openings and contents are not the same, once each and in order.")
    return {opening.n: opening for opening in openings}
