"""A small HTTP/1.1 client for plug-ins: one line of asyncio, kept connections, no dependency.

A plug-in lives in somebody else's process, where each microsecond and each import is theirs.
This speaks just enough HTTP to ask the decision service, which answers with a length.
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Final, cast
from urllib.parse import urlsplit

from stillwatch.model.errors import BadInput

MAX_ANSWER_BYTES: Final = 64 * 1024 * 1024
_MAX_HEAD_BYTES: Final = 32_768


class Away(Exception):
    """The service did not answer, or not in a way that can be understood."""


class Gone(Away):
    """The connection ended before a byte of the answer."""


class Answer:
    """Status, headers in lower case, and body of one answer."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body


class _Line(asyncio.Protocol):
    """One connection; carries one question at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.WriteTransport | None = None
        self.usable = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes.
        self._transport = cast(asyncio.WriteTransport, transport)
        self.usable = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        if self._waiting is not None and not self._waiting.done():
            kind = Away if self._buffer else Gone
            self._waiting.set_exception(kind("the connection ended"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._waiting is None or self._waiting.done():
            self.close()
            return
        try:
            answer = _whole(self._buffer)
        except (ValueError, Away) as error:
            self._waiting.set_exception(Away(f"no HTTP: {error}"))
            self.close()
            return
        if answer is not None:
            self._buffer.clear()
            if answer.headers.get("connection", "").lower() == "close":
                self.close()
            self._waiting.set_result(answer)

    def ask(self, question: bytes) -> asyncio.Future[Answer]:
        assert self._transport is not None
        self._waiting = self._loop.create_future()
        self._transport.write(question)
        return self._waiting

    def close(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()


def _whole(buffer: bytearray) -> Answer | None:
    """The answer in the buffer, once it is whole.

    Raises:
        Away: it is too long, or its length is not told.
        ValueError: it is no HTTP.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > _MAX_HEAD_BYTES:
            raise Away("an endless head")
        return None
    first, *lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1."):
        raise Away("another protocol")
    status = int(rest[:3])
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if status in (204, 304):
        n_bytes = 0
    else:
        if "content-length" not in headers:
            raise Away("an answer without its length")
        n_bytes = int(headers["content-length"])
    if not 0 <= n_bytes <= MAX_ANSWER_BYTES:
        raise Away("an endless answer")
    body = bytes(buffer[end + 4 :])
    return None if len(body) < n_bytes else Answer(status, headers, body[:n_bytes])


class Lines:
    """Connections to one address, kept open between questions.

    Args:
        address: ``http://host:port``, ``https://host:port`` or ``unix:/path/to/socket``.
        tls: context with the client's certificate, where the service wants one.
        most: connections that may be open; whoever asks when all are busy opens one that is
            closed after its answer.
    """

    def __init__(self, address: str, *, tls: ssl.SSLContext | None = None, most: int = 64) -> None:
        self.address = address
        self._idle: list[_Line] = []
        self._most = most
        self._path = address.removeprefix("unix:") if address.startswith("unix:") else ""
        if self._path:
            self.host, self._host, self._port, self._tls = "localhost", "", 0, None
            return
        parts = urlsplit(address)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            raise BadInput(
                "must look like http://host:port, https://host:port or unix:/path",
                where=f"address {address!r}",
            )
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self.host = parts.netloc

    async def ask(self, question: bytes, timeout_s: float) -> Answer:
        """Send one question and wait for its answer.

        Raises:
            Away: it did not come whole and in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                line = self._kept()
                if line is not None:
                    try:
                        return await self._asked(line, question)
                    except Gone:
                        pass  # the service had closed it meanwhile
                return await self._asked(await self._open(), question)
        except (OSError, TimeoutError, Away) as error:
            raise Away(str(error) or type(error).__name__) from None

    def close(self) -> None:
        """Close what is open."""
        while self._idle:
            self._idle.pop().close()

    async def _asked(self, line: _Line, question: bytes) -> Answer:
        """The answer on one connection, which is kept where it can carry another question."""
        try:
            answer = await line.ask(question)
        except BaseException:
            line.close()
            raise
        if line.usable and len(self._idle) < self._most:
            self._idle.append(line)
        else:
            line.close()
        return answer

    def _kept(self) -> _Line | None:
        while self._idle:
            line = self._idle.pop()
            if line.usable:
                return line
        return None

    async def _open(self) -> _Line:
        loop = asyncio.get_running_loop()
        line = _Line(loop)
        if self._path:
            await loop.create_unix_connection(lambda: line, self._path)
        else:
            await loop.create_connection(lambda: line, self._host, self._port, ssl=self._tls)
        return line
