"""Opening: an original out of escrow, once both holders agreed and the log knows of it."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from stillwatch.adapters.custody.escrow import Share, opened, share_from, share_of
from stillwatch.adapters.custody.key_files import LARGEST
from stillwatch.adapters.custody.log import CustodyLog
from stillwatch.adapters.custody.sealing import end_with_inventory, name_and_bytes
from stillwatch.adapters.custody.vault import Sealed
from stillwatch.adapters.small_json import read_small
from stillwatch.attribute.custody.commitments import commitment
from stillwatch.attribute.custody.kinds import EXHIBIT, OPENED, case_of
from stillwatch.attribute.custody.ranges import ranges_of
from stillwatch.model.errors import BadInput, OutsideFailed


def original_of(log: CustodyLog, n: int) -> tuple[Sealed, tuple[str, str]]:
    """An original in escrow, and what wraps its secrets.

    Raises:
        BadInput: there is none: nothing was taken out, none was kept, or it was destroyed.
    """
    original = log.vault.original(n)
    batch = log.vault.batch(original.batch) if original else None
    if original is None or batch is None:
        raise BadInput(
            "no original is in escrow: nothing was taken out, none was kept, or it was destroyed.",
            where=f"entry {n}",
        )
    return original, batch


def committed_to(log: CustodyLog, n: int) -> str:
    """The commitment to an original, as its entry holds it, signed.

    Raises:
        BadInput: the entry holds none, or is not signed by the key that was in force.
    """
    entry = log.entry(n)
    told = entry.body.get("original")
    if entry.n != n or entry.kind != EXHIBIT or not isinstance(told, str):
        raise BadInput("is no exhibit from which something was taken out.", where=f"entry {n}")
    if not entry.holds(log.reign().at(n)):
        raise BadInput("is not signed by the key that was in force.", where=f"entry {n}")
    return told


def share_for(log: CustodyLog, n: int, key: X25519PrivateKey) -> Share:
    """The share that a holder gives out of the original of entry ``n``, and of no other.

    Raises:
        BadInput: there is no such original, the key is neither holder's, or something was changed.
    """
    original, batch = original_of(log, n)
    return share_of(original, batch, key, log.origin, commitment=committed_to(log, n))


def load_share(path: Path) -> Share:
    """Read a share.

    Raises:
        BadInput: it is none.
        OutsideFailed: the file cannot be read.
    """
    try:
        return share_from(orjson.loads(read_small(path, LARGEST)))
    except orjson.JSONDecodeError as error:
        raise BadInput(f"is no share of an original: {error}.", where=str(path)) from None


def open_original(
    log: CustodyLog, case: str, n: int, shares: list[Share], *, by: str, because: str, out: Path
) -> str:
    """Open an original into a file; the log knows of it before the file holds anything.

    Returns:
        what the original was called.

    Raises:
        NotAllowed: there is not one share of each holder.
        BadInput: something does not fit, the file is there already, or no reason is named.
        OutsideFailed: the file cannot be written.
    """
    if not by.strip() or not because.strip():
        raise BadInput("say who opens it and why: both stand in the log for good.")
    (original, batch), sealed = original_of(log, n), committed_to(log, n)
    if case_of(log.entry(n)) != case:
        raise BadInput(f"is no exhibit of {case}.", where=f"entry {n}")
    salt, told = opened(original, batch, sealed, shares)
    name, content = name_and_bytes(told)
    kept = next(iter(log.vault.kept([n])), None)
    media_type = kept.opening.media_type if kept else ""
    if kept and commitment(salt, content, name=name, media_type=media_type) != sealed:
        raise BadInput("what opened is not what was sealed.", where=f"entry {n}")
    try:
        file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise BadInput("there is a file already.", where=str(out)) from None
    except OSError as error:
        raise OutsideFailed(f"{out} cannot be made: {error.strerror}.") from None
    with os.fdopen(file, "wb") as sink:
        body = {"because": because, "by": by, "case": case, "entries": ranges_of([n]),
                "holders": sorted(share.holder for share in shares)}  # fmt: skip
        with log.writing() as writer:
            writer.add(OPENED, body)
            end_with_inventory(log, writer, case)
        sink.write(content)
    return name
