"""AWS Bedrock model invocation logs: Converse, and InvokeModel with Anthropic bodies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stillwatch.adapters.readers import anthropic
from stillwatch.adapters.readers.envelope import merged
from stillwatch.adapters.readers.fields import digest_id, first_name, name, obj, seq, text
from stillwatch.adapters.readers.interface import Format, NotARecord, Record, Row
from stillwatch.adapters.readers.messages import finish, read_messages, text_of, tool_names
from stillwatch.adapters.readers.times import time_us

_STATUS_OF_ERROR = {
    "ValidationException": 400,
    "ServiceQuotaExceededException": 400,
    "AccessDeniedException": 403,
    "ResourceNotFoundException": 404,
    "ModelTimeoutException": 408,
    "ModelErrorException": 424,
    "ThrottlingException": 429,
    "ModelNotReadyException": 429,
    "InternalServerException": 500,
    "ServiceUnavailableException": 503,
}


def claims(record: Record) -> float:
    """By the schema's name, or by the keys that no other format has."""
    if record.get("schemaType") == "ModelInvocationLog":
        return 1.0
    return 0.8 if {"modelId", "operation", "requestId"} <= record.keys() else 0.0


def rows(record: Record, file: str) -> Sequence[Row]:
    """One row an invocation."""
    if "modelId" not in record:
        raise NotARecord("modelId is missing")
    given, answered = obj(record.get("input")), obj(record.get("output"))
    body = obj(given.get("inputBodyJson"))
    is_converse = str(record.get("operation", "")).startswith("Converse")
    read = _converse_request if is_converse or "inferenceConfig" in body else _invoke_request
    answer = _answer(answered.get("outputBodyJson"))
    return (merged(_around(record, given, answered), read(body), answer),)


def _around(record: Record, given: Record, answered: Record) -> Row:
    arn = text(obj(record.get("identity")).get("arn"))
    labels = obj(record.get("requestMetadata"))
    labelled = first_name(labels, ("stillwatch.account", "account"))
    n_cached = [given.get("cacheReadInputTokenCount"), given.get("cacheWriteInputTokenCount")]
    n_input = given.get("inputTokenCount")
    if isinstance(n_input, int):
        n_input += sum(one for one in n_cached if isinstance(one, int))
    error = text(record.get("errorCode"))
    return {
        "exchange_id": name(record.get("requestId")),
        "sent_at": time_us(record.get("timestamp")),
        "account": labelled or name(record.get("accountId")),
        "model": _model(name(record.get("modelId"))),
        "credential": digest_id(arn) if arn else None,
        "conversation": first_name(labels, ("conversation", "session_id")),
        "operation": "chat",
        "pathway": "aws.bedrock",
        "input_tokens": n_input,
        "output_tokens": answered.get("outputTokenCount"),
        "status": _STATUS_OF_ERROR.get(error) if error else record.get("status", 200),
    }


def _model(found: str | None) -> str | None:
    """The model's id, without the path of a resource name."""
    return found.rpartition("/")[2] or found if found else None


def _converse_request(body: Record) -> Row:
    row = read_messages(body.get("messages"))
    knobs = obj(body.get("inferenceConfig"))
    row["system_prompt"] = text_of(body.get("system")) or row.get("system_prompt")
    row["temperature"] = knobs.get("temperature")
    row["max_tokens"] = knobs.get("maxTokens")
    row["tools"] = tool_names(obj(body.get("toolConfig")).get("tools"))
    return row


def _invoke_request(body: Record) -> Row:
    row = anthropic.request_row(body)
    row.pop("model", None)
    if row.get("prompt") is None and (plain := first_name(body, ("prompt", "inputText"))):
        row["prompt"], row["turn"] = plain, 0
    return row


def _answer(body: Any) -> Row:
    if isinstance(body, list):
        events = [obj(event) for event in body]
        is_converse = any(
            "contentBlockDelta" in event or "messageStop" in event for event in events
        )
        body = _folded(events) if is_converse else anthropic.folded(body)
    inner = obj(body)
    if "stopReason" not in inner and "output" not in inner:
        row = anthropic.response_row(inner)
        return {**row, "exchange_id": None, "model": None}
    usage = obj(inner.get("usage"))
    output = inner.get("output")
    return {
        "response": text_of(obj(obj(output).get("message")).get("content")),
        "finish_reason": finish(inner.get("stopReason")),
        "input_tokens": usage.get("inputTokens"),
        "output_tokens": usage.get("outputTokens"),
    }


def _folded(events: Sequence[Record]) -> dict[str, Any]:
    """The Converse answer that a list of streamed events adds up to."""
    pieces: list[str] = []
    answer: dict[str, Any] = {"stopReason": None}
    for event in events:
        piece = text(obj(obj(event.get("contentBlockDelta")).get("delta")).get("text"))
        if piece:
            pieces.append(piece)
        if "messageStop" in event:
            answer["stopReason"] = obj(event["messageStop"]).get("stopReason")
        if usage := obj(obj(event.get("metadata")).get("usage")):
            answer["usage"] = usage
    whole = seq([{"text": "".join(pieces)}] if pieces else [])
    answer["output"] = {"message": {"content": whole}}
    return answer


FORMAT = Format("bedrock", claims, rows)
