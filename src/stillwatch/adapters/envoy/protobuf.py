"""The wire format of Protocol Buffers, as far as a few small messages need it.

Envoy's generated packages bring hundreds of modules, one of which takes the name of a CEL
library; the two messages of ``ext_authz`` are a page of field numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from stillwatch.model.errors import BadInput

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_SIZES: Final = {FIXED64: 8, FIXED32: 4}


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field, in the order in which they stand.

    Args:
        message: an encoded message.

    Yields:
        Number, and an ``int`` for a varint or the ``bytes`` of anything else.

    Raises:
        BadInput: it is cut off, or holds what no message holds.

    >>> list(fields(varint_field(1, 300) + text_field(2, "ja")))
    [(1, 300), (2, b'ja')]
    """
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise BadInput("a field has the number 0", where="protobuf")
        if kind == VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == BYTES:
            n_bytes, at = _varint(message, at)
        elif kind in _SIZES:
            n_bytes = _SIZES[kind]
        else:
            raise BadInput(f"a field has the unknown wire type {kind}", where="protobuf")
        if at + n_bytes > end:
            raise BadInput("it is cut off", where="protobuf")
        yield number, message[at : at + n_bytes]
        at += n_bytes


def inner(message: bytes, number: int) -> bytes:
    """The last field of that number which holds bytes; empty where there is none."""
    found = b""
    for at, value in fields(message):
        if at == number and isinstance(value, bytes):
            found = value
    return found


def varint_field(number: int, value: int) -> bytes:
    """Encode a field that holds a number from 0."""
    return _encoded(number << 3 | VARINT) + _encoded(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """Encode a field that holds bytes or a message."""
    return _encoded(number << 3 | BYTES) + _encoded(len(value)) + value


def text_field(number: int, value: str) -> bytes:
    """Encode a field that holds text."""
    return bytes_field(number, value.encode())


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), at
        shift += 7
        if shift > 63:
            raise BadInput("a number is too long", where="protobuf")
    raise BadInput("it is cut off", where="protobuf")


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
