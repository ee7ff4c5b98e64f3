"""Exports over HTTP are answered when they are on the disk, and refused in ways exporters obey."""

from __future__ import annotations

import gzip
import json
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from stillwatch.adapters.live import serving
from stillwatch.adapters.live.log import Follower
from stillwatch.adapters.live.sources.otlp import OtlpSource
from stillwatch.adapters.readers import otlp
from stillwatch.model.errors import BadSettings
from tests.rooms.adapters.live.taking import Taking, accounts_in
from tests.rooms.adapters.live.watched import until

PROTOBUF = "application/x-protobuf"
START_NS = 1_772_409_600_000_000_000


def add(pairs: Any, **given: str | int | float | bool | list[str]) -> None:
    """Attributes of a span."""
    for name, value in given.items():
        pair = pairs.add(key=name.replace("__", "."))
        if isinstance(value, bool):
            pair.value.bool_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        elif isinstance(value, float):
            pair.value.double_value = value
        elif isinstance(value, list):
            for one in value:
                pair.value.array_value.values.add(string_value=one)
        else:
            pair.value.string_value = value


def spans(n: int, *, begin: int = 0, broken: int = 0) -> ExportTraceServiceRequest:
    """An export of spans, of which the last ``broken`` name no account."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    add(resource.resource.attributes, service__name="gateway")
    scope = resource.scope_spans.add()
    for i in range(begin, begin + n):
        span = scope.spans.add(
            trace_id=i.to_bytes(16, "big"), span_id=(i + 1).to_bytes(8, "big"),
            start_time_unix_nano=START_NS + i * 10**9, name="chat m",
        )  # fmt: skip
        add(
            span.attributes, gen_ai__operation__name="chat", gen_ai__request__model="m",
            gen_ai__request__temperature=0.5, gen_ai__usage__output_tokens=12,
            gen_ai__response__finish_reasons=["stop"], gen_ai__response__id=f"r{i}",
            gen_ai__input__messages=json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": f"question {i}"}]}]
            ),
        )  # fmt: skip
        if i < begin + n - broken:
            add(span.attributes, user__id=f"u{i}")
    other = scope.spans.add(trace_id=b"\1" * 16, span_id=b"\2" * 8, name="GET /")
    add(other.attributes, http__method="GET")
    return request


def post(
    taking: Taking, path: str, body: bytes, kind: str = PROTOBUF, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    """Post to the receiver."""
    assert isinstance(taking.source, OtlpSource) and taking.source.wait_ready()
    request = urllib.request.Request(
        f"http://127.0.0.1:{taking.source.port}{path}", body,
        {"content-type": kind, **{k.replace("_", "-"): v for k, v in headers.items()}},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def receiver(**more: Any) -> Any:
    """Makes a receiver on a port that is free."""
    return lambda _: OtlpSource(port=0, **more)


def test_protobuf_and_json_give_the_same_rows(tmp_path: Path) -> None:
    from stillwatch.adapters.live.sources import otlp_proto

    export = spans(5)
    read = otlp_proto.traces(export.SerializeToString())
    with Taking(tmp_path / "state", receiver()) as taking:
        status, body, headers = post(taking, "/v1/traces", export.SerializeToString())
        assert (status, headers["content-type"]) == (200, PROTOBUF)
        assert ExportTraceServiceResponse.FromString(body) == ExportTraceServiceResponse()
        assert taking.n == 5, "what was answered is on the disk"
        plain = json.dumps(json_of(export)).encode()
        status, body, _ = post(taking, "/v1/traces", plain, "application/json")
        assert (status, body) == (200, b"{}")
        assert taking.tally.counts["duplicate"] == 5
        more = gzip.compress(spans(2, begin=5).SerializeToString())
        assert post(taking, "/v1/traces", more, content_encoding="gzip")[0] == 200
    assert accounts_in(tmp_path / "state") == [f"u{i}" for i in range(7)]
    rows = otlp.FORMAT.rows(read, "")
    assert [row["temperature"] for row in rows] == [0.5] * 5
    as_json = otlp.FORMAT.rows(json_of(export), "")
    assert rows == as_json


def json_of(export: ExportTraceServiceRequest) -> dict[str, Any]:
    """OTLP/JSON of an export, as the specification has it: ids in hexadecimal."""

    def value(any_value: Any) -> dict[str, Any]:
        kind = any_value.WhichOneof("value")
        inner = getattr(any_value, kind)
        if kind == "array_value":
            return {"arrayValue": {"values": [value(one) for one in inner.values]}}
        names = {"string_value": "stringValue", "double_value": "doubleValue"}
        return {"intValue": str(inner)} if kind == "int_value" else {names[kind]: inner}

    def attributes(pairs: Any) -> list[dict[str, Any]]:
        return [{"key": pair.key, "value": value(pair.value)} for pair in pairs]

    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes(one.resource.attributes)},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": span.trace_id.hex(),
                                "spanId": span.span_id.hex(),
                                "startTimeUnixNano": str(span.start_time_unix_nano),
                                "attributes": attributes(span.attributes),
                            }
                            for span in scope.spans
                        ]
                    }
                    for scope in one.scope_spans
                ],
            }
            for one in export.resource_spans
        ]
    }


def test_what_of_an_export_is_not_taken_is_said(tmp_path: Path) -> None:
    with Taking(tmp_path / "state", receiver()) as taking:
        status, body, _ = post(taking, "/v1/traces", spans(5, broken=2).SerializeToString())
        answer = ExportTraceServiceResponse.FromString(body)
        assert (status, answer.partial_success.rejected_spans) == (200, 2)
        assert answer.partial_success.error_message == "account is missing"
        plain = json.dumps(json_of(spans(1, begin=9, broken=1))).encode()
        status, body, _ = post(taking, "/v1/traces", plain, "application/json")
        assert json.loads(body) == {
            "partialSuccess": {"rejectedSpans": "1", "errorMessage": "account is missing"}
        }
        assert taking.n == 3


def test_content_may_come_as_log_records(tmp_path: Path) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(
        time_unix_nano=START_NS, trace_id=b"\1" * 16, span_id=b"\2" * 8,
        event_name="gen_ai.client.inference.operation.details",
    )  # fmt: skip
    add(record.attributes, gen_ai__request__model="m", user__id="u", gen_ai__response__id="r")
    pair = record.body.kvlist_value.values.add(key="gen_ai.input.messages")
    pair.value.string_value = json.dumps([{"role": "user", "content": "what is the time?"}])
    with Taking(tmp_path / "state", receiver(), keep_text=True) as taking:
        assert post(taking, "/v1/logs", request.SerializeToString())[:2] == (200, b"")
        assert taking.n == 1
    ((note, _),) = list(Follower(tmp_path / "state").read(10))
    assert note.texts == [(0, "what is the time?")]


def test_other_formats_come_in_beside(tmp_path: Path) -> None:
    record = {
        "id": "c1", "startTime": 1_772_409_600.5, "call_type": "acompletion", "model": "m",
        "status": "success", "custom_llm_provider": "x", "response_cost": 0.1,
        "metadata": {"user_api_key_user_id": "u"}, "messages": [{"role": "user", "content": "q"}],
    }  # fmt: skip
    both = json.dumps([record, record | {"id": "c2"}, 5]).encode()
    with Taking(tmp_path / "state", receiver()) as taking:
        status, body, _ = post(taking, "/v1/exchanges", both, "application/json")
        assert status == 200 and json.loads(body)["partialSuccess"]["rejected"] == "1"
        lines = b"\n".join(json.dumps(record | {"id": f"d{i}"}).encode() for i in range(3))
        assert post(taking, "/v1/exchanges", lines, "application/x-ndjson")[0] == 200
        assert taking.n == 5


def test_what_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MOST_BYTES", 100_000)
    good = spans(1).SerializeToString()
    bomb = gzip.compress(b"\0" * 1_000_000)
    with Taking(tmp_path / "state", receiver()) as taking:
        assert post(taking, "/v1/traces", b"\xff\xff")[0] == 400
        assert post(taking, "/v1/traces", b"{", "application/json")[0] == 400
        assert post(taking, "/v1/traces", b"[]", "application/json")[0] == 400
        assert post(taking, "/v1/traces", good, "text/plain")[0] == 415
        assert post(taking, "/v1/traces", good, content_encoding="br")[0] == 415
        assert post(taking, "/v1/traces", good, content_encoding="gzip")[0] == 400
        assert (
            post(taking, "/v1/traces", gzip.compress(good)[:-9], content_encoding="gzip")[0] == 400
        )
        assert post(taking, "/v1/traces", b"\0" * 100_001)[0] == 413
        assert post(taking, "/v1/traces", bomb, content_encoding="gzip")[0] == 413
        assert post(taking, "/v1/metrics", good)[0] == 404
        assert taking.n == 0
        assert post(taking, "/v1/traces", good)[0] == 200


def test_under_pressure_exporters_are_asked_to_come_again(tmp_path: Path) -> None:
    with Taking(tmp_path / "state", receiver(), most_rows=0) as taking:
        status, body, headers = post(taking, "/v1/traces", spans(1).SerializeToString())
        assert (status, headers["retry-after"]) == (503, "1")
        assert b"too much is waiting" in body
        assert taking.n == 0


def test_strangers_need_a_token(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="token_file"):
        OtlpSource(host="0.0.0.0")
    good = spans(1).SerializeToString()
    with Taking(tmp_path / "state", receiver(token="t" * 20)) as taking:
        status, _, headers = post(taking, "/v1/traces", good)
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert post(taking, "/v1/traces", good, authorization="Bearer wrong")[0] == 401
        assert post(taking, "/v1/traces", good, authorization=f"Bearer {'t' * 20}")[0] == 200


def test_callers_who_ask_for_nothing_are_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "MOST_CONNECTIONS", 20)
    monkeypatch.setattr(serving, "_REAP_S", 0.05)
    good = spans(1).SerializeToString()
    with Taking(tmp_path / "state", receiver()) as taking:
        assert post(taking, "/v1/traces", good)[0] == 200
        assert isinstance(taking.source, OtlpSource)
        address = ("127.0.0.1", taking.source.port)
        idle = [socket.create_connection(address) for _ in range(60)]
        for nth, one in enumerate(idle):
            one.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n" if nth % 2 else b"")
        until(lambda: sum(map(_is_over, idle)) >= 40, "forty that are hung up on")
        assert post(taking, "/v1/traces", spans(1, begin=1).SerializeToString())[0] == 200
        monkeypatch.setattr(serving, "HEAD_S", 0.1)
        until(lambda: all(map(_is_over, idle)), "all of them")
        monkeypatch.setattr(serving, "BODY_S", 0.1)
        half = socket.create_connection(address)
        half.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\nhalf")
        until(lambda: _is_over(half), "a body that does not come")
        assert post(taking, "/v1/traces", spans(1, begin=2).SerializeToString())[0] == 200
        for one in [*idle, half]:
            one.close()


def _is_over(one: socket.socket) -> bool:
    """Whether the other side has ended a connection on which it said nothing."""
    one.setblocking(False)
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
