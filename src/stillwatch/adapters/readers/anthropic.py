"""Anthropic: messages as pairs, message batches and their results, streamed answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stillwatch.adapters.readers.envelope import merged, read_envelope
from stillwatch.adapters.readers.fields import name, obj, seq, text
from stillwatch.adapters.readers.interface import JOIN, Format, Half, NotARecord, Record, Row
from stillwatch.adapters.readers.messages import finish, read_messages, text_of, tool_names

_STATUS_OF_ERROR = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_REQUEST_KEYS = ("anthropic_version", "stop_sequences", "thinking", "system")


def claims(record: Record) -> float:
    """Batch lines by their own keys; pairs by the shape of the request and response."""
    if "custom_id" in record and ("params" in record or "result" in record):
        return 0.95
    if not isinstance(record.get("request"), dict) and not isinstance(record.get("response"), dict):
        return 0.0
    request, response = obj(record.get("request")), obj(record.get("response"))
    if response.get("type") in ("message", "error"):
        return 0.9
    if "choices" in response or "output" in response or "messages" not in request:
        return 0.0
    is_named = str(request.get("model", "")).startswith("claude")
    return 0.8 if is_named or any(key in request for key in _REQUEST_KEYS) else 0.0


def rows(record: Record, file: str) -> Sequence[Row]:
    """One row a pair, a batch request or a batch result."""
    if "custom_id" in record:
        return (_batch_row(record, file),)
    if not isinstance(record.get("request"), dict) and record.get("response") is None:
        raise NotARecord("neither a request nor a response is in the record")
    request = obj(record.get("request"))
    row = merged(
        read_envelope(record),
        request_row(request),
        response_row(record.get("response")),
        fallback_row(request),
        {"operation": "chat"},
    )
    return (row,)


def _batch_row(record: Record, file: str) -> Row:
    custom_id = name(record.get("custom_id"))
    if custom_id is None:
        raise NotARecord("custom_id is empty")
    folder, _, title = file.rpartition("/")
    mark = Half(f"{folder}\0{custom_id}", "request", only_one=True, name=f"{title}#{custom_id}")
    around = merged(read_envelope(record), {"operation": "batch"})
    if isinstance(params := record.get("params"), dict):
        return {**merged(around, request_row(params), fallback_row(params)), JOIN: mark}
    result = obj(record.get("result"))
    answer = result.get("message") if result.get("type") == "succeeded" else result.get("error")
    succeeded: Row = {"status": 200} if result.get("type") == "succeeded" else {}
    row = merged(around, response_row(answer), succeeded)
    return {**row, JOIN: replace(mark, part="result")}


def request_row(request: Record) -> Row:
    """The columns that a messages request gives."""
    row = read_messages(request.get("messages"))
    top = text_of(request.get("system"))
    if top:
        row["system_prompt"] = "\n".join(filter(None, (top, row.get("system_prompt"))))
    row["model"] = name(request.get("model"))
    row["tools"] = tool_names(request.get("tools"))
    row["temperature"] = request.get("temperature")
    row["max_tokens"] = request.get("max_tokens")
    row["conversation"] = name(obj(request.get("container")).get("id"))
    return row


def fallback_row(request: Record) -> Row:
    """What the request itself says of the account, for logs that say it nowhere else."""
    return {"account": name(obj(request.get("metadata")).get("user_id"))}


def response_row(response: Any) -> Row:
    """The columns that a message, an error or a list of streamed events gives."""
    if isinstance(response, list):
        response = folded(response)
    message = obj(response)
    if message.get("type") == "error":
        kind = obj(message.get("error")).get("type")
        status = _STATUS_OF_ERROR.get(kind) if isinstance(kind, str) else None
        return {"status": status, "exchange_id": name(message.get("request_id"))}
    usage = obj(message.get("usage"))
    details = obj(usage.get("output_tokens_details"))
    return {
        "exchange_id": name(message.get("id")),
        "model": name(message.get("model")),
        "response": text_of(message.get("content")),
        "finish_reason": finish(message.get("stop_reason")),
        "input_tokens": _input_tokens(usage),
        "output_tokens": usage.get("output_tokens"),
        "reasoning_tokens": details.get("thinking_tokens", details.get("reasoning_tokens")),
    }


def _input_tokens(usage: Record) -> Any:
    """All tokens read: Anthropic counts cached ones apart, the contract does not."""
    fresh = usage.get("input_tokens")
    if not isinstance(fresh, int):
        return fresh
    cached = (usage.get("cache_creation_input_tokens"), usage.get("cache_read_input_tokens"))
    return fresh + sum(one for one in cached if isinstance(one, int))


def folded(events: list[Any]) -> dict[str, Any]:
    """The message that a list of streamed events adds up to."""
    message: dict[str, Any] = {}
    pieces: dict[Any, list[str]] = {}
    for event in map(obj, events):
        kind, delta = event.get("type"), obj(event.get("delta"))
        if kind == "message_start":
            message.update(obj(event.get("message")))
        elif kind == "content_block_delta" and (piece := text(delta.get("text"))):
            pieces.setdefault(str(event.get("index")), []).append(piece)
        elif kind == "message_delta":
            message["stop_reason"] = delta.get("stop_reason")
            message["usage"] = {**obj(message.get("usage")), **obj(event.get("usage"))}
        elif kind == "error":
            return event
    if pieces:
        message["content"] = [{"type": "text", "text": "".join(one)} for one in pieces.values()]
    elif not seq(message.get("content")):
        message["content"] = None
    return message


FORMAT = Format("anthropic", claims, rows)
