"""Escrow: originals that only two holders together can open, and that can be destroyed for good.

For each run of sealing two secrets are drawn, and each is sealed to one holder's X25519 key (HPKE,
RFC 9180). For each original a salt is drawn; each holder's share of it is HKDF of their secret
under that salt, for the number and the commitment that the log's entry holds; the two shares
together give the key of the original (ChaCha20-Poly1305). So a holder gives out the share of one
original and nothing else, whatever salt they are shown, and once a salt is destroyed no key of
anybody opens that original again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from stillwatch.adapters.custody.vault import Sealed
from stillwatch.attribute.custody.commitments import SALT_BYTES
from stillwatch.attribute.custody.spelling import b64, unb64
from stillwatch.model.errors import BadInput, NotAllowed

N_HOLDERS: Final = 2
_SECRET_BYTES: Final = 32
_ONCE: Final = bytes(12)
_INFO: Final = b"stillwatch.escrow/1 "


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one holder gives out to open one original.

    Args:
        n: number of the exhibit's entry.
        holder: name of the holder's key: its first 16 hex digits.
        share: 32 bytes.
    """

    n: int
    holder: str
    share: bytes

    def to_json(self) -> dict[str, object]:
        """Plain values; whoever has both shares of an original can open it."""
        return {"schema": "stillwatch.share/1", "entry": self.n, "holder": self.holder,
                "share": b64(self.share)}  # fmt: skip


class Escrow:
    """What puts the originals of one run into escrow.

    Args:
        origin: name of the log.
        holders: the public keys of both.

    Raises:
        NotAllowed: there are not two different holders.
    """

    def __init__(self, origin: str, holders: list[X25519PublicKey]) -> None:
        names = [holder_name(key) for key in holders]
        if len(set(names)) != N_HOLDERS or len(names) != N_HOLDERS:
            raise NotAllowed(
                f"{len(set(names))} holders were named.", by_rule="originals open with two keys"
            )
        self.batch = os.urandom(16).hex()
        self.holders = orjson.dumps(names).decode()
        self._secrets = [os.urandom(_SECRET_BYTES) for _ in holders]
        wrapped = [
            _suite().encrypt(secret, key, _context(origin, self.batch, name))
            for secret, key, name in zip(self._secrets, holders, names, strict=True)
        ]
        self.wrapped = orjson.dumps([b64(one) for one in wrapped]).decode()

    def put(self, n: int, commitment: str, salt: bytes, content: bytes) -> Sealed:
        """An original, sealed.

        Args:
            n: number of the exhibit's entry.
            commitment: that the entry holds of the original; bound to the ciphertext.
            salt: that opens the commitment; sealed with the content.
            content: the original's bytes.
        """
        shred = os.urandom(SALT_BYTES)
        shares = [_derived(secret, shred, _use(n, commitment)) for secret in self._secrets]
        sealed = _cipher(shares).encrypt(_ONCE, salt + content, commitment.encode())
        return Sealed(n=n, batch=self.batch, salt=shred, sealed=sealed)


def holder_name(key: X25519PublicKey) -> str:
    """What a holder's key is called: its first 16 hex digits."""
    return key.public_bytes_raw().hex()[:16]


def share_of(
    original: Sealed,
    batch: tuple[str, str],
    key: X25519PrivateKey,
    origin: str,
    *,
    commitment: str,
) -> Share:
    """The share that one holder gives out of one original.

    Args:
        original: what is in escrow.
        batch: holders and wrapped secrets of its batch.
        key: the holder's.
        origin: name of the log.
        commitment: of the original, as the signed entry of that number holds it.

    Raises:
        BadInput: the key is neither holder's, or what was wrapped was changed.
    """
    name = holder_name(key.public_key())
    names, wrapped = orjson.loads(batch[0]), orjson.loads(batch[1])
    if name not in names:
        raise BadInput(
            f"the key {name} is none of the holders {', '.join(names)}.",
            where=f"entry {original.n}",
        )
    sealed = unb64(wrapped[names.index(name)], where="escrow")
    try:
        secret = _suite().decrypt(sealed, key, _context(origin, original.batch, name))
    except (InvalidTag, ValueError):
        raise BadInput("what is in escrow for this key was changed.", where=name) from None
    share = _derived(secret, original.salt, _use(original.n, commitment))
    return Share(n=original.n, holder=name, share=share)


def opened(
    original: Sealed, batch: tuple[str, str], commitment: str, shares: list[Share]
) -> tuple[bytes, bytes]:
    """Open an original with both shares.

    Returns:
        the salt of its commitment, and its bytes.

    Raises:
        NotAllowed: there is not one share of each holder.
        BadInput: a share is of another original, or something was changed.
    """
    names = orjson.loads(batch[0])
    by_name = {share.holder: share for share in shares}
    if set(by_name) != set(names):
        raise NotAllowed(
            f"there are shares of {', '.join(sorted(by_name)) or 'nobody'}; it takes "
            f"{' and '.join(names)}.", by_rule="originals open with two keys",
        )  # fmt: skip
    if any(share.n != original.n for share in shares):
        raise BadInput("a share is of another original.", where=f"entry {original.n}")
    cipher = _cipher([by_name[name].share for name in names])
    try:
        content = cipher.decrypt(_ONCE, original.sealed, commitment.encode())
    except InvalidTag:
        raise BadInput(
            "the shares do not open it: one is wrong, or the original was changed.",
            where=f"entry {original.n}",
        ) from None
    return content[:SALT_BYTES], content[SALT_BYTES:]


def share_from(told: object) -> Share:
    """The share that :meth:`Share.to_json` told.

    Raises:
        BadInput: it is none.
    """
    if not isinstance(told, dict) or told.get("schema") != "stillwatch.share/1":
        raise BadInput("is no share of an original.")
    try:
        share = unb64(str(told["share"]), where="share")
        return Share(n=int(told["entry"]), holder=str(told["holder"]), share=share)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no share of an original: {error}.") from None


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _context(origin: str, batch: str, name: str) -> bytes:
    return _INFO + f"{origin} {batch} {name}".encode()


def _use(n: int, commitment: str) -> bytes:
    """What a share is for: it opens the original of this entry and no other."""
    return f"share {n} {commitment}".encode()


def _derived(secret: bytes, salt: bytes, use: bytes) -> bytes:
    return HKDF(SHA256(), _SECRET_BYTES, salt, _INFO + use).derive(secret)


def _cipher(shares: list[bytes]) -> ChaCha20Poly1305:
    # The key is used once, for this original alone, so that a constant nonce is sound.
    return ChaCha20Poly1305(HKDF(SHA256(), 32, None, _INFO + b"key").derive(b"".join(shares)))
