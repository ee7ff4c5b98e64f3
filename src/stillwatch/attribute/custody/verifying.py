"""Verifying: everything that a bundle claims, checked with nothing but it and a public key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cryptography.x509 import Certificate

from stillwatch.attribute.custody import chain, contents, times
from stillwatch.attribute.custody.bundle import (
    HEAD,
    HEADS,
    MANIFEST,
    Manifest,
    files_of,
    heads_from,
    manifest_from,
)
from stillwatch.attribute.custody.contents import said_at
from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import EXHIBIT
from stillwatch.attribute.custody.notes import (
    Checkpoint,
    Note,
    PublicKey,
    checkpoint_from,
    note_from,
    signed_by,
)
from stillwatch.attribute.custody.recomputing import CHECKS, Check
from stillwatch.attribute.custody.report import Report
from stillwatch.attribute.custody.trust import Reign
from stillwatch.model.errors import BadInput

#: by how much the clocks of log, witness and authority may differ.
SKEW_US = 10_000_000
NOT_SIGNED: Final = "inventory, exhibits and times: a signature or a proof above does not hold."


@dataclass(frozen=True, slots=True, kw_only=True)
class Believed:
    """Whom the reader believes.

    Args:
        key: a key of the log, of any time.
        witnesses: keys of witnesses.
        n_witnesses: how many of them must have co-signed the bundle's head.
        roots: certificates of time-stamping authorities.
        skew_us: by how much clocks may differ, microseconds.
    """

    key: PublicKey
    witnesses: Sequence[PublicKey] = ()
    n_witnesses: int = 0
    roots: Sequence[Certificate] = ()
    skew_us: int = SKEW_US


def verify(data: bytes, believed: Believed, checks: Mapping[str, Check] = CHECKS) -> Report:
    """Check every byte of a bundle.

    Args:
        data: the bundle.
        believed: whom the reader believes; one public key is enough.
        checks: how to make numbers again, by media type.

    Returns:
        what does not hold; nothing where all of it does. Never raises for what is in the bundle.
    """
    report = Report()
    try:
        files = files_of(data)
    except BadInput as error:
        report.wrong(error.where or "bundle", error.what)
        return report
    manifest = _manifest(files, report)
    head = _head(files, report)
    if manifest is None or head is None:
        return report
    note, told = head
    proofs = chain.read_proofs(files, report)
    entries = chain.read_entries(files, proofs, report)
    report.facts |= _facts(entries, told, manifest.case)
    n_before = len(report.problems)
    chain.check_inclusion(entries, proofs, told, report)
    reign = chain.read_reign(entries, believed.key, report)
    if reign is not None:
        chain.check_signatures(entries, reign, report)
        _check_keeper(manifest, note, told, reign, report)
    if len(report.problems) > n_before:
        # What nobody signed can be built to stop whoever reads on.
        report.not_looked.append(NOT_SIGNED)
        return report
    inventory = chain.read_inventory(entries, told, manifest.case, report)
    if inventory is not None:
        contents.check_exhibits(files, entries, inventory, report, checks)
    _check_times(files, entries, note, reign, believed, report)
    return report


def _facts(entries: Sequence[Entry], told: Checkpoint, case: str) -> dict[str, Any]:
    return {
        "origin": told.origin,
        "case": case,
        "n_entries": len(entries),
        "log_size": told.size,
        "root": told.root.hex(),
        "first_at": said_at(entries[0].at_us) if entries else None,
        "last_at": said_at(entries[-1].at_us) if entries else None,
    }


def _manifest(files: Mapping[str, bytes], report: Report) -> Manifest | None:
    try:
        manifest = manifest_from(files[MANIFEST])
    except BadInput as error:
        report.wrong(MANIFEST, error.what)
        return None
    here = {name: content for name, content in files.items() if name != MANIFEST}
    for name in sorted(manifest.files.keys() - here):
        report.wrong(name, "is in the manifest and missing from the bundle.")
    for name, content in here.items():
        if name not in manifest.files:
            report.wrong(name, "is in the bundle and not in the manifest.")
        elif sha256(content).hexdigest() != manifest.files[name]:
            n = name.removeprefix("exhibits/")
            report.wrong(
                name, "its bytes are not those of the manifest.", int(n) if n.isdigit() else None
            )
    return manifest


def _head(files: Mapping[str, bytes], report: Report) -> tuple[Note, Checkpoint] | None:
    try:
        note = note_from(files[HEAD], where=HEAD)
        told = checkpoint_from(note, where=HEAD)
    except BadInput as error:
        report.wrong(HEAD, error.what)
        return None
    if note.to_bytes() != files[HEAD]:
        report.wrong(HEAD, "is not written in the one way that is allowed.")
    return note, told


def _check_keeper(
    manifest: Manifest, note: Note, told: Checkpoint, reign: Reign, report: Report
) -> None:
    """Hold manifest and head against the key in force at the head."""
    key = reign.at_head(told.size)
    if not signed_by(note, key):
        report.wrong(HEAD, "is not signed by the log's key.")
    if not manifest.holds(key):
        report.wrong(MANIFEST, "is not signed by the log's key.")
    if not key.name == told.origin == manifest.origin:
        report.wrong(HEAD, f"is of {told.origin}, the key is of {key.name}.")


def _check_times(
    files: Mapping[str, bytes],
    entries: Sequence[Entry],
    note: Note,
    reign: Reign | None,
    believed: Believed,
    report: Report,
) -> None:
    try:
        heads = heads_from(files[HEADS])
    except BadInput as error:
        report.wrong(error.where or HEADS, error.what)
        return
    told = times.check_heads(heads, note, reign, report)
    heard = times.heard_of(told, believed.witnesses, believed.roots, report)
    times.check_times(entries, heard, believed.skew_us, report)
    n_covered = 1 + max((entry.n for entry in entries if entry.kind == EXHIBIT), default=0)
    times.check_quorum(told, n_covered, believed.witnesses, believed.n_witnesses, report)
