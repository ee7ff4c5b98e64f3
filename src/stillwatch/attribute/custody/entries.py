"""Entries: the lines of the log, each signed by the key in force.

A line is ``{"entry":{...},"sig":"..."}``, in one spelling only. The signature is over the DSSE v1
pre-authentication encoding of the entry's own bytes, so that it can never pass for another kind
of message; the leaf of the Merkle tree is the whole line, so that no byte of it is free.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stillwatch.attribute.custody.merkle import leaf_hash
from stillwatch.attribute.custody.notes import PublicKey, public_of
from stillwatch.attribute.custody.spelling import (
    b64,
    count_of,
    read_spelled,
    spelled,
    text_of,
    unb64,
)
from stillwatch.model.errors import BadInput

PAYLOAD: Final = "application/vnd.stillwatch.custody+json"
LONGEST_LINE: Final = 1 << 20
#: integers beyond this are not the same in every reader of JSON.
_MOST: Final = (1 << 53) - 1
_BEFORE, _BETWEEN, _AFTER = b'{"entry":', b',"sig":"', b'"}'
_SIG_CHARS: Final = 88
_TAIL: Final = len(_BETWEEN) + _SIG_CHARS + len(_AFTER)
_FIELDS: Final = {"at_us", "body", "key", "kind", "n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the log.

    Args:
        n: its place, from 0.
        at_us: when it was made, as the log's keeper says, microseconds since 1970-01-01 UTC.
        kind: what it tells; see :mod:`stillwatch.attribute.custody.kinds`.
        body: what it tells in full; no content of anybody's.
        key: id of the key that signed it, eight hex digits.
        line: its bytes, without the newline.
    """

    n: int
    at_us: int
    kind: str
    body: dict[str, Any]
    key: str
    line: bytes = field(repr=False)

    @property
    def leaf(self) -> bytes:
        """Its hash in the Merkle tree."""
        return leaf_hash(self.line)

    def holds(self, key: PublicKey) -> bool:
        """Whether a key signed it."""
        content = self.line[len(_BEFORE) : -_TAIL]
        signature = unb64(self.line[-_SIG_CHARS - 2 : -2], where=f"entry {self.n}")
        return self.key == key.id.hex() and key.signed(signature, _enveloped(content))


class Pen:
    """What writes entries: a key under the log's name.

    Args:
        key: the private half.
        origin: the log's name.
    """

    def __init__(self, key: Ed25519PrivateKey, origin: str) -> None:
        self._key = key
        self.public = public_of(key, origin)
        self._id = self.public.id.hex()

    @property
    def private(self) -> Ed25519PrivateKey:
        """The private half, to sign heads with."""
        return self._key

    def write(self, n: int, at_us: int, kind: str, body: dict[str, Any]) -> bytes:
        """A line, without the newline.

        Raises:
            BadInput: it is too long, or holds what JSON cannot.
        """
        try:
            content = spelled({"at_us": at_us, "body": body, "key": self._id, "kind": kind, "n": n})
        except TypeError as error:
            raise BadInput(f"the entry has no JSON: {error}.", where=kind) from None
        line = b"".join(
            (_BEFORE, content, _BETWEEN, b64(self.seal(content)).encode(), _AFTER)
        )  # fmt: skip
        if len(line) >= LONGEST_LINE:
            raise BadInput("the entry is longer than a line may be.", where=kind)
        return line

    def seal(self, content: bytes) -> bytes:
        """The signature over an entry's own bytes."""
        return self._key.sign(_enveloped(content))


def entry_from(line: bytes, *, where: str) -> Entry:
    """Read a line; whose signature it bears is not looked at.

    Raises:
        BadInput: it is no line of a log, or is spelled in another way.
    """
    tail = line[-_TAIL:]
    if not line.startswith(_BEFORE) or not (tail.startswith(_BETWEEN) and tail.endswith(_AFTER)):
        raise BadInput("is no line of a custody log.", where=where)
    unb64(tail[len(_BETWEEN) : -len(_AFTER)], where=where)
    told = read_spelled(line[len(_BEFORE) : -_TAIL], where=where)
    if set(told) != _FIELDS or not isinstance(told["body"], dict):
        raise BadInput("has other fields than an entry's.", where=where)
    n, at_us = count_of(told, "n", where=where), count_of(told, "at_us", where=where)
    if max(n, at_us) > _MOST:
        raise BadInput("has a number beyond 2^53.", where=where)
    return Entry(
        n=n,
        at_us=at_us,
        kind=text_of(told, "kind", where=where),
        body=told["body"],
        key=text_of(told, "key", where=where),
        line=line,
    )


def _enveloped(content: bytes) -> bytes:
    """DSSE v1 pre-authentication encoding."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD), PAYLOAD.encode(), len(content), content)
