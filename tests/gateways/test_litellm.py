"""The real LiteLLM proxy: our callback inside it, and its own guardrail that asks us."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.control.upstream import WORDS
from tests.gateways.fleet import PATHS, body, litellm, upstream
from tests.rooms.http.served import Got, call
from tests.rooms.http.service import Service, running, stop, told_campaign

RING = "campaign:aaaaaaaaaaaa"
KINDS = ("openai", "anthropic")


class Fleet:
    """The proxy before the model API, and the service."""

    def __init__(self, way: str, service: Service, port: int, behind: int) -> None:
        self.way = way
        self.service = service
        self.port = port
        self.behind = behind

    def send(self, account: str, kind: str = "openai", **more: Any) -> Got:
        """A client's request, with the key of a team."""
        headers = {"authorization": f"Bearer sk-{account}", "content-type": "application/json"}
        return call(self.port, "POST", PATHS[kind], body(kind, **more), headers)

    def seen(self) -> Any:
        """What came to the model API."""
        return call(self.behind, "GET", "/seen").told


@pytest.fixture(scope="module", params=["callback", "guardrail"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp(request.param)
    settings = '[serve]\npublic_url = "https://api.example"\n'
    with (
        upstream(folder) as behind,
        running(folder, settings=settings) as service,
        litellm(folder, service, behind, request.param) as port,
    ):
        service.find(told_campaign(RING, "ring-1", "ring-2"))
        service.until(lambda: not service.decide("ring-1")["go"], "the ring is refused")
        yield Fleet(request.param, service, port, behind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", [False, True])
def test_an_account_that_nothing_stands_against_gets_its_answer(
    fleet: Fleet, kind: str, stream: bool
) -> None:
    got = fleet.send("a-1", kind, stream=stream)
    assert got.status == 200
    for word in WORDS if stream else ("".join(WORDS),):
        assert json.dumps(word)[1:-1] in got.body.decode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_reaches_the_client_with_its_case(fleet: Fleet, kind: str, stream: bool) -> None:
    n_asked = fleet.seen()["n_asked"]
    got = fleet.send("ring-1", kind, stream=stream)
    # LiteLLM answers 400 whatever a guardrail says; a callback chooses its status.
    assert got.status == (403 if fleet.way == "callback" else 400)
    assert "https://api.example/appeals/SW-" in got.told["error"]["message"]
    assert fleet.seen()["n_asked"] == n_asked


def test_a_slowed_account_is_told_when_to_come_back(fleet: Fleet) -> None:
    told = {"control": "slow", "about": "account:slow-1", "until": "1h"}
    assert fleet.service.ask("POST", "/v1/decisions", told, who="ann").status == 201
    fleet.service.until(lambda: fleet.send("slow-1").status != 200, "the account is slowed")
    got = fleet.send("slow-1")
    if fleet.way == "callback":
        assert got.status == 429
        assert int(got.headers["retry-after"]) >= 1
        assert fleet.send("slow-1", "anthropic").status == 429
    else:
        assert got.status == 400


def test_no_prompt_and_no_key_reach_our_logs(fleet: Fleet) -> None:
    fleet.send("a-2", messages=[{"role": "user", "content": "a prompt to be kept quiet"}])
    told = fleet.service.said() + fleet.service.written()
    assert "kept quiet" not in told
    assert "sk-a-2" not in told


def test_without_the_service_there_is_friction_for_some_and_a_ban_for_nobody(fleet: Fleet) -> None:
    service = fleet.service
    if fleet.way == "callback":
        fleet.send("a-1")
        standing = service.ask("GET", "/v1/standing").told["slowed"]
        assert {"ring-1", "ring-2"} <= set(standing)
    os.kill(service.process.pid, signal.SIGSTOP)
    try:
        assert [fleet.send(f"b-{n}", stream=n % 2 == 0).status for n in range(4)] == [200] * 4
        ring = [fleet.send("ring-2").status for _ in range(3)]
    finally:
        os.kill(service.process.pid, signal.SIGCONT)
    assert ring == ([200, 429, 429] if fleet.way == "callback" else [200] * 3)
    service.until(lambda: fleet.send("ring-2").status in (400, 403), "the service is back")
    stop(service.process)
    assert [fleet.send(f"c-{n}", "anthropic").status for n in range(3)] == [200] * 3
