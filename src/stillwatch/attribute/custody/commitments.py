"""Commitments: a hash that fixes a content and, without its salt, says nothing of it.

A plain digest of a short prompt can be found by trying prompts. Here a salt of 256 random bits is
drawn for each content; whoever holds content and salt can check the commitment, and once the salt
is destroyed nobody can, however short the content was.
"""

from __future__ import annotations

import hmac
from typing import Final

from stillwatch.attribute.custody.spelling import spelled

SALT_BYTES: Final = 32


def commitment(salt: bytes, content: bytes, *, name: str, media_type: str) -> str:
    """HMAC-SHA-256 under the salt over what a content is called and the content.

    Args:
        salt: 32 random bytes, drawn for this content alone.
        content: the bytes.
        name: what the exhibit is called; part of what is fixed, for names are content too.
        media_type: what kind of bytes they are.

    Returns:
        64 hex digits.

    >>> commitment(bytes(32), b"x", name="a.txt", media_type="text/plain")[:16]
    'cbfee547e6ad64af'
    """
    head = spelled({"media_type": media_type, "name": name})
    return hmac.digest(salt, head + b"\n" + content, "sha256").hex()
