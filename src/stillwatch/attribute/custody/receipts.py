"""Receipts: the proof that one entry stands in a log, as text that other tools read too.

The format is C2SP tlog-proof v1: the entry's number, its inclusion proof and a checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stillwatch.attribute.custody.entries import Entry, entry_from
from stillwatch.attribute.custody.merkle import root_from_inclusion
from stillwatch.attribute.custody.notes import (
    Checkpoint,
    Note,
    PublicKey,
    checkpoint_from,
    note_from,
    signed_by,
)
from stillwatch.attribute.custody.spelling import b64, unb64
from stillwatch.model.errors import BadInput

FIRST_LINE: Final = "c2sp.org/tlog-proof@v1"
_WHERE: Final = "receipt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What somebody who added an entry is told: on the disk, and where.

    Args:
        n: number of the entry.
        at_us: its time, microseconds since 1970-01-01 UTC.
        leaf: its hash in the Merkle tree, hex.
    """

    n: int
    at_us: int
    leaf: str


def receipt_text(entry: Entry, proof: Sequence[bytes], note: Note) -> str:
    """Write a receipt; the entry's own line travels in it, as the format's extra data.

    Args:
        entry: the entry.
        proof: that it stands in the list of the head.
        note: the head.
    """
    steps = "".join(b64(step) + "\n" for step in proof)
    above = f"{FIRST_LINE}\nextra {b64(entry.line)}\nindex {entry.n}\n"
    return f"{above}{steps}\n{note.to_bytes().decode()}"


def check_receipt(text: str, key: PublicKey) -> tuple[Entry, Checkpoint]:
    """Hold the entry of a receipt against its proof and head.

    Args:
        text: the receipt.
        key: the key of the log that signed the head.

    Returns:
        the entry, and the head that it stands under.

    Raises:
        BadInput: it does not hold; the sentence says why.
    """
    above, gap, below = text.partition("\n\n")
    lines = above.split("\n")
    if not gap or lines[0] != FIRST_LINE or len(lines) < 3:
        raise BadInput(f"is no receipt: it does not begin with {FIRST_LINE}.", where=_WHERE)
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise BadInput("does not hold the entry that it is about.", where=_WHERE)
    entry = entry_from(unb64(lines[1].removeprefix("extra "), where=_WHERE), where=_WHERE)
    if lines[2] != f"index {entry.n}":
        raise BadInput("is about another entry than it holds.", where=_WHERE)
    note = note_from(below.encode(), where=_WHERE)
    head = checkpoint_from(note, where=_WHERE)
    if not signed_by(note, key) or head.origin != key.name:
        raise BadInput("its head is not signed by the key that was given.", where=_WHERE)
    proof = [unb64(step, where=_WHERE) for step in lines[3:]]
    if root_from_inclusion(entry.leaf, entry.n, head.size, proof) != head.root:
        raise BadInput("the entry is not the one that stands in the log there.", where=_WHERE)
    return entry, head
