"""Verifying: a report by itself, offline: signature, digests, fields, dates, and your own copy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.x509 import Certificate

from stillwatch.adapters.reviewing.contract import read_report
from stillwatch.adapters.reviewing.hashing import inventory_of
from stillwatch.adapters.reviewing.names import (
    AFTER,
    ATTESTATION,
    BOM,
    DIGESTS,
    MANIFEST,
    REPORT,
    STAMP,
)
from stillwatch.adapters.reviewing.validating import NOT_CHECKED, bom_fault
from stillwatch.adapters.reviewing.writing import held
from stillwatch.adapters.signing import IN_TOTO, MOST_BYTES, opened, signer_of
from stillwatch.adapters.small_json import read_small
from stillwatch.attribute.custody.stamps import read_stamp
from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.review.document import iso
from stillwatch.vet.review.statement import statement_of

_MOST_BYTES: Final = 64 * 2**20
_MOST_IN_ALL: Final = 512 * 2**20
_MOST_FILES: Final = 500
#: checks without which nobody can say that a report holds.
NEEDED: Final = frozenset({"digests", "fields", "signature", "date", "your copy"})
_OPTION: Final = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked.

    Args:
        name: in two or three words.
        holds: None where it could not be looked at.
        says: a sentence.
    """

    name: str
    holds: bool | None
    says: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"name": self.name, "holds": self.holds, "says": self.says}


def verify(
    place: Path,
    *,
    now_us: int,
    key: Path | None = None,
    roots: Sequence[Certificate] = (),
    files: Path | None = None,
) -> list[Check]:
    """Check a report.

    Args:
        place: its folder, or a file in it.
        now_us: the moment, microseconds since 1970-01-01 UTC.
        key: public key of whoever should have signed, PEM.
        roots: of authorities whose stamps are believed.
        files: your own copy of the tool's files, to be held against those that were reviewed.

    Raises:
        BadInput: there is no report.
        OutsideFailed: a file cannot be read.
    """
    folder = place if place.is_dir() else place.parent
    if not (folder / REPORT).is_file():
        raise BadInput("holds no report.json.", where=str(folder))
    contents = _contents(folder)
    checks = [_digests(contents)]
    try:
        document = read_report(contents[REPORT], REPORT)
    except BadInput as error:
        return [*checks, Check("fields", False, str(error))]
    checks.append(Check("fields", True, "every field of report.json is there and of its kind"))
    checks += [_signature(contents, document, key), _stamp(contents, roots), _bom(contents)]
    checks += _dates(document, now_us)
    if files is not None:
        checks.append(_copy(document, files))
    return checks


def _contents(folder: Path) -> dict[str, bytes]:
    names = held(folder)
    if len(names) > _MOST_FILES:
        raise BadInput(f"holds more than {_MOST_FILES} files.", where=str(folder))
    found: dict[str, bytes] = {}
    left = _MOST_IN_ALL
    for name in names:
        found[name] = _bytes(folder / name)
        left -= len(found[name])
        if left < 0:
            raise BadInput(f"holds more than {_MOST_IN_ALL:,} bytes.", where=str(folder))
    return found


def _digests(contents: Mapping[str, bytes]) -> Check:
    if DIGESTS not in contents:
        return Check("digests", False, f"{DIGESTS} is missing: the report was not written whole")
    wanted = {}
    for line in contents[DIGESTS].decode("utf-8", "replace").split("\n")[:-1]:
        digest, _, name = line.partition("  ")
        wanted[name] = digest
    if "".join(f"{d}  {n}\n" for n, d in wanted.items()).encode() != contents[DIGESTS]:
        return Check("digests", False, f"{DIGESTS} is not written as it was made")
    there = {n: hashlib.sha256(c).hexdigest() for n, c in contents.items() if n != DIGESTS}
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            return Check("digests", False, f"{name} is missing")
        if name not in wanted:
            return Check("digests", False, f"{name} is of no report")
        if wanted[name] != there[name]:
            return Check("digests", False, f"{name} was changed")
    return Check("digests", True, f"{len(there)} files are those that {DIGESTS} lists")


def _signature(
    contents: Mapping[str, bytes], document: Mapping[str, Any], key: Path | None
) -> Check:
    name = "signature"
    if ATTESTATION not in contents:
        return Check(name, None, "the report is not signed: who made it cannot be shown")
    if key is None:
        return Check(name, None, "no public key was given to check it with (--key)")
    pem = _bytes(key).decode("utf-8", "replace")
    try:
        if len(contents[ATTESTATION]) > MOST_BYTES:
            raise BadInput("is longer than any attestation.", where=ATTESTATION)
        envelope = orjson.loads(contents[ATTESTATION])
        signer = signer_of(envelope)
        told = opened(envelope, IN_TOTO, signer, pem)
    except orjson.JSONDecodeError as error:
        return Check(name, False, f"{ATTESTATION} is no JSON: {error}")
    except BadInput as error:
        return Check(name, False, str(error))
    if orjson.dumps(envelope, option=_OPTION) != contents[ATTESTATION]:
        return Check(name, False, f"{ATTESTATION} is not spelled as it was made")
    if signer != document["by"]:
        # the name beside a signature is not signed; the one in the report is
        return Check(name, False, f"it is told to be by {signer!r}, the report by another")
    covered = {n: c for n, c in contents.items() if n not in AFTER}
    try:
        wanted = statement_of(document, covered)
    except BadInput as error:
        return Check(name, False, str(error))
    if spell(told) != spell(wanted):
        return Check(name, False, _difference(told, covered))
    return Check(
        name, True,
        f"{signer} signed {len(covered)} files of the report, and "
        f"{len(told['subject'])} files and endpoints of the tool",
    )  # fmt: skip


def _difference(told: Mapping[str, Any], covered: Mapping[str, bytes]) -> str:
    """What of a report is not what was signed."""
    try:
        signed = {r["name"]: r["digest"]["sha256"] for r in told["predicate"]["report"]}
    except (KeyError, TypeError):
        return "the signed statement is of another kind"
    for name in sorted(signed.keys() | covered.keys()):
        if name not in covered:
            return f"{name} was signed and is missing"
        if hashlib.sha256(covered[name]).hexdigest() != signed.get(name):
            return f"{name} is not what was signed"
    return "the signed statement says something else than the report"


def _stamp(contents: Mapping[str, bytes], roots: Sequence[Certificate]) -> Check:
    if STAMP not in contents:
        return Check("time stamp", None, "there is none: its time is the reviewer's own word")
    if ATTESTATION not in contents:
        return Check("time stamp", False, "it is about an attestation that is not there")
    try:
        stamp = read_stamp(contents[STAMP], contents[ATTESTATION], roots)
    except BadInput as error:
        return Check("time stamp", False, str(error))
    said = f"the attestation was there at {iso(stamp.at_us)}"
    if not roots:
        return Check("time stamp", None, f"{said}, says somebody; give --root to believe it")
    return Check("time stamp", stamp.trusted, said if stamp.trusted else stamp.why)


def _bom(contents: Mapping[str, bytes]) -> Check:
    name = "bill of materials"
    if BOM not in contents or MANIFEST not in contents:
        return Check(name, False, f"{BOM if BOM not in contents else MANIFEST} is missing")
    fault = bom_fault(contents[BOM])
    if fault == NOT_CHECKED:
        return Check(name, None, fault)
    return Check(name, not fault, fault or "it fits the schema of CycloneDX")


def _dates(document: Mapping[str, Any], now_us: int) -> list[Check]:
    now, until = iso(now_us), document["retest_on"]
    if document["made_at"] > now:
        return [Check("date", False, f"it says that it was made at {document['made_at']}, later "
                                     "than now")]  # fmt: skip
    if not _is_day(until):
        return [Check("date", False, f"{until} is no day")]
    if now[:10] >= until:
        n_days = (date.fromisoformat(now[:10]) - date.fromisoformat(until)).days
        return [Check("date", False, f"out of date from {until}, {n_days} days ago: review again")]
    return [Check("date", True, f"holds until {until}")]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _copy(document: Mapping[str, Any], files: Path) -> Check:
    copy = inventory_of(files)
    mine = {one.path: one.sha256 for one in copy.files}
    theirs = {one["path"]: one["sha256"] for one in document["files"]["listed"]}
    unread = {one["path"] for one in document["files"]["not_read"]}
    for name, why in copy.not_read:
        if name not in unread:
            return Check("your copy", False, f"{name} was not reviewed: it is {why}")
    for name in sorted(mine.keys() | theirs.keys()):
        if name not in theirs:
            return Check("your copy", False, f"{name} was not reviewed")
        if name not in mine:
            return Check("your copy", False, f"{name} was reviewed and is not there")
        if mine[name] != theirs[name]:
            return Check("your copy", False, f"{name} is not what was reviewed")
    if mine and copy.not_read:
        name, why = copy.not_read[0]
        return Check("your copy", None, f"{name} cannot be compared: {why}")
    return Check("your copy", bool(mine), f"all {len(mine)} files are those that were reviewed")


def _bytes(path: Path) -> bytes:
    try:
        plain = path.is_file() and not path.is_symlink()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be read: {error.strerror}.") from None
    if not plain:
        raise BadInput("is no plain file.", where=str(path))
    return read_small(path, _MOST_BYTES)
