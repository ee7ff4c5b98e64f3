"""The TAXII 2.1 server as an ASGI app: door, address, answer; every fault is an error resource.

Nothing of a request is logged but the class of a fault and the line where it came up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final
from urllib.parse import parse_qsl

from stillwatch.adapters.taxii.directory import Directory
from stillwatch.http import taxii_answers as answers
from stillwatch.http.asgi import (
    BadRequest,
    Receive,
    Reply,
    Scope,
    Send,
    as_json,
    headers_of,
    read_body,
    send_reply,
)
from stillwatch.http.taxii_addresses import Endpoint, Place, place_of
from stillwatch.http.taxii_counting import Tally
from stillwatch.http.taxii_description import description
from stillwatch.http.taxii_endpoints import Asked, Endpoints
from stillwatch.http.taxii_entry import Door
from stillwatch.model.errors import OutsideFailed, StillwatchError
from stillwatch.share.taxii_media import check_accepted, check_sent
from stillwatch.share.taxii_refusing import Refused

log = logging.getLogger("stillwatch.taxii")

_TEXT: Final = (b"content-type", b"text/plain; version=0.0.4; charset=utf-8")
_MOST_FIELDS: Final = 64
_HOST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")
_OPEN: Final = frozenset({Endpoint.ALIVE, Endpoint.READY, Endpoint.DESCRIPTION})


class TaxiiApp:
    """Raw ASGI.

    Args:
        endpoints: what answers.
        directory: who is known.
        door: who is let in, and how often.
        tally: counts.
        max_content_length: longest body that is read, bytes.
        public_url: address under which clients reach it; empty for what they asked for.
        running: what runs while the app does, entered at its start.
    """

    def __init__(
        self,
        endpoints: Endpoints,
        directory: Directory,
        door: Door,
        tally: Tally,
        max_content_length: int,
        public_url: str = "",
        running: Callable[[], AbstractAsyncContextManager[Any]] | None = None,
    ) -> None:
        self._directory = directory
        self._door = door
        self._tally = tally
        self._longest = max_content_length
        self._public_url = public_url.rstrip("/")
        self._running = running
        self._answers: dict[tuple[Endpoint, str], Callable[[Asked], Awaitable[Reply]]] = {
            (Endpoint.DISCOVERY, "GET"): endpoints.discovery,
            (Endpoint.ROOT, "GET"): endpoints.root,
            (Endpoint.STATUS, "GET"): endpoints.status,
            (Endpoint.COLLECTIONS, "GET"): endpoints.collections,
            (Endpoint.COLLECTION, "GET"): endpoints.collection,
            (Endpoint.MANIFEST, "GET"): endpoints.manifest,
            (Endpoint.OBJECTS, "GET"): endpoints.objects,
            (Endpoint.OBJECTS, "POST"): endpoints.add,
            (Endpoint.OBJECT, "GET"): endpoints.object,
            (Endpoint.OBJECT, "DELETE"): endpoints.delete,
            (Endpoint.VERSIONS, "GET"): endpoints.versions,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or keep what runs beside alive."""
        if scope["type"] == "http":
            await send_reply(send, await self._reply(scope, receive))
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        start_s = time.perf_counter()
        try:
            reply = await self._answered(scope, receive)
        except Refused as error:
            reply = answers.refusal(error)
        except BadRequest as error:
            reply = answers.refusal(Refused(error.status, error.what))
        except OutsideFailed as error:
            log.error("%s", error)
            reply = answers.refusal(Refused(503, "the store does not answer", retry_after_s=5))
        except Exception as error:
            log.error("fault: %s at %s", type(error).__name__, _line_of(error))
            reply = answers.refusal(Refused(500, "a fault in the program; its log says where"))
        self._tally.request(scope["method"], reply.status, time.perf_counter() - start_s)
        return reply

    async def _answered(self, scope: Scope, receive: Receive) -> Reply:
        method, path = scope["method"], scope["path"]
        place = place_of(method, path)
        if place.endpoint in _OPEN:
            return await self._open(place)
        headers = headers_of(scope["headers"])
        now_us = time.time_ns() // 1_000
        listed = await self._directory.listed()
        address = (scope.get("client") or ("",))[0]
        client = await self._door.client_of(headers, _peer(scope), address, listed, now_us)
        self._door.count_request(client, now_us)
        if place.endpoint is Endpoint.METRICS:
            if not client.operator:
                raise Refused(404, "no such address")
            return Reply(200, self._tally.text().encode(), [_TEXT])
        check_accepted(_text(headers.get(b"accept")))
        body, content_type = b"", _text(headers.get(b"content-type"))
        if method == "POST":
            check_sent(content_type)
            body = await read_body(receive, headers, self._longest)
        asked = Asked(
            client=client, listed=listed, place=place, base=self._base(scope, headers),
            pairs=_pairs(scope["query_string"]), content_type=content_type, body=body,
            now_us=now_us,
        )  # fmt: skip
        reply = await self._answers[place.endpoint, method](asked)
        n_bytes = len(body) + len(reply.body)
        self._door.count_bytes(client, n_bytes, now_us)
        self._tally.moved(len(body), len(reply.body))
        return reply

    async def _open(self, place: Place) -> Reply:
        """Probes and the description, for everybody."""
        if place.endpoint is Endpoint.DESCRIPTION:
            return as_json(description())
        if place.endpoint is Endpoint.ALIVE:
            return as_json({"alive": True})
        try:
            await self._directory.look()
        except StillwatchError:
            return as_json({"ready": False}, 503)
        return as_json({"ready": True})

    def _base(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """The server's address as the client knows it."""
        if self._public_url:
            return self._public_url
        host = headers.get(b"host", b"").decode("latin-1")
        if not host or not set(host) <= _HOST:
            raise Refused(400, "the header host is missing, or is none")
        return f"{scope['scheme']}://{host}"

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            if self._running is None:
                await send({"type": "lifespan.startup.complete"})
                await receive()
            else:
                async with self._running():
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
        except StillwatchError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS,
            errors="strict",
        )  # fmt: skip
    except ValueError:
        raise Refused(400, "the query cannot be read, or has too many fields") from None


def _text(header: bytes | None) -> str | None:
    return header.decode("latin-1") if header is not None else None


def _peer(scope: Scope) -> str:
    extensions = scope.get("extensions") or {}
    return str(extensions.get("stillwatch.peer", {}).get("name", ""))


def _line_of(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "nowhere"
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"
