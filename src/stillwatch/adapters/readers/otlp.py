"""OTLP/JSON with GenAI attributes: spans, span events and log records.

Current names are read first, then the names that older conventions and
instrumentations used. A span and its log records come from the same call: they are
joined on the span's id, and what the span lacks is taken from the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from stillwatch.adapters.readers.attributes import flat, indexed, parsed
from stillwatch.adapters.readers.envelope import merged
from stillwatch.adapters.readers.fields import credential, first, first_name, name, obj, seq, text
from stillwatch.adapters.readers.interface import JOIN, Format, Half, Record, Row
from stillwatch.adapters.readers.messages import finish, message_text, read_messages, tool_names
from stillwatch.adapters.readers.otlp_names import (
    ACCOUNTS,
    FINISH,
    INPUT,
    NAMES,
    NOT_CALLS,
    NUMBERS,
    OPERATIONS,
    OUTPUT,
    STATUSES,
    SYSTEM,
    TOOLS,
)
from stillwatch.adapters.readers.times import time_us

_DETAILS = "gen_ai.client.inference.operation.details"
_ROLE_OF_EVENT = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


def claims(record: Record) -> float:
    """By the names of the OTLP envelope."""
    if isinstance(record.get("resourceSpans"), list) or isinstance(
        record.get("resourceLogs"), list
    ):
        return 1.0
    return 0.7 if "spanId" in record and "attributes" in record else 0.0


def rows(record: Record, file: str) -> Sequence[Row]:
    """One row a span or log record that carries GenAI attributes; none for others."""
    found: list[Row] = []
    for resource, span in _inside(record, "resourceSpans", "scopeSpans", "spans"):
        if (row := _span_row(resource, span)) is not None:
            found.append(row)
    logs: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for number, (resource, log) in enumerate(
        _inside(record, "resourceLogs", "scopeLogs", "logRecords")
    ):
        logs.setdefault(_span_key(log) or f"\0{number}", []).append((resource, log))
    for group in logs.values():
        if (row := _logs_row(group)) is not None:
            found.append(row)
    if "attributes" in record and "spanId" in record:
        is_log = "body" in record or "eventName" in record
        one = _logs_row([({}, dict(record))]) if is_log else _span_row({}, dict(record))
        found += [one] if one is not None else []
    return found


def _inside(
    record: Record, outer: str, middle: str, inner: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for resource in map(obj, seq(record.get(outer))):
        shared = flat(obj(resource.get("resource")).get("attributes"))
        for scope in map(obj, seq(resource.get(middle))):
            for one in seq(scope.get(inner)):
                yield shared, obj(one)


def _span_row(resource: dict[str, Any], span: dict[str, Any]) -> Row | None:
    attributes = {**resource, **flat(span.get("attributes"))}
    messages: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for event in map(obj, seq(span.get("events"))):
        inner = flat(event.get("attributes"))
        if any(key.startswith("gen_ai.") for key in inner) or inner.get("content"):
            _event(event.get("name"), inner, inner, messages, answers)
        for key, value in inner.items():
            attributes.setdefault(key, value)
    if not _is_call(attributes):
        return None
    row = _row(attributes, messages, answers)
    row["sent_at"] = time_us(_nanoseconds(span.get("startTimeUnixNano")))
    return _with_identity(row, span, "span")


def _logs_row(group: list[tuple[dict[str, Any], dict[str, Any]]]) -> Row | None:
    """The row of the log records that share a span."""
    attributes: dict[str, Any] = {}
    messages: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    times = []
    for resource, log in group:
        inner = {**resource, **flat(log.get("attributes"))}
        attributes = {**attributes, **inner}
        title = text(log.get("eventName")) or text(inner.get("event.name"))
        body = _body(log.get("body"))
        if title == _DETAILS:
            attributes = {**attributes, **body}
        _event(title, inner, body, messages, answers)
        stamp = log.get("timeUnixNano") or log.get("observedTimeUnixNano")
        found = time_us(_nanoseconds(stamp))
        times += [found] if found is not None else []
    if not _is_call(attributes):
        return None
    row = _row(attributes, messages, answers)
    row["sent_at"] = min(times, default=None)
    return _with_identity(row, group[0][1], "log")


def _body(value: Any) -> dict[str, Any]:
    inner = obj(value)
    found = flat(obj(inner.get("kvlistValue")).get("values")) if "kvlistValue" in inner else {}
    if not found and "stringValue" in inner:
        found = obj(parsed(inner["stringValue"]))
    return found


def _event(
    title: Any,
    attributes: dict[str, Any],
    body: dict[str, Any],
    messages: list[dict[str, Any]],
    answers: list[dict[str, Any]],
) -> None:
    """Sort a message event under what was said or what was answered."""
    if not isinstance(title, str):
        return
    if title in _ROLE_OF_EVENT:
        content = parsed(body.get("content"))
        messages.append({"role": _ROLE_OF_EVENT[title], "content": content})
    elif title == "gen_ai.choice":
        answers.append({**body, **obj(body.get("message"))})


def _is_call(attributes: dict[str, Any]) -> bool:
    """Whether a model was called: not a tool, an agent or a span of another library."""
    if text(attributes.get("gen_ai.operation.name")) in NOT_CALLS:
        return False
    return any(key.startswith(("gen_ai.", "llm.")) for key in attributes)


def _with_identity(row: Row, source: dict[str, Any], part: str) -> Row | None:
    key = _span_key(source)
    if key is not None:
        row[JOIN] = Half(key, part, only_one=False, name=key)
    return row


def _span_key(source: dict[str, Any]) -> str | None:
    trace, span = text(source.get("traceId")), text(source.get("spanId"))
    return f"{trace}:{span}" if trace and span else None


def _nanoseconds(value: Any) -> Any:
    """Times on the wire are nanoseconds, whatever their size."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 20:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 10**17 else None
    return value


def _row(
    attributes: dict[str, Any], messages: list[dict[str, Any]], answers: list[dict[str, Any]]
) -> Row:
    row: Row = {column: first(attributes, keys) for column, keys in NUMBERS.items()}
    for column, keys in NAMES.items():
        row[column] = first_name(attributes, keys)
    row["account"] = first_name(attributes, ACCOUNTS)
    row["credential"] = credential(row.get("credential"))
    row["status"] = first(attributes, STATUSES)
    operation = row.get("operation")
    row["operation"] = OPERATIONS.get(operation, operation) if operation else None
    said = merged(_asked(attributes), read_messages(messages))
    return merged(row, said, _answered(attributes, answers))


def _asked(attributes: dict[str, Any]) -> Row:
    given = parsed(first(attributes, INPUT))
    history = indexed(attributes, "gen_ai.prompt") or indexed(attributes, "llm.prompts")
    if isinstance(given, dict):
        given = given.get("messages", [given])
    row = read_messages(given if isinstance(given, list) else history)
    if isinstance(given, str) and given:
        row["prompt"] = given
    elif row.get("prompt") is None and len(history) == 1 and "role" not in history[0]:
        row["prompt"] = message_text(history[0])
    instructions = parsed(first(attributes, SYSTEM))
    top = message_text({"content": instructions})
    offered = parsed(first(attributes, TOOLS)) or indexed(attributes, "llm.request.functions")
    replayed = attributes.get("stillwatch.replayed_reasoning")
    return {
        **row,
        "system_prompt": top or row.get("system_prompt"),
        "tools": tool_names(offered),
        "replayed_reasoning": replayed
        if isinstance(replayed, list)
        else row.get("replayed_reasoning"),
    }


def _answered(attributes: dict[str, Any], answers: list[dict[str, Any]]) -> Row:
    given = parsed(first(attributes, OUTPUT))
    if isinstance(given, dict):
        given = given.get("choices", [given])
    listed = given if isinstance(given, list) else indexed(attributes, "gen_ai.completion")
    told = [one for one in [*listed, *answers] if isinstance(one, dict)]
    pieces = [message_text(one) or message_text(one.get("message")) for one in told]
    reasons = parsed(attributes.get(FINISH))
    reason = seq(reasons)[0] if seq(reasons) else reasons
    reason = reason or next(
        (one["finish_reason"] for one in told if one.get("finish_reason")), None
    )
    answer = given if isinstance(given, str) else "\n".join(piece for piece in pieces if piece)
    return {"response": answer or None, "finish_reason": finish(name(reason))}


FORMAT = Format("otlp", claims, rows)
