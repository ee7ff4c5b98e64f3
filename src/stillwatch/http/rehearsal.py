"""An endpoint to rehearse on: a made model behind the interfaces of OpenAI and Anthropic.

It can do what a review looks for: serve another model for a share of requests, to one harness
only, from some request on; keep answers and give them again; put system text before what is
asked; cut answers short. It listens on this machine alone and asks for no key.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import uvicorn

from stillwatch.adapters.addresses import address_of, is_loopback
from stillwatch.http.asgi import Receive, Send
from stillwatch.http.listening import KEEP_ALIVE_S, LOGS
from stillwatch.lab.served_model import MadeModel, Spoken
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed

_MOST_BODY: int = 1 << 20
_SAMPLED: int = 4_096
_OPENAI = "/v1/chat/completions"
_ANTHROPIC = "/v1/messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an endpoint serves.

    Args:
        model: what it says it serves.
        other: what it serves in its place for some requests; None for none.
        share: of requests that get the other, 0 to 1.
        only_for: only to requests whose user agent holds this.
        after: only from so many requests on.
        keeps_answers: the same question gets the same answer.
        system: text put before what is asked.
        most_tokens: answers are cut to so many.
        seed: of what is drawn.
    """

    model: MadeModel
    other: MadeModel | None = None
    share: float = 0.0
    only_for: str = ""
    after: int = 0
    keeps_answers: bool = False
    system: str = ""
    most_tokens: int = 4_096
    seed: int = 0


class MadeEndpoint:
    """The ASGI app.

    Args:
        manner: how it serves.

    Attributes:
        n_asked: requests that were answered.
    """

    def __init__(self, manner: Manner) -> None:
        self.n_asked = 0
        self._manner = manner
        self._rng = np.random.default_rng(manner.seed)
        self._kept: dict[bytes, Spoken] = {}

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > _MOST_BODY:
                break
        heads = {name.lower(): value for name, value in scope["headers"]}
        status, told = self._answer(
            scope["path"], body, heads.get(b"user-agent", b"").decode("latin-1")
        )
        content = orjson.dumps(told)
        length = str(len(content)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        headers.append((b"x-request-id", f"made-{self.n_asked}".encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _answer(self, path: str, body: bytes, harness: str) -> tuple[int, dict[str, Any]]:
        if path == "/healthz":
            return 200, {"n_asked": self.n_asked}
        if path not in (_OPENAI, _ANTHROPIC):
            return 404, _error("no such address")
        try:
            asked = orjson.loads(body)
            messages = [
                {"role": str(one["role"]), "content": _text_of(one["content"])}
                for one in asked["messages"]
            ]
            if path == _ANTHROPIC and asked.get("system"):
                text = _text_of(asked["system"])
                messages.insert(0, {"role": "system", "content": text})
            limit = asked.get("max_completion_tokens") or asked.get("max_tokens") or 256
            most = min(int(limit), self._manner.most_tokens, _SAMPLED)
            heat = 1.0 if asked.get("temperature") is None else float(asked["temperature"])
            if not messages or most < 1 or not 0 <= heat <= 2:
                raise ValueError("a value is out of range")
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, BadInput):
            return 400, _error("the request cannot be read")
        said = self._said(messages, most, heat, harness)
        name = str(asked.get("model", "made"))[:200]
        return 200, _completion(name, said) if path == _OPENAI else _message(name, said)

    def _said(self, messages: list[dict[str, str]], most: int, heat: float, harness: str) -> Spoken:
        manner = self._manner
        self.n_asked += 1
        key = orjson.dumps([messages, most, heat])
        if manner.keeps_answers and key in self._kept:
            return self._kept[key]
        if manner.system:
            messages = [{"role": "system", "content": manner.system}, *messages]
        swapped = self._rng.random() < manner.share and manner.only_for in harness
        swapped = swapped and self.n_asked > manner.after
        model = manner.other if swapped and manner.other is not None else manner.model
        said = model.speak(messages, self._rng, max_tokens=most, heat=heat)
        if manner.keeps_answers:
            self._kept[key] = said
        return said


def serve_made(manner: Manner, listen: str) -> None:
    """Serve until a signal ends it.

    Raises:
        BadSettings: the address is none of this machine.
        OutsideFailed: it is taken.
    """
    host, port = address_of(listen, "--listen")
    if not is_loopback(host):
        raise BadSettings("--listen", f"{listen} is reached from other machines; use 127.0.0.1.")
    config = uvicorn.Config(
        MadeEndpoint(manner), host=host, port=port, lifespan="off", access_log=False,
        log_config=LOGS, timeout_keep_alive=KEEP_ALIVE_S, ws="none",
    )  # fmt: skip
    try:
        asyncio.run(uvicorn.Server(config).serve())
    except SystemExit:
        raise OutsideFailed(f"{listen} cannot be listened on; is it taken?") from None


def _text_of(content: object) -> str:
    """Text of a message, in one piece or in blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise BadInput("a message holds no text.")
    blocks = [one for one in content if isinstance(one, Mapping)]
    return "".join(str(one.get("text", "")) for one in blocks if one.get("type") == "text")


def _error(what: str) -> dict[str, Any]:
    return {"error": {"type": "invalid_request_error", "message": what}}


def _completion(name: str, said: Spoken) -> dict[str, Any]:
    message = {"role": "assistant", "content": said.text}
    usage = {"prompt_tokens": said.input_tokens, "completion_tokens": said.output_tokens}
    usage["total_tokens"] = said.input_tokens + said.output_tokens
    choice = {"index": 0, "message": message, "finish_reason": said.finish}
    return {
        "id": "chatcmpl-made", "object": "chat.completion", "created": 0, "model": name,
        "choices": [choice], "usage": usage,
    }  # fmt: skip


def _message(name: str, said: Spoken) -> dict[str, Any]:
    return {
        "id": "msg_made", "type": "message", "role": "assistant", "model": name,
        "content": [{"type": "text", "text": said.text}], "stop_sequence": None,
        "stop_reason": "end_turn" if said.finish == "stop" else "max_tokens",
        "usage": {"input_tokens": said.input_tokens, "output_tokens": said.output_tokens},
    }  # fmt: skip
