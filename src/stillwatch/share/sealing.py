"""Sealing: bulletins, retractions and receipts that travel as files, signed by Ed25519.

The envelope is DSSE, as in-toto and Sigstore use it, by the library of its makers. Inside stands
who sent it to whom: what was sealed for one partner does not pass as sealed for another. It needs
no network, so that it suits recipients behind an air gap.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from pydantic import Field, ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import FormatError, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

from stillwatch.model.errors import BadInput, NotAllowed
from stillwatch.share.wire import Closed, Moment, Name

PAYLOAD_TYPE: Final = "application/vnd.stillwatch.sealed+json"
#: of an envelope; its payload is in base64.
LONGEST_ENVELOPE: Final = 48 << 20


class Kind(StrEnum):
    """What an envelope holds."""

    BULLETIN = "bulletin"
    RETRACTION = "retraction"
    RECEIPT = "receipt"


class Letter(Closed):
    """What stands inside, around the content."""

    schema_: Literal["stillwatch.sealed/1"] = Field(default="stillwatch.sealed/1", alias="schema")
    sender: Name
    recipient: Name
    kind: Kind
    sealed_us: Moment
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An envelope whose seal holds.

    Args:
        sender: whose key sealed it.
        recipient: for whom.
        kind: what it holds.
        sealed_us: when it was sealed, by the sender's clock.
        content: bytes of a bundle, or of a receipt.
        digest: SHA-256 of the content; what a receipt names.
    """

    sender: str
    recipient: str
    kind: Kind
    sealed_us: int
    content: bytes
    digest: str


def sealed(
    content: bytes,
    *,
    sender: str,
    recipient: str,
    kind: Kind,
    now_us: int,
    key: Ed25519PrivateKey,
) -> bytes:
    """An envelope with some content, for one recipient."""
    letter = Letter(
        sender=sender,
        recipient=recipient,
        kind=kind,
        sealed_us=now_us,
        digest=hashlib.sha256(content).hexdigest(),
        content=content.decode(),
    )
    envelope = Envelope(orjson.dumps(letter.told()), PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key))
    return orjson.dumps(envelope.to_dict(), option=orjson.OPT_APPEND_NEWLINE)


def opened(data: bytes, keys: Mapping[str, str]) -> Opened:
    """What an envelope holds, where its seal is that of the sender it names.

    Args:
        data: the envelope.
        keys: PEM of the public key of each organisation that is known.

    Raises:
        BadInput: it is no envelope.
        NotAllowed: the seal does not hold, or the sender is not known.
    """
    envelope = _envelope(data)
    try:
        letter = Letter.model_validate_json(envelope.payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"is no letter of ours: {place[:60]}: {first['msg'][:120]}.") from None
    if letter.sender not in keys or not keys[letter.sender]:
        raise NotAllowed(
            f"it says that it is from {letter.sender}, of whom no key is known", by_rule="seal"
        )
    try:
        envelope.verify([public_key(keys[letter.sender])], 1)
    except (VerificationError, ValueError):
        raise NotAllowed(
            f"it says that it is from {letter.sender}, and the seal is not theirs", by_rule="seal"
        ) from None
    content = letter.content.encode()
    if hashlib.sha256(content).hexdigest() != letter.digest:
        raise NotAllowed("the content is not that of the digest", by_rule="seal")
    return Opened(
        sender=letter.sender,
        recipient=letter.recipient,
        kind=letter.kind,
        sealed_us=letter.sealed_us,
        content=content,
        digest=letter.digest,
    )


def public_key(pem: str) -> SSlibKey:
    """The key of a PEM, where it is one of Ed25519.

    Raises:
        BadInput: it is none.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("is no public key of Ed25519 in PEM.")
    return SSlibKey.from_crypto(key)


def looks_sealed(data: bytes) -> bool:
    """Whether bytes look like an envelope rather than a bundle."""
    return b'"payloadType"' in data[:4096] or data[-4096:].find(b'"signatures"') >= 0


def _envelope(data: bytes) -> Envelope:
    if len(data) > LONGEST_ENVELOPE:
        raise BadInput(f"is {len(data)} bytes; at most {LONGEST_ENVELOPE} are read.")
    try:
        told: Any = orjson.loads(data)
        if not isinstance(told, dict) or told.get("payloadType") != PAYLOAD_TYPE:
            raise BadInput("is no sealed letter of ours.", remedy="Hand in what a partner sealed.")
        if len(told["signatures"]) > 8:
            raise BadInput("has more seals than a letter has.")
        return Envelope.from_dict(told)
    except (ValueError, KeyError, TypeError, AttributeError, FormatError) as error:
        raise BadInput(f"is no sealed letter: {str(error)[:120]}.") from None
