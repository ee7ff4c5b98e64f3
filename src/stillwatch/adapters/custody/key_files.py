"""Key files: private keys that their owner alone may read, and public ones to hand out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from stillwatch.adapters.small_json import read_small
from stillwatch.attribute.custody.notes import PublicKey, key_from_line
from stillwatch.model.errors import BadInput, OutsideFailed

#: bytes of the longest file of a key, a share or a certificate.
LARGEST: Final = 1 << 16


def save_private(path: Path, key: Ed25519PrivateKey | X25519PrivateKey) -> None:
    """Write a private key (PKCS 8, PEM) that its owner alone may read; on the disk at return.

    Raises:
        BadInput: there is a file already; keys are never written over.
        OutsideFailed: it cannot be written.
    """
    content = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _make(path, content, 0o600)


def save_public(path: Path, text: str) -> None:
    """Write a public key's text.

    Raises:
        BadInput: there is a file already.
        OutsideFailed: it cannot be written.
    """
    _make(path, text.encode(), 0o644)


def load_signing(path: Path) -> Ed25519PrivateKey:
    """Read a key that signs.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: others may read it, or it is no Ed25519 key.
    """
    key = _load(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("is no Ed25519 key.", where=str(path))
    return key


def load_opening(path: Path) -> X25519PrivateKey:
    """Read a key that opens originals.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: others may read it, or it is no X25519 key.
    """
    key = _load(path)
    if not isinstance(key, X25519PrivateKey):
        raise BadInput("is no X25519 key.", where=str(path))
    return key


def public_pem(key: X25519PrivateKey) -> str:
    """The public half of a holder's key, as PEM."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def load_holder(path: Path) -> X25519PublicKey:
    """Read the public key of a holder.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it is no X25519 key in PEM.
    """
    try:
        key = serialization.load_pem_public_key(read_small(path, LARGEST))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(f"is no public key: {error}.", where=str(path)) from None
    if not isinstance(key, X25519PublicKey):
        raise BadInput("is no X25519 key.", where=str(path))
    return key


def public_key(told: str) -> PublicKey:
    """A public key of a log or a witness: the line itself, or a file that holds it.

    Raises:
        OutsideFailed: the file cannot be read.
        BadInput: it is no key.
    """
    if "+" in told and not Path(told).exists():
        return key_from_line(told)
    try:
        text = read_small(Path(told), LARGEST).decode()
    except UnicodeDecodeError:
        raise BadInput("is no key: want a line name+id+base64.", where=told) from None
    return key_from_line(text)


def _load(path: Path) -> object:
    content = read_small(path, LARGEST)
    if path.stat().st_mode & 0o077:
        raise BadInput("others may read the key.", where=str(path), remedy="chmod 600 it.")
    try:
        return serialization.load_pem_private_key(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(f"is no private key: {error}.", where=str(path)) from None


def _make(path: Path, content: bytes, mode: int) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    except FileExistsError:
        raise BadInput("there is a file already.", where=str(path)) from None
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be made: {error.strerror}.") from None
    try:
        with os.fdopen(file, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        path.unlink(missing_ok=True)
        raise OutsideFailed(f"{path} cannot be written: {error.strerror}.") from None
