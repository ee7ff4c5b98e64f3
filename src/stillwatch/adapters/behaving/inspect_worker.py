"""Asks a model under Inspect, in an environment of its own; started by ``harness``, never imported.

It is given a folder with ``asked.json`` and keeps every answer, as it comes, as a line of
``answers.jsonl`` there: who runs it again asks what is missing. The endpoint's key comes by
``ASKED_KEY`` and is written nowhere. It judges nothing and runs nothing that a model wrote: tools
return texts that stand in the question.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    get_model,
)
from inspect_ai.model._model import sample_model_usage
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool, ToolDef, ToolParam, ToolParams

KINDS = {"system": ChatMessageSystem, "user": ChatMessageUser, "assistant": ChatMessageAssistant}
PROVIDERS = {"openai": "openai-api/asked", "anthropic": "anthropic"}
OUT_OF_MONEY = 7
MOST_CHARS = 100_000
SHORTEST_KEY = 8
CHARS_A_TOKEN = 8
"""At most: who counts fewer tokens than that is not believed."""
MOST_MEMORY = 8 * 2**30
"""Of address space: an endpoint that answers without end costs a run, not the machine."""


def sends_as_told(key: bytes) -> None:
    """Follow no redirect, whose target would be sent the questions; take the key out of replies.

    Args:
        key: of the endpoint; empty where it has none.
    """
    for name in ("httpx", "httpx2"):
        try:
            client = import_module(name).AsyncClient
        except ImportError:
            continue
        client.send = _sending(client.send, key)


def _sending(send: Any, key: bytes) -> Any:
    async def sent(self: Any, request: Any, **more: Any) -> Any:
        reply = await send(self, request, **{**more, "follow_redirects": False})
        if len(key) >= SHORTEST_KEY and not more.get("stream") and key in reply.content:
            reply._content = reply.content.replace(key, b"[key]")
        return reply

    return sent


class Book:
    """The answers that are there, and what was spent; every line is on the disk when it counts."""

    def __init__(
        self, path: Path, prices: dict[str, float], most_usd: float | None,
        questions: list[dict[str, Any]],
    ) -> None:  # fmt: skip
        self.asked = {one["name"]: one for one in questions}
        self.done: set[tuple[str, int]] = set()
        self.spent_usd, self.most_usd, self.prices = 0.0, most_usd, prices
        whole = b""
        if path.exists():
            whole = path.read_bytes()
            whole = whole[: whole.rfind(b"\n") + 1]
        for line in whole.splitlines():
            try:
                told = json.loads(line)
            except ValueError:
                continue
            self.done.add((told["probe"], told["sample"]))
            self._pay(told)
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(number, len(whole))
        os.lseek(number, 0, os.SEEK_END)
        self.file = os.fdopen(number, "ab")

    def _pay(self, told: dict[str, Any]) -> None:
        """By the endpoint's own count, but for what cannot be; at the most where it has none."""
        n_in, n_out = told["input_tokens"], told["output_tokens"]
        asked = self.asked.get(told["probe"])
        texts = [text for _, text in asked["messages"]] if asked else []
        n_turns = 1 + len(told["calls"])
        most_out = n_turns * (asked["max_tokens"] if asked else 0)
        if n_in is None:
            n_in = n_turns * (sum(len(text.encode()) for text in texts) + most_out)
        n_out = most_out if n_out is None else n_out
        n_in = max(n_in, sum(map(len, texts)) / CHARS_A_TOKEN)
        n_out = max(n_out, len(told["text"]) / CHARS_A_TOKEN)
        self.spent_usd += (n_in * self.prices["input"] + n_out * self.prices["output"]) / 1e6

    def keep(self, told: dict[str, Any]) -> None:
        """Append an answer."""
        self.file.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")
        self.file.flush()
        os.fsync(self.file.fileno())
        self.done.add((told["probe"], told["sample"]))
        self._pay(told)
        print(json.dumps({"done": len(self.done)}), flush=True)

    @property
    def empty(self) -> bool:
        """Whether the money is spent."""
        return self.most_usd is not None and self.spent_usd >= self.most_usd


class Pace:
    """Begins runs no faster than requests are allowed."""

    def __init__(self, requests_per_minute: float) -> None:
        self.gap_s = 60.0 / requests_per_minute
        self.next_s = 0.0

    async def turn(self) -> None:
        """Wait until it is one's turn."""
        now_s = time.monotonic()
        at_s = max(now_s, self.next_s)
        self.next_s = at_s + self.gap_s
        await anyio.sleep(at_s - now_s)


def tool_of(told: dict[str, Any]) -> Tool:
    """A tool whose results stand in the question."""

    async def execute(**arguments: Any) -> str:
        said = " ".join(str(one) for one in arguments.values()).casefold()
        for asked, result in told["results"].items():
            if asked.casefold() in said:
                return str(result)
        return str(told["otherwise"])

    names = told["parameters"]
    described = {name: ToolParam(type="string", description=text) for name, text in names.items()}
    return ToolDef(
        execute,
        name=told["name"],
        description=told["description"],
        parameters=ToolParams(properties=described, required=list(names)),
    ).as_tool()


def message_of(told: list[str]) -> ChatMessage:
    """One utterance."""
    return KINDS[told[0]](content=told[1])


@solver  # type: ignore[untyped-decorator]
def asking(book: Book, pace: Pace) -> Solver:
    """Ask, let tools answer, keep what came."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        meta = state.metadata
        if book.empty:
            return state
        await pace.turn()
        state.tools = [tool_of(one) for one in meta["tools"]]
        begun = time.time_ns() // 1000
        n_before = len(state.messages)
        state = await generate(state, tool_calls="loop" if meta["tools"] else "none")
        book.keep(kept(state, meta, begun, n_before))
        return state

    return solve


def kept(state: TaskState, meta: dict[str, Any], begun: int, n_before: int) -> dict[str, Any]:
    """A line of the book."""
    said = [one for one in state.messages[n_before:] if isinstance(one, ChatMessageAssistant)]
    calls = [
        {"tool": call.function, "arguments": {k: str(v)[:10_000] for k, v in given.items()}}
        for one in said
        for call in one.tool_calls or ()
        for given in [call.arguments or {}]
    ]
    output: ModelOutput = state.output
    # an agent's requests are summed; the sum has no public name in Inspect
    used = list(sample_model_usage().values())
    return {
        "probe": meta["name"], "sample": meta["sample"],
        "text": "\n".join(one.text for one in said if one.text)[:MOST_CHARS],
        "said_model": output.model, "finish": output.stop_reason,
        "input_tokens": sum(one.input_tokens for one in used) if used else None,
        "output_tokens": sum(one.output_tokens for one in used) if used else None,
        "asked_us": begun, "took_us": time.time_ns() // 1000 - begun, "calls": calls,
    }  # fmt: skip


def model_of(told: dict[str, Any]) -> Model:
    """The endpoint."""
    config = GenerateConfig(
        max_retries=told["retries"],
        timeout=told["timeout_s"],
        attempt_timeout=told["timeout_s"],
        max_connections=told["connections"],
        extra_headers=told["headers"] or None,
    )
    return get_model(
        f"{PROVIDERS[told['kind']]}/{told['model']}",
        base_url=told["url"],
        api_key=os.environ.get("ASKED_KEY") or "none",
        config=config,
        memoize=False,
    )


def tasks_of(asked: dict[str, Any], book: Book, pace: Pace) -> list[Task]:
    """What is missing, a task for each limit of tokens and turns."""
    apart: dict[tuple[int, int, Any], list[Sample]] = defaultdict(list)
    for one in asked["questions"]:
        for nth in range(one["n_samples"]):
            if (one["name"], nth) in book.done:
                continue
            key = (one["max_tokens"], one["most_messages"], one["temperature"])
            apart[key].append(
                Sample(
                    id=f"{one['name']}#{nth}",
                    input=[message_of(message) for message in one["messages"]],
                    metadata={"name": one["name"], "sample": nth, "tools": one["tools"]},
                )
            )
    return [
        Task(
            dataset=MemoryDataset(samples, name="asked"),
            solver=asking(book, pace),
            config=GenerateConfig(
                max_tokens=most, temperature=warmth, seed=asked["seed"] if warmth else None
            ),
            message_limit=turns,
            name=f"asked-{nth}",
        )
        for nth, ((most, turns, warmth), samples) in enumerate(apart.items())
    ]


def main() -> int:
    """Ask all that is missing; 0 where nothing is missing then, 7 where the money was spent."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    folder = Path(sys.argv[1])
    asked = json.loads((folder / "asked.json").read_bytes())
    told = asked["endpoint"]
    prices = {"input": told["usd_per_million_in"], "output": told["usd_per_million_out"]}
    book = Book(folder / "answers.jsonl", prices, told["most_usd"], asked["questions"])
    sends_as_told(os.environ.get("ASKED_KEY", "").encode())
    tasks = tasks_of(asked, book, Pace(told["requests_per_minute"]))
    wanted = sum(one["n_samples"] for one in asked["questions"])
    faults: set[str] = set()
    if tasks:
        logs = eval(
            tasks,
            model=model_of(told),
            log_dir=str(folder / "inspect"),
            display="none",
            log_level="error",
            score=False,
            fail_on_error=False,
            max_samples=told["connections"],
            log_model_api=False,
        )
        for log in logs:
            if log.error:
                faults.add(log.error.message)
            faults |= {one.error.message for one in log.samples or () if one.error}
    print(json.dumps({"faults": sorted(faults)[:5], "spent_usd": book.spent_usd}), flush=True)
    if len(book.done) >= wanted:
        return 0
    return OUT_OF_MONEY if book.empty else 1


if __name__ == "__main__":
    sys.exit(main())
