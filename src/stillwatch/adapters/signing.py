"""Who said it: envelopes signed with Ed25519, and the key files of those who sign.

The envelope is DSSE, as in-toto and sigstore have it (kept library: securesystemslib); the
payload is a JSON object, and its type says what it is for, so that a signature under one kind of
message is none under another.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error as SignatureError
from securesystemslib.signer import CryptoSigner, SSlibKey

from stillwatch.model.canonical import spell
from stillwatch.model.errors import BadInput, OutsideFailed

MOST_BYTES: Final = 16 * 2**20
"""Longest envelope that is read."""
IN_TOTO: Final = "in-toto"
"""Kind of an in-toto Statement, whose payload type is the standard's and not ours."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key under the name of whoever holds it; never printed."""

    name: str
    signer: CryptoSigner
    public_pem: str

    def __repr__(self) -> str:
        return f"SigningKey({self.name})"


def new_key(path: Path, name: str) -> SigningKey:
    """Draw a key and keep it in a file of its owner's alone.

    Raises:
        BadInput: the file is there already.
        OutsideFailed: it cannot be written.
    """
    drawn = Ed25519PrivateKey.generate()
    pem = drawn.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput("there is a key already.", where=str(path)) from None
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be made: {error.strerror}.") from None
    with os.fdopen(file, "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    return load_key(path, name)


def load_key(path: Path, name: str) -> SigningKey:
    """Read a private key.

    Raises:
        OutsideFailed: it cannot be read.
        BadInput: others may read it, or it is no Ed25519 key.
    """
    try:
        mode, pem = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise OutsideFailed(f"the key {path} cannot be read: {error.strerror}.") from None
    if mode & 0o077:
        raise BadInput("others may read the key.", where=str(path), remedy="chmod 600 it.")
    try:
        private = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput("is no private key.", where=str(path)) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise BadInput("is no Ed25519 key.", where=str(path))
    public = private.public_key()
    return SigningKey(name, CryptoSigner(private, _named(public, name)), _pem(public))


def sign(payload: dict[str, Any], kind: str, key: SigningKey) -> dict[str, Any]:
    """A signed envelope around a JSON object.

    Args:
        payload: spelled canonically (RFC 8785).
        kind: ``application/vnd.stillwatch.<kind>+json`` is its payload type, but for
            :data:`IN_TOTO`.
        key: whose.
    """
    envelope = Envelope(spell(payload), _type(kind), {})
    envelope.sign(key.signer)
    told: dict[str, Any] = envelope.to_dict()
    return told


def signer_of(envelope: Any) -> str:
    """Who an envelope says it is by, unchecked; empty where it says nothing.

    For finding the key only.
    """
    try:
        return str(envelope["signatures"][0]["keyid"])
    except (KeyError, IndexError, TypeError):
        return ""


def opened(envelope: Any, kind: str, name: str, public_pem: str) -> dict[str, Any]:
    """What stands in an envelope, its signature checked.

    Args:
        envelope: as :func:`sign` made it; it is not changed.
        kind: what it must be.
        name: who must have signed.
        public_pem: that one's pinned key.

    Raises:
        BadInput: it is no envelope of this kind, or the signature does not hold.
    """
    public = public_of(public_pem, name)
    try:
        told = Envelope.from_dict(
            {
                "payload": envelope["payload"],
                "payloadType": envelope["payloadType"],
                "signatures": [dict(one) for one in envelope["signatures"]],
            }
        )
        if told.payload_type != _type(kind):
            raise BadInput(f"is not of the kind {kind}.", where=name)
        told.verify([_named(public, name)], 1)
        payload = orjson.loads(told.payload)
    except BadInput:
        raise
    except SignatureError:
        raise BadInput(
            "the signature does not hold.", where=name, remedy="Do not use what it covers."
        ) from None
    except Exception as error:
        raise BadInput(f"is no signed envelope: {type(error).__name__}.", where=name) from None
    if not isinstance(payload, dict):
        raise BadInput("what is signed is no object.", where=name)
    return payload


def public_of(pem: str, name: str) -> Ed25519PublicKey:
    """A public key.

    Raises:
        BadInput: the text is no Ed25519 key.
    """
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput("its public key is none.", where=name) from None
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput("its public key is no Ed25519 key.", where=name)
    return key


def _named(public: Ed25519PublicKey, name: str) -> SSlibKey:
    return SSlibKey.from_crypto(public, keyid=name)


def _pem(public: Ed25519PublicKey) -> str:
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


def _type(kind: str) -> str:
    if kind == IN_TOTO:
        return "application/vnd.in-toto+json"
    return f"application/vnd.stillwatch.{kind}+json"
