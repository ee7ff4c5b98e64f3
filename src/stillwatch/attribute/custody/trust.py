"""Trust: which key was in force when, starting from the one key that the reader was given.

Entry 0 names the first key and is signed by it. Later keys are named by entries that the key
before them signed, and prove that they exist by a signature of their own. The reader's key may be
any of them: those after it follow from it, and those before it stand in a list whose head its
successors signed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.attribute.custody.entries import Entry
from stillwatch.attribute.custody.kinds import KEY
from stillwatch.attribute.custody.notes import LOG_KEY, PublicKey, key_from_line, public_of
from stillwatch.attribute.custody.spelling import b64, text_of, unb64
from stillwatch.model.errors import BadInput


def key_body(
    fresh: Ed25519PrivateKey, origin: str, before: PublicKey | None, because: str
) -> dict[str, Any]:
    """The body of an entry of kind ``key``.

    Args:
        fresh: the private half of the key that begins.
        origin: the log's name.
        before: the key that ends; none at the beginning.
        because: why.
    """
    public = public_of(fresh, origin)
    return {
        "because": because,
        "line": public.line,
        "proof": b64(fresh.sign(_taking_over(public, before))),
    }


class Reign:
    """The keys of a log, each with the entry that named it.

    Args:
        entries: the entries of kind ``key``, ascending; all of them.

    Raises:
        BadInput: the chain from the first to the last is broken; ``where`` names the entry.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        if not entries or entries[0].n != 0:
            raise BadInput("the entry that names the first key is missing.", where="entry 0")
        self._from: list[int] = []
        self.keys: list[PublicKey] = []
        for entry in entries:
            before = self.keys[-1] if self.keys else None
            key = _named(entry, before)
            if not entry.holds(before or key):
                raise BadInput(
                    "names a key, and is not signed by the one before.", where=f"entry {entry.n}"
                )
            self._from.append(entry.n)
            self.keys.append(key)

    def at(self, n: int) -> PublicKey:
        """The key that must have signed entry ``n``, and the heads that end with it or before."""
        return self.keys[max(bisect_left(self._from, n) - 1, 0)]

    def at_head(self, size: int) -> PublicKey:
        """The key that must have signed the head over ``size`` entries."""
        return self.at(size)

    def holds(self, given: PublicKey) -> bool:
        """Whether the reader's key is one of them."""
        return given in self.keys


def _named(entry: Entry, before: PublicKey | None) -> PublicKey:
    where = f"entry {entry.n}"
    if entry.kind != KEY:
        raise BadInput("names no key.", where=where)
    key = key_from_line(text_of(entry.body, "line", where=where))
    proof = unb64(text_of(entry.body, "proof", where=where), where=where)
    if key.kind != LOG_KEY or (before and before.name != key.name):
        raise BadInput("names a key that is not of this log.", where=where)
    if not key.signed(proof, _taking_over(key, before)):
        raise BadInput("names a key that did not agree.", where=where)
    return key


def _taking_over(key: PublicKey, before: PublicKey | None) -> bytes:
    told = before.line if before else "the beginning"
    return f"stillwatch.custody key\nafter {told}\ncomes {key.line}\n".encode()
