"""The app: finds the route, lets in who may, reads the body, answers; tells faults apart.

Nothing of a request is ever logged: a fault leaves the name of its class and the line where it
came up, never its message, which may quote what was sent.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from stillwatch.adapters.gateway.tokens import Callers, Role
from stillwatch.http.asgi import (
    MAX_BODY_BYTES,
    BadRequest,
    Headers,
    Receive,
    Reply,
    Request,
    Scope,
    Send,
    headers_of,
    problem,
    read_body,
    send_reply,
)
from stillwatch.http.entry import refusal
from stillwatch.model.errors import BadInput, NotAllowed, NotEnoughEvidence, StillwatchError

log = logging.getLogger("stillwatch.http")

Answer = Callable[[Request], Reply | Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One address.

    Args:
        method: HTTP method; ``*`` for any.
        path: the path; ``{id}`` in it stands for one segment, and one that ends in ``/*`` is for
            all that lie below. Either is handed on as the request's ``tail``.
        roles: who may; empty for everybody.
        answer: what answers.
        what: a line for the description of the interface.
        max_body_bytes: longest body that is read.
        blocks: it writes to disk, and is run beside the loop.
        quick: it answers at once, and the protocol may call it without a task.
        takes: JSON schema of the body, for the description.
        gives: JSON schema of the answer, for the description.
        status: of the answer where all goes well.
    """

    method: str
    path: str
    roles: frozenset[Role]
    answer: Answer
    what: str
    max_body_bytes: int = MAX_BODY_BYTES
    blocks: bool = False
    quick: bool = False
    takes: Mapping[str, Any] | None = None
    gives: Mapping[str, Any] | None = None
    status: int = 200


class App:
    """Raw ASGI over a list of routes.

    Args:
        routes: every address.
        callers: who may call.
        running: what runs while the app does, entered at its start.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        callers: Callers,
        running: Callable[[], AbstractAsyncContextManager[Any]] | None = None,
    ) -> None:
        self.routes = tuple(routes)
        self._callers = callers
        self._running = running
        self._exact = {(r.method, r.path): r for r in self.routes if not set(r.path) & set("*{")}
        self.quick = {(r.method.encode(), r.path.encode()): r for r in self.routes if r.quick}
        self._paths = {path for _, path in self._exact}
        shaped = [r for r in self.routes if set(r.path) & set("*{")]
        self._shaped = [(_pattern(r.path), r) for r in sorted(shaped, key=lambda r: -len(r.path))]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or keep what runs beside alive."""
        if scope["type"] == "http":
            await send_reply(send, await self._reply(scope, receive))
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        try:
            method, path = scope["method"], scope["path"]
            route, tail = self._find(method, path)
            request = Request(
                method=method,
                path=path,
                headers=headers_of(scope["headers"]),
                query_string=scope["query_string"],
                peer=_peer(scope),
                client=(scope.get("client") or ("",))[0],
                tail=tail,
            )
            if (refused := refusal(request, route.roles, self._callers)) is not None:
                return refused
            request.body = await read_body(receive, request.headers, route.max_body_bytes)
            if route.blocks:
                return await asyncio.to_thread(_now, route.answer, request)
            reply = route.answer(request)
            return reply if isinstance(reply, Reply) else await reply
        except Exception as error:
            return _told(error)

    def quickly(self, route: Route, headers: Headers, body: bytes, peer: str) -> Reply:
        """Answer a whole request of a quick route, without a task."""
        try:
            request = Request(
                method=route.method,
                path=route.path,
                headers=headers_of(headers),
                body=body,
                peer=peer,
            )
            if (refused := refusal(request, route.roles, self._callers)) is not None:
                return refused
            return _now(route.answer, request)
        except Exception as error:
            return _told(error)

    def _find(self, method: str, path: str) -> tuple[Route, str]:
        route = self._exact.get((method, path))
        if route is not None:
            return route, ""
        others = path in self._paths
        for pattern, route in self._shaped:
            if (match := pattern.fullmatch(path)) is not None:
                if route.method in ("*", method):
                    return route, match[1]
                others = True
        if others:
            raise BadRequest(405, "this method is not for here")
        raise BadRequest(404, "there is nothing here")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        if self._running is None:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        else:
            try:
                async with self._running():
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
            except StillwatchError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
        await send({"type": "lifespan.shutdown.complete"})


def _told(error: Exception) -> Reply:
    """What a caller is told of an error; of a fault, nothing of what was sent."""
    if isinstance(error, BadRequest):
        return problem(error.status, error.what)
    if isinstance(error, StillwatchError):
        return problem(status_of(error), str(error))
    log.error("fault: %s at %s", type(error).__name__, _line_of(error))
    return problem(500, "a fault in the program; its log says where")


def _pattern(path: str) -> re.Pattern[str]:
    """What a path with a place in it matches; the first group is what stands there."""
    if path.endswith("*"):
        return re.compile(re.escape(path[:-2]) + "(/.*)", re.DOTALL)
    before, _, after = path.partition("{id}")
    return re.compile(f"{re.escape(before)}([^/]+){re.escape(after)}")


def status_of(error: StillwatchError) -> int:
    """The HTTP status that an error is told with."""
    if isinstance(error, BadInput):
        return 400
    if isinstance(error, NotAllowed):
        return 403
    return 409 if isinstance(error, NotEnoughEvidence) else 503


def _now(answer: Answer, request: Request) -> Reply:
    reply = answer(request)
    if not isinstance(reply, Reply):
        raise TypeError("a route that blocks answers at once")
    return reply


def _peer(scope: Scope) -> str:
    extensions = scope.get("extensions")
    return (
        extensions["stillwatch.peer"]["name"]
        if extensions and "stillwatch.peer" in extensions
        else ""
    )


def _line_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
