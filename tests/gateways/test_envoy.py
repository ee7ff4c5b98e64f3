"""The real Envoy: allowed, slowed, refused; the service hung, dead, back; files under load."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.control.upstream import WORDS
from stillwatch.adapters.envoy.bootstrap import route_table
from tests.gateways.fleet import PATHS, body, envoy, upstream
from tests.ports import free_port
from tests.rooms.http.served import Got, call
from tests.rooms.http.service import Service, running, told_campaign

RING, PAIR = "campaign:aaaaaaaaaaaa", "campaign:bbbbbbbbbbbb"
RINGS = tuple(f"ring-{number}" for number in range(4))
KINDS = ("openai", "anthropic")


class Fleet:
    """Envoy over HTTP before the service and the model API."""

    def __init__(self, service: Service, port: int, behind: int) -> None:
        self.service = service
        self.port = port
        self.behind = behind

    def send(self, account: str, kind: str = "openai", **more: Any) -> Got:
        """A client's request."""
        headers = {
            "x-stillwatch-account": account,
            "authorization": "Bearer sk-client-secret",
            "content-type": "application/json",
        }
        return call(self.port, "POST", PATHS[kind], body(kind, **more), headers)

    def seen(self) -> Any:
        """What came to the model API."""
        return call(self.behind, "GET", "/seen").told

    def counter(self, name: str) -> int:
        """A counter of Envoy."""
        told = call(self.service.extra["admin"], "GET", f"/stats?format=json&filter={name}").told
        return sum(one["value"] for one in told["stats"] if one["name"].endswith(name))


@pytest.fixture(scope="module", params=["http", "grpc"])
def fleet(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp(request.param)
    grpc = free_port() if request.param == "grpc" else 0
    (folder / "routes.json").write_text(json.dumps(route_table({})))
    settings = '[serve]\nenvoy_routes = "routes.json"\npublic_url = "https://api.example"\n'
    if grpc:
        settings += f'grpc_listen = "127.0.0.1:{grpc}"\n'
    with (
        upstream(folder) as behind,
        running(folder, workers=2, settings=settings) as service,
        envoy(folder, service, behind, grpc=grpc) as port,
    ):
        service.find(told_campaign(RING, *RINGS))
        service.until_everywhere("ring-0", go=False)
        yield Fleet(service, port, behind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", [False, True])
def test_an_account_that_nothing_stands_against_gets_its_answer(
    fleet: Fleet, kind: str, stream: bool
) -> None:
    got = fleet.send("a-1", kind, stream=stream)
    assert got.status == 200
    for word in WORDS if stream else ("".join(WORDS),):
        assert json.dumps(word) in got.body.decode()
    seen = fleet.seen()["last"]["headers"]
    assert seen["authorization"] == "Bearer sk-client-secret"
    assert "x-stillwatch-token" not in seen


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_reaches_the_client_with_its_case(fleet: Fleet, kind: str, stream: bool) -> None:
    n_asked = fleet.seen()["n_asked"]
    got = fleet.send("ring-1", kind, stream=stream)
    assert got.status == 403
    error = got.told["error"]
    assert (got.told["type"], error["type"]) == ("error", "permission_error")
    assert error["appeal"] == f"https://api.example/appeals/{error['case']}"
    assert got.headers["x-stillwatch-case"] == error["case"]
    assert fleet.seen()["n_asked"] == n_asked


def test_a_slowed_account_is_told_when_to_come_back(fleet: Fleet) -> None:
    told = {"control": "slow", "about": "account:slow-1", "until": "1h"}
    assert fleet.service.ask("POST", "/v1/decisions", told, who="ann").status == 201
    fleet.service.until(lambda: fleet.send("slow-1").status == 429, "the account is slowed")
    got = fleet.send("slow-1", "anthropic")
    assert got.status == 429
    assert int(got.headers["retry-after"]) >= 1
    assert got.told["error"]["type"] == "rate_limit_error"


def test_whoever_is_to_verify_gets_its_answer_and_is_told(fleet: Fleet) -> None:
    told = {"control": "verify", "about": "account:v-1", "until": "1h"}
    assert fleet.service.ask("POST", "/v1/decisions", told, who="ann").status == 201
    fleet.service.until(
        lambda: "x-stillwatch-verify" in fleet.send("v-1").headers, "the account is told"
    )
    got = fleet.send("v-1", stream=True)
    assert got.status == 200
    assert got.headers["x-stillwatch-case"].startswith("SW-")
    assert "x-stillwatch-verify" not in fleet.send("a-1").headers


def test_what_is_no_call_of_a_model_goes_through(fleet: Fleet) -> None:
    assert (
        call(fleet.port, "GET", "/seen", headers={"x-stillwatch-account": "ring-1"}).status == 200
    )


def test_a_policy_and_a_campaign_change_under_load_and_no_request_fails(fleet: Fleet) -> None:
    done = threading.Event()
    pair = told_campaign(PAIR, "pair-1", "pair-2")

    def client(number: int) -> set[int]:
        found = set()
        while not done.is_set():
            found.add(fleet.send(f"a-{number}").status)
        return found

    with ThreadPoolExecutor(6) as pool:
        clients = [pool.submit(client, number) for number in range(6)]
        try:
            fleet.service.find(told_campaign(RING, *RINGS), pair)
            fleet.service.until(lambda: fleet.send("pair-1").status == 403, "the pair is refused")
            fleet.service.find(told_campaign(RING, *RINGS))
            fleet.service.until(lambda: fleet.send("pair-1").status == 200, "the pair is free")
        finally:
            done.set()
        assert {status for one in clients for status in one.result()} <= {200, 429}
    assert fleet.counter("ext_authz.error") == 0


def test_without_the_service_there_is_friction_for_some_and_a_ban_for_nobody(fleet: Fleet) -> None:
    service = fleet.service
    routes = service.folder / "routes.json"
    service.until(lambda: "ring-3" in routes.read_text(), "the routes tell of the ring")
    # Envoy has read the file once it slows the ring; until then it lets it pass.
    service.process.send_signal(signal.SIGSTOP)
    replicas = _children(service.process.pid)
    for pid in replicas:
        os.kill(pid, signal.SIGSTOP)
    try:
        hung = [fleet.send(f"b-{number}").status for number in range(5)]
        assert hung == [200] * 5
        assert fleet.counter("failure_mode_allowed") >= 5
        service.until(lambda: fleet.send("ring-3").status == 429, "the ring is slowed")
        slowed = fleet.send("ring-3", "anthropic")
        assert (slowed.status, slowed.headers["retry-after"]) == (429, "10")
        assert slowed.told["error"]["type"] == "rate_limit_error"
        first = [fleet.send("ring-2").status for _ in range(3)]
        assert first == [200, 429, 429]
    finally:
        for pid in replicas:
            os.kill(pid, signal.SIGCONT)
        service.process.send_signal(signal.SIGCONT)
    service.until(lambda: fleet.send("ring-2").status == 403, "the service is back")


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(one) for one in (task / "children").read_text().split()]
    return found


def test_a_dead_service_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "routes.json").write_text(json.dumps(route_table({"ring-1": 1})))
    with upstream(tmp_path) as behind:
        with running(tmp_path) as service:
            pass
        with envoy(tmp_path, service, behind) as port:
            fleet = Fleet(service, port, behind)
            assert [fleet.send("a-1", stream=True).status for _ in range(3)] == [200] * 3
            assert [fleet.send("ring-1").status for _ in range(3)] == [200, 429, 429]


def test_the_body_is_read_for_its_options_and_what_is_withheld_is_told_upstream(
    tmp_path: Path,
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'schema = "stillwatch.policy/1"\nname = "answers"\n[answers]\nallowed = true\n'
        '[[rule]]\nid = "less"\nrung = "no_logprobs"\nstate = "enforce"\nfor = "7d"\n'
        'reason = "linked-campaign"\nwhen = "campaign.found && request.logprobs"\n'
    )
    with (
        upstream(tmp_path) as behind,
        running(tmp_path, "--policy", "policy.toml") as service,
        envoy(tmp_path, service, behind, body_bytes=65_536) as port,
    ):
        fleet = Fleet(service, port, behind)
        service.find(told_campaign(RING, *RINGS))
        waiting = service.ask("GET", "/v1/decisions?show=waiting", who="aud")
        service.until(
            lambda: service.ask("GET", "/v1/decisions?show=waiting", who="aud").told["decisions"],
            "the rule's decision waits for two persons",
        )
        waiting = service.ask("GET", "/v1/decisions?show=waiting", who="aud")
        for one in waiting.told["decisions"]:
            for who in ("bob", "cid"):
                path = f"/v1/decisions/{one['id']}/approve"
                assert service.ask("POST", path, {}, who=who).status == 201
        fleet.send("ring-1", logprobs=True)
        assert fleet.seen()["last"]["headers"]["x-stillwatch-less"] == "no_logprobs"
        fleet.send("ring-1")
        assert "x-stillwatch-less" not in fleet.seen()["last"]["headers"]
        assert "What is still?" not in service.said() + service.written()


@pytest.mark.parametrize("over", ["http", "grpc"])
def test_who_a_client_says_it_is_is_not_believed(tmp_path: Path, over: str) -> None:
    grpc = free_port() if over == "grpc" else 0
    settings = '[serve]\ncredentials = "keys.csv"\n'
    settings += f'grpc_listen = "127.0.0.1:{grpc}"\n' if grpc else ""
    digest = hashlib.sha256(b"sk-of-ring-1").hexdigest()
    (tmp_path / "keys.csv").write_text(f"credential,account\n{digest},ring-1\n")
    with (
        upstream(tmp_path) as behind,
        running(tmp_path, settings=settings) as service,
        envoy(tmp_path, service, behind, grpc=grpc, named_by_edge=False) as port,
    ):
        fleet = Fleet(service, port, behind)
        service.find(told_campaign(RING, *RINGS))
        service.until_everywhere("ring-1", go=False)
        assert fleet.send("ring-1").status == 200
        seen = fleet.seen()["last"]["headers"]
        assert "x-stillwatch-account" not in seen
        for own in ({"authorization": "Bearer sk-of-ring-1"}, {"x-api-key": "sk-of-ring-1"}):
            sent = {**own, "x-stillwatch-account": "a-1"}
            assert call(port, "POST", PATHS["openai"], body("openai"), sent).status == 403
