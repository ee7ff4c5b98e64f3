"""OpenAI: chat completions and responses as pairs, and both batch files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from stillwatch.adapters.readers.envelope import first_time, merged, read_envelope
from stillwatch.adapters.readers.fields import first, first_name, name, obj, seq, text
from stillwatch.adapters.readers.interface import JOIN, Format, Half, NotARecord, Record, Row
from stillwatch.adapters.readers.messages import finish, message_text, read_messages, tool_names

_CREATED = ("created", "created_at")


def claims(record: Record) -> float:
    """Batch lines by their own keys; pairs by ``request`` and ``response``."""
    if "custom_id" in record and ("body" in record or "response" in record):
        return 0.95
    if isinstance(record.get("request"), dict) and "response" in record:
        return 0.7
    return 0.5 if isinstance(record.get("request"), dict) else 0.0


def rows(record: Record, file: str) -> Sequence[Row]:
    """One row a pair, a batch request or a batch result."""
    if "custom_id" in record:
        return (_batch_row(record, file),)
    if not isinstance(record.get("request"), dict) and not isinstance(record.get("response"), dict):
        raise NotARecord("neither a request nor a response is in the record")
    request, response = obj(record.get("request")), obj(record.get("response"))
    row = merged(
        read_envelope(record), request_row(request), response_row(response), fallback_row(request)
    )
    return (row,)


def _batch_row(record: Record, file: str) -> Row:
    custom_id = name(record.get("custom_id"))
    if custom_id is None:
        raise NotARecord("custom_id is empty")
    folder, _, title = file.rpartition("/")
    mark = Half(f"{folder}\0{custom_id}", "request", only_one=True, name=f"{title}#{custom_id}")
    around = read_envelope({key: value for key, value in record.items() if key != "id"})
    fixed: Row = {"operation": "batch"}
    if isinstance(body := record.get("body"), dict):
        return {**merged(around, fixed, request_row(body), fallback_row(body)), JOIN: mark}
    answer = obj(record.get("response"))
    body = obj(answer.get("body"))
    row = merged(
        around,
        fixed,
        {"status": answer.get("status_code")},
        response_row(body),
        {"exchange_id": name(record.get("id")) or name(answer.get("request_id"))},
    )
    return {**row, JOIN: replace(mark, part="result")}


def request_row(request: Record) -> Row:
    """The columns that a chat, responses, completions or embeddings request gives."""
    given = request.get("input")
    is_responses = given is not None or "instructions" in request
    history = request.get("messages") if "messages" in request else given
    row = read_messages(history)
    if is_responses and (instructions := text(request.get("instructions"))):
        row["system_prompt"] = "\n".join(filter(None, (instructions, row.get("system_prompt"))))
    if "prompt" not in row and (plain := _plain(given) or _plain(request.get("prompt"))):
        row["prompt"], row["turn"] = plain, 0
    row["model"] = name(request.get("model"))
    row["tools"] = tool_names(request.get("tools")) or tool_names(request.get("functions"))
    row["temperature"] = request.get("temperature")
    row["max_tokens"] = first(request, ("max_completion_tokens", "max_output_tokens", "max_tokens"))
    row["samples"] = request.get("n")
    row["logprobs"] = _logprobs(request)
    row["conversation"] = name(request.get("conversation")) or name(
        obj(request.get("conversation")).get("id")
    )
    return row


def fallback_row(request: Record) -> Row:
    """What the request itself says of the account, for logs that say it nowhere else."""
    return {
        "account": first_name(request, ("safety_identifier", "user")),
        "operation": _operation(request),
    }


def _plain(given: Any) -> str | None:
    if isinstance(given, str):
        return given or None
    pieces = [one for one in seq(given) if isinstance(one, str)]
    return "\n".join(pieces) or None


def _operation(request: Record) -> str:
    if "messages" in request:
        return "chat"
    if isinstance(request.get("prompt"), str | list):
        return "completion"
    is_embedding = "encoding_format" in request or "embedding" in str(request.get("model", ""))
    return "embeddings" if is_embedding else "responses"


def _logprobs(request: Record) -> bool | None:
    asked = request.get("logprobs")
    if asked is None and request.get("top_logprobs") is not None:
        return True
    if any(one == "message.output_text.logprobs" for one in seq(request.get("include"))):
        return True
    if isinstance(asked, int):
        return asked is True or (asked is not False and asked >= 0)
    return None


def response_row(response: Record) -> Row:
    """The columns that a response gives; an error response gives its status."""
    usage = obj(response.get("usage"))
    details = obj(usage.get("completion_tokens_details")) or obj(usage.get("output_tokens_details"))
    answer, reason = _chat_answer(response) if "choices" in response else _output(response)
    return {
        "exchange_id": name(response.get("id")),
        "model": name(response.get("model")),
        "sent_at": first_time(response, _CREATED),
        "input_tokens": first(usage, ("prompt_tokens", "input_tokens")),
        "output_tokens": first(usage, ("completion_tokens", "output_tokens")),
        "reasoning_tokens": details.get("reasoning_tokens"),
        "response": answer,
        "finish_reason": reason,
        "conversation": name(obj(response.get("conversation")).get("id")),
    }


def _chat_answer(response: Record) -> tuple[str | None, str | None]:
    choice = next((one for one in seq(response.get("choices")) if isinstance(one, dict)), {})
    message = obj(choice.get("message"))
    if text(message.get("refusal")):
        return text(message.get("refusal")), "refusal"
    reason = finish(choice.get("finish_reason"))
    return message_text(message) or text(choice.get("text")), reason


def _output(response: Record) -> tuple[str | None, str | None]:
    items = [one for one in seq(response.get("output")) if isinstance(one, dict)]
    pieces = [message_text(one) for one in items if one.get("type") == "message"]
    answer = "\n".join(piece for piece in pieces if piece) or None
    parts = [obj(part) for one in items for part in seq(one.get("content"))]
    if any(part.get("type") == "refusal" for part in parts):
        return answer, "refusal"
    if any(one.get("type") in ("function_call", "custom_tool_call") for one in items):
        return answer, "tool_calls"
    why = obj(response.get("incomplete_details")).get("reason")
    return answer, finish(why) or finish(response.get("status"))


FORMAT = Format("openai", claims, rows)
