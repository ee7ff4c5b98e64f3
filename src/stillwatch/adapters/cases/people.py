"""Persons who sign: the roster that is shared, and the key that one of them keeps.

A key is made with ``openssl genpkey -algorithm ed25519 -out me.pem``; its public half, which the
roster holds, is shown by ``openssl pkey -in me.pem -pubout``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from stillwatch.attribute.signoffs import Person, Roster, public_bytes
from stillwatch.model.errors import BadInput


def load_roster(path: Path) -> Roster:
    """The persons of a roster; nobody where the file is absent.

    Raises:
        BadInput: it is no TOML, a key is no Ed25519 key, or a name or key stands twice.
    """
    if not path.exists():
        return Roster()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"is no TOML: {error}.", where=str(path)) from error
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path)) from error
    rows = told.get("person", [])
    if not isinstance(rows, list) or set(told) - {"person"}:
        raise BadInput("holds other things than [[person]] tables.", where=str(path))
    return Roster(_person(row, path) for row in rows)


def load_private_key(path: Path) -> Ed25519PrivateKey:
    """A person's own key, which nobody else may read.

    Raises:
        BadInput: it is no unencrypted Ed25519 key in PEM, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise BadInput("others may read the key.", where=str(path), remedy="chmod 600 it.")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise BadInput(f"cannot be read: {error.strerror}.", where=str(path)) from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadInput(
            "holds no unencrypted private key in PEM.",
            where=str(path),
            remedy="Make one with `openssl genpkey -algorithm ed25519`.",
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("is no Ed25519 key.", where=str(path))
    return key


def _person(row: Any, path: Path) -> Person:
    try:
        unknown = set(row) - {"name", "public_key", "roles"}
        if unknown:
            raise BadInput(f"unknown keys {sorted(unknown)}.", where=str(path))
        key = load_pem_public_key(str(row["public_key"]).encode())
        name, roles = str(row["name"]), tuple(str(r) for r in row["roles"])
    except (KeyError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise BadInput(
            f"a person needs name, public_key (PEM) and roles: {error}.", where=str(path)
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadInput(f"the key of {name} is no Ed25519 key.", where=str(path))
    return Person(name, public_bytes(key), roles)
