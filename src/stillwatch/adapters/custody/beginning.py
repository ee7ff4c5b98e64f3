"""Beginning a log: a folder with its first key and its first line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.adapters.custody.key_files import save_private
from stillwatch.attribute.custody.entries import Pen
from stillwatch.attribute.custody.kinds import KEY
from stillwatch.attribute.custody.notes import PublicKey
from stillwatch.attribute.custody.trust import key_body
from stillwatch.model.errors import BadInput, OutsideFailed

LOG: Final = "log.jsonl"


def begin_log(folder: Path, origin: str, key: Ed25519PrivateKey, now_us: Callable[[], int]) -> None:
    """Make a log with its first key.

    Args:
        folder: must not hold a log.
        origin: the log's name: a URL without a scheme that its keeper answers for.
        key: the first key.
        now_us: the clock.

    Raises:
        BadInput: there is a log already, or the name cannot stand in a note.
        OutsideFailed: it cannot be made.
    """
    pen = Pen(key, origin)
    line = pen.write(0, now_us(), KEY, key_body(key, origin, None, "the beginning"))
    if (folder / LOG).exists():
        raise BadInput("there is a log already.", where=str(folder))
    save_private(key_path(folder, pen.public), key)
    try:
        folder.chmod(0o700)
        file = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
    except FileExistsError:
        raise BadInput("there is a log already.", where=str(folder)) from None
    except OSError as error:
        raise OutsideFailed(f"{folder} cannot be written: {error.strerror}.") from None


def key_path(folder: Path, key: PublicKey) -> Path:
    """Where the private half of a key stands in a log's folder."""
    return folder / "keys" / f"{key.id.hex()}.pem"
