"""Times: when entries were made, as far as others than the log's keeper bear witness.

The keeper states a time for each entry. A time stamp or a cosignature over a head says that every
entry below that head was there by then; the log's own entry about it says that every later entry
came after. What is stated outside of these bounds was dated back or forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.x509 import Certificate

from stillwatch.attribute.custody.bundle import HEAD, HEADS, Earlier
from stillwatch.attribute.custody.contents import said_at
from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import STAMP, stamp_floor_us
from stillwatch.attribute.custody.merkle import consistent
from stillwatch.attribute.custody.notes import (
    Checkpoint,
    Note,
    PublicKey,
    checkpoint_from,
    cosigned_at_s,
    signed_by,
)
from stillwatch.attribute.custody.report import Report
from stillwatch.attribute.custody.stamps import read_stamp
from stillwatch.attribute.custody.trust import Reign
from stillwatch.model.errors import BadInput

_MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Somebody else's word on when a head was there.

    Args:
        size: of the head.
        at_us: by when, microseconds since 1970-01-01 UTC, the width of its clock included.
        by: who says so.
    """

    size: int
    at_us: int
    by: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What others say of when heads were there.

    Args:
        bounds: what is believed.
        told_us: the time of each stamp by the SHA-256 of its bytes, believed or not.
    """

    bounds: list[Bound]
    told_us: dict[str, int]


def check_heads(
    heads: Sequence[Earlier], head: Note, reign: Reign | None, report: Report
) -> list[tuple[Checkpoint, Earlier]]:
    """Hold earlier heads against the bundle's: signed, of one log, each the beginning of it."""
    final = checkpoint_from(head, where=HEAD)
    found: list[tuple[Checkpoint, Earlier]] = []
    for i, one in enumerate(heads, 1):
        where = f"{HEADS}, line {i}"
        try:
            told = checkpoint_from(one.note, where=where)
        except BadInput as error:
            report.wrong(where, error.what)
            continue
        where = f"head over {told.size} entries"
        if told.origin != final.origin or told.size > final.size:
            report.wrong(where, "is of another log, or beyond the bundle's head.")
        elif not consistent(told.size, told.root, final.size, final.root, one.proof):
            report.wrong(where, "is not the beginning of the log: the log was rewritten.")
        elif reign is not None and not signed_by(one.note, reign.at_head(told.size)):
            report.wrong(where, "is not signed by the key that was in force.")
        if found and told.size <= found[-1][0].size:
            report.wrong(where, "stands out of order.")
        found.append((told, one))
    if not found or found[-1][1].note != head:
        report.wrong(HEADS, "does not end with the bundle's own head.")
    return found


def heard_of(
    heads: Sequence[tuple[Checkpoint, Earlier]],
    witnesses: Sequence[PublicKey],
    roots: Sequence[Certificate],
    report: Report,
) -> Heard:
    """What others say of when the heads were there; what is not believed is told in the report."""
    found: list[Bound] = []
    told_us: dict[str, int] = {}
    n_stamps = n_cosigned = 0
    for told, one in heads:
        where = f"head over {told.size} entries"
        for token in one.stamps:
            n_stamps += 1
            try:
                stamp = read_stamp(token, one.note.text.encode(), roots)
            except BadInput as error:
                report.wrong(where, error.what)
                continue
            told_us[sha256(token).hexdigest()] = stamp.at_us
            if stamp.trusted:
                by_us = stamp.at_us + stamp.accuracy_us
                found.append(Bound(size=told.size, at_us=by_us, by="the time stamp"))
            elif roots:
                report.wrong(where, f"its time stamp is not vouched for: {stamp.why}.")
        for witness in witnesses:
            try:
                at_s = cosigned_at_s(one.note, witness)
            except BadInput as error:
                report.wrong(where, f"{error.where}: {error.what}")
                continue
            if at_s is not None:
                n_cosigned += 1
                by_us = (at_s + 1) * _MICROSECOND
                found.append(Bound(size=told.size, at_us=by_us, by=witness.name))
        n_strange = len(one.note.signatures) - 1
        if n_strange > 0 and not witnesses:
            report.not_looked.append(
                f"{where}: {n_strange} cosignatures, for no witness's key was given."
            )
    if n_stamps and not roots:
        report.not_looked.append(
            f"{n_stamps} time stamps fit their heads; who made them was not checked, for no root "
            "certificate was given."
        )
    report.facts |= {"n_time_stamps": n_stamps, "n_cosignatures": n_cosigned}
    return Heard(found, told_us)


def check_times(entries: Sequence[Entry], heard: Heard, skew_us: int, report: Report) -> None:
    """Hold the stated times against the bounds.

    Args:
        entries: ascending.
        heard: as :func:`heard_of` gives it.
        skew_us: by how much the clocks may differ.
        report: where it is told.
    """
    floor_us, stamped, bounds = 0, -1, heard.bounds
    for entry in entries:
        if entry.at_us + skew_us < floor_us:
            report.wrong_entry(
                entry.n,
                f"is dated {said_at(entry.at_us)}, and comes after entry {stamped}, which holds a "
                f"stamp of {said_at(floor_us)}: dated back.",
            )
        if entry.kind == STAMP:
            try:
                told_us = stamp_floor_us(entry)
            except BadInput as error:
                report.wrong_entry(entry.n, error.what)
                continue
            digest = entry.body.get("digest")
            if isinstance(digest, str) and heard.told_us.get(digest, told_us) != told_us:
                report.wrong_entry(entry.n, "tells another time than the stamp that it is about.")
            if told_us > floor_us:
                floor_us, stamped = told_us, entry.n
        for bound in bounds:
            if entry.n < bound.size and entry.at_us > bound.at_us + skew_us:
                report.wrong_entry(
                    entry.n,
                    f"is dated {said_at(entry.at_us)}, and {bound.by} saw it at "
                    f"{said_at(bound.at_us)}: dated forward, or the log's clock is wrong.",
                )
                break
    if bounds:
        # Each entry was there by the earliest stamp over a head that includes it.
        report.facts["there_by"] = [
            {"n_entries": size, "at": said_at(min(b.at_us for b in bounds if b.size >= size))}
            for size in sorted({bound.size for bound in bounds})
        ]


def check_quorum(
    heads: Sequence[tuple[Checkpoint, Earlier]],
    n_covered: int,
    witnesses: Sequence[PublicKey],
    needed: int,
    report: Report,
) -> None:
    """Hold the heads that cover every exhibit against the witnesses that the reader asks for.

    What comes after the last exhibit are entries about cosignatures and stamps themselves.

    Args:
        heads: as :func:`check_heads` gives them.
        n_covered: how many entries a head must have to hold every exhibit.
        witnesses: keys of witnesses.
        needed: how many of them must have co-signed one such head.
        report: where it is told.
    """
    if not needed:
        return
    most = max((_n_signed(one.note, witnesses) for told, one in heads if told.size >= n_covered),
               default=0)  # fmt: skip
    if most < needed:
        report.wrong(
            "head", f"{most} of the witnesses given co-signed it; {needed} were asked for."
        )


def _n_signed(head: Note, witnesses: Sequence[PublicKey]) -> int:
    n_signed = 0
    for witness in {witness.raw: witness for witness in witnesses}.values():
        try:
            n_signed += cosigned_at_s(head, witness) is not None
        except BadInput:
            continue
    return n_signed
