"""Logs, bundles and clocks for the tests of custody: real folders, real keys."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stillwatch.adapters.custody.beginning import begin_log
from stillwatch.adapters.custody.bundling import bundle_of
from stillwatch.adapters.custody.escrow import Escrow
from stillwatch.adapters.custody.exhibits import Exhibit
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.sealing import Run, seal
from stillwatch.attribute.custody.bundle import Bundle
from stillwatch.attribute.redaction.redactor import Redactor

ORIGIN = "example.org/custody"
CASE = "campaign:1a2b3c4d5e6f"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HOLDERS = [X25519PrivateKey.from_private_bytes(bytes([n]) * 32) for n in (1, 2)]
START_US = 1_780_000_000_000_000


class Clock:
    """A clock that goes on by a second each time it is asked."""

    def __init__(self, at_us: int = START_US) -> None:
        self.at_us = at_us

    def __call__(self) -> int:
        self.at_us += 1_000_000
        return self.at_us


def fresh_log(folder: Path, clock: Clock | None = None) -> CustodyLog:
    """A log with one key."""
    clock = clock or Clock()
    begin_log(folder / "log", ORIGIN, KEY, clock)
    return CustodyLog(folder / "log", clock)


def texts(*contents: str) -> list[Exhibit]:
    """Exhibits of plain text, named by their order."""
    return [Exhibit(f"{i}.txt", "text/plain", told.encode()) for i, told in enumerate(contents)]


@cache
def plain_redactor() -> Redactor:
    """A redactor of our own patterns alone: quick to make."""
    return Redactor([], [])


def sealed(log: CustodyLog, exhibits: Iterable[Exhibit], *, escrowed: bool = False) -> Run:
    """Seal exhibits into the case."""
    escrow = Escrow(ORIGIN, [key.public_key() for key in HOLDERS]) if escrowed else None
    return seal(log, CASE, exhibits, plain_redactor(), escrow)


def written(bundle: Bundle, key: Ed25519PrivateKey = KEY) -> bytes:
    """The bytes of a bundle."""
    out = io.BytesIO()
    for piece in bundle.written(key):
        out.write(piece)
    return out.getvalue()


def bundled(log: CustodyLog) -> bytes:
    """The case as one file."""
    return written(bundle_of(log, CASE), log.signing_key())
