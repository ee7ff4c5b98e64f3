"""``envoy.service.auth.v3``: what Envoy asks over gRPC, and how it is answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from stillwatch.adapters.envoy.protobuf import (
    bytes_field,
    fields,
    inner,
    text_field,
    varint_field,
)

SERVICE: Final = "envoy.service.auth.v3.Authorization"
METHOD: Final = "Check"
_DENIED: Final = 7  # google.rpc.Code.PERMISSION_DENIED


@dataclass(frozen=True, slots=True)
class Checked:
    """One request that Envoy holds, as far as a decision needs it."""

    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    address: str = ""


def check_request(message: bytes) -> Checked:
    """Read a ``CheckRequest``.

    Raises:
        BadInput: it is no message.
    """
    attributes = inner(message, 1)
    http = inner(inner(attributes, 4), 2)
    path, headers, body = "", {}, b""
    for number, value in fields(http):
        if not isinstance(value, bytes):
            continue
        if number == 3:
            name, told = _entry(value)
            headers[name.lower()] = told
        elif number == 4:
            path = value.decode("latin-1")
        elif number in (11, 12):
            body = value
    socket = inner(inner(inner(attributes, 1), 1), 1)
    return Checked(path, headers, body, inner(socket, 2).decode("latin-1"))


def allowed(headers: Iterable[tuple[str, str]], notices: Iterable[tuple[str, str]] = ()) -> bytes:
    """A ``CheckResponse`` that lets the request through.

    Args:
        headers: set on the request.
        notices: set on its answer.
    """
    ok = b"".join(bytes_field(2, _header(name, value)) for name, value in headers)
    ok += b"".join(bytes_field(6, _header(name, value)) for name, value in notices)
    return bytes_field(1, b"") + bytes_field(3, ok)


def denied(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """A ``CheckResponse`` that refuses the request."""
    told = bytes_field(1, varint_field(1, status))
    told += b"".join(bytes_field(2, _header(name, value)) for name, value in headers)
    told += bytes_field(3, body)
    return bytes_field(1, varint_field(1, _DENIED)) + bytes_field(2, told)


def _entry(message: bytes) -> tuple[str, str]:
    return inner(message, 1).decode("latin-1"), inner(message, 2).decode("latin-1")


def _header(name: str, value: str) -> bytes:
    """Set, in place of what stands there."""
    overwrite = varint_field(3, 2)
    return bytes_field(1, text_field(1, name) + text_field(2, value)) + overwrite
