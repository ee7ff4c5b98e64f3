"""Stamps: what an RFC 3161 token says of a head, and whether somebody trusted said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha512

from cryptography.x509 import Certificate
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from stillwatch.model.errors import BadInput

_MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp over some bytes.

    Args:
        at_us: the time that it tells, microseconds since 1970-01-01 UTC.
        accuracy_us: by how much that may be off, as the authority says; at least one second,
            for most authorities tell whole seconds.
        trusted: whether one of the reader's roots vouches for it.
        why: why not, where not.
    """

    at_us: int
    accuracy_us: int
    trusted: bool
    why: str = ""


def read_stamp(token: bytes, message: bytes, roots: Sequence[Certificate] = ()) -> Stamp:
    """Read a time stamp and hold it against what it should be about.

    Args:
        token: the authority's response, DER.
        message: the text that was stamped.
        roots: certificates that the reader trusts; without any it is read and not believed.

    Raises:
        BadInput: it is no time stamp, or is over other bytes.
    """
    try:
        response = decode_timestamp_response(token)
        told = response.tst_info.message_imprint.message
    except ValueError as error:
        raise BadInput(f"is no time stamp: {error}.", where="stamp") from None
    if response.as_bytes() != token:
        raise BadInput("is not written in the one way that is allowed.", where="stamp")
    if told != sha512(message).digest():
        raise BadInput("is a time stamp over something else.", where="stamp")
    why = _why_not(response, message, roots) if roots else "no root certificate was given"
    # The field is optional, and the library gives nothing where an authority left it out.
    seconds = getattr(response.tst_info.accuracy, "seconds", None) or 0
    return Stamp(
        at_us=round(response.tst_info.gen_time.timestamp() * _MICROSECOND),
        accuracy_us=max(seconds, 1) * _MICROSECOND,
        trusted=not why,
        why=why,
    )


def _why_not(response: TimeStampResponse, message: bytes, roots: Sequence[Certificate]) -> str:
    builder = VerifierBuilder()
    for root in dict.fromkeys(roots):
        builder = builder.add_root_certificate(root)
    try:
        builder.build().verify_message(response, message)
    except (VerificationError, ValueError) as error:
        return str(error)
    return ""
