"""Keys of the serving side, and the ring that turns them over.

A key seals from when it starts until a later one starts, and opens for as long as it is in the
ring. A new key starts a little after it was made, so that every replica has read it before the
first token under it comes back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from stillwatch.model.errors import BadInput, NotEnoughEvidence

SECRET_BYTES: Final = 32
ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A secret with a name and a beginning.

    Args:
        id: eight hexadecimal digits; stands in every token.
        secret: 32 bytes; never shown.
        starts_us: from when it seals, microseconds since 1970.
        revoked: whether nothing sealed under it is opened any more.
    """

    id: str
    secret: bytes = field(repr=False)
    starts_us: int
    revoked: bool = False

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET_BYTES:
            raise BadInput(f"a secret has {SECRET_BYTES} bytes.", where=f"key {self.id}")
        if len(self.id) != 2 * ID_BYTES or not set(self.id) <= set("0123456789abcdef"):
            raise BadInput("an id has eight hexadecimal digits.", where=f"key {self.id[:8]}")

    def derive(self, purpose: str, about: bytes = b"") -> bytes:
        """32 bytes for one purpose, which say nothing about those for another.

        Args:
            purpose: at most 16 letters of ASCII.
            about: what the bytes are for, such as the id of a token.
        """
        person = purpose.encode("ascii")
        return hashlib.blake2b(about, digest_size=32, key=self.secret, person=person).digest()

    def tag(self, purpose: str, value: bytes) -> bytes:
        """16 bytes that stand for a value; nobody without the key can test a guess."""
        person = purpose.encode("ascii")
        return hashlib.blake2b(value, digest_size=16, key=self.secret, person=person).digest()

    @property
    def commitment(self) -> str:
        """Digest that can be made public: it binds to the key and does not give it away."""
        return "sha256:" + hashlib.sha256(b"stillwatch.key/1\0" + self.derive("commit")).hexdigest()


def key_of(secret: bytes, starts_us: int) -> Key:
    """A key whose id is a digest of its secret.

    >>> key_of(bytes(32), 0).id == key_of(bytes(32), 5).id
    True
    """
    named = hashlib.blake2b(secret, digest_size=ID_BYTES, person=b"key.id").hexdigest()
    return Key(id=named, secret=secret, starts_us=starts_us)


class Ring:
    """Keys in the order in which they start. Never edited: changes give another ring.

    Args:
        keys: any number, each id once.

    Raises:
        BadInput: an id is there twice.
    """

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(sorted(keys, key=lambda key: (key.starts_us, key.id)))
        self._by_id = {key.id: key for key in self.keys}
        if len(self._by_id) != len(self.keys):
            raise BadInput("two keys have one id.", where="key ring")

    def sealing(self, now_us: int) -> Key:
        """The key that seals now.

        Raises:
            NotEnoughEvidence: no key has started that was not revoked.
        """
        for key in reversed(self.keys):
            if key.starts_us <= now_us and not key.revoked:
                return key
        raise NotEnoughEvidence("no key of the ring seals now", needed=1, had=0)

    def find(self, key_id: str) -> Key | None:
        """The key of an id, revoked or not."""
        return self._by_id.get(key_id)

    def rotated(self, secret: bytes, now_us: int, *, wait_us: int, lifetime_us: int) -> Ring:
        """The ring with one more key, without those under which nothing can live.

        Args:
            secret: of the new key, freshly drawn.
            now_us: the moment.
            wait_us: until the new key seals; replicas read it meanwhile.
            lifetime_us: how long a token lives, with the slack of clocks.
        """
        after = [*self.keys, key_of(secret, now_us + wait_us)]
        ends = [later.starts_us for later in after[1:]] + [now_us + wait_us]
        kept = [
            key
            for key, end_us in zip(after, ends, strict=True)
            if end_us + lifetime_us > now_us or key is after[-1]
        ]
        return Ring(kept)

    def revoked(self, key_id: str) -> Ring:
        """The ring in which nothing under a key is opened any more.

        Raises:
            BadInput: there is no such key.
        """
        if key_id not in self._by_id:
            raise BadInput("no such key in the ring.", where=key_id)
        return Ring(replace(key, revoked=key.revoked or key.id == key_id) for key in self.keys)
