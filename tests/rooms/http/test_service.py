"""The service as it is run: several processes, files that change, people at the desk."""

from __future__ import annotations

import re
import signal
import ssl
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.control.verdicts import summed
from stillwatch.adapters.gateway.tokens import Role, entry_of, new_token
from stillwatch.cli.main import run
from tests.ports import free_port
from tests.rooms.http.served import Got, call, raw
from tests.rooms.http.service import (
    Service,
    running,
    start,
    stop,
    told_campaign,
)

RING, PAIR = "campaign:aaaaaaaaaaaa", "campaign:bbbbbbbbbbbb"
PROMPT = "a prompt that is nobody's business"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("service")
    settings = '[serve]\npublic_url = "https://api.example"\n'
    with running(folder, workers=2, settings=settings) as found:
        found.find(told_campaign(RING, "ring-1", "ring-2", "ring-3"))
        found.until_everywhere("ring-1", go=False)
        yield found


def test_an_opened_campaign_is_enforced_on_every_replica_and_a_closed_one_forgotten(
    service: Service,
) -> None:
    ring = told_campaign(RING, "ring-1", "ring-2", "ring-3")
    service.find(ring, told_campaign(PAIR, "pair-1", "pair-2"))
    service.until_everywhere("pair-1", go=False)
    service.until_everywhere("a-1", go=True)
    service.find(ring)
    service.until_everywhere("pair-1", go=True)
    assert service.decide("ring-1")["go"] is False


def test_rules_speak_once_however_many_replicas_there_are(service: Service) -> None:
    told = service.ask("GET", "/v1/decisions?show=all", who="aud").told["decisions"]
    made = [(one["name"], one["about"]) for one in told if one["by"] == "rule"]
    assert len(made) == len(set(made))
    assert ("linked-refuse", RING) in made


@pytest.mark.parametrize(
    ("who", "method", "path", "status"),
    [
        ("gw", "GET", "/v1/decisions", 403),
        ("gw", "POST", "/v1/kill", 403),
        ("aud", "POST", "/v1/kill", 403),
        ("rev", "POST", "/v1/decisions", 403),
        ("bob", "POST", "/v1/decisions", 403),
        ("ann", "POST", "/v1/decisions/x/approve", 403),
        ("ann", "POST", "/v1/appeals/x/rule", 403),
        ("ann", "POST", "/v1/decide", 403),
        ("gw", "GET", "/desk", 403),
        ("", "GET", "/metrics", 401),
        ("", "GET", "/desk", 401),
        ("", "POST", "/v1/decide", 401),
        ("", "POST", "/envoy/v1/chat/completions", 401),
        ("", "POST", "/beta/litellm_basic_guardrail_api", 401),
        ("aud", "GET", "/v1/status", 200),
        ("gw", "GET", "/metrics", 200),
        ("", "GET", "/healthz", 200),
        ("", "GET", "/readyz", 200),
        ("", "GET", "/openapi.json", 200),
        ("", "GET", "/appeals", 200),
    ],
)
def test_each_role_may_do_its_own_and_no_more(
    service: Service, who: str, method: str, path: str, status: int
) -> None:
    assert service.ask(method, path, {}, who=who).status == status


def test_a_person_decides_and_undo_gives_back_what_stood(service: Service) -> None:
    before = service.decide("ring-2")
    told = {"control": "observe", "about": "account:ring-2", "until": "7d", "note": "a mistake"}
    made = service.ask("POST", "/v1/decisions", told, who="ann")
    assert (made.status, made.told["name"]) == (201, "ann")
    service.until_everywhere("ring-2", go=True)
    undone = service.ask("POST", f"/v1/decisions/{made.told['id']}/undo", {}, who="ann")
    assert (undone.status, undone.told["undoes"]) == (201, made.told["id"])
    service.until_everywhere("ring-2", go=False)
    assert service.decide("ring-2") == before
    again = service.ask("POST", f"/v1/decisions/{made.told['id']}/undo", {}, who="ann")
    assert again.status == 403


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"control": "banish", "about": RING, "until": "7d"}, 400),
        ({"control": "slow", "about": "everybody", "until": "7d"}, 400),
        ({"control": "slow", "about": RING, "until": "never"}, 400),
        ({"control": "slow", "about": RING, "until": "2020-01-01T00:00:00Z"}, 400),
        ({"control": "slow", "about": RING, "until": "2030-01-01T00:00:00"}, 400),
        ({"control": "slow", "about": RING, "until": "999d"}, 403),
        ({"control": "refuse", "about": "account:nobody", "until": "1d"}, 403),
        ({"control": "no_logprobs", "about": RING, "until": "1d"}, 403),
        ({"control": "slow", "about": RING, "until": "1d", "mode": "canary", "share": 2}, 400),
        ({"control": "slow", "about": RING, "until": "1d", "because": "x"}, 400),
    ],
)
def test_what_the_ladder_forbids_is_refused(
    service: Service, fields: dict[str, Any], status: int
) -> None:
    got = service.ask("POST", "/v1/decisions", fields, who="ann")
    assert got.status == status
    assert got.told["error"]["what"]


def test_a_ban_holds_once_two_persons_agree_and_never_by_its_maker(service: Service) -> None:
    told = {"control": "ban_cluster", "about": RING, "until": "30d"}
    made = service.ask("POST", "/v1/decisions", told, who="cid").told["id"]
    assert service.ask("POST", f"/v1/decisions/{made}/approve", {}, who="cid").status == 403
    service.until(lambda: service.decide("ring-1")["action"] == "refuse", "it waits")
    assert service.ask("POST", f"/v1/decisions/{made}/approve", {}, who="bob").status == 201
    service.until(lambda: service.decide("ring-1")["action"] == "ban_cluster", "it holds")
    assert service.ask("POST", f"/v1/decisions/{made}/undo", {}, who="ann").status == 201
    service.until(lambda: service.decide("ring-1")["action"] == "refuse", "it is undone")


def test_the_kill_switch_stops_every_replica_and_goes_back(service: Service) -> None:
    made = service.ask("POST", "/v1/kill", {"note": "something is wrong"}, who="ann")
    assert made.status == 201
    service.until_everywhere("ring-1", go=True)
    assert service.decide("ring-1")["spared"] == "kill switch"
    assert service.ask("GET", "/v1/status", who="aud").told["kill_switch"] == made.told["id"]
    service.ask("POST", f"/v1/decisions/{made.told['id']}/undo", {}, who="ann")
    service.until_everywhere("ring-1", go=False)


def form(service: Service, path: str, who: str = "", **fields: str) -> Got:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode(fields).encode()
    return service.ask("POST", path, body, who=who, **headers)


def test_a_case_is_read_contested_ruled_on_and_restored(service: Service) -> None:
    case = service.decide("ring-3")["case"]
    looked = service.ask("POST", "/v1/appeals/look", {"case": case, "account": "ring-3"}, who="")
    assert looked.told["state"] == "not contested"
    told = " ".join(looked.told["summary"])
    assert "3 accounts" in told
    assert "one pace all day" in told
    assert "ring-1" not in told
    wrong = service.ask("POST", "/v1/appeals/look", {"case": case, "account": "ring-1"}, who="")
    assert wrong.status == 404

    fields = {"case": case.lower(), "account": "ring-3", "statement": "We are <b>a school</b>."}
    opened = service.ask("POST", "/v1/appeals", fields, who="")
    assert (opened.status, opened.told["state"]) == (201, "open")
    assert service.ask("POST", "/v1/appeals", fields, who="").status == 403
    page = form(service, "/appeals/case", case=case, account="ring-3").body.decode()
    assert "We are &lt;b&gt;a school&lt;/b&gt;." in page

    appeals = service.ask("GET", "/v1/appeals", who="rev").told["appeals"]
    mine = next(one for one in appeals if one["account"] == "ring-3")
    day_s = 86_400e6
    assert mine["opened_us"] + 3 * day_s == pytest.approx(_us(mine["due_at"]), abs=1e6)
    path = f"/v1/appeals/{mine['id']}/rule"
    ruling = {"outcome": "granted", "why": "You are a school indeed."}
    assert service.ask("POST", path, {"outcome": "granted"}, who="rev").status == 400
    assert service.ask("POST", path, ruling, who="rev").status == 201
    assert service.ask("POST", path, ruling, who="rev").status == 403
    service.until_everywhere("ring-3", go=True)
    assert service.decide("ring-1")["go"] is False
    page = form(service, "/appeals/case", case=case, account="ring-3").body.decode()
    assert "The decision was taken back" in page
    assert "You are a school indeed." in page
    told = service.ask("GET", "/v1/appeals", who="aud").told
    assert told["rates"]["n_granted"] == 1
    assert any(row["rung"] == "refuse" and row["n_granted"] == 1 for row in told["by_rung"])


def _us(told: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(told).timestamp() * 1e6


def test_forms_of_the_desk_do_what_they_say(service: Service) -> None:
    case = service.decide("ring-1")["case"]
    sent = form(service, "/appeals/contest", case=case, account="ring-1", statement="a\r\nb")
    assert sent.status == 201
    desk = service.ask("GET", "/desk", who="rev").body.decode()
    number = re.findall(r'name="id" value="(appeal:\w+)"', desk)[0]
    done = form(service, "/desk/rule", "rev", id=number, outcome="upheld", why="It stands.")
    assert (done.status, done.headers["location"]) == (303, "/desk")
    wrong = form(service, "/desk/rule", "rev", id=number, outcome="upheld", why="Again.")
    assert wrong.status == 400
    assert "was ruled on" in wrong.body.decode()
    assert form(service, "/desk/kill", "rev", note="x").status == 403


@pytest.mark.parametrize("path", ["/appeals", "/appeals/SW-1", "/desk", "/static/pages.css"])
def test_pages_may_load_nothing_and_be_framed_by_nobody(service: Service, path: str) -> None:
    got = service.ask("GET", path, who="aud")
    assert got.status == 200
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in got.body.decode()


def test_a_file_that_will_not_do_changes_nothing(
    tmp_path: Path,
) -> None:
    policy = tmp_path / "policy.toml"
    good = (
        'schema = "stillwatch.policy/1"\nname = "good"\n[[limit]]\nid = "few"\nby = "account"\n'
        'allows = 2\nper = "1h"\nstate = "enforce"\n'
    )
    policy.write_text(good)
    with running(tmp_path, "--policy", "policy.toml") as alone:
        first = alone.decide("a-1")["policy"]
        policy.write_text(good.replace("allows = 2", "allows = 0"))
        alone.until(lambda: alone.ask("GET", "/readyz", who="").status == 503, "it is not ready")
        assert alone.ask("GET", "/readyz", who="").told["stale"] == ["policy"]
        assert alone.decide("a-2")["policy"] == first
        policy.write_text(good.replace("allows = 2", "allows = 1"))
        alone.until(lambda: alone.decide("a-3")["policy"] != first, "the new policy is in force")
        (tmp_path / "campaigns.json").write_text('{"campaigns": 3}')
        alone.until(lambda: alone.ask("GET", "/readyz", who="").status == 503, "it is not ready")
        metrics = alone.ask("GET", "/metrics", who="aud").body.decode()
        assert 'stillwatch_file_faults_total{file="policy"} 1' in metrics
        assert "policy was not read again" in alone.said()
        listed = (tmp_path / "callers.toml").read_text().split("\n\n")
        kept = [entry for entry in listed if 'name = "ann"' not in entry]
        (tmp_path / "callers.toml").write_text("\n\n".join(kept))
        alone.until(
            lambda: alone.ask("POST", "/v1/kill", {}, who="ann").status == 401, "ann is let go"
        )
        assert alone.ask("GET", "/v1/status", who="aud").status == 200
        fields = {"case": "SW-AAAA-AAAA-AAAA", "account": "x"}
        asked = [alone.ask("POST", "/v1/appeals/look", fields, who="") for _ in range(30)]
        assert {one.status for one in asked[:20]} == {404}
        assert asked[-1].status == 429
        assert int(asked[-1].headers["retry-after"]) >= 1


def test_a_leaked_key_and_an_account_table_are_heard_of(tmp_path: Path) -> None:
    (tmp_path / "leaked").write_text("d" * 64)
    (tmp_path / "keys.csv").write_text(f"credential,account\n{'d' * 64},owner-1\n")
    table = {"account": ["owner-1"], "plan": ["free"]}
    pq.write_table(pa.table(table), tmp_path / "accounts.parquet")
    settings = '[control]\nleaked_keys = "leaked"\n[serve]\ncredentials = "keys.csv"\n'
    with running(tmp_path, "--accounts", "accounts.parquet", settings=settings) as alone:
        told = alone.ask("POST", "/v1/decide", {"credential": "d" * 64}).told
        assert (told["action"], told["reason"], told["go"]) == ("verify", "key-leaked", True)
        assert "free" not in told


def test_what_was_decided_survives_a_kill_and_a_signal_ends_it_well(tmp_path: Path) -> None:
    with running(tmp_path) as alone:
        told = {"control": "slow", "about": "account:a-1", "until": "1h"}
        made = alone.ask("POST", "/v1/decisions", told, who="ann").told["id"]
        alone.process.send_signal(signal.SIGKILL)
        alone.process.wait(20)
        first = alone.said()
    with running(tmp_path) as again:
        standing = again.ask("GET", "/v1/decisions", who="aud").told["decisions"]
        assert [one["id"] for one in standing] == [made]
        again.process.terminate()
        assert again.process.wait(30) == 0
        assert "Traceback" not in first + again.said()


def test_what_was_said_is_kept_apart_from_what_was_done(service: Service) -> None:
    for _ in range(20):
        service.decide("ring-1")
    path = service.folder / "stillwatch-control" / "verdicts.jsonl"

    def told() -> list[dict[str, Any]]:
        return [row for row in summed(path) if row["rule"] == "linked-refuse"]

    service.until(lambda: path.exists() and told() and told()[0]["n"] >= 20, "verdicts are kept")
    assert told()[0]["does refuse"] >= 20


def test_no_secret_and_no_prompt_is_ever_logged(service: Service) -> None:
    key = "sk-client-key-of-somebody"
    chat = {"model": "m", "messages": [{"role": "user", "content": PROMPT}]}
    headers = {"x-stillwatch-token": service.tokens["gw"], "authorization": f"Bearer {key}"}
    path = "/envoy/v1/chat/completions"
    for body in (chat, b"{" + PROMPT.encode()):
        service.ask("POST", path, body, who="", **headers)
    service.ask("POST", "/v1/decide", {"account": "a", "prompt": PROMPT})
    told = {"input_type": "request", "texts": [PROMPT], "request_data": PROMPT}
    service.ask("POST", "/beta/litellm_basic_guardrail_api", told)
    service.ask("POST", "/v1/decide", {"account": "a"}, who="", authorization=f"Bearer {PROMPT}")
    raw(service.port, b"GET /" + PROMPT.replace(" ", "+").encode() + b" nonsense\r\n\r\n")
    verdicts = service.folder / "stillwatch-control" / "verdicts.jsonl"
    everything = service.said() + service.written() + verdicts.read_text()
    for secret in (PROMPT, PROMPT.replace(" ", "+"), key, *service.tokens.values()):
        assert secret not in everything


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--listen", "0.0.0.0:0"], "tokens would cross the network readable"),
        (["--listen", "nowhere"], "HOST:PORT"),
        (["--callers", "none.toml"], "cannot be read"),
        (["--callers", "empty.toml"], "lists nobody"),
        (["--callers", "weak.toml"], "sha256 must be"),
        (["--policy", "none.toml"], "cannot be read"),
    ],
)
def test_it_does_not_start_open_or_without_callers(
    tmp_path: Path,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "callers.toml").write_text(entry_of("a", [Role.GATEWAY], new_token()[1]))
    (tmp_path / "empty.toml").write_text("")
    weak = '[[token]]\nname = "a"\nroles = ["operator"]\nsha256 = "changeme"\n'
    (tmp_path / "weak.toml").write_text(weak)
    assert run(["serve", *words]) in (2, 3)
    assert said in capsys.readouterr().err


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a certificate of the service, one of a gateway, and one of a stranger."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for ca in ("ca", "other"):
        openssl(
            *new, "-days", "2", "-keyout", f"{ca}.key", "-out", f"{ca}.pem", "-subj", f"/CN={ca}"
        )
    for name, ca in (
        ("service", "ca"),
        ("gateway-1", "ca"),
        ("unlisted", "ca"),
        ("thief", "other"),
    ):
        openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}",
        )  # fmt: skip
        (folder / f"{name}.ext").write_text(
            "subjectAltName=IP:127.0.0.1" if name == "service" else f"subjectAltName=DNS:{name}"
        )
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
            "-days", "2", "-out", f"{name}.pem", "-extfile", f"{name}.ext",
        )  # fmt: skip
    return folder


def test_a_client_certificate_opens_the_doors_of_its_role(
    tmp_path: Path, certificates: Path
) -> None:
    named = '[[certificate]]\nname = "gateway-1"\nroles = ["gateway"]\n'
    (tmp_path / "callers.toml").write_text(
        entry_of("a", [Role.GATEWAY], new_token()[1]) + named
        + named.replace("gateway-1", "thief")
    )  # fmt: skip
    (tmp_path / "stillwatch.toml").write_text(
        f'[serve]\nworkers = 1\ncertificate = "{certificates}/service.pem"\n'
        f'key = "{certificates}/service.key"\nclient_ca = "{certificates}/ca.pem"\n'
    )
    port = free_port()
    process = start(["serve", "--listen", f"127.0.0.1:{port}"], tmp_path, tmp_path / "stderr")

    def ask(name: str) -> int:
        context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        if name:
            context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        connection = HTTPSConnection("127.0.0.1", port, context=context, timeout=20)
        try:
            connection.request("POST", "/v1/decide", b'{"account": "a-1"}')
            return connection.getresponse().status
        except (ssl.SSLError, ConnectionError):
            return 0
        finally:
            connection.close()

    try:
        end_s = time.monotonic() + 60
        while ask("gateway-1") == 0 and time.monotonic() < end_s:
            time.sleep(0.2)
        assert ask("gateway-1") == 200
        assert ask("") == 401
        assert ask("unlisted") == 401
        assert ask("thief") == 0
        with pytest.raises((OSError, HTTPException)):
            call(port, "GET", "/healthz")
    finally:
        stop(process)
