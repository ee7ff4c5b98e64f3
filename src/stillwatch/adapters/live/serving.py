"""Serving: HTTP in a thread of its own; routes are functions from a request to an answer."""

from __future__ import annotations

import asyncio
import hmac
import resource
import socket
import threading
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import uvicorn

from stillwatch.model.errors import OutsideFailed

#: bytes of a body at most, as sent and unpacked.
MOST_BYTES = 16 << 20
_START_S = 20.0
#: connections at a time, or fewer where the system lets a process have few descriptors.
MOST_CONNECTIONS = 512
#: seconds in which a caller must have said what is asked for, and have sent the body.
HEAD_S = 10.0
BODY_S = 60.0
_REAP_S = 1.0

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """A request: method, path, headers in lower case, and the body, unpacked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer."""

    status: int
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The request is answered with an error before its route is asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


Route = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class App:
    """An ASGI application over fixed paths.

    Attributes:
        routes: by method and path.
        token: callers must bear it, but for ``open_paths``; None for nobody.
        open_paths: paths that need no token.
    """

    routes: Mapping[tuple[str, str], Route]
    token: str | None = None
    open_paths: frozenset[str] = frozenset()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except Refused as refusal:
            answer = refusal.answer
        headers = {"content-type": answer.kind, "content-length": str(len(answer.body))}
        listed = [(k.encode(), v.encode()) for k, v in {**headers, **answer.headers}.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": listed})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, path = scope["method"], scope["path"]
        route = self.routes.get((method, path))
        if route is None:
            others = [known for known, where in self.routes if where == path]
            if others:
                return Answer(405, b"method not allowed\n", headers={"allow": ", ".join(others)})
            return Answer(404, b"nothing is here\n")
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        if self.token is not None and path not in self.open_paths:
            given = headers.get("authorization", "").removeprefix("Bearer ").encode()
            if not hmac.compare_digest(given, self.token.encode()):
                said = {"www-authenticate": "Bearer"}
                return Answer(401, b"a bearer token is needed\n", headers=said)
        body = await _body(headers, receive)
        return await route(Request(method, path, headers, body))


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    """The whole body, unpacked if it was sent so.

    Raises:
        Refused: it is too large, or packed in a way that is not known.
    """
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise Refused(Answer(413, b"the body is too large\n"))
    parts, n = [], 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(Answer(400, b"the caller is gone\n"))
        parts.append(message.get("body", b""))
        n += len(parts[-1])
        if n > MOST_BYTES:
            raise Refused(Answer(413, b"the body is too large\n"))
        more = message.get("more_body", False)
    whole = b"".join(parts)
    coding = headers.get("content-encoding", "identity")
    if coding == "gzip":
        return _unpacked(whole)
    if coding not in ("", "identity"):
        raise Refused(Answer(415, b"known content codings: gzip, identity\n"))
    return whole


def _unpacked(packed: bytes) -> bytes:
    inflating = zlib.decompressobj(wbits=31)
    try:
        body = inflating.decompress(packed, MOST_BYTES + 1)
    except zlib.error as error:
        raise Refused(Answer(400, b"the body is no gzip\n")) from error
    if len(body) > MOST_BYTES or inflating.unconsumed_tail:
        raise Refused(Answer(413, b"the unpacked body is too large\n"))
    if not inflating.eof:
        raise Refused(Answer(400, b"the gzip body ends early\n"))
    return body


def _is_waited_for(connection: Any) -> bool:
    """Whether a caller has not said all that is asked for; answers under way are none's fault."""
    cycle = getattr(connection, "cycle", None)
    return cycle is None or (cycle.more_body and not cycle.response_complete)


class Server:
    """Serves an application until it is closed.

    Args:
        app: what is served.
        host, port: where; port 0 takes any that is free.

    Attributes:
        port: where it listens.

    Raises:
        OutsideFailed: nobody may listen there.
    """

    def __init__(self, app: App, host: str, port: int) -> None:
        """Listen, and serve in a thread."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self._socket.listen(512)
        except OSError as error:
            self._socket.close()
            raise OutsideFailed(
                f"{host}:{port}: nobody may listen there ({error.strerror}).",
                remedy="Stop what listens there, or name another address.",
            ) from error
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            cast(Any, app),
            log_level="error",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        reaping = asyncio.create_task(self._reap())
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            reaping.cancel()

    async def _reap(self) -> None:
        """Hang up on callers who hold a connection and ask for nothing."""
        # by connection, the request that is waited for and since when
        since: dict[Any, tuple[Any, float]] = {}
        most = min(MOST_CONNECTIONS, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
        while True:
            await asyncio.sleep(_REAP_S)
            now = time.monotonic()
            there = self._server.server_state.connections
            before, since = since, {}
            for one in filter(_is_waited_for, there):
                cycle = getattr(one, "cycle", None)
                known = before.get(one)
                since[one] = known if known and known[0] is cycle else (cycle, now)
            n_over = len(there) - most
            for nth, (one, (cycle, begun)) in enumerate(
                sorted(since.items(), key=lambda waited: waited[1][1])
            ):
                if nth < n_over or now - begun > (HEAD_S if cycle is None else BODY_S):
                    one.transport.abort()

    def close(self) -> None:
        """Answer what was asked, then stop."""
        self._server.should_exit = True
        self._thread.join(_START_S)
        self._socket.close()
