"""Notes: text with signatures under it, and the keys that make them.

The formats are those of the field, so that other people's witnesses can sign our heads and other
people's tools can check them: C2SP signed-note, tlog-checkpoint and tlog-cosignature, all v1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from stillwatch.attribute.custody.spelling import b64, unb64
from stillwatch.model.errors import BadInput

#: kinds of key, by the byte that the format gives them.
LOG_KEY: Final = 0x01
WITNESS_KEY: Final = 0x04
MOST_SIGNATURES: Final = 64
_DASH: Final = "\u2014 "


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A named key that signs notes.

    Args:
        name: what stands before its signatures; no blanks, no plus.
        kind: :data:`LOG_KEY` or :data:`WITNESS_KEY`.
        raw: the Ed25519 key, 32 bytes.
    """

    name: str
    kind: int
    raw: bytes

    def __post_init__(self) -> None:
        """Refuse what cannot stand in a note.

        Raises:
            BadInput: the name has blanks or a plus, or the key is none.
        """
        bad = not self.name or "+" in self.name or any(c.isspace() or c < " " for c in self.name)
        if bad:
            raise BadInput(f"{self.name!r} cannot name a key: no blanks, no plus.")
        if self.kind not in (LOG_KEY, WITNESS_KEY) or len(self.raw) != 32:
            raise BadInput("is no Ed25519 key of a log or a witness.", where=self.name)

    @property
    def id(self) -> bytes:
        """The four bytes by which a note names the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:4]

    @property
    def line(self) -> str:
        """The key as text: ``name+id+key``, to be handed to whoever checks."""
        return f"{self.name}+{self.id.hex()}+{b64(bytes([self.kind]) + self.raw)}"

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether it made a signature over a message."""
        try:
            _loaded(self.raw).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(maxsize=64)
def _loaded(raw: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(raw)


def public_of(key: Ed25519PrivateKey, name: str, kind: int = LOG_KEY) -> PublicKey:
    """The public half of a key, under a name."""
    return PublicKey(name, kind, key.public_key().public_bytes_raw())


def key_from_line(line: str) -> PublicKey:
    """The key that :attr:`PublicKey.line` told.

    Raises:
        BadInput: it is no such line, or its parts do not belong together.
    """
    name, _, rest = line.strip().partition("+")
    digest, _, told = rest.partition("+")
    data = unb64(told, where=f"key {name!r}")
    if len(data) != 33:
        raise BadInput("is no key: want name+id+base64.", where=name or line[:40])
    key = PublicKey(name, data[0], data[1:])
    if key.id.hex() != digest:
        raise BadInput("the key's id is not that of the key.", where=name)
    return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: who, which of their keys, and what it wrote."""

    name: str
    key_id: bytes
    data: bytes

    @property
    def line(self) -> str:
        """As it stands under the note."""
        return f"{_DASH}{self.name} {b64(self.key_id + self.data)}\n"

    def is_by(self, key: PublicKey) -> bool:
        """Whether it says that a key made it."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def to_bytes(self) -> bytes:
        """As it stands in a file."""
        return (self.text + "\n" + "".join(s.line for s in self.signatures)).encode()

    def plus(self, signatures: Iterable[Signature]) -> Note:
        """The same text with signatures more; one that it has already is not added again."""
        fresh = [s for s in signatures if s not in self.signatures]
        return Note(self.text, self.signatures + tuple(dict.fromkeys(fresh)))


def note_from(data: bytes, *, where: str = "note") -> Note:
    """Read a note.

    Raises:
        BadInput: it is not of the format.
    """
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise BadInput("is no UTF-8.", where=where) from None
    text, gap, below = whole.rpartition("\n\n")
    if not gap or any(c < " " and c != "\n" for c in whole) or not below.endswith("\n"):
        raise BadInput("is no signed note.", where=where)
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise BadInput(f"has more than {MOST_SIGNATURES} signatures.", where=where)
    return Note(text + "\n", tuple(signature_from(line, where=where) for line in lines))


def signature_from(line: str, *, where: str = "note") -> Signature:
    """Read one line from under a note.

    Raises:
        BadInput: it is not of the format.
    """
    name, gap, told = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not gap or not name or "+" in name:
        raise BadInput("has a line that is no signature.", where=where)
    data = unb64(told, where=where)
    if len(data) < 5:
        raise BadInput("has a signature that is too short.", where=where)
    return Signature(name, data[:4], data[4:])


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: whose, how many entries, and the hash over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """As it stands in a note."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def checkpoint_from(note: Note, *, where: str = "checkpoint") -> Checkpoint:
    """The head that a note tells; its signatures are not looked at.

    Raises:
        BadInput: the text is no checkpoint, or has lines that no log of ours writes.
    """
    lines = note.text.split("\n")
    if len(lines) != 4 or not lines[0] or lines[3]:
        raise BadInput("is no checkpoint of three lines.", where=where)
    told = lines[1]
    if not told.isascii() or not told.isdigit() or str(int(told[:20])) != told:
        raise BadInput("has no size.", where=where)
    root = unb64(lines[2], where=where)
    if len(root) != 32:
        raise BadInput("has no root of 32 bytes.", where=where)
    return Checkpoint(lines[0], int(told), root)


def sign_head(head: Checkpoint, key: Ed25519PrivateKey, name: str) -> Note:
    """A head under a log's signature; the same key and head give the same bytes."""
    signature = key.sign(head.text.encode())
    return Note(head.text, (Signature(name, public_of(key, name).id, signature),))


def signed_by(note: Note, key: PublicKey) -> bool:
    """Whether a log's key signed a note; every line that says so must hold."""
    lines = [s for s in note.signatures if s.is_by(key)]
    return bool(lines) and all(key.signed(s.data, note.text.encode()) for s in lines)


def cosign(note: Note, key: Ed25519PrivateKey, name: str, now_s: int) -> Signature:
    """A witness's line: at this time, this was the longest head it had seen and it was consistent.

    Args:
        note: the checkpoint; whoever signs has checked it.
        key: the witness's.
        name: the witness's.
        now_s: seconds since 1970-01-01 UTC.
    """
    public = public_of(key, name, WITNESS_KEY)
    return Signature(name, public.id, now_s.to_bytes(8, "big") + key.sign(_cosigned(note, now_s)))


def cosigned_at_s(note: Note, key: PublicKey) -> int | None:
    """When a witness co-signed a note, seconds since 1970-01-01 UTC; ``None`` where it did not.

    Raises:
        BadInput: a line says that it is the witness's, and is not.
    """
    times = []
    for line in note.signatures:
        if line.is_by(key):
            now_s = int.from_bytes(line.data[:8], "big")
            if len(line.data) != 72 or not key.signed(line.data[8:], _cosigned(note, now_s)):
                raise BadInput("the cosignature does not hold.", where=key.name)
            times.append(now_s)
    return min(times) if times else None


def _cosigned(note: Note, now_s: int) -> bytes:
    return f"cosignature/v1\ntime {now_s}\n{note.text}".encode()
