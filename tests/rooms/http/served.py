"""A real uvicorn in a thread, and raw sockets to speak to it as nobody should."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import uvicorn

from stillwatch.http.guarded import GuardedProtocol


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """The JSON in it."""
        return json.loads(self.body)


class Quick(GuardedProtocol):
    """The guarded protocol with little patience."""

    slow_s = 0.4


@contextlib.contextmanager
def served(app: Any) -> Iterator[int]:
    """Serve an app on a free port while the block runs; yields the port."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, http=Quick, loop="uvloop", log_config=None, access_log=False, lifespan="on"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("uvicorn did not start")
            thread.join(0.01)
        try:
            yield bound.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


def call(
    port: int,
    method: str,
    path: str,
    body: bytes | dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Got:
    """Send one request and read its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        connection.request(method, path, body=sent, headers=headers or {})
        answer = connection.getresponse()
        return Got(answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def raw(port: int, *pieces: bytes, quick: bool = False) -> bytes:
    """Send bytes as they are and read until the other side closes; ``quick`` says no more comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                line.sendall(piece)
        got = b""
        with contextlib.suppress(ConnectionResetError):
            while piece := line.recv(65_536):
                got += piece
        return got
