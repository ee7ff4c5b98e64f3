"""SipHash-2-4 of 64-bit words (Aumasson and Bernstein 2012), and the keys that it takes.

Whoever does not hold the 128-bit key cannot test a guess against what comes out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numba as nb
import numpy as np

#: last block of a message of eight bytes.
LENGTH = np.uint64(8 << 56)


@dataclass(frozen=True, slots=True)
class Key:
    """A 128-bit key. Sketches made under different keys have nothing in common."""

    k0: np.uint64
    k1: np.uint64

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """Derive a key from a secret of any length (BLAKE2b)."""
        digest = hashlib.blake2b(secret, digest_size=16, person=b"stillwatch.key").digest()
        low, high = (int.from_bytes(half, "little") for half in (digest[:8], digest[8:]))
        return cls(np.uint64(low), np.uint64(high))


@nb.njit(cache=True, inline="always")
def _rotl(x, b):  # type: ignore[no-untyped-def]
    return (x << np.uint64(b)) | (x >> np.uint64(64 - b))


@nb.njit(cache=True, inline="always")
def _sipround(v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    v0 += v1
    v1 = _rotl(v1, 13) ^ v0
    v0 = _rotl(v0, 32)
    v2 += v3
    v3 = _rotl(v3, 16) ^ v2
    v0 += v3
    v3 = _rotl(v3, 21) ^ v0
    v2 += v1
    v1 = _rotl(v1, 17) ^ v2
    v2 = _rotl(v2, 32)
    return v0, v1, v2, v3


@nb.njit(cache=True, inline="always")
def siphash_word(word, k0, k1):  # type: ignore[no-untyped-def]
    """SipHash-2-4 of one little-endian 64-bit word under the key ``(k0, k1)``."""
    # rounds written out, so that a loop over words runs on several at a time
    v0 = k0 ^ np.uint64(0x736F6D6570736575)
    v1 = k1 ^ np.uint64(0x646F72616E646F6D)
    v2 = k0 ^ np.uint64(0x6C7967656E657261)
    v3 = k1 ^ np.uint64(0x7465646279746573) ^ word
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0 ^= word
    v3 ^= LENGTH
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0 ^= LENGTH
    v2 ^= np.uint64(0xFF)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@nb.njit(cache=True, nogil=True)
def siphash_words(words, k0, k1):  # type: ignore[no-untyped-def]
    """Put the SipHash-2-4 of each word in its place."""
    for i in range(words.size):
        words[i] = siphash_word(words[i], k0, k1)
