"""The answering side of private matching over HTTP: two questions and a set in pieces.

Who asks is known by the signature in what it sends, not by a token; pieces of a set go to whoever
names a session that was opened by signature.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from stillwatch.adapters.gateway.tokens import Callers, Role
from stillwatch.adapters.matching.door import Door, keep_ready
from stillwatch.http.asgi import NO_STORE, BadRequest, Reply, Request, as_json
from stillwatch.http.routes import App, Route

MAX_ASK_BYTES: Final = 32 * 2**20
_OCTETS: Final = (b"content-type", b"application/octet-stream")


def matching_app(door: Door, say: Callable[[str], None]) -> App:
    """The app of a door; sets are made ready beside it.

    Args:
        door: what answers.
        say: told of sets that cannot be made.
    """

    def told(request: Request) -> Reply:
        del request
        return as_json(door.state())

    def opened(request: Request) -> Reply:
        return as_json(door.open_session(request.json()))

    def asked(request: Request) -> Reply:
        return as_json(door.answer(request.json()))

    def piece(request: Request) -> Reply:
        session, _, nth = request.tail.removeprefix("/").partition("/")
        if not nth.isdigit() or len(nth) > 6:
            raise BadRequest(404, "there is no such piece")
        return Reply(200, door.piece(session, int(nth)), [_OCTETS, NO_STORE])

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=keep_ready, args=(door, stop, say), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()

    everybody: frozenset[Role] = frozenset()
    return App(
        (
            Route(method="GET", path="/match/v1/state", roles=everybody, answer=told,
                  what="Whether the sets are ready."),
            Route(method="POST", path="/match/v1/open", roles=everybody, answer=opened,
                  what="Open a session.", max_body_bytes=65_536, blocks=True),
            Route(method="POST", path="/match/v1/ask", roles=everybody, answer=asked,
                  what="Ask.", max_body_bytes=MAX_ASK_BYTES, blocks=True),
            Route(method="GET", path="/match/v1/sets/*", roles=everybody, answer=piece,
                  what="A piece of the set.", blocks=True),
        ),
        Callers({}, {}),
        running,
    )  # fmt: skip
