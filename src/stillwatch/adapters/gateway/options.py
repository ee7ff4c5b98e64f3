"""What a request to a model asks for, read from its body, and how less of it is asked for.

Only options and the kinds of blocks are read: which model, how long an answer, whether
probabilities or reasoning. What was said is looked at by nobody here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final

PROBABILITIES: Final = ("logprobs", "top_logprobs", "logit_bias")
OPERATIONS: Final = {
    "/chat/completions": "chat",
    "/completions": "completion",
    "/messages": "chat",
    "/responses": "responses",
    "/embeddings": "embeddings",
    "/batches": "batch",
}
"""Ends of the addresses that are asked about, and what is done there."""
_LENGTHS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_REPLAYED: Final = ("thinking", "redacted_thinking", "reasoning")


def operation_of(path: str) -> str:
    """What is done at an address; empty where it is not one that is asked about.

    >>> operation_of("/openai/v1/chat/completions"), operation_of("/health")
    ('chat', '')
    """
    bare = path.partition("?")[0].rstrip("/")
    for end, operation in OPERATIONS.items():
        if bare.endswith(end):
            return operation
    return ""


def options_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an OpenAI or Anthropic request, under the names of ``stillwatch.ask/1``.

    >>> options_of({"model": "m", "max_completion_tokens": 9, "messages": ["secret"]})
    {'model': 'm', 'max_tokens': 9}
    """
    found: dict[str, Any] = {}
    model = body.get("model")
    if isinstance(model, str):
        found["model"] = model[:200]
    for name in _LENGTHS:
        if (n_tokens := _count(body.get(name))) is not None:
            found["max_tokens"] = n_tokens
            break
    if (n_samples := _count(body.get("n"))) is not None and n_samples > 1:
        found["samples"] = n_samples
    if body.get("logprobs") not in (None, False):
        found["logprobs"] = True
    if wants_reasoning(body):
        found["reasoning"] = True
    if n_replayed := sum(1 for _ in _replayed(body)):
        found["replayed_reasoning"] = n_replayed
    return found


def wants_reasoning(body: Mapping[str, Any]) -> bool:
    """Whether the request asks to see how the answer was reached."""
    thinking, reasoning = body.get("thinking"), body.get("reasoning")
    if isinstance(thinking, Mapping) and thinking.get("type") in ("enabled", "adaptive"):
        return thinking.get("display") != "omitted"
    if isinstance(reasoning, Mapping) and reasoning.get("summary") is not None:
        return True
    return body.get("include_reasoning") is True


def ask_for_less(body: MutableMapping[str, Any], less: Iterable[str]) -> bool:
    """Take out of a request what is not to be given; whether anything changed.

    Args:
        body: the request, changed in place.
        less: rungs of the ladder that alter answers. ``marked_answers`` is for the server of the
            model, and changes nothing here.

    >>> body = {"logprobs": True, "messages": []}
    >>> ask_for_less(body, ["no_logprobs"]), body
    (True, {'messages': []})
    """
    before = dict(body)
    for rung in less:
        if rung == "no_logprobs":
            for name in PROBABILITIES:
                body.pop(name, None)
        elif rung in ("reasoning_summarised", "reasoning_withheld"):
            _less_reasoning(body, withheld=rung == "reasoning_withheld")
    return dict(body) != before


def _less_reasoning(body: MutableMapping[str, Any], *, withheld: bool) -> None:
    body.pop("include_reasoning", None)
    thinking, reasoning = body.get("thinking"), body.get("reasoning")
    if isinstance(thinking, Mapping) and thinking.get("type") in ("enabled", "adaptive"):
        body["thinking"] = {**thinking, "display": "omitted" if withheld else "summarized"}
    if isinstance(reasoning, Mapping) and reasoning.get("summary") is not None:
        kept = {k: v for k, v in reasoning.items() if k != "summary"}
        body["reasoning"] = kept if withheld else {**kept, "summary": "concise"}


def _count(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return min(value, 2**31 - 1)
    return None


def _replayed(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Blocks of reasoning that the request presents again."""
    turns = body.get("messages")
    if not isinstance(turns, list):
        turns = body.get("input")
    for turn in turns if isinstance(turns, list) else ():
        if not isinstance(turn, Mapping):
            continue
        if turn.get("type") in _REPLAYED:
            yield turn
        blocks = turn.get("content")
        for block in blocks if isinstance(blocks, list) else ():
            if isinstance(block, Mapping) and block.get("type") in _REPLAYED:
                yield block
