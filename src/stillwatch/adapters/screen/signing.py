"""Signing: an Ed25519 key of the folder of snapshots, and what it signs."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.model.errors import BadInput, OutsideFailed

NAME = "snapshots.key"


def key_of(folder: Path, *, make: bool) -> Ed25519PrivateKey:
    """The folder's key.

    Args:
        folder: of the snapshots.
        make: make one where there is none.

    Raises:
        OutsideFailed: there is none, or it cannot be read or made.
        BadInput: others may read it, or it is no such key.
    """
    path = folder / NAME
    try:
        if make and not path.exists():
            _made(path)
        data, mode = path.read_bytes(), path.stat().st_mode
    except OSError as error:
        raise OutsideFailed(
            f"the key of the snapshots {path} cannot be read: {error.strerror}.",
            remedy="Restore it, or begin a new folder with `stillwatch screen update`.",
        ) from None
    if mode & 0o077:
        raise BadInput("others may read the key.", where=str(path), remedy="chmod 600 it.")
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError) as error:
        raise BadInput(f"is no key: {error}.", where=str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("is no Ed25519 key.", where=str(path))
    return key


def sign(key: Ed25519PrivateKey, content: bytes) -> str:
    """A signature as hexadecimal text."""
    return key.sign(content).hex()


def check(key: Ed25519PrivateKey, content: bytes, signature: str, where: str) -> None:
    """See that a signature is the key's, over this content.

    Raises:
        BadInput: it is not.
    """
    try:
        key.public_key().verify(bytes.fromhex(signature), content)
    except (InvalidSignature, ValueError):
        raise BadInput(
            "the signature does not hold: the snapshot was changed, or is of another folder.",
            where=where, remedy="Restore it from a copy, or update from the publisher again.",
        ) from None  # fmt: skip


def _made(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(file, "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
