"""The secret behind case numbers: made once in the folder of ``control``, its owner's alone."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from stillwatch.control.cases import LONGEST_KEY
from stillwatch.model.errors import BadInput, OutsideFailed

NAME: Final = "case.key"
_BYTES: Final = 32


def case_key(folder: Path, shared: Path | None = None) -> bytes:
    """The secret of a folder, which whoever asks first makes; that of a shared file where named.

    Args:
        folder: of ``control``; replicas that share it share the secret.
        shared: a file that several machines have alike; it is read only, never made.

    Raises:
        OutsideFailed: it can be neither read nor made.
        BadInput: others may read it, or it holds no secret.
    """
    path = shared or folder / NAME
    if shared is None and not path.exists():
        _make(path)
    return _read(path)


def _make(path: Path) -> None:
    """Put a new secret in place, whole; one that another process put there first stays."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(file, "wb") as out:
                out.write(f"{secrets.token_bytes(_BYTES).hex()}\n".encode())
                out.flush()
                os.fsync(out.fileno())
            with suppress(FileExistsError):
                os.link(beside, path)
        finally:
            beside.unlink()
    except OSError as error:
        raise OutsideFailed(f"{path} cannot be made: {error.strerror}.") from None


def _read(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii")
    except OSError as error:
        raise OutsideFailed(
            f"the key of case numbers {path} cannot be read: {error.strerror}.",
            remedy=f"Copy {NAME} there from the folder of control of one machine.",
        ) from None
    except UnicodeDecodeError:
        text = ""
    if mode & 0o077:
        raise BadInput("others may read the key.", where=str(path), remedy="chmod 600 it.")
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if not _BYTES <= len(key) <= LONGEST_KEY:
        raise BadInput(
            f"holds no key of {_BYTES} to {LONGEST_KEY} bytes as hexadecimal digits.",
            where=str(path),
            remedy="Restore it from a copy: case numbers under a lost key are refused.",
        )
    return key
