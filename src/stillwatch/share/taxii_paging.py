"""Next: the place where a page ended, sealed so that a client can hand it back and nothing else.

A token is bound to the client, the collection and the question; to another it means nothing. It
holds a place in the order in which things were added, so it stays good whatever is added since,
in another replica too, as long as they share the key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from typing import Final

from stillwatch.share.taxii_refusing import Refused

_PLACE: Final = struct.Struct(">q")
_N_SEAL: Final = 16
_LONGEST: Final = 64


def next_token(key: bytes, place_us: int, bound_to: bytes) -> str:
    """The token of a place.

    Args:
        key: secret that all replicas share, 32 bytes.
        place_us: ``date_added`` of the last object of the page, microseconds since 1970.
        bound_to: client, collection and question.
    """
    place = _PLACE.pack(place_us)
    return base64.urlsafe_b64encode(place + _seal(key, place, bound_to)).decode().rstrip("=")


def place_of(key: bytes, token: str, bound_to: bytes) -> int:
    """The place that a token names, microseconds since 1970.

    Raises:
        Refused: with 400; we did not make it, or for another question.

    >>> place_of(b"k" * 32, next_token(b"k" * 32, 7, b"q"), b"q")
    7
    """
    if len(token) <= _LONGEST and token.isascii():
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        place, seal = raw[: _PLACE.size], raw[_PLACE.size :]
        if len(raw) == _PLACE.size + _N_SEAL and hmac.compare_digest(
            seal, _seal(key, place, bound_to)
        ):
            return int(_PLACE.unpack(place)[0])
    raise Refused(400, "this next belongs to another question; ask from the start")


def _seal(key: bytes, place: bytes, bound_to: bytes) -> bytes:
    return hmac.new(key, place + bound_to, hashlib.sha256).digest()[:_N_SEAL]
