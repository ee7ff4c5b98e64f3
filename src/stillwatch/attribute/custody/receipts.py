"""Receipts: the proof that one entry stands in a log, as text that other tools read too.

The format is C2SP tlog-proof v1: the entry's number, its inclusion proof and a checkpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stillwatch.attribute.custody.merkle import leaf_hash, root_from_inclusion
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


def receipt_text(n: int, proof: Sequence[bytes], note: Note) -> str:
    """Write a receipt.

    Args:
        n: number of the entry.
        proof: that it stands in the list of the head.
        note: the head.
    """
    steps = "".join(b64(step) + "\n" for step in proof)
    return f"{FIRST_LINE}\nindex {n}\n{steps}\n{note.to_bytes().decode()}"


def check_receipt(text: str, line: bytes, key: PublicKey) -> Checkpoint:
    """Hold an entry against its receipt.

    Args:
        text: the receipt.
        line: the entry's line, without the newline.
        key: of the log.

    Returns:
        the head that it stands under.

    Raises:
        BadInput: it does not hold; the sentence says why.
    """
    above, gap, below = text.partition("\n\n")
    lines = above.split("\n")
    if not gap or lines[0] != FIRST_LINE or len(lines) < 2 or not lines[1].startswith("index "):
        raise BadInput(f"is no receipt: it does not begin with {FIRST_LINE}.")
    told = lines[1].removeprefix("index ")
    if not told.isascii() or not told.isdigit() or str(int(told[:20])) != told:
        raise BadInput("has no number of an entry.")
    note = note_from(below.encode())
    head = checkpoint_from(note)
    if not signed_by(note, key) or head.origin != key.name:
        raise BadInput("its head is not signed by the key that was given.")
    proof = [unb64(step, where="receipt") for step in lines[2:]]
    if root_from_inclusion(leaf_hash(line), int(told), head.size, proof) != head.root:
        raise BadInput("the entry is not the one that stands in the log there.")
    return head
