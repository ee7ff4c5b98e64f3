"""An ASGI middleware: any Python server of models asks before it answers.

For vLLM: ``vllm serve MODEL --middleware stillwatch.adapters.gateway.middleware.Stillwatch``.
Settings come from ``STILLWATCH_GATEWAY__*`` in the environment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from stillwatch.adapters.gateway.asking import CREDENTIAL, Asking, Told, credential_of
from stillwatch.adapters.gateway.options import ask_for_less, operation_of, options_of

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_READ_BYTES: Final = 1_048_576
"""Longer bodies are passed on without a look at their options."""


class Stillwatch:
    """Ask the decision service about each request for a model's answer.

    Args:
        app: the server behind.
        asking: the way to the service; by default what the environment says.
        account_header: header in which something trusted in front of the server puts the account's
            name; ``None`` reads ``STILLWATCH_GATEWAY__ACCOUNT_HEADER``.
        credential_header: header in which the server reads the client's key; ``None`` reads
            ``STILLWATCH_GATEWAY__CREDENTIAL_HEADER``, by default ``authorization``.
    """

    def __init__(
        self,
        app: App,
        asking: Asking | None = None,
        account_header: str | None = None,
        credential_header: str | None = None,
    ) -> None:
        self._app = app
        self._asking = asking or Asking.from_environment()
        given = os.environ.get("STILLWATCH_GATEWAY__ACCOUNT_HEADER", "")
        self._account_header = (given if account_header is None else account_header).lower()
        told = credential_header or os.environ.get("STILLWATCH_GATEWAY__CREDENTIAL_HEADER")
        self._credential_header = (told or CREDENTIAL).lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ask, then answer or pass on."""
        operation = operation_of(scope["path"]) if scope["type"] == "http" else ""
        if not operation:
            await self._app(scope, receive, send)
            return
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        messages = await _read(receive)
        body = _object(messages)
        told = await self._asking.ask(
            {
                "account": headers.get(self._account_header, ""),
                "credential": credential_of(headers, self._credential_header),
                "address": (scope.get("client") or ("",))[0],
                "client": headers.get("user-agent", ""),
                "tenant": headers.get("x-stillwatch-tenant", ""),
                "operation": operation,
                **options_of(body or {}),
            }
        )
        if not told.go:
            await _refuse(send, told)
            return
        if told.less:
            scope = {**scope, "headers": _marked(scope["headers"], told)}
            if body is not None and ask_for_less(body, told.less):
                messages = [{"type": "http.request", "body": json.dumps(body).encode()}]
                scope["headers"] = _lengthened(scope["headers"], len(messages[0]["body"]))
        await self._app(scope, _replayed(messages, receive), send)


async def _read(receive: Receive) -> list[Message]:
    """The messages of the body, up to the bound; the rest is left for the server."""
    messages, n_bytes, more = [], 0, True
    while more and n_bytes <= MAX_READ_BYTES:
        message = await receive()
        messages.append(message)
        n_bytes += len(message.get("body", b""))
        more = message["type"] == "http.request" and message.get("more_body", False)
    return messages


def _object(messages: list[Message]) -> dict[str, Any] | None:
    """The JSON object in a whole body; ``None`` for anything else."""
    if messages[-1]["type"] != "http.request" or messages[-1].get("more_body"):
        return None
    try:
        read = json.loads(b"".join(message.get("body", b"") for message in messages))
    except ValueError:
        return None
    return read if isinstance(read, dict) else None


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    waiting = iter(messages)

    async def next_message() -> Message:
        for message in waiting:
            return message
        return await receive()

    return next_message


def _marked(headers: list[tuple[bytes, bytes]], told: Told) -> list[tuple[bytes, bytes]]:
    name = b"x-stillwatch-less"
    kept = [(n, v) for n, v in headers if n != name]
    return [*kept, (name, ",".join(told.less).encode())]


def _lengthened(headers: list[tuple[bytes, bytes]], n_bytes: int) -> list[tuple[bytes, bytes]]:
    kept = [(n, v) for n, v in headers if n not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(n_bytes).encode())]


async def _refuse(send: Send, told: Told) -> None:
    body = told.body()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *((n.encode(), v.encode()) for n, v in told.headers().items()),
    ]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
