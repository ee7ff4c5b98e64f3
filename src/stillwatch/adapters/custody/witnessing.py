"""Witnessing: somebody else signs our heads, having checked that the log was only added to.

What goes over is the body of C2SP tlog-witness' ``add-checkpoint``, and what comes back are lines
of cosignatures; by files, or by HTTP to a witness of the public network. A witness keeps, for each
log, the largest head that it signed, and signs no other that does not begin with it.
"""

from __future__ import annotations

import fcntl
import http.client
import os
import urllib.error
import urllib.request
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.stamping import log_stamp
from stillwatch.adapters.settled import put_in_place
from stillwatch.attribute.custody.merkle import consistent
from stillwatch.attribute.custody.notes import (
    Note,
    PublicKey,
    Signature,
    checkpoint_from,
    cosign,
    cosigned_at_s,
    note_from,
    signature_from,
    signed_by,
)
from stillwatch.attribute.custody.spelling import b64, unb64
from stillwatch.model.errors import BadInput, NotAllowed, OutsideFailed

_LARGEST: Final = 1 << 18
_MOST_STEPS: Final = 63


def request_body(log: CustodyLog, size: int, old: int) -> bytes:
    """What a witness is sent: the head, and the proof from the head that it signed last.

    Args:
        log: whose head.
        size: how many entries the head covers.
        old: how many the head covered that the witness signed last; 0 where none.

    Raises:
        BadInput: there is no such head, or the witness is ahead of it.
    """
    note = log.head(size)
    if note is None or old > size:
        raise BadInput(f"no head over {size} entries was signed.", where=str(log.folder))
    steps = log.tree().consistency(old, size)
    return b"".join(
        (f"old {old}\n".encode(), *(f"{b64(s)}\n".encode() for s in steps), b"\n", note.to_bytes())
    )


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who co-signs heads.

    Args:
        key: private.
        name: the witness's.
        folder: where it keeps what it signed; one for each witness.
        logs: keys of the logs that it signs for.
    """

    key: Ed25519PrivateKey
    name: str
    folder: Path
    logs: tuple[PublicKey, ...]

    def cosigned(self, body: bytes, now_s: int) -> Signature:
        """Check a request and co-sign its head; what was signed is on the disk at return.

        Raises:
            BadInput: it is no request, or not of a log that it signs for.
            NotAllowed: the log was rewritten, or the request starts from another head.
        """
        old, steps, note = _request_from(body)
        head = checkpoint_from(note)
        keys = [key for key in self.logs if key.name == head.origin]
        if not any(signed_by(note, key) for key in keys):
            raise BadInput("is of no log that this witness knows, or not signed by it.",
                           where=head.origin)  # fmt: skip
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / f"{b64(head.origin.encode()).replace('/', '_')}.note"
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = checkpoint_from(note_from(path.read_bytes())) if path.exists() else None
            if old != (before.size if before else 0):
                raise NotAllowed(
                    f"the request starts from {old} entries, the last head signed here covers "
                    f"{before.size if before else 0}.",
                    by_rule="a witness signs from its own last head",
                )
            if before is not None and not consistent(
                before.size, before.root, head.size, head.root, steps
            ):
                raise NotAllowed(
                    f"the head over {head.size} entries does not begin with the {before.size} that "
                    "were signed here before: the log was rewritten. Keep both heads as evidence.",
                    by_rule="a witness signs no rewritten log",
                )
            line = cosign(note, self.key, self.name, now_s)
            put_in_place(path, note.plus([line]).to_bytes())
        finally:
            os.close(lock)
        return line


def add_cosignatures(
    log: CustodyLog, size: int, lines: bytes, witness: PublicKey, *, case: str | None
) -> int:
    """Take a witness's lines under a head, and log that they came.

    Returns:
        when it co-signed, seconds since 1970-01-01 UTC.

    Raises:
        BadInput: there is no such head, or none of the lines is this witness's over it.
    """
    note = log.head(size)
    if note is None:
        raise BadInput(f"no head over {size} entries was signed.", where=str(log.folder))
    try:
        told = [signature_from(line) for line in lines.decode().splitlines() if line]
    except UnicodeDecodeError:
        raise BadInput("is no cosignature.", where=witness.name) from None
    ours = [line for line in told if line.is_by(witness)]
    at_s = cosigned_at_s(Note(note.text, tuple(ours)), witness) if ours else None
    if at_s is None:
        raise BadInput(f"holds no cosignature of this witness over {size} entries.",
                       where=witness.name)  # fmt: skip
    with log.writing():
        fresh = log.head(size) or note
        log.keep_head(size, fresh.plus(ours))
    digest = sha256(ours[0].line.encode()).hexdigest()
    log_stamp(log, note, by=witness.name, at_us=at_s * 1_000_000, digest=digest, case=case)
    return at_s


def asked_witness(url: str, log: CustodyLog, size: int, timeout_s: float = 20.0) -> bytes:
    """Ask a witness of the public network to co-sign a head; its lines.

    Raises:
        OutsideFailed: it did not answer, or refused.
    """
    old = 0
    for _ in range(2):
        request = urllib.request.Request(
            url.rstrip("/") + "/add-checkpoint", request_body(log, size, old)
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout_s) as answer:
                lines: bytes = answer.read(_LARGEST)
                return lines
        except urllib.error.HTTPError as error:
            told = error.read(_LARGEST).strip()
            if error.code != 409 or not told.isdigit() or int(told) == old:
                raise OutsideFailed(f"the witness {url} refused: {error.code}.") from None
            old = int(told)
        except (OSError, http.client.HTTPException) as error:
            raise OutsideFailed(f"the witness {url} did not answer: {error}.") from None
    raise OutsideFailed(f"the witness {url} asks for one head after another.")


def _request_from(body: bytes) -> tuple[int, list[bytes], Note]:
    above, gap, below = body.partition(b"\n\n")
    lines = above.split(b"\n")
    told = lines[0].removeprefix(b"old ")
    if not gap or not lines[0].startswith(b"old ") or not told.isdigit() or len(told) > 16:
        raise BadInput("is no request to a witness: want `old N`, a proof and a head.")
    if str(int(told)).encode() != told or len(lines) > _MOST_STEPS + 1:
        raise BadInput("is no request to a witness.")
    return int(told), [unb64(line, where="request") for line in lines[1:]], note_from(below)
