"""OTLP in protobuf: exports as the plain objects that the reader of OTLP/JSON takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from stillwatch.adapters.readers.decoding import BadJson

_MAX_DEPTH = 64


def traces(body: bytes) -> dict[str, Any]:
    """An export of spans.

    Raises:
        BadJson: the bytes are no such message.
    """
    request = _parsed(ExportTraceServiceRequest(), body)
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(one.resource.attributes)},
                "scopeSpans": [
                    {"spans": [_span(span) for span in scope.spans]} for scope in one.scope_spans
                ],
            }
            for one in request.resource_spans
        ]
    }


def logs(body: bytes) -> dict[str, Any]:
    """An export of log records.

    Raises:
        BadJson: the bytes are no such message.
    """
    request = _parsed(ExportLogsServiceRequest(), body)
    return {
        "resourceLogs": [
            {
                "resource": {"attributes": _attributes(one.resource.attributes)},
                "scopeLogs": [
                    {"logRecords": [_log(r) for r in scope.log_records]} for scope in one.scope_logs
                ],
            }
            for one in request.resource_logs
        ]
    }


def said(path: str, n_rejected: int, reason: str) -> bytes:
    """The answer to an export, with what of it was not taken."""
    if path.endswith("/logs"):
        about = ExportLogsServiceResponse()
        if n_rejected:
            about.partial_success.rejected_log_records = n_rejected
            about.partial_success.error_message = reason
        return bytes(about.SerializeToString())
    answer = ExportTraceServiceResponse()
    if n_rejected:
        answer.partial_success.rejected_spans = n_rejected
        answer.partial_success.error_message = reason
    return bytes(answer.SerializeToString())


def status(code: int, message: str) -> bytes:
    """A ``google.rpc.Status``: a code in field 1, a message in field 2."""
    text = message.encode()[:127]
    return bytes((0x08, code, 0x12, len(text))) + text


def _parsed(message: Any, body: bytes) -> Any:
    try:
        message.ParseFromString(body)
    except DecodeError as error:
        raise BadJson("no OTLP protobuf message") from error
    return message


def _span(span: Any) -> dict[str, Any]:
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "startTimeUnixNano": span.start_time_unix_nano,
        "attributes": _attributes(span.attributes),
        "events": [
            {"name": event.name, "attributes": _attributes(event.attributes)}
            for event in span.events
        ],
    }


def _log(record: Any) -> dict[str, Any]:
    body = record.body
    kind = body.WhichOneof("value")
    told: Any = None
    if kind == "string_value":
        told = {"stringValue": body.string_value}
    elif kind == "kvlist_value":
        told = {"kvlistValue": {"values": _attributes(body.kvlist_value.values)}}
    return {
        "traceId": record.trace_id.hex(),
        "spanId": record.span_id.hex(),
        "timeUnixNano": record.time_unix_nano,
        "observedTimeUnixNano": record.observed_time_unix_nano,
        "eventName": record.event_name,
        "attributes": _attributes(record.attributes),
        "body": told,
    }


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {pair.key: _plain(pair.value, 0) for pair in pairs}


def _plain(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or depth > _MAX_DEPTH:
        return None
    inner = getattr(value, kind)
    if kind == "array_value":
        return [_plain(one, depth + 1) for one in inner.values]
    if kind == "kvlist_value":
        return {pair.key: _plain(pair.value, depth + 1) for pair in inner.values}
    return inner.hex() if kind == "bytes_value" else inner
