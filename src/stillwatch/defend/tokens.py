"""What a token of sealed reasoning looks like on the wire: head, sealed body, and no slack.

The head stands in the clear: version, key, token, moments, and four tags that only the holder
of the key can make. It is the associated data of the seal, so that no bit of it can change. A
token has one spelling only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import Final, NamedTuple

PREFIX: Final = "swr1."
TOKEN_ID_BYTES: Final = 16
TAG_BYTES: Final = 16
LONGEST_CHARS: Final = 1 << 22
_HEAD: Final = struct.Struct(">B4s16sQQ16s16s16s16s")
_SEAL_BYTES: Final = 16
VERSION: Final = 1
_INNER: Final = struct.Struct(">HI")
#: bodies are filled up to a multiple of this, so that a length tells little.
FILL_BYTES: Final = 512


class Head(NamedTuple):
    """What stands in the clear.

    Args:
        version: of the layout.
        key: id of the key, four bytes.
        token_id: drawn for this token alone.
        issued_us, expires_us: moments.
        account, conversation, model, context: tags of what the token is bound to.
    """

    version: int
    key: bytes
    token_id: bytes
    issued_us: int
    expires_us: int
    account: bytes
    conversation: bytes
    model: bytes
    context: bytes

    def packed(self) -> bytes:
        """The head as bytes: the associated data."""
        return _HEAD.pack(*self)


class Parts(NamedTuple):
    """A token taken apart.

    Args:
        head: in the clear, not to be believed before the seal has held.
        raw: the same as bytes.
        body: sealed.
    """

    head: Head
    raw: bytes
    body: bytes


def spelled(raw: bytes, body: bytes) -> str:
    """The token as text."""
    return PREFIX + base64.urlsafe_b64encode(raw + body).rstrip(b"=").decode("ascii")


def taken_apart(token: str) -> Parts | None:
    """The parts of a token, or ``None`` where it is none: wrong mark, length or spelling."""
    if not token.startswith(PREFIX) or len(token) > LONGEST_CHARS or not token.isascii():
        return None
    text = token[len(PREFIX) :]
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    if spelled(data, b"") != token or len(data) < _HEAD.size + _SEAL_BYTES + _INNER.size:
        return None
    head = Head(*_HEAD.unpack_from(data))
    if head.version != VERSION:
        return None
    return Parts(head, data[: _HEAD.size], data[_HEAD.size :])


def filled(account: str, reasoning: str) -> bytes:
    """What is sealed: to whom, the reasoning, and filling."""
    name, text = account.encode(), reasoning.encode()
    size = _INNER.size + len(name) + len(text)
    return _INNER.pack(len(name), len(text)) + name + text + bytes(-size % FILL_BYTES)


def emptied(inner: bytes) -> tuple[str, str]:
    """To whom, and the reasoning."""
    n_name, n_text = _INNER.unpack_from(inner)
    begin, end = _INNER.size + n_name, _INNER.size + n_name + n_text
    return inner[_INNER.size : begin].decode(), inner[begin:end].decode()


def block_id(token: str) -> str:
    """The id under which the readers of logs know a sealed block, this one or anybody's.

    >>> block_id("swr1.x")
    'sha256:ea60e571ce2ce5db'
    """
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()[:16]
