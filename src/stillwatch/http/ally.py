"""A node over HTTP: others pull from it, known by their signature; it pulls from them beside."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from stillwatch.adapters.ally.node import Node
from stillwatch.adapters.ally.pulling import answer_pull, keep_pulling
from stillwatch.adapters.gateway.tokens import Callers, Role
from stillwatch.http.asgi import Reply, Request, as_json
from stillwatch.http.routes import App, Route


def ally_app(node: Node, say: Callable[[str], None], every_s: float) -> App:
    """The app of a node.

    Args:
        node: what it is.
        say: told of members that cannot be reached.
        every_s: seconds between two pulls.
    """

    def pulled(request: Request) -> Reply:
        return as_json(answer_pull(node, request.json()))

    def alive(request: Request) -> Reply:
        del request
        return as_json({"node": node.name})

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=keep_pulling, args=(node, stop, say, every_s), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()

    everybody: frozenset[Role] = frozenset()
    return App(
        (
            Route(method="POST", path="/ally/v1/pull", roles=everybody, answer=pulled,
                  what="What the asking member may have.", blocks=True),
            Route(method="GET", path="/ally/v1/alive", roles=everybody, answer=alive,
                  what="That the node is up."),
        ),
        Callers({}, {}),
        running,
    )  # fmt: skip
