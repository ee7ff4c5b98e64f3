"""LiteLLM: StandardLoggingPayload, and rows of its SpendLogs table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stillwatch.adapters.readers import anthropic, openai
from stillwatch.adapters.readers.envelope import first_time, merged
from stillwatch.adapters.readers.fields import credential, first, first_name, name, obj, text
from stillwatch.adapters.readers.interface import Format, NotARecord, Record, Row
from stillwatch.adapters.readers.messages import read_messages

_SIGNS = ("custom_llm_provider", "litellm_call_id", "model_group", "call_type", "response_cost")

#: the user that the proxy invents for its own master key; it is nobody.
_NOBODY = "default_user_id"

_OPERATIONS = {
    "completion": "chat",
    "acompletion": "chat",
    "anthropic_messages": "chat",
    "text_completion": "completion",
    "atext_completion": "completion",
    "responses": "responses",
    "aresponses": "responses",
    "embedding": "embeddings",
    "aembedding": "embeddings",
}


def claims(record: Record) -> float:
    """By ``startTime`` beside the proxy's own keys."""
    if "startTime" not in record:
        return 0.0
    return min(0.95, 0.35 * sum(key in record for key in _SIGNS))


def rows(record: Record, file: str) -> Sequence[Row]:
    """One row a call."""
    if "startTime" not in record:
        raise NotARecord("startTime is missing")
    metadata = obj(record.get("metadata"))
    history = record.get("messages")
    asked = read_messages(history)
    if isinstance(history, str) and history:
        asked = {"prompt": history, "turn": 0}
    around = _around(record, metadata)
    return (merged(around, asked, _knobs(record), _answer(record)),)


def account(record: Record, metadata: Record) -> str | None:
    """Who is billed: the key's user, team, organisation; else the end user; else the key.

    The proxy's own ``default_user_id`` stands for its master key and is passed over.
    """
    user = first_name(metadata, ("user_api_key_user_id",)) or first_name(record, ("user",))
    if user is not None and user != _NOBODY:
        return user
    return (
        first_name(metadata, ("user_api_key_team_id", "user_api_key_org_id"))
        or first_name(record, ("team_id", "organization_id", "end_user"))
        or first_name(metadata, ("user_api_key_end_user_id", "user_api_key_hash"))
        or credential(record.get("api_key"))
    )


def _around(record: Record, metadata: Record) -> Row:
    failure = obj(record.get("error_information")).get("error_code")
    is_success = record.get("status") == "success"
    call = record.get("call_type")
    key = first(metadata, ("user_api_key_hash",)) or record.get("api_key")
    return {
        "exchange_id": first_name(record, ("id", "request_id", "litellm_call_id")),
        "sent_at": first_time(record, ("startTime",)),
        "account": account(record, metadata),
        "model": first_name(record, ("model_group", "model")),
        "credential": credential(key),
        "conversation": first_name(record, ("session_id",)),
        "operation": _OPERATIONS.get(call, call) if isinstance(call, str) else None,
        "pathway": name(record.get("custom_llm_provider")),
        "input_tokens": record.get("prompt_tokens"),
        "output_tokens": record.get("completion_tokens"),
        "status": 200 if is_success else (failure or None),
        "address": first_name(record, ("requester_ip_address",))
        or first_name(metadata, ("requester_ip_address",)),
        "client": first_name(record, ("user_agent",)) or first_name(metadata, ("user_agent",)),
    }


def _knobs(record: Record) -> Row:
    knobs = obj(record.get("model_parameters"))
    asked = openai.request_row({key: value for key, value in knobs.items() if key != "model"})
    keep = ("tools", "temperature", "max_tokens", "samples", "logprobs", "system_prompt")
    row: Row = {column: asked.get(column) for column in keep}
    if text(knobs.get("system")):
        row["system_prompt"] = knobs["system"]
    return row


def _answer(record: Record) -> Row:
    response: Any = record.get("response")
    if isinstance(response, str):
        return {"response": response or None}
    inner = obj(response)
    read = anthropic.response_row if inner.get("type") == "message" else openai.response_row
    row = read(inner)
    usage = obj(obj(record.get("metadata")).get("usage_object"))
    if row.get("reasoning_tokens") is None:
        details = obj(usage.get("completion_tokens_details"))
        row["reasoning_tokens"] = details.get("reasoning_tokens")
    keep = ("response", "finish_reason", "reasoning_tokens", "input_tokens", "output_tokens")
    return {column: row.get(column) for column in keep}


FORMAT = Format("litellm", claims, rows)
