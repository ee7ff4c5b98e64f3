"""uvicorn's protocol with a bound on how much head, and how slowly, a caller may send.

A request of a quick route is answered here, without a task, where nothing else waits on its
connection: that halves what HTTP costs. A whole request that comes in one piece costs no clock: it
is started only where a read ends in the middle of a request. Bodies are bounded by the routes,
which know how long they may be.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from stillwatch.http.routes import App, Route

MAX_HEAD_BYTES: Final = 32_768
"""Request line and headers together."""
SLOW_S: Final = 5.0
"""A request that is not whole by then, head and body, is given up."""

_END = b"connection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\n" + _END
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\n" + _END


class HeadTooLong(Exception):
    """More head than :data:`MAX_HEAD_BYTES`."""


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 of uvicorn, guarded; the scope also tells the name in the client's certificate."""

    slow_s = SLOW_S
    max_head_bytes = MAX_HEAD_BYTES

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request."""
        super().connection_made(transport)
        self._n_head = 0
        self._unfinished = False
        self._refused = False
        self._answered = False
        self._quick: Route | None = None
        self._body = b""
        self._behind = _app_of(self.app)
        self._peer = certified_name(transport.get_extra_info("ssl_object"))
        self._deadline: asyncio.TimerHandle | None = self.loop.call_later(
            self.slow_s, self._give_up
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read, and keep the clock running where a request is not whole."""
        self._answered = False
        super().data_received(data)
        if not self._unfinished and (self._answered or self._busy()):
            self._stop_clock()
        elif self._deadline is None and not self.transport.is_closing():
            # In the middle of a request, or after bytes that began none, such as empty lines.
            self._deadline = self.loop.call_later(self.slow_s, self._give_up)

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._n_head = 0
        self._unfinished = True
        if self._peer:
            self.scope["extensions"] = {"stillwatch.peer": {"name": self._peer}}

    def on_url(self, url: bytes) -> None:
        """Count the address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin what answers: here, or a task."""
        behind = self._behind
        if behind is not None:
            route = behind.quick.get((self.parser.get_method(), self.url))
            if route is not None and self._free() and self._short(route.max_body_bytes):
                self._quick, self._body = route, b""
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        if self._quick is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unfinished = False
        route, self._quick = self._quick, None
        if route is None or self._behind is None:
            super().on_message_complete()
            return
        self._answered = True
        reply = self._behind.quickly(route, self.headers, self._body, self._peer)
        self._body = b""
        head = [STATUS_LINE[reply.status]]
        for name, value in reply.headers:
            head += [name, b": ", value, b"\r\n"]
        length = b"content-length: %d\r\n\r\n" % len(reply.body)
        self.transport.write(b"".join([*head, length, reply.body]))
        self.on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless a better answer has gone out."""
        self._stop_clock()
        if not self._refused:
            super().send_400_response(msg)

    def _busy(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _free(self) -> bool:
        """Whether nothing else waits on the connection, which stays open, and nothing is asked."""
        return (
            self.parser.get_http_version() == "1.1"
            and self.parser.should_keep_alive()
            and not self.parser.should_upgrade()
            and not self.expect_100_continue
            and not self.pipeline
            and not self._busy()
            and not self.flow.write_paused
        )

    def _short(self, limit: int) -> bool:
        """Whether the body's length is told, and within the limit."""
        for name, value in self.headers:
            if name == b"content-length":
                return value.isdigit() and int(value) <= limit
        return False

    def _count(self, n_bytes: int) -> None:
        self._n_head += n_bytes
        if self._n_head > self.max_head_bytes:
            self._refuse(_TOO_LONG)
            raise HeadTooLong

    def _give_up(self) -> None:
        self._deadline = None
        cycle: RequestResponseCycle | None = self.cycle
        if self._unfinished and (cycle is None or not cycle.response_started):
            self._refuse(_TOO_SLOW)
        elif not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, answer: bytes) -> None:
        self._refused = True
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _app_of(app: Any) -> App | None:
    """Our app, behind whatever uvicorn has put around it."""
    while app is not None and not isinstance(app, App):
        app = getattr(app, "app", None)
    return app


def certified_name(ssl_object: Any) -> str:
    """The first DNS or URI name in a verified client certificate, else its common name."""
    certificate = ssl_object.getpeercert() if ssl_object is not None else None
    if not certificate:
        return ""
    for kind, name in certificate.get("subjectAltName", ()):
        if kind in ("DNS", "URI"):
            return str(name)
    for part in certificate.get("subject", ()):
        for kind, name in part:
            if kind == "commonName":
                return str(name)
    return ""
