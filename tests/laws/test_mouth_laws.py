"""Whatever is sent to the mouths is read or refused; no parser falls over."""

from __future__ import annotations

import contextlib
import json
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.envoy.check import allowed, check_request, denied
from stillwatch.adapters.envoy.protobuf import bytes_field, fields, inner, text_field, varint_field
from stillwatch.adapters.gateway.last_known import LastKnown
from stillwatch.adapters.gateway.options import ask_for_less, operation_of, options_of
from stillwatch.adapters.gateway.tokens import Role, callers_of
from stillwatch.adapters.gateway.wire import Away, _whole
from stillwatch.control import RUNGS, Call
from stillwatch.http.asked import FIELDS, asked_by_guardrail, asked_of, network_of
from stillwatch.model.errors import BadInput

PLAIN = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
JSON = st.recursive(
    PLAIN,
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=8), x, max_size=4),
    max_leaves=8,
)
NEAR = st.dictionaries(st.sampled_from([*FIELDS, "country", "x"]), PLAIN, max_size=6)
BODY = st.dictionaries(
    st.sampled_from(
        ["model", "max_tokens", "n", "logprobs", "thinking", "reasoning", "messages", "input"]
    ),
    JSON,
    max_size=6,
)


@given(JSON | NEAR)
def test_a_question_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(BadInput):
        call = asked_of(value)
        assert isinstance(call, Call)
        assert call.account or call.credential
        assert set(value) <= set(FIELDS)


@given(JSON | st.fixed_dictionaries({"input_type": PLAIN, "request_data": JSON}))
def test_a_guardrails_question_is_read_or_refused(value: Any) -> None:
    with contextlib.suppress(BadInput):
        call = asked_by_guardrail(value)
        assert call is None or call.account or call.credential


@given(BODY)
def test_options_never_quote_what_was_said(body: dict[str, Any]) -> None:
    body["messages"] = [{"content": "SAID"}, body.get("messages")]
    assert "SAID" not in json.dumps(options_of(body))


@given(BODY, st.lists(st.sampled_from(sorted(RUNGS))))
def test_less_is_asked_for_once_and_words_stay(body: dict[str, Any], less: list[str]) -> None:
    before = json.dumps(body.get("messages"), sort_keys=True)
    ask_for_less(body, less)
    assert ask_for_less(body, less) is False
    assert json.dumps(body.get("messages"), sort_keys=True) == before
    if "no_logprobs" in less:
        assert "logprobs" not in options_of(body)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(message: bytes) -> None:
    with contextlib.suppress(BadInput):
        list(fields(message))
    with contextlib.suppress(BadInput):
        check_request(message)


@given(st.integers(1, 2**29 - 1), st.integers(0, 2**64 - 1), st.binary(max_size=40))
def test_fields_come_back_as_they_went(number: int, value: int, data: bytes) -> None:
    message = varint_field(number, value) + bytes_field(number, data)
    assert list(fields(message)) == [(number, value), (number, data)]
    with contextlib.suppress(BadInput):
        list(fields(message[:-1]))


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=4), st.text(max_size=40))
def test_a_check_is_read_as_it_was_written(headers: dict[str, str], path: str) -> None:
    entries = b"".join(
        bytes_field(3, text_field(1, name) + text_field(2, value))
        for name, value in headers.items()
    )
    http = entries + text_field(4, path)
    read = check_request(bytes_field(1, bytes_field(4, bytes_field(2, http))))
    assert read.path.encode("latin-1") == path.encode()
    told = {n.encode("latin-1").decode(): v for n, v in read.headers.items() if n.isascii()}
    for name, value in headers.items():
        if name.isascii() and sum(other.lower() == name.lower() for other in headers) == 1:
            assert told[name.lower()].encode("latin-1") == value.encode()


@given(st.integers(400, 599), st.lists(st.tuples(st.text(), st.text()), max_size=3), st.binary())
def test_answers_to_envoy_can_be_read(
    status: int, headers: list[tuple[str, str]], body: bytes
) -> None:
    refused = denied(status, headers, body)
    assert inner(inner(refused, 2), 3) == body
    assert dict(fields(inner(inner(refused, 2), 1))) == {1: status}
    ok = inner(allowed(headers), 3)
    told = [(inner(h, 1), inner(h, 2)) for h in (inner(v, 1) for _, v in fields(ok))]  # type: ignore[arg-type]
    assert told == [(n.encode(), v.encode()) for n, v in headers]


@given(st.binary(max_size=120) | st.binary(max_size=60).map(lambda b: b"HTTP/1.1 200 OK\r\n" + b))
def test_any_answer_is_whole_unfinished_or_refused(data: bytes) -> None:
    with contextlib.suppress(Away, ValueError):
        answer = _whole(bytearray(data))
        assert answer is None or len(answer.body) <= len(data)


@given(st.dictionaries(st.sampled_from(["token", "certificate", "x"]), JSON))
def test_a_file_of_callers_is_read_or_refused(tree: dict[str, Any]) -> None:
    with contextlib.suppress(BadInput):
        assert len(callers_of(tree, where="file")) > 0


@given(st.text(max_size=60))
def test_addresses_of_any_form_have_a_network_or_none(text: str) -> None:
    assert len(network_of(text)) <= len(text)
    assert operation_of(text) in ("", "chat", "completion", "responses", "embeddings", "batch")


@given(st.floats(0.5, 600), st.lists(st.floats(0, 5, allow_nan=False), min_size=1, max_size=60))
def test_alone_an_account_goes_no_faster_than_its_pace(pace: float, gaps: list[float]) -> None:
    known, at_s, passed = LastKnown(), 0.0, []
    known.learn({"a": pace}, "v")
    for gap in gaps:
        at_s += gap
        wait_s = known.wait_s("a", at_s)
        assert wait_s <= 60 / pace + 1e-9
        if wait_s == 0:
            passed.append(at_s)
    assert all(b - a >= 60 / pace - 1e-6 for a, b in pairwise(passed))
    assert passed[0] == gaps[0]


def test_every_role_can_be_listed() -> None:
    entry = {"name": "a", "roles": [str(role) for role in Role], "sha256": "0" * 64}
    assert len(callers_of({"token": [entry]}, where="file")) == 1
