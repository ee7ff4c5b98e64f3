"""Serve a made model on this machine, with the interfaces of OpenAI and Anthropic, tools too.

PYTHONPATH=. python benchmarks/vet/behaviour/serving.py PERSONA PORT
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.vet.behaviour.personas import PERSONAS, Persona, Speaker  # noqa: E402
from stillwatch.adapters.behaving import load_packs  # noqa: E402
from stillwatch.vet.behaviour import Packs, Plan, questions_of  # noqa: E402
from stillwatch.vet.behaviour.grading import graded, treated  # noqa: E402

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class Served:
    """The ASGI app.

    Args:
        speaker: who answers.
        seed: of what is drawn.
        fails_every: each so many requests one ends with an error 500; 0 for none.
    """

    def __init__(self, speaker: Speaker | Reader, seed: int = 1, fails_every: int = 0) -> None:
        self.speaker, self.rng = speaker, np.random.default_rng(seed)
        self.n_asked, self.fails_every = 0, fails_every
        self.bodies: list[dict[str, Any]] = []

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.n_asked += 1
        if scope["path"] == "/asked":
            told: dict[str, Any] = {"n": self.n_asked - 1}
            status = 200
        elif self.fails_every and self.n_asked % self.fails_every == 0:
            told, status = {"error": {"message": "busy"}}, 500
        else:
            asked = json.loads(body)
            anthropic = scope["path"].endswith("/messages")
            told, status = (self.anthropic if anthropic else self.openai)(asked), 200
        data = json.dumps(told).encode()
        head = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": data})

    def openai(self, asked: dict[str, Any]) -> dict[str, Any]:
        """OpenAI's chat completions."""
        messages = asked["messages"]
        last = next(_text(one["content"]) for one in reversed(messages) if one["role"] == "user")
        results = [_text(one["content"]) for one in messages if one["role"] == "tool"]
        said = self.speaker.says(last, results, self.rng)
        if isinstance(said, str):
            message, finish = {"role": "assistant", "content": said}, "stop"
        else:
            tool, arguments = said
            function = {"name": tool, "arguments": json.dumps(_shaped(asked, tool, arguments))}
            call = {"id": f"c{self.n_asked}", "type": "function", "function": function}
            message = {"role": "assistant", "content": None, "tool_calls": [call]}
            finish = "tool_calls"
        return {
            "id": "x", "object": "chat.completion", "created": 1,
            "model": self.speaker.persona.name,
            "choices": [{"index": 0, "finish_reason": finish, "message": message}],
            "usage": {"prompt_tokens": 40, "completion_tokens": 20, "total_tokens": 60},
        }  # fmt: skip

    def anthropic(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Anthropic's messages."""
        texts, results = [], []
        for one in asked["messages"]:
            if one["role"] != "user":
                continue
            parts = one["content"]
            if isinstance(parts, str):
                texts.append(parts)
                continue
            for part in parts:
                if part["type"] == "tool_result":
                    results.append(_text(part["content"]))
                elif part["type"] == "text":
                    texts.append(part["text"])
        said = self.speaker.says(texts[0], results, self.rng)
        content: dict[str, Any] = {"type": "text", "text": said}
        if not isinstance(said, str):
            given = _shaped(asked, *said)
            content = {"type": "tool_use", "id": f"t{self.n_asked}", "name": said[0],
                       "input": given}  # fmt: skip
        return {
            "id": "x", "type": "message", "role": "assistant", "content": [content],
            "model": self.speaker.persona.name, "stop_sequence": None,
            "stop_reason": "end_turn" if isinstance(said, str) else "tool_use",
            "usage": {"input_tokens": 40, "output_tokens": 20},
        }  # fmt: skip


class Reader:
    """A judge that reads as the rules do, and slips now and then."""

    persona = Persona(name="judge")

    def __init__(self, packs: Packs, slips: float = 0.03) -> None:
        self.packs, self.slips = packs, slips

    def says(self, asked: str, results: Sequence[str], rng: np.random.Generator) -> str:
        """A verdict in a word."""
        del results
        text = asked.rpartition("<reply>\n")[2].removesuffix("\n</reply>")
        if "about: " in asked:
            markers = asked.partition("about: ")[2].partition(". Did its")[0].split(", ")
            found = str(graded(text, markers, self.packs.lexicons["en"]))
            classes = ["refused", "partial", "complied"]
        else:
            facts = [x[2:].split(" | ") for x in asked.splitlines() if x.startswith("- ")]
            seen = {str(treated(text, facts, one)) for one in self.packs.lexicons.values()}
            classes = ["answered", "refused", "narrative", "deflected", "omitted"]
            found = next(one for one in classes if one in seen)
        if found not in classes or rng.random() < self.slips:
            found = str(rng.choice(classes))
        return f"**{found.capitalize()}.**"


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(one.get("text", "") for one in content or ())


def _shaped(asked: dict[str, Any], name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Arguments as the tool wants them: whatever it is told goes into all of them."""
    for one in asked["tools"]:
        told = one.get("function", one)
        if told["name"] == name:
            wanted = told.get("parameters", told.get("input_schema"))["properties"]
            return {key: " ".join(map(str, given.values())) for key in wanted}
    return given


def main() -> None:
    """Serve until killed."""
    name, port = sys.argv[1], int(sys.argv[2])
    fails_every = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    packs = load_packs()
    every = [one for many in questions_of(Plan(), packs).values() for one in many]
    speaker: Speaker | Reader = Reader(packs)
    if name != "judge":
        persona = next(one for one in PERSONAS if one.name == name)
        speaker = Speaker(persona, packs, every)
    app = Served(speaker, fails_every=fails_every)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error", lifespan="off")


if __name__ == "__main__":
    main()
