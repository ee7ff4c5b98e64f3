"""OpenAI, Anthropic, Bedrock and LiteLLM logs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.readers import open_exchanges
from tests.rooms.adapters.log_files import NOON, put, read, rows_of

AROUND = {
    "timestamp": NOON,
    "account": "acct",
    "ip": "192.0.2.1",
    "user_agent": "sdk/1",
    "api_key": "sk-secret",
    "status_code": 200,
}
CHAT = {
    "model": "m-1",
    "messages": [
        {"role": "developer", "content": "be brief"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "image_url"},
                                     {"type": "text", "text": "lines"}]},
        {"role": "assistant", "tool_calls": []},
        {"role": "tool", "content": "result"},
    ],
    "n": 3,
    "temperature": 0,
    "max_completion_tokens": 9,
    "top_logprobs": 5,
    "logprobs": True,
    "tools": [{"type": "function", "function": {"name": "look"}}, {"type": "web_search"}],
    "user": "end-user",
}  # fmt: skip
COMPLETION = {
    "id": "chatcmpl-1",
    "created": 1781092801,
    "model": "m-1-2026",
    "choices": [{"finish_reason": "length", "message": {"role": "assistant", "content": "x"}}],
    "usage": {
        "prompt_tokens": 10,
        "completion_tokens": 20,
        "completion_tokens_details": {"reasoning_tokens": 5},
    },
}


def test_openai_chat(tmp_path: Path) -> None:
    reading = open_exchanges(
        [put(tmp_path / "log", {**AROUND, "request": CHAT, "response": COMPLETION})]
    )
    (row,) = rows_of(reading)
    assert list(reading.formats.values()) == ["openai"]
    assert row.pop("credential").startswith("sha256:")
    assert row.pop("sent_at").isoformat() == "2026-06-10T12:00:00+00:00"
    assert row == {
        "exchange_id": "chatcmpl-1",
        "account": "acct",
        "model": "m-1",
        "turn": 2,
        "operation": "chat",
        "prompt": "two\nlines",
        "system_prompt": "be brief",
        "tools": ["look", "web_search"],
        "temperature": 0.0,
        "max_tokens": 9,
        "samples": 3,
        "logprobs": True,
        "input_tokens": 10,
        "output_tokens": 20,
        "reasoning_tokens": 5,
        "response": "x",
        "status": 200,
        "finish_reason": "length",
        "address": "192.0.2.1",
        "client": "sdk/1",
    }


def test_openai_without_an_account_falls_back_to_the_end_user(tmp_path: Path) -> None:
    pair = {"request": CHAT, "response": COMPLETION}
    (row,) = read(tmp_path, pair)
    assert row["account"] == "end-user"
    (row,) = read(tmp_path, {**pair, "request": {**CHAT, "safety_identifier": "safe"}})
    assert row["account"] == "safe"


def test_openai_responses(tmp_path: Path) -> None:
    request = {
        "model": "m-1",
        "instructions": "be brief",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "one"}]},
            {"type": "reasoning", "id": "rs_1", "encrypted_content": "SEALED"},
            {"type": "reasoning", "id": "rs_2"},
            {"type": "message", "role": "assistant",
             "content": [{"type": "output_text", "text": "1"}]},
            {"role": "user", "content": "two"},
        ],
        "include": ["message.output_text.logprobs"],
        "max_output_tokens": 9,
    }  # fmt: skip
    response = {
        "id": "resp-1",
        "created_at": 1781092800,
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
        "output": [
            {"type": "reasoning", "id": "rs_3"},
            {"type": "message", "content": [{"type": "output_text", "text": "x"}]},
        ],
        "usage": {"input_tokens": 1, "output_tokens": 2,
                  "output_tokens_details": {"reasoning_tokens": 1}},
    }  # fmt: skip
    (row,) = read(tmp_path, {"account": "a", "request": request, "response": response})
    assert (row["operation"], row["turn"], row["prompt"]) == ("responses", 2, "two")
    assert (row["system_prompt"], row["response"]) == ("be brief", "x")
    assert (row["finish_reason"], row["max_tokens"]) == ("length", 9)
    assert (row["logprobs"], row["reasoning_tokens"]) == (True, 1)
    assert len(row["replayed_reasoning"]) == 2


@pytest.mark.parametrize(
    ("request_", "response", "wanted"),
    [
        ({"input": "plain"}, {"output": [{"type": "function_call"}], "status": "completed"},
         {"prompt": "plain", "finish_reason": "tool_calls", "operation": "responses"}),
        ({"input": ["a", "b"], "encoding_format": "float"}, {},
         {"prompt": "a\nb", "operation": "embeddings"}),
        ({"prompt": "once", "logprobs": 0}, {"choices": [{"text": "x", "finish_reason": "stop"}]},
         {"prompt": "once", "response": "x", "operation": "completion", "logprobs": True}),
        ({"messages": []}, {"choices": [{"message": {"refusal": "no"}, "finish_reason": "stop"}]},
         {"response": "no", "finish_reason": "refusal"}),
    ],
)  # fmt: skip
def test_other_openai_shapes(
    tmp_path: Path, request_: dict[str, Any], response: dict[str, Any], wanted: dict[str, Any]
) -> None:
    pair = {**AROUND, "id": "1", "request": {"model": "m", **request_}, "response": response}
    (row,) = read(tmp_path, pair, format="openai")
    assert {name: row.get(name) for name in wanted} == wanted


MESSAGES = {
    "model": "claude-1",
    "max_tokens": 9,
    "system": [{"type": "text", "text": "be brief"}],
    "messages": [
        {"role": "user", "content": "one"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "SIG"},
                {"type": "redacted_thinking", "data": "SEALED"},
                {"type": "tool_use", "id": "t", "name": "look", "input": {"signature": "no"}},
            ],
        },
        {"role": "user", "content": [{"type": "tool_result", "content": "result"}]},
    ],
    "tools": [{"name": "look", "input_schema": {}}],
    "metadata": {"user_id": "end-user"},
}
MESSAGE = {
    "id": "msg-1",
    "type": "message",
    "model": "claude-1-2026",
    "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "x"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "cache_read_input_tokens": 100, "output_tokens": 3},
}


def test_anthropic_messages(tmp_path: Path) -> None:
    reading = open_exchanges(
        [put(tmp_path / "log", {**AROUND, "request": MESSAGES, "response": MESSAGE})]
    )
    (row,) = rows_of(reading)
    assert list(reading.formats.values()) == ["anthropic"]
    assert (row["exchange_id"], row["account"], row["model"]) == ("msg-1", "acct", "claude-1")
    assert (row["prompt"], row["turn"], row["system_prompt"]) == ("one", 0, "be brief")
    assert (row["response"], row["finish_reason"]) == ("x", "stop")
    assert (row["input_tokens"], row["output_tokens"]) == (101, 3)
    assert (row["tools"], row["max_tokens"], row["operation"]) == (["look"], 9, "chat")
    assert len(row["replayed_reasoning"]) == 2


def test_the_same_signature_gets_the_same_id_everywhere(tmp_path: Path) -> None:
    pairs = [{**AROUND, "id": str(n), "request": MESSAGES, "account": f"a{n}"} for n in range(2)]
    one, two = read(tmp_path, *pairs)
    assert one["replayed_reasoning"] == two["replayed_reasoning"]


def test_anthropic_errors_and_streams(tmp_path: Path) -> None:
    refused = {"type": "error", "error": {"type": "rate_limit_error"}, "request_id": "req-1"}
    events = [
        {"type": "message_start", "message": {"id": "msg-2", "usage": {"input_tokens": 4}}},
        {"type": "content_block_delta", "index": 0, "delta": {"text": "a"}},
        {"type": "content_block_delta", "index": 0, "delta": {"text": "b"}},
        {"type": "message_delta", "delta": {"stop_reason": "max_tokens"},
         "usage": {"output_tokens": 7}},
    ]  # fmt: skip
    around = {"timestamp": NOON, "account": "a"}
    error, streamed = read(
        tmp_path,
        {**around, "request": MESSAGES, "response": refused},
        {**around, "request": MESSAGES, "response": events},
    )
    assert (error["exchange_id"], error["status"]) == ("req-1", 429)
    assert (streamed["response"], streamed["finish_reason"]) == ("ab", "length")
    assert (streamed["input_tokens"], streamed["output_tokens"]) == (4, 7)


def test_pairs_of_two_providers_in_one_file(tmp_path: Path) -> None:
    one, two = read(
        tmp_path,
        {**AROUND, "request": CHAT, "response": COMPLETION},
        {**AROUND, "request": MESSAGES, "response": MESSAGE},
    )
    assert one["response"] == two["response"] == "x"


OPENAI_IN = [
    {"custom_id": str(n), "method": "POST", "url": "/v1/chat/completions", "body": CHAT}
    for n in (1, 2)
]
OPENAI_OUT = [
    {
        "id": "batch_req_1",
        "custom_id": "1",
        "response": {"status_code": 200, "request_id": "r", "body": COMPLETION},
        "error": None,
    }
]
ANTHROPIC_IN = [{"custom_id": str(n), "params": MESSAGES} for n in (1, 2)]
ANTHROPIC_OUT = [{"custom_id": "1", "result": {"type": "succeeded", "message": MESSAGE}}]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [(OPENAI_IN, OPENAI_OUT), (ANTHROPIC_IN, ANTHROPIC_OUT)],
    ids=["openai", "anthropic"],
)
def test_batch_files(tmp_path: Path, asked: list[Any], answered: list[Any]) -> None:
    put(tmp_path / "both" / "a-result", *answered)
    put(tmp_path / "both" / "b-request", *asked)
    put(tmp_path / "other" / "b-request", *asked)
    defaults = {"account": "mine", "sent_at": NOON}
    reading = open_exchanges([tmp_path / "both"], defaults=defaults)
    joined, alone = sorted(rows_of(reading), key=lambda row: "response" not in row)
    assert reading.n_joined == 1
    assert joined["prompt"]
    assert (joined["response"], joined["operation"], joined["status"]) == ("x", "batch", 200)
    assert alone["exchange_id"] == "b-request#2"
    for part in ("a-result", "b-request"):
        rows = rows_of(open_exchanges([tmp_path / "both" / part], defaults=defaults))
        assert len(rows) == (1 if part == "a-result" else 2)
    # the same custom_id in another folder is another exchange
    assert len(rows_of(open_exchanges([tmp_path], defaults=defaults))) == 4


def test_a_custom_id_that_names_two_exchanges_is_not_joined(tmp_path: Path) -> None:
    put(tmp_path / "in-1", *OPENAI_IN)
    put(tmp_path / "in-2", *OPENAI_IN)
    put(tmp_path / "out", *OPENAI_OUT)
    reading = open_exchanges([tmp_path], defaults={"account": "a", "sent_at": NOON})
    assert len(rows_of(reading)) == 5
    assert reading.n_joined == 0
    assert any("custom_id" in note for note in reading.notes)


def test_an_openai_result_alone_knows_its_time(tmp_path: Path) -> None:
    (row,) = read(tmp_path, *OPENAI_OUT, defaults={"account": "a"})
    assert row["sent_at"].isoformat() == "2026-06-10T12:00:01+00:00"
    assert row["model"] == "m-1-2026"


def test_a_failed_anthropic_result(tmp_path: Path) -> None:
    error = {"type": "error", "error": {"type": "invalid_request_error"}}
    failed = {"custom_id": "1", "result": {"type": "errored", "error": error}}
    defaults = {"account": "a", "sent_at": NOON, "model": "m"}
    (row,) = read(tmp_path, failed, defaults=defaults)
    assert (row["status"], row["exchange_id"]) == (400, "log#1")


BEDROCK = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": NOON,
    "accountId": "123456789012",
    "identity": {"arn": "arn:aws:iam::123456789012:user/u"},
    "requestId": "r-1",
}


def test_bedrock_converse(tmp_path: Path) -> None:
    sealed = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "SIG"}}}
    record = {
        **BEDROCK,
        "operation": "Converse",
        "modelId": "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.c-1",
        "input": {
            "inputBodyJson": {
                "messages": [
                    {"role": "user", "content": [{"text": "one"}]},
                    {"role": "assistant", "content": [sealed, {"text": "1"}]},
                    {"role": "user", "content": [{"text": "two"}]},
                ],
                "system": [{"text": "be brief"}],
                "inferenceConfig": {"maxTokens": 9, "temperature": 0.5},
                "toolConfig": {"tools": [{"toolSpec": {"name": "look"}}]},
            },
            "inputTokenCount": 3,
            "cacheReadInputTokenCount": 7,
        },
        "output": {
            "outputBodyJson": {
                "output": {"message": {"role": "assistant", "content": [{"text": "x"}]}},
                "stopReason": "tool_use",
            },
            "outputTokenCount": 4,
        },
    }
    reading = open_exchanges([put(tmp_path / "log", record)])
    (row,) = rows_of(reading)
    assert list(reading.formats.values()) == ["bedrock"]
    assert (row["account"], row["model"]) == ("123456789012", "eu.anthropic.c-1")
    assert (row["prompt"], row["turn"], row["system_prompt"]) == ("two", 2, "be brief")
    assert (row["input_tokens"], row["output_tokens"]) == (10, 4)
    assert (row["response"], row["finish_reason"], row["tools"]) == ("x", "tool_calls", ["look"])
    assert (row["pathway"], row["status"], row["temperature"]) == ("aws.bedrock", 200, 0.5)
    (replayed,) = row["replayed_reasoning"]
    pair = {**AROUND, "request": MESSAGES, "response": MESSAGE}
    assert replayed in read(tmp_path, pair)[0]["replayed_reasoning"]


def test_bedrock_invoke_model_and_failures(tmp_path: Path) -> None:
    body = {**MESSAGES, "anthropic_version": "bedrock-2023-05-31"}
    invoked = {
        **BEDROCK,
        "operation": "InvokeModel",
        "modelId": "anthropic.c-1",
        "requestMetadata": {"account": "tenant-7"},
        "input": {"inputBodyJson": body},
        "output": {"outputBodyJson": MESSAGE},
    }
    throttled = {
        **invoked,
        "requestId": "r-2",
        "requestMetadata": None,
        "errorCode": "ThrottlingException",
        "output": None,
    }
    kept_elsewhere = {
        **invoked,
        "requestId": "r-3",
        "input": {"inputBodyS3Path": "s3://bucket/key", "inputTokenCount": 5},
    }
    one, two, three = read(tmp_path, invoked, throttled, kept_elsewhere)
    assert (one["exchange_id"], one["account"]) == ("r-1", "tenant-7")
    assert (one["model"], one["response"]) == ("anthropic.c-1", "x")
    assert (two["account"], two["status"]) == ("123456789012", 429)
    assert "prompt" not in three
    assert three["input_tokens"] == 5


def litellm(**more: Any) -> dict[str, Any]:
    """A StandardLoggingPayload."""
    metadata = {
        "user_api_key_hash": "h" * 8,
        "user_api_key_user_id": "user-1",
        "user_api_key_team_id": "team-1",
        **more.pop("metadata", {}),
    }
    return {
        "id": "call-1",
        "startTime": 1781092800.5,
        "endTime": 1781092801.5,
        "call_type": "acompletion",
        "custom_llm_provider": "openai",
        "model": "m-1-2026",
        "model_group": "m-1",
        "status": "success",
        "prompt_tokens": 3,
        "completion_tokens": 4,
        "metadata": metadata,
        "messages": CHAT["messages"],
        "model_parameters": {"temperature": 1, "max_tokens": 9, "n": 2, "tools": CHAT["tools"]},
        "response": COMPLETION,
        "requester_ip_address": "192.0.2.1",
        "user_agent": "sdk/1",
        "session_id": "s-1",
        **more,
    }


def test_litellm(tmp_path: Path) -> None:
    reading = open_exchanges([put(tmp_path / "log", litellm())])
    (row,) = rows_of(reading)
    assert list(reading.formats.values()) == ["litellm"]
    assert row.pop("sent_at").isoformat() == "2026-06-10T12:00:00.500000+00:00"
    assert row == {
        "exchange_id": "call-1",
        "account": "user-1",
        "model": "m-1",
        "credential": "hhhhhhhh",
        "conversation": "s-1",
        "turn": 2,
        "operation": "chat",
        "pathway": "openai",
        "prompt": "two\nlines",
        "system_prompt": "be brief",
        "tools": ["look", "web_search"],
        "temperature": 1.0,
        "max_tokens": 9,
        "samples": 2,
        "input_tokens": 3,
        "output_tokens": 4,
        "reasoning_tokens": 5,
        "response": "x",
        "status": 200,
        "finish_reason": "length",
        "address": "192.0.2.1",
        "client": "sdk/1",
    }


@pytest.mark.parametrize(
    ("metadata", "end_user", "account"),
    [
        ({}, "e", "user-1"),
        ({"user_api_key_user_id": None}, "e", "team-1"),
        ({"user_api_key_user_id": None, "user_api_key_team_id": None,
          "user_api_key_org_id": "org-1"}, "e", "org-1"),
        ({"user_api_key_user_id": "default_user_id", "user_api_key_team_id": None}, "e", "e"),
        ({"user_api_key_user_id": None, "user_api_key_team_id": None}, None, "hhhhhhhh"),
    ],
)  # fmt: skip
def test_who_is_billed_through_litellm(
    tmp_path: Path, metadata: dict[str, Any], end_user: str | None, account: str
) -> None:
    (row,) = read(tmp_path, litellm(metadata=metadata, end_user=end_user))
    assert row["account"] == account


def test_litellm_failures_and_spend_logs(tmp_path: Path) -> None:
    failed = litellm(status="failure", error_information={"error_code": "429"}, response=None)
    spent = {
        "request_id": "call-2",
        "call_type": "anthropic_messages",
        "api_key": "hash",
        "startTime": "2026-06-10T12:00:00.000Z",
        "model": "m-1",
        "model_group": "",
        "custom_llm_provider": "anthropic",
        "user": "user-2",
        "messages": {},
        "response": MESSAGE,
        "metadata": {},
    }
    one, two = read(tmp_path, failed, spent)
    assert one["status"] == 429
    assert (two["exchange_id"], two["account"], two["model"]) == ("call-2", "user-2", "m-1")
    assert (two["credential"], two["response"]) == ("hash", "x")
