"""A model API to stand behind gateways: the formats of OpenAI and Anthropic, streamed or not.

Raw ASGI. It answers at once with the same words, counts what it was asked and keeps the last
headers and body that came, so that a test can see what a gateway let through.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

WORDS = ("All", " is", " still", ".")
_USAGE = {"prompt_tokens": 7, "completion_tokens": 4, "total_tokens": 11}

Message = MutableMapping[str, Any]


class Upstream:
    """The app; ``/seen`` tells what came."""

    def __init__(self) -> None:
        self.n_asked = 0
        self.last: dict[str, Any] = {}

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        path = scope["path"]
        if path == "/seen":
            await _whole(send, {"n_asked": self.n_asked, "last": self.last})
            return
        asked = json.loads(body) if body else {}
        self.n_asked += 1
        heads = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        self.last = {"path": path, "headers": heads, "body": asked}
        model = asked.get("model", "")
        if path.endswith("/messages"):
            await (
                _streamed(send, _messages(model))
                if asked.get("stream")
                else _whole(send, _message(model))
            )
        elif path.endswith("/chat/completions"):
            await (
                _streamed(send, _chunks(model))
                if asked.get("stream")
                else _whole(send, _completion(model))
            )
        else:
            await _whole(send, {"error": {"message": "no such address", "type": "not_found"}}, 404)


async def _whole(send: Callable[[Message], Awaitable[None]], told: Any, status: int = 200) -> None:
    body = json.dumps(told).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _streamed(send: Callable[[Message], Awaitable[None]], events: list[str]) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for event in events:
        await send({"type": "http.response.body", "body": event.encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _completion(model: str) -> dict[str, Any]:
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": "".join(WORDS)},
    }
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model,
        "choices": [choice], "usage": _USAGE,
    }  # fmt: skip


def _chunks(model: str) -> list[str]:
    def chunk(delta: dict[str, str], finish: str | None = None) -> str:
        told = {
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }  # fmt: skip
        return f"data: {json.dumps(told)}\n\n"

    return [
        chunk({"role": "assistant", "content": ""}),
        *(chunk({"content": word}) for word in WORDS),
        chunk({}, "stop"),
        "data: [DONE]\n\n",
    ]


def _message(model: str) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model,
        "content": [{"type": "text", "text": "".join(WORDS)}], "stop_reason": "end_turn",
        "stop_sequence": None, "usage": {"input_tokens": 7, "output_tokens": 4},
    }  # fmt: skip


def _messages(model: str) -> list[str]:
    start = {**_message(model), "content": [], "stop_reason": None}
    told: list[dict[str, Any]] = [
        {"type": "message_start", "message": start},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": word},
            }
            for word in WORDS
        ),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 4},
        },
        {"type": "message_stop"},
    ]
    return [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in told]


app = Upstream()
