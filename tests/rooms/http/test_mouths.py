"""Each gateway is told the same verdict in its own words; shadow mode and away are kept apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stillwatch.adapters.envoy.check import Checked
from stillwatch.adapters.envoy.protobuf import bytes_field, fields, inner, text_field
from stillwatch.adapters.gateway.asking import credential_of
from stillwatch.http.asked import asked_by_envoy
from stillwatch.http.control import Mouths
from stillwatch.http.routes import App
from tests.rooms.http.ruled import AUTH, CALLERS, PAIR, RING, core, decided, mouths
from tests.rooms.http.served import Got, call, served

CHAT = "/v1/chat/completions"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Mouths:
    behind = core(
        decided("refuse", RING),
        decided("slow", PAIR),
        decided("no_logprobs", "account:less"),
        decided("observe", "account:ring-3", note="a person took it out"),
    )
    return mouths(behind, tmp_path_factory.mktemp("counts"))


@pytest.fixture(scope="module")
def port(before: Mouths) -> Iterator[int]:
    with served(App(before.routes(), CALLERS)) as found:
        yield found


def decide(port: int, **fields: Any) -> Got:
    return call(port, "POST", "/v1/decide", fields, AUTH)


def test_an_account_that_nothing_stands_against_goes_on(port: int) -> None:
    told = decide(port, account="a-1", model="m", max_tokens=9).told
    assert told == {**told, "go": True, "verdict": "observe", "action": "observe"}
    assert told["policy"]
    assert not told.keys() & {"error", "case", "status"}
    assert told["free"] == [16, 1.0]


def test_a_refusal_says_why_and_where_to_contest_it(port: int) -> None:
    told = decide(port, account="ring-1").told
    assert (told["go"], told["status"], told["action"]) == (False, 403, "refuse")
    error = told["error"]
    assert error["type"] == "permission_error"
    assert error["code"] == "linked-campaign"
    assert error["case"] == told["case"]
    assert error["appeal"] == f"https://api.example/appeals/{told['case']}"
    assert error["appeal"] in error["message"]
    assert "one operator" in error["message"]


def test_a_person_takes_one_account_out(port: int) -> None:
    assert decide(port, account="ring-3").told["go"] is True


def test_a_slowed_account_waits_and_goes_on(port: int) -> None:
    assert decide(port, account="pair-1").told["go"] is True
    told = decide(port, account="pair-1").told
    assert (told["status"], told["error"]["type"]) == (429, "rate_limit_error")
    assert 1 <= told["retry_after_s"] <= 30
    assert told["error"]["retry_after_s"] == told["retry_after_s"]


def test_a_burst_is_cut_by_the_limit(port: int) -> None:
    status = [decide(port, account="burst").told.get("status", 200) for _ in range(62)]
    assert status[:60] == [200] * 60
    assert 429 in status[60:]


def test_requests_that_went_on_a_lease_count_all_the_same(port: int) -> None:
    assert decide(port, account="leased").told["go"] is True
    assert decide(port, account="leased", unasked=58).told["go"] is True
    assert decide(port, account="leased").told["status"] == 429


def test_nobody_of_whom_anything_is_said_gets_a_lease(port: int) -> None:
    for account in ("ring-1", "ring-3", "pair-1", "less"):
        assert "free" not in decide(port, account=account).told


def test_a_credential_stands_for_its_account(port: int) -> None:
    assert decide(port, credential="d" * 64).told["action"] == "refuse"
    assert decide(port, credential="e" * 64).told["go"] is True


def test_what_is_withheld_is_told_to_the_gateway(port: int) -> None:
    told = decide(port, account="less", logprobs=True).told
    assert (told["go"], told["less"]) == (True, ["no_logprobs"])
    safe = decide(port, account="less", logprobs=True, safety_relevant=True).told
    assert "less" not in safe


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"a"',
        b"null",
        b"\xff\xfe",
        b'{"account": "a", "account2": 1}',
        b'{"account": 1}',
        b'{"account": ""}',
        b'{"account": "a", "max_tokens": -1}',
        b'{"account": "a", "max_tokens": 1.5}',
        b'{"account": "a", "logprobs": 1}',
        b'{"account": "a", "samples": true}',
        b'{"account": "a", "country": "XX"}',
        b'{"account": "a", "unasked": 65}',
        b'{"account": "' + b"a" * 600 + b'"}',
        b'{"account": "\\ud800"}',
        b"[" * 5_000,
    ],
)
def test_a_question_that_makes_no_sense_is_refused(port: int, body: bytes) -> None:
    got = call(port, "POST", "/v1/decide", body, AUTH)
    assert got.status == 400
    assert got.told["error"]["what"]


def envoy(port: int, path: str, account: str, body: bytes = b"", **headers: str) -> Got:
    sent = {**AUTH, "x-stillwatch-account": account, **headers}
    return call(port, "POST", f"/envoy{path}", body, sent)


def test_envoy_over_http_gets_the_status_and_the_body_for_its_client(port: int) -> None:
    assert envoy(port, CHAT, "a-1").status == 200
    got = envoy(port, "/v1/messages", "ring-2")
    assert got.status == 403
    assert got.told["type"] == "error"
    assert got.headers["x-stillwatch-case"] == got.told["error"]["case"]
    envoy(port, CHAT, "pair-2")
    slowed = envoy(port, CHAT, "pair-2")
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) >= 1


def test_envoy_passes_by_what_is_no_call_of_a_model(port: int) -> None:
    assert envoy(port, "/v1/models", "ring-1").status == 200
    assert envoy(port, "/", "ring-1").status == 200


def test_envoy_reads_the_options_where_it_sends_the_body(port: int) -> None:
    body = json.dumps({"model": "m", "logprobs": True, "messages": []}).encode()
    got = envoy(port, CHAT, "less", body)
    assert (got.status, got.headers["x-stillwatch-less"]) == (200, "no_logprobs")
    assert envoy(port, CHAT, "less", b"{cut off").status == 200


def check_request(path: str, **headers: str) -> bytes:
    http = text_field(2, "POST") + text_field(4, path)
    for name, value in headers.items():
        entry = text_field(1, name.replace("_", "-")) + text_field(2, value)
        http += bytes_field(3, entry)
    source = bytes_field(1, bytes_field(1, bytes_field(1, text_field(2, "203.0.113.7"))))
    return bytes_field(1, source + bytes_field(4, bytes_field(2, http)))


def test_envoy_over_grpc_gets_the_same(before: Mouths) -> None:
    fine = before.envoy_grpc(check_request(CHAT, x_stillwatch_account="a-2"))
    assert inner(fine, 1) == b""
    refused = before.envoy_grpc(check_request(CHAT, x_stillwatch_account="ring-1"))
    assert dict(fields(inner(refused, 1))) == {1: 7}
    denied = inner(refused, 2)
    assert dict(fields(inner(denied, 1))) == {1: 403}
    assert b"linked-campaign" in inner(denied, 3)


def guarded(port: int, team: str, input_type: str = "request") -> Any:
    told = {
        "input_type": input_type,
        "texts": ["never looked at"],
        "model": "m",
        "request_data": {"user_api_key_team_id": team, "user_api_key_hash": "h" * 64},
        "request_headers": {"user-agent": "x", "x-forwarded-for": "[present]"},
    }
    return call(port, "POST", "/beta/litellm_basic_guardrail_api", told, AUTH)


def test_litellms_guardrail_gets_its_own_words(port: int) -> None:
    assert guarded(port, "a-3").told == {"action": "NONE"}
    told = guarded(port, "ring-1").told
    assert told["action"] == "BLOCKED"
    assert "https://api.example/appeals/SW-" in told["blocked_reason"]
    assert guarded(port, "ring-1", "response").told == {"action": "NONE"}
    assert call(port, "POST", "/beta/litellm_basic_guardrail_api", {}, AUTH).status == 400


def test_what_stands_is_told_as_friction_only(port: int) -> None:
    got = call(port, "GET", "/v1/standing", headers=AUTH)
    assert got.told["slowed"] == {"ring-1": 2.0, "ring-2": 2.0, "pair-1": 2.0, "pair-2": 2.0}
    again = call(
        port, "GET", "/v1/standing", headers={**AUTH, "if-none-match": got.headers["etag"]}
    )
    assert (again.status, again.body) == (304, b"")


def test_in_shadow_nothing_is_done_and_all_is_said(tmp_path: Path) -> None:
    behind = core(decided("refuse", RING), live=False)
    with served(App(mouths(behind, tmp_path).routes(), CALLERS)) as port:
        told = decide(port, account="ring-1").told
        assert (told["go"], told["verdict"], told["spared"]) == (True, "refuse", "shadow")
        assert call(port, "GET", "/v1/standing", headers=AUTH).told["slowed"] == {}


def test_the_key_that_envoy_tells_is_that_which_the_api_behind_reads() -> None:
    keys = {"authorization": "Bearer mine", "x-api-key": "somebody's"}
    asked = [
        asked_by_envoy(Checked(CHAT, keys), "x-stillwatch-account", header)
        for header in ("authorization", "x-api-key")
    ]
    told = [credential_of({name: key}) for name, key in keys.items()]
    assert [call.credential for call in asked if call is not None] == told
