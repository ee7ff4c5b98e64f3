"""Who may call: tokens and certificates, each with a name and a role, from one file.

Only digests of tokens are kept, and only tokens in the form that :func:`new_token` makes are ever
looked up, so that a default, short or copied secret cannot be made to work by listing its digest.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from stillwatch.model.errors import BadInput, OutsideFailed

PREFIX: Final = b"sw_"
_FORM: Final = re.compile(rb"sw_[A-Za-z0-9_-]{43}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:/*-]{0,127}")
_KINDS: Final = {"token": {"name", "roles", "sha256", "until"}, "certificate": {"name", "roles"}}


class Role(StrEnum):
    """What somebody may do here."""

    GATEWAY = "gateway"
    """Ask for decisions, read what stands."""
    OPERATOR = "operator"
    """Make and undo decisions, pull the kill switch."""
    APPROVER = "approver"
    """Approve what needs a second person."""
    REVIEWER = "reviewer"
    """Decide appeals."""
    AUDITOR = "auditor"
    """Read everything, change nothing."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A name and what it may do."""

    name: str
    roles: frozenset[Role]
    until: datetime | None = None


class Callers:
    """Everybody who may call; a look-up costs one digest.

    Args:
        by_digest: SHA-256 of a token, and whose it is.
        by_certificate: name in a verified client certificate, and whose it is.
    """

    def __init__(
        self, by_digest: Mapping[bytes, Caller], by_certificate: Mapping[str, Caller]
    ) -> None:
        self._by_digest = dict(by_digest)
        self._by_certificate = dict(by_certificate)

    def __len__(self) -> int:
        return len(self._by_digest) + len(self._by_certificate)

    def become(self, other: Callers) -> None:
        """Let in those of another list from now on, and nobody else."""
        self._by_digest, self._by_certificate = other._by_digest, other._by_certificate

    def of_token(self, token: bytes, now: datetime) -> Caller | None:
        """Whose token it is; ``None`` where it is nobody's, or no longer."""
        if not _FORM.fullmatch(token):
            return None
        return _in_time(self._by_digest.get(hashlib.sha256(token).digest()), now)

    def of_certificate(self, name: str, now: datetime) -> Caller | None:
        """Whose certificate it is."""
        return _in_time(self._by_certificate.get(name), now)


def new_token() -> tuple[str, str]:
    """Draw a token: itself, to be shown once, and its SHA-256, to be kept."""
    token = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=")
    return token.decode(), hashlib.sha256(token).hexdigest()


def entry_of(name: str, roles: Iterable[Role], digest: str, until: datetime | None = None) -> str:
    """The lines of the file that let a token in.

    Raises:
        BadInput: the name will not do.
    """
    if not _NAME.fullmatch(name):
        raise BadInput("must be 1 to 128 letters, digits or ._@:/*-", where="name")
    listed = ", ".join(f'"{role}"' for role in roles)
    last = f"until = {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}\n" if until else ""
    return f'[[token]]\nname = "{name}"\nroles = [{listed}]\nsha256 = "{digest}"\n{last}'


def add_entry(path: Path, entry: str) -> None:
    """Add an entry to a file of callers, which is made for its owner alone where it is new.

    Raises:
        OutsideFailed: it cannot be written.
    """
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(file, "a", encoding="utf-8") as out:
            out.write(f"{entry}\n")
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None


def load_callers(path: Path) -> Callers:
    """Read the file of callers.

    Args:
        path: TOML with ``[[token]]`` (name, roles, sha256, until) and ``[[certificate]]`` (name,
            roles) tables. Others on the machine may not be able to write it.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: an entry is wrong, or nobody is listed.
    """
    try:
        open_to_all = path.stat().st_mode & 0o002
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OutsideFailed(
            f"the file of callers {path} cannot be read: {error.strerror}.",
            remedy="Make one with `stillwatch gateway token`.",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is not TOML: {error}", where=str(path)) from None
    if open_to_all:
        raise BadInput("everybody may write to it.", where=str(path), remedy="chmod o-w it.")
    return callers_of(tree, where=str(path))


def callers_of(tree: Mapping[str, Any], *, where: str) -> Callers:
    """Check the entries of a file of callers.

    Raises:
        BadInput: an entry is wrong, or nobody is listed.
    """
    unknown = sorted(set(tree) - set(_KINDS))
    if unknown:
        raise BadInput(f"no such table: {unknown[0]}", where=where)
    by_digest: dict[bytes, Caller] = {}
    by_certificate: dict[str, Caller] = {}
    for kind in _KINDS:
        entries = tree.get(kind, [])
        if not isinstance(entries, list):
            raise BadInput(f"write [[{kind}]], with two brackets", where=where)
        for number, entry in enumerate(entries, start=1):
            place = f"{where}, {kind} {number}"
            caller = _caller(entry, kind, place)
            if kind == "certificate":
                by_certificate[caller.name] = caller
                continue
            digest = entry.get("sha256")
            if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
                raise BadInput("sha256 must be 64 hexadecimal digits", where=place)
            by_digest[bytes.fromhex(digest)] = caller
    if not by_digest and not by_certificate:
        raise BadInput(
            "lists nobody.", where=where, remedy="Make an entry with `stillwatch gateway token`."
        )
    return Callers(by_digest, by_certificate)


def _caller(entry: Any, kind: str, place: str) -> Caller:
    if not isinstance(entry, dict):
        raise BadInput("is no table", where=place)
    unknown = sorted(set(entry) - _KINDS[kind])
    if unknown:
        raise BadInput(f"no such key: {unknown[0]}", where=place)
    name, roles, until = entry.get("name"), entry.get("roles"), entry.get("until")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadInput("name must be 1 to 128 letters, digits or ._@:/*-", where=place)
    known = [str(role) for role in Role]
    if not isinstance(roles, list) or not roles or any(role not in known for role in roles):
        raise BadInput(f"roles must be a list out of {', '.join(known)}", where=place)
    if until is not None and (not isinstance(until, datetime) or until.tzinfo is None):
        raise BadInput(
            "until must be a time with its offset, such as 2027-01-01T00:00:00Z", where=place
        )
    return Caller(name, frozenset(Role(role) for role in roles), until)


def _in_time(caller: Caller | None, now: datetime) -> Caller | None:
    if caller is None or (caller.until is not None and now >= caller.until):
        return None
    return caller
