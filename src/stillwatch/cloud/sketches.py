"""Sketches: a series as signs of keyed projections, and addresses as keyed digests.

Both sides hold one key, agreed for one comparison. Each projects its series on the same
directions, drawn from the key, and keeps the signs (Charikar 2002): two sketches agree in
``1 - angle / pi`` of their bits. Whoever compares needs no key, and without it the bits say nothing
of a series but how near it is to another. Whoever holds the key can work out the shape of a series
from its bits, not its size; so sketches go to the comparer, and the key does not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.cloud.telemetry import F64
from stillwatch.model.errors import BadSettings

N_BITS: Final = 2048
LEAST_KEY_BYTES: Final = 32


def check_key(key: bytes) -> bytes:
    """The key, or an error where it is too short to be one.

    Raises:
        BadSettings: fewer than 32 bytes.
    """
    if len(key) < LEAST_KEY_BYTES:
        raise BadSettings("key", f"has {len(key)} bytes; {LEAST_KEY_BYTES} or more are needed.")
    return key


def key_id(key: bytes) -> str:
    """A name for a key that does not give it away."""
    return hmac.new(key, b"stillwatch cloud key id", hashlib.sha256).hexdigest()[:16]


def signs(series: F64, key: bytes, n_bits: int = N_BITS) -> list[bytes]:
    """Signs of keyed projections of some series.

    Args:
        series: shape ``(n_series, n_buckets)``, rows from :func:`stillwatch.cloud.series.ready`.
        key: at least 32 bytes.
        n_bits: a multiple of 8.

    Returns:
        ``n_bits / 8`` bytes for each series.
    """
    if not len(series):
        return []
    products = _directions(key, series.shape[1], n_bits) @ series.astype(np.float32).T
    return [row.tobytes() for row in np.packbits(products.T > 0, axis=1)]


def address_digest(address: str, key: bytes) -> str:
    """A keyed digest of an egress address; the same address and key give the same."""
    told = address.strip().lower().encode()
    return hmac.new(key, b"address\0" + told, hashlib.sha256).hexdigest()[:32]


def address_digests(addresses: Iterable[str], key: bytes) -> frozenset[str]:
    """Keyed digests of all addresses that are told."""
    return frozenset(address_digest(one, key) for one in addresses if one.strip())


@lru_cache(maxsize=2)
def _directions(key: bytes, n: int, n_bits: int) -> npt.NDArray[np.float32]:
    """Directions of +1 and -1 from the key, shape ``(n_bits, n)``; the same in any language."""
    drawn = hashlib.shake_256(b"stillwatch cloud directions\0" + key).digest(n_bits * n // 8 + 1)
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8))[: n_bits * n].reshape(n_bits, n)
    return bits.astype(np.float32) * 2 - 1
