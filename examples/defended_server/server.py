"""The server: limits, bound reasoning, marks, the leak filter and the reserve around a model.

It speaks the shape of Anthropic's messages, whole or streamed. Something trusted in front names
the account in ``x-stillwatch-account`` and, like the middleware of stillwatch does, the rungs
that stand for it in ``x-stillwatch-less``.
"""

from __future__ import annotations

import json
import random
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from examples.defended_server import model
from stillwatch.adapters.defend.histories import conversation_of, items_of
from stillwatch.adapters.defend.key_files import KeptRing
from stillwatch.adapters.defend.outside_file import OutsideFile
from stillwatch.adapters.defend.reserve_file import add_kept
from stillwatch.defend import (
    Bound,
    Item,
    LocalReplays,
    Opened,
    Replays,
    Terms,
    context_digest,
    exchange_row,
    presented,
    seal,
    unseal,
)
from stillwatch.defend.canaries import Chosen, Marks, Slot, choose, filled_in
from stillwatch.defend.leaks import LeakFilter, Threshold
from stillwatch.defend.limits import Limits, hold, lowered
from stillwatch.defend.outside import is_told
from stillwatch.defend.reserve import Sampling, is_drawn, keep

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
LONGEST_BODY_BYTES = 4 << 20


@dataclass
class Defences:
    """What the server is put together from.

    Args:
        ring: keys that seal reasoning and the reserve.
        outside: file for presentations outside their bound.
        reserve: file for answers that nobody was served.
        reserve_share: of exchanges that have one.
        slots: places with several right ways.
        marks: clusters whose answers are marked.
        replays: where presentations are counted.
        terms: how long and how often reasoning can be resumed.
        limits: for everybody.
        threshold: of the leak filter.
    """

    ring: KeptRing
    outside: OutsideFile
    reserve: Path
    reserve_share: float = 0.001
    slots: Mapping[str, Slot] = field(default_factory=dict)
    marks: Marks = field(default_factory=lambda: Marks([]))
    replays: Replays = field(default_factory=LocalReplays)
    terms: Terms = field(default_factory=Terms)
    limits: Limits = field(default_factory=Limits)
    threshold: Threshold = field(default_factory=Threshold)


class Refused(Exception):
    """The request is not answered: status, code and a sentence for the caller."""

    def __init__(self, status: int, code: str, what: str) -> None:
        self.status, self.code, self.what = status, code, what
        super().__init__(what)


@dataclass(frozen=True)
class Asked:
    """One request, and who sent it."""

    id: str
    account: str
    rungs: tuple[str, ...]
    body: dict[str, Any]
    conversation: str
    now_us: int

    def bound(self, before: bytes) -> Bound:
        """Where reasoning of this request is at home."""
        return Bound(
            account=self.account, conversation=self.conversation, model=model.NAME, before=before
        )


class Defended:
    """An ASGI application.

    Args:
        defences: all of them.
    """

    def __init__(self, defences: Defences) -> None:
        self._with = defences
        self._dice = random.SystemRandom()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        try:
            asked, less = self._asked(scope, await _body(receive))
            items = items_of(asked.body)
            resumed = self._resumed(asked, items)
        except Refused as why:
            told = {"type": "error", "error": {"type": why.code, "message": why.what}}
            await _answer(send, why.status, "application/json", [json.dumps(told).encode()], [])
            return
        events = self._events(asked, items, resumed)
        extra = [(b"x-request-id", asked.id.encode())]
        if less:
            extra.append((b"x-stillwatch-lowered", "; ".join(less).encode()))
        if asked.body.get("stream"):
            parts = (f"event: {e['type']}\ndata: {json.dumps(e)}\n\n".encode() for e in events)
            await _answer(send, 200, "text/event-stream", parts, extra)
        else:
            await _answer(
                send, 200, "application/json", [json.dumps(_whole(list(events))).encode()], extra
            )

    def _asked(self, scope: Message, data: bytes) -> tuple[Asked, list[str]]:
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        account = headers.get("x-stillwatch-account", "")
        if scope["path"] != "/v1/messages" or scope["method"] != "POST":
            raise Refused(404, "not_found", "There is POST /v1/messages alone.")
        if not account:
            raise Refused(401, "no_account", "Nobody said who calls.")
        rungs = tuple(filter(None, headers.get("x-stillwatch-less", "").split(",")))
        try:
            body = json.loads(data)
        except ValueError:
            raise Refused(400, "bad_request", "The body is no JSON.") from None
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            raise Refused(400, "bad_request", "The body has no messages.")
        held = hold(body, lowered(self._with.limits, rungs))
        if held.refused:
            raise Refused(400, "outside_limits", held.refused + ".")
        asked = Asked(
            id=f"req_{secrets.token_hex(8)}",
            account=account,
            rungs=rungs,
            body=dict(held.body),
            conversation=conversation_of(body, headers.get("x-conversation", "")),
            now_us=time.time_ns() // 1_000,
        )
        return asked, [f"{one.field}: {one.why}" for one in held.less]

    def _resumed(self, asked: Asked, items: list[Item]) -> list[str]:
        """Reasoning of earlier turns, for the model alone; refuses what is presented outside."""
        ring, found = self._with.ring.ring, list[Opened]()
        for one in presented(items):
            found.append(
                unseal(
                    one.token, asked.bound(one.before), one.after, ring, self._with.replays,
                    asked.now_us, self._with.terms,
                )
            )  # fmt: skip
        row = exchange_row(
            found, exchange_id=asked.id, sent_us=asked.now_us, account=asked.account,
            model=model.NAME, conversation=asked.conversation, refused=True,
        )  # fmt: skip
        if row is not None:
            self._with.outside.add(row)
        wrong = [one for one in found if is_told(one) or "malformed" in one.outside]
        if wrong:
            reasons = ", ".join(sorted({str(reason) for one in wrong for reason in one.outside}))
            raise Refused(
                400, "reasoning_outside_bound",
                f"Reasoning was presented where it was not given ({reasons}). Leave the block out.",
            )  # fmt: skip
        # What has expired is left out: the conversation goes on without it.
        return [one.reasoning for one in found if one.reasoning is not None]

    def _events(
        self, asked: Asked, items: list[Item], resumed: list[str]
    ) -> Iterator[dict[str, Any]]:
        """The events of one answer, each as soon as the model and the filter let it go."""
        question = model.question_of(asked.body)
        thought = model.think(question, resumed, self._dice)
        before = context_digest(items)
        token = seal(
            thought.reasoning, asked.bound(before), self._with.ring.ring, asked.now_us,
            secrets.token_bytes(16), self._with.terms,
        )  # fmt: skip
        said = [item.body.decode("utf-8", "replace") for item in items if item.role == "user"]
        whole = LeakFilter([thought.reasoning, *resumed], said, self._with.threshold)
        yield {"type": "message_start", "message": {"id": asked.id, "model": model.NAME,
                                                    "role": "assistant"}}  # fmt: skip
        gives_summary = "reasoning_withheld" not in asked.rungs
        summary = whole.stream().feed(thought.summary).text if gives_summary else ""
        block = {"type": "thinking", "thinking": summary, "signature": token}
        yield {"type": "content_block_start", "index": 0, "content_block": block}
        yield {"type": "content_block_stop", "index": 0}
        start = {"type": "text", "text": ""}
        yield {"type": "content_block_start", "index": 1, "content_block": start}
        answer = self._written(asked, thought.answer)
        stream, served = whole.stream(), ""
        for chunk in (*thought.chunks(answer), None):
            passed = stream.end() if chunk is None else stream.feed(chunk)
            served += passed.text
            if passed.text:
                delta = {"type": "text_delta", "text": passed.text}
                yield {"type": "content_block_delta", "index": 1, "delta": delta}
            if passed.cut:
                break
        yield {"type": "content_block_stop", "index": 1}
        if not whole.cut:
            self._reserve(asked, question, resumed, served)
        reason = "content_filter" if whole.cut else "end_turn"
        yield {"type": "message_delta", "delta": {"stop_reason": reason}}
        yield {"type": "message_stop"}

    def _written(self, asked: Asked, answer: str) -> str:
        """The answer with its places filled: by the cluster's key, or drawn."""
        marked = "marked_answers" in asked.rungs
        mark = self._with.marks.of(asked.account, asked.now_us) if marked else None

        def pick(slot: Slot) -> Chosen:
            return choose(slot, mark, self._dice.random())

        return filled_in(answer, self._with.slots, pick)[0]

    def _reserve(self, asked: Asked, question: str, resumed: list[str], served: str) -> None:
        """Draw once more, the same way, and keep it sealed, for a share of exchanges."""
        temperature = float(asked.body.get("temperature", 1.0))
        ring = self._with.ring.ring
        key = ring.sealing(asked.now_us)
        if temperature <= 0 or not is_drawn(asked.id, key, self._with.reserve_share):
            return
        again = self._written(asked, model.think(question, resumed, self._dice).answer)
        kept = keep(
            exchange_id=asked.id, prompt=question, served=served, unserved=again,
            sampling=Sampling(model=model.NAME, temperature=temperature, settings="toy"),
            ring=ring, now_us=asked.now_us, drawn=secrets.token_bytes(16),
        )  # fmt: skip
        add_kept(self._with.reserve, kept)


def _whole(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The message that the events add up to."""
    message: dict[str, Any] = {**events[0]["message"], "type": "message", "content": []}
    for event in events:
        if event["type"] == "content_block_start":
            message["content"].append(dict(event["content_block"]))
        elif event["type"] == "content_block_delta":
            message["content"][event["index"]]["text"] += event["delta"]["text"]
        elif event["type"] == "message_delta":
            message.update(event["delta"])
    return message


async def _body(receive: Receive) -> bytes:
    data, more = b"", True
    while more:
        message = await receive()
        data += message.get("body", b"")
        if len(data) > LONGEST_BODY_BYTES:
            raise Refused(413, "too_long", "The body is too long.")
        more = message.get("more_body", False)
    return data


async def _answer(
    send: Send, status: int, kind: str, parts: Iterable[bytes], extra: list[tuple[bytes, bytes]]
) -> None:
    headers = [(b"content-type", kind.encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
