"""uvicorn's protocol with a bound on how much head, and how slowly, a caller may send.

A whole request that comes in one piece costs nothing here: the clock is started only where a
read ends in the middle of a request. Bodies are bounded by the routes, which know how long they
may be.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

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
        super().data_received(data)
        cycle: RequestResponseCycle | None = self.cycle
        if not self._unfinished and cycle is not None and not cycle.response_complete:
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

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._unfinished = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, unless a better answer has gone out."""
        self._stop_clock()
        if not self._refused:
            super().send_400_response(msg)

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
