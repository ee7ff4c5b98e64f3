"""OTLP/JSON: spans and log records, current names and old ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.readers import open_exchanges
from tests.rooms.adapters.log_files import put, read, rows_of

START = "1781092800000000000"


def value(given: Any) -> dict[str, Any]:
    """A value as OTLP/JSON writes it."""
    if isinstance(given, bool):
        return {"boolValue": given}
    if isinstance(given, int):
        return {"intValue": str(given)}
    if isinstance(given, float):
        return {"doubleValue": given}
    if isinstance(given, list):
        return {"arrayValue": {"values": [value(item) for item in given]}}
    if isinstance(given, dict):
        return {"kvlistValue": {"values": attributes(given)}}
    return {"stringValue": given}


def attributes(given: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value(one)} for key, one in given.items()]


def span(number: int = 1, events: Any = (), **given: Any) -> dict[str, Any]:
    """A span; underscores twice stand for dots in the names of attributes."""
    named = {key.replace("__", "."): one for key, one in given.items()}
    return {
        "traceId": "t",
        "spanId": f"s{number}",
        "startTimeUnixNano": START,
        "attributes": attributes(named),
        "events": [{"name": name, "attributes": attributes(inner)} for name, inner in events],
    }


def spans(*given: dict[str, Any], **resource: Any) -> dict[str, Any]:
    about = {"attributes": attributes({k.replace("__", "."): v for k, v in resource.items()})}
    return {"resourceSpans": [{"resource": about, "scopeSpans": [{"spans": list(given)}]}]}


def logs(*given: dict[str, Any]) -> dict[str, Any]:
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": list(given)}]}]}


def log(name: str, body: Any, number: int = 1, **given: Any) -> dict[str, Any]:
    named = {key.replace("__", "."): one for key, one in given.items()}
    return {
        "traceId": "t",
        "spanId": f"s{number}",
        "timeUnixNano": START,
        "eventName": name,
        "body": value(body),
        "attributes": attributes(named),
    }


CURRENT = {
    "gen_ai__operation__name": "chat",
    "gen_ai__provider__name": "anthropic",
    "gen_ai__request__model": "m-1",
    "gen_ai__response__id": "r-1",
    "gen_ai__conversation__id": "c-1",
    "user__id": "acct",
}


def test_current_names(tmp_path: Path) -> None:
    said = [
        {"role": "user", "parts": [{"type": "text", "content": "one"}]},
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "hm", "signature": "SIG"}],
        },
        {"role": "user", "parts": [{"type": "text", "content": "two"}]},
        {"role": "user", "parts": [{"type": "tool_call_response", "result": "r"}]},
    ]
    given = span(
        **CURRENT,
        gen_ai__input__messages=orjson.dumps(said).decode(),
        gen_ai__output__messages=[
            {"role": "assistant", "parts": [{"type": "text", "content": "answer"}]}
        ],
        gen_ai__system_instructions='[{"type": "text", "content": "be brief"}]',
        gen_ai__tool__definitions='[{"type": "function", "name": "look"}]',
        gen_ai__request__temperature=0.25,
        gen_ai__request__max_tokens=64,
        gen_ai__request__choice__count=2,
        gen_ai__response__finish_reasons=["tool_call"],
        gen_ai__usage__input_tokens=10,
        gen_ai__usage__output_tokens=20,
        gen_ai__usage__reasoning__output_tokens=5,
        client__address="192.0.2.1",
        user_agent__original="sdk/1",
        stillwatch__network__ja4="t13d",
        stillwatch__credential__hash="k",
        http__response__status_code=200,
    )
    (row,) = read(tmp_path, spans(given))
    del row["sent_at"]
    (replayed,) = row.pop("replayed_reasoning")
    assert replayed.startswith("sha256:")
    assert row == {
        "exchange_id": "r-1",
        "account": "acct",
        "model": "m-1",
        "credential": "k",
        "conversation": "c-1",
        "turn": 2,
        "operation": "chat",
        "pathway": "anthropic",
        "prompt": "two",
        "system_prompt": "be brief",
        "tools": ["look"],
        "temperature": 0.25,
        "max_tokens": 64,
        "samples": 2,
        "input_tokens": 10,
        "output_tokens": 20,
        "reasoning_tokens": 5,
        "response": "answer",
        "status": 200,
        "finish_reason": "tool_calls",
        "address": "192.0.2.1",
        "client": "sdk/1",
        "tls": "t13d",
    }


def test_old_names(tmp_path: Path) -> None:
    given = span(
        gen_ai__system="openai",
        gen_ai__request__model="m-1",
        enduser__id="acct",
        gen_ai__usage__prompt_tokens=10,
        gen_ai__usage__completion_tokens=20,
        gen_ai__prompt__0__role="system",
        gen_ai__prompt__0__content="be brief",
        gen_ai__prompt__1__role="user",
        gen_ai__prompt__1__content="hello",
        gen_ai__completion__0__content="answer",
        gen_ai__completion__0__finish_reason="length",
        llm__request__functions__0__name="look",
    )
    (row,) = read(tmp_path, spans(given))
    assert (row["pathway"], row["account"], row["exchange_id"]) == ("openai", "acct", "t:s1")
    assert (row["input_tokens"], row["output_tokens"]) == (10, 20)
    assert (row["system_prompt"], row["prompt"], row["turn"]) == ("be brief", "hello", 0)
    assert (row["response"], row["finish_reason"], row["tools"]) == ("answer", "length", ["look"])


def test_whole_prompt_in_one_old_attribute(tmp_path: Path) -> None:
    shared = {"gen_ai__request__model": "m", "user__id": "a"}
    plain, listed = read(
        tmp_path,
        spans(
            span(1, **shared, gen_ai__prompt="hello", gen_ai__completion="answer"),
            span(2, **shared, gen_ai__prompt='[{"role": "user", "content": "hi"}]'),
        ),
    )
    assert (plain["prompt"], plain["response"]) == ("hello", "answer")
    assert listed["prompt"] == "hi"


def test_the_project_s_own_names_come_first(tmp_path: Path) -> None:
    given = span(**CURRENT, stillwatch__account__id="org-7", enduser__id="someone")
    (row,) = read(tmp_path, spans(given))
    assert row["account"] == "org-7"


def test_attributes_of_the_resource_count(tmp_path: Path) -> None:
    given = {**CURRENT}
    del given["user__id"]
    (row,) = read(tmp_path, spans(span(**given), stillwatch__account__id="tenant"))
    assert row["account"] == "tenant"


def test_spans_that_are_no_call_of_a_model_are_left_out(tmp_path: Path) -> None:
    path = put(
        tmp_path / "log",
        spans(
            span(1, **CURRENT),
            span(2, **{**CURRENT, "gen_ai__operation__name": "execute_tool"}),
            span(3, http__request__method="GET"),
        ),
        spans(span(4, http__request__method="GET")),
    )
    reading = open_exchanges([path])
    assert len(rows_of(reading)) == 1
    assert (reading.n_rejected, reading.n_skipped) == (0, 1)


@pytest.mark.parametrize("logs_first", [True, False])
def test_a_span_and_its_log_records_are_one_exchange(tmp_path: Path, logs_first: bool) -> None:
    details = log(
        "gen_ai.client.inference.operation.details",
        {},
        gen_ai__input__messages='[{"role":"user","parts":[{"type":"text","content":"hello"}]}]',
        gen_ai__output__messages=(
            '[{"role":"assistant","parts":[{"type":"text","content":"answer"}],'
            '"finish_reason":"stop"}]'
        ),
    )
    both = [logs(details), spans(span(**CURRENT))]
    path = put(tmp_path / "log", *(both if logs_first else both[::-1]))
    reading = open_exchanges([path])
    (row,) = rows_of(reading)
    assert (row["exchange_id"], row["account"]) == ("r-1", "acct")
    assert (row["prompt"], row["response"], row["finish_reason"]) == ("hello", "answer", "stop")
    assert reading.n_joined == 1


def test_one_message_a_log_record(tmp_path: Path) -> None:
    shared = {"gen_ai__system": "openai"}
    told = logs(
        log("gen_ai.system.message", {"content": "be brief"}, **shared),
        log("gen_ai.user.message", {"content": "hello"}, **shared),
        log(
            "gen_ai.choice",
            {"finish_reason": "stop", "message": {"content": "answer"}},
            **shared,
        ),
    )
    (row,) = read(tmp_path, spans(span(**CURRENT)), told)
    assert (row["system_prompt"], row["prompt"], row["response"]) == ("be brief", "hello", "answer")


def test_content_in_the_events_of_a_span(tmp_path: Path) -> None:
    events = [
        ("gen_ai.content.prompt", {"gen_ai.prompt": '[{"role":"user","content":"hello"}]'}),
        ("gen_ai.content.completion", {"gen_ai.completion": "answer"}),
    ]
    messages = [("gen_ai.user.message", {"content": "hi"}), ("gen_ai.choice", {"content": "yes"})]
    one, two = read(
        tmp_path,
        spans(
            span(1, events, **CURRENT),
            span(2, messages, **{**CURRENT, "gen_ai__response__id": "r-2"}),
        ),
    )
    assert (one["prompt"], one["response"]) == ("hello", "answer")
    assert (two["prompt"], two["response"]) == ("hi", "yes")


def test_a_span_exported_twice_is_one_exchange(tmp_path: Path) -> None:
    assert len(read(tmp_path, spans(span(**CURRENT)), spans(span(**CURRENT)))) == 1


def test_a_pretty_printed_document(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(orjson.dumps(spans(span(**CURRENT)), option=orjson.OPT_INDENT_2))
    assert len(rows_of(open_exchanges([path]))) == 1


def test_a_span_without_a_start_is_set_aside(tmp_path: Path) -> None:
    torn = {**span(**CURRENT), "startTimeUnixNano": "0"}
    reading = open_exchanges([put(tmp_path / "log", spans(torn, span(2, **CURRENT)))])
    assert len(rows_of(reading)) == 1
    assert reading.rejected_by_reason == {"sent_at is missing": 1}
