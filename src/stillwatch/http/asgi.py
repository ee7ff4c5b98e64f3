"""A request as a value, a reply as a value, and the way from ASGI to them and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson

from stillwatch.model.errors import BadInput

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

MAX_BODY_BYTES: Final = 65_536
"""Longest body that is read where a route does not say otherwise."""
JSON: Final = (b"content-type", b"application/json")
NO_STORE: Final = (b"cache-control", b"no-store")
ONCE: Final = frozenset({b"authorization", b"x-stillwatch-token", b"x-stillwatch-account"})
"""Headers that decide who speaks: sent twice, the request is refused."""


class BadRequest(Exception):
    """The request cannot be read; ``status`` says how, ``what`` is told to the caller."""

    def __init__(self, status: int, what: str) -> None:
        self.status = status
        self.what = what
        super().__init__(what)


@dataclass(slots=True, kw_only=True)
class Request:
    """One HTTP request, wholly read."""

    method: str
    path: str
    headers: dict[bytes, bytes]
    body: bytes = b""
    query_string: bytes = b""
    peer: str = ""
    """Name in the caller's certificate; empty where there is none."""
    client: str = ""
    """Address that the connection came from."""
    caller: Any = None
    """Who calls, once the door has looked."""
    tail: str = ""
    """What the path holds behind the route's prefix."""

    def query(self) -> dict[str, str]:
        """The query's fields; of a field given twice the last counts."""
        return dict(parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True))

    def json(self) -> Any:
        """The body read as JSON.

        Raises:
            BadRequest: it is not JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise BadRequest(400, "the body is not JSON") from None

    def table(self) -> dict[str, Any]:
        """The body read as a JSON object.

        Raises:
            BadRequest: it is not one.
        """
        read = self.json()
        if not isinstance(read, dict):
            raise BadRequest(400, "the body must be a JSON object")
        return read

    def form(self) -> dict[str, str]:
        """The fields of a submitted form.

        Raises:
            BadRequest: the body is not a form's.
        """
        kind = self.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/x-www-form-urlencoded":
            raise BadRequest(415, "send the form as application/x-www-form-urlencoded")
        try:
            return dict(
                parse_qsl(self.body.decode("utf-8"), keep_blank_values=True, max_num_fields=32)
            )
        except ValueError:
            raise BadRequest(400, "the form cannot be read") from None


@dataclass(slots=True)
class Reply:
    """What is sent back."""

    status: int = 200
    body: bytes = b""
    headers: Headers = field(default_factory=list)


def as_json(value: Any, status: int = 200, *more: tuple[bytes, bytes]) -> Reply:
    """A reply that holds JSON and is not to be kept by caches."""
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Reply(status, body, [JSON, NO_STORE, *more])


def problem(status: int, what: str, *, remedy: str = "") -> Reply:
    """A reply that says what was wrong and what to do."""
    told = {"what": what, "remedy": remedy} if remedy else {"what": what}
    more = [(b"connection", b"close")] if status == 413 else []
    return as_json({"error": told}, status, *more)


def headers_of(headers: Headers) -> dict[bytes, bytes]:
    """The headers by name; of a harmless one that came twice the first counts.

    Raises:
        BadRequest: one that says who speaks came twice.
    """
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name not in found:
            found[name] = value
        elif name in ONCE:
            raise BadRequest(400, f"the header {name.decode('latin-1')} came twice")
    return found


async def read_body(receive: Receive, headers: Mapping[bytes, bytes], limit: int) -> bytes:
    """The whole body; how long it may take is the protocol's affair.

    Raises:
        BadRequest: it is longer than ``limit`` bytes, or the caller went away.
    """
    declared = headers.get(b"content-length", b"")
    if declared and (not declared.isdigit() or int(declared) > limit):
        raise BadRequest(413, f"the body is longer than {limit} bytes")
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body", False):
        if len(body) > limit:
            raise BadRequest(413, f"the body is longer than {limit} bytes")
        return body
    parts, n_bytes = [body], len(body)
    while message["type"] == "http.request" and message.get("more_body", False):
        if n_bytes > limit:
            break
        message = await receive()
        parts.append(message.get("body", b""))
        n_bytes += len(parts[-1])
    if n_bytes > limit:
        raise BadRequest(413, f"the body is longer than {limit} bytes")
    if message["type"] != "http.request":
        raise BadRequest(400, "the caller went away before the body was whole")
    return b"".join(parts)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send a reply with its length."""
    reply.headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
    await send({"type": "http.response.body", "body": reply.body})


def text_of(fields: Mapping[str, Any], name: str, *, most: int = 200, needed: bool = True) -> str:
    """A field that must be text of at most ``most`` characters.

    Raises:
        BadInput: it is missing, not text (null is none), empty or too long.
    """
    if name not in fields and not needed:
        return ""
    value = fields.get(name)
    if not isinstance(value, str) or len(value) > most or (needed and not value.strip()):
        raise BadInput(f"{name} must be text of 1 to {most} characters", where=name)
    return value.strip()
