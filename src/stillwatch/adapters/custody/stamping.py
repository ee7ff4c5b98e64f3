"""Stamping: an authority's word on when a head was there (RFC 3161, over HTTP)."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

from stillwatch.adapters.custody.key_files import LARGEST
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.settled import put_in_place
from stillwatch.adapters.small_json import read_small
from stillwatch.attribute.custody.kinds import STAMP, stamp_body
from stillwatch.attribute.custody.notes import Note, checkpoint_from
from stillwatch.attribute.custody.stamps import Stamp, read_stamp
from stillwatch.model.errors import BadInput, OutsideFailed

_LARGEST: Final = 1 << 18
_KIND: Final = "application/timestamp-query"


def stamp_head(
    log: CustodyLog, size: int, url: str, *, case: str | None, timeout_s: float = 20.0
) -> Stamp:
    """Have a head stamped, keep the token and log that it came.

    Args:
        log: whose head.
        size: how many entries the head covers.
        url: of the authority.
        case: whose bundles the entry about it travels in.
        timeout_s: how long to wait for the authority, seconds.

    Raises:
        BadInput: there is no such head, or what came is no stamp over it.
        OutsideFailed: the authority did not answer.
    """
    note = log.head(size)
    if note is None:
        raise BadInput(f"no head over {size} entries was signed.", where=str(log.folder))
    token = asked(url, note, timeout_s)
    stamp = read_stamp(token, note.text.encode())
    name = sha256(token).hexdigest()
    path = log.folder / "stamps" / f"{size}-{name[:16]}.tsr"
    try:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        put_in_place(path, token)
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
    log_stamp(log, note, by="tsa", at_us=stamp.at_us, digest=name, case=case)
    return stamp


def log_stamp(
    log: CustodyLog, note: Note, *, by: str, at_us: int, digest: str, case: str | None
) -> None:
    """Log that a stamp or a cosignature came: what is logged after it came after its time."""
    head = checkpoint_from(note)
    body = stamp_body(by=by, size=head.size, root=head.root, at_us=at_us, digest=digest)
    with log.writing() as writer:
        writer.add(STAMP, body | ({"case": case} if case else {}))


def asked(url: str, note: Note, timeout_s: float) -> bytes:
    """Ask an authority for a stamp over a head's text.

    Raises:
        BadInput: the address is not one of HTTP, or the answer is of another question.
        OutsideFailed: the authority did not answer.
    """
    remedy = "What was sealed stays sealed; ask again with `stillwatch case log stamp`."
    return stamped(url, note.text.encode(), timeout_s, remedy)


def stamped(url: str, content: bytes, timeout_s: float, remedy: str = "") -> bytes:
    """Ask an authority for a stamp over some bytes.

    Args:
        url: of the authority.
        content: what is stamped; its digest alone leaves this machine.
        timeout_s: how long to wait, seconds.
        remedy: what to do where it does not answer.

    Raises:
        BadInput: the address is not one of HTTP, or the answer is of another question.
        OutsideFailed: the authority did not answer.
    """
    if not url.startswith(("http://", "https://")):
        raise BadInput("is no address of HTTP.", where=url)
    query = TimestampRequestBuilder().data(content).build()
    request = urllib.request.Request(url, query.as_bytes(), {"Content-Type": _KIND})
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            token: bytes = answer.read(_LARGEST + 1)
    except (OSError, urllib.error.URLError, http.client.HTTPException) as error:
        raise OutsideFailed(
            f"the time-stamping authority {url} did not answer: {error}.",
            remedy=remedy,
        ) from None
    try:
        response = decode_timestamp_response(token)
        fresh = response.tst_info.nonce == query.nonce
    except ValueError as error:
        raise BadInput(f"sent no time stamp: {error}.", where=url) from None
    if not fresh or len(token) > _LARGEST:
        raise BadInput("sent a time stamp for another question.", where=url)
    return token


def stamps_of(log: CustodyLog, size: int) -> tuple[bytes, ...]:
    """The stamps over a head, in an order of their own."""
    paths = sorted((log.folder / "stamps").glob(f"{size}-*.tsr"))
    return tuple(path.read_bytes() for path in paths)


def load_roots(paths: Sequence[Path]) -> list[Certificate]:
    """Certificates of authorities, PEM.

    Raises:
        BadInput: a file holds none.
        OutsideFailed: a file cannot be read.
    """
    found: list[Certificate] = []
    for path in paths:
        try:
            found += load_pem_x509_certificates(read_small(path, LARGEST))
        except ValueError as error:
            raise BadInput(f"holds no certificate: {error}.", where=str(path)) from None
    return found
