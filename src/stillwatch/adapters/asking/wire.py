"""Requests and replies as OpenAI and Anthropic publish them, read without trust.

OpenAI: chat completions, ``POST /chat/completions``. Anthropic: messages, ``POST /v1/messages``,
system text in a field of its own. What a reply says of itself beside the answer (fingerprint,
tier, provider) is kept as a lead under ``body.<name>``; it proves nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from stillwatch.adapters.asking.endpoint import Endpoint
from stillwatch.model.errors import BadInput
from stillwatch.vet.asked import Message, Probe

ANTHROPIC_VERSION: Final = "2023-06-01"
#: a count of tokens above it is no count.
MOST_TOKENS: Final = 10_000_000
_LONGEST_LEAD: Final = 200
#: headers of a reply that tell who served it; none names the asker.
HEADERS: Final = frozenset(
    "server via x-served-by x-cache age cf-ray cf-cache-status x-request-id request-id "
    "openai-model openai-version openai-processing-ms x-ms-region x-ms-deployment-name "
    "azureml-model-session x-groq-region x-amzn-requestid x-amzn-bedrock-invocation-latency "
    "x-inference-provider x-envoy-upstream-service-time x-litellm-model-id x-litellm-version "
    "x-litellm-model-group retry-after".split()
)
_BODY: Final = ("system_fingerprint", "service_tier", "provider", "object", "type")
_OPENAI: Final = {
    "stop": "stop", "length": "length", "content_filter": "content_filter",
    "tool_calls": "stop", "function_call": "stop",
}  # fmt: skip
_ANTHROPIC: Final = {
    "end_turn": "stop", "stop_sequence": "stop", "tool_use": "stop", "pause_turn": "stop",
    "max_tokens": "length", "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a reply says.

    Args:
        text: of the answer.
        model: what it calls the model.
        finish: ``stop``, ``length`` or ``content_filter``.
        input_tokens: as counted by the endpoint; None where it did not say.
        output_tokens: likewise.
        leads: further words about who answered.
    """

    text: str
    model: str
    finish: str
    input_tokens: int | None
    output_tokens: int | None
    leads: Mapping[str, str] = field(default_factory=dict)


def headers_of(endpoint: Endpoint, secret: str) -> dict[str, str]:
    """Headers of a request; compression is not asked for, so that none can be a bomb."""
    told = {"accept": "application/json", "accept-encoding": "identity"}
    told |= {"content-type": "application/json", "user-agent": "stillwatch"}
    told |= {name.lower(): value for name, value in endpoint.headers.items()}
    if endpoint.kind == "anthropic":
        told["anthropic-version"] = ANTHROPIC_VERSION
        if secret:
            told["x-api-key"] = secret
    elif secret:
        told["authorization"] = f"Bearer {secret}"
    return told


def body_of(endpoint: Endpoint, probe: Probe) -> dict[str, Any]:
    """Body of a request.

    Raises:
        BadInput: the interface cannot carry the probe.
    """
    told: dict[str, Any] = {"model": endpoint.model}
    if endpoint.kind == "openai":
        told["messages"] = [_message(one) for one in probe.messages]
        told[endpoint.max_tokens_field] = probe.max_tokens
        warmest = 2.0
    else:
        system = [one.text for one in probe.messages if one.role == "system"]
        others = [one for one in probe.messages if one.role != "system"]
        if [one.role for one in probe.messages[: len(system)]] != ["system"] * len(system):
            raise BadInput("system text stands before all others here.", where=probe.name)
        if not others or others[0].role != "user":
            raise BadInput("a dialogue begins with the user here.", where=probe.name)
        told["messages"] = [_message(one) for one in others]
        told["max_tokens"] = probe.max_tokens
        if system:
            told["system"] = "\n\n".join(system)
        warmest = 1.0
    if probe.temperature is not None:
        if probe.temperature > warmest:
            raise BadInput(f"temperatures end at {warmest:g} here.", where=probe.name)
        told["temperature"] = probe.temperature
    return told


def said_in(endpoint: Endpoint, content: bytes) -> Said:
    """Read the body of a reply.

    Raises:
        BadInput: it is not what the interface says it is.
    """
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        raise BadInput("the reply is no JSON.") from None
    if not isinstance(told, dict):
        raise BadInput("the reply is no object.")
    found = _openai(told) if endpoint.kind == "openai" else _anthropic(told)
    text, reason, known, counts = found
    leads = {f"body.{name}": told[name] for name in _BODY if isinstance(told.get(name), str)}
    if reason not in known:
        leads["body.finish_reason"] = str(reason)
    names = ("prompt_tokens", "completion_tokens") if known is _OPENAI else (
        "input_tokens", "output_tokens",
    )  # fmt: skip
    usage = counts if isinstance(counts, dict) else {}
    model = told.get("model")
    return Said(
        text=text,
        model=model[:_LONGEST_LEAD] if isinstance(model, str) else "",
        finish=known.get(reason, "stop") if isinstance(reason, str) else "stop",
        input_tokens=_count(usage.get(names[0]), names[0]),
        output_tokens=_count(usage.get(names[1]), names[1]),
        leads={name: value[:_LONGEST_LEAD] for name, value in leads.items()},
    )


def refusal_in(content: bytes) -> str:
    """What an error reply says for itself; empty where nothing can be read."""
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        return ""
    error = told.get("error") if isinstance(told, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return said if isinstance(said, str) else ""


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those of a reply that are on the list, cut short."""
    found = {name.lower(): value for name, value in headers.items()}
    return {name: found[name][:_LONGEST_LEAD] for name in sorted(HEADERS & set(found))}


def _message(one: Message) -> dict[str, str]:
    return {"role": one.role, "content": one.text}


def _openai(told: dict[str, Any]) -> tuple[str, Any, dict[str, str], Any]:
    choices = told.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise BadInput("the reply holds no choice.")
    message = choices[0].get("message")
    if not isinstance(message, dict):
        raise BadInput("the reply's choice holds no message.")
    text = message.get("content")
    if text is None:
        text = message.get("refusal") or ""
    if not isinstance(text, str):
        raise BadInput("the reply's message is no text.")
    return text, choices[0].get("finish_reason"), _OPENAI, told.get("usage")


def _anthropic(told: dict[str, Any]) -> tuple[str, Any, dict[str, str], Any]:
    blocks = told.get("content")
    if not isinstance(blocks, list) or not all(isinstance(one, dict) for one in blocks):
        raise BadInput("the reply holds no content.")
    texts = [one.get("text") for one in blocks if one.get("type") == "text"]
    if not all(isinstance(one, str) for one in texts):
        raise BadInput("the reply's content is no text.")
    return "".join(texts), told.get("stop_reason"), _ANTHROPIC, told.get("usage")


def _count(value: object, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_TOKENS:
        raise BadInput(f"the reply's {name} is no count of tokens.")
    return value
