"""A gateway's plug-in asks, and goes on when nobody answers: with friction, never with a ban."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks.control.upstream import WORDS, Upstream
from stillwatch.adapters.gateway.asking import Asking, Told, credential_of
from stillwatch.adapters.gateway.middleware import Stillwatch
from stillwatch.adapters.gateway.wire import Away, Lines
from stillwatch.control import policy_from
from stillwatch.http.routes import App
from stillwatch.model.errors import BadInput, OutsideFailed
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.rooms.http.ruled import CALLERS, POLICY, RING, TOKEN, core, decided, mouths
from tests.rooms.http.served import Got, call, served

CHAT = "/v1/chat/completions"


@contextlib.contextmanager
def service(folder: Path, *more: Any) -> Iterator[tuple[int, Any]]:
    behind = core(decided("refuse", RING), decided("no_logprobs", "account:less"), *more)
    with served(App(mouths(behind, folder).routes(), CALLERS)) as port:
        yield port, behind


@contextlib.contextmanager
def hung() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield listener.getsockname()[1]


def run(port: int, use: Callable[[Asking], Awaitable[Any]], **more: Any) -> Any:
    async def inside() -> Any:
        asking = Asking(f"http://127.0.0.1:{port}", **{"token": TOKEN, "timeout_s": 2.0} | more)
        try:
            return await use(asking)
        finally:
            await asking.close()

    return asyncio.run(inside())


def test_it_hears_yes_no_and_less(tmp_path: Path) -> None:
    async def use(asking: Asking) -> list[Told]:
        return [await asking.ask({"account": name}) for name in ("a-1", "ring-1", "less")]

    with service(tmp_path) as (port, _):
        fine, no, less = run(port, use)
    assert (fine.go, fine.away) == (True, False)
    assert (no.go, no.status, no.away) == (False, 403, False)
    assert no.error["code"] == "linked-campaign"
    assert json.loads(no.body())["error"]["case"].startswith("SW-")
    assert less.less == ("no_logprobs",)


def test_a_lease_spares_questions_and_none_is_lost_from_the_count(tmp_path: Path) -> None:
    async def use(asking: Asking) -> tuple[list[bool], int]:
        gone = [(await asking.ask({"account": "a-9", "model": "m"})).go for _ in range(90)]
        return gone, asking.n_leased

    with service(tmp_path) as (port, _):
        gone, n_leased = run(port, use)
    # Sixty a minute and a burst of sixty; a lease can run over by what it holds, 16.
    assert gone[:60] == [True] * 60
    assert not all(gone)
    assert sum(gone) <= 60 + 16 + 2
    assert n_leased >= 48


@pytest.mark.parametrize("way", [hung, free_port], ids=["hung", "dead"])
def test_nobody_answers_and_everybody_goes_on(way: Any) -> None:
    async def use(asking: Asking) -> tuple[list[Told], int]:
        return [await asking.ask({"account": f"a-{i}"}) for i in range(200)], asking.n_away

    with way() if way is hung else contextlib.nullcontext(way()) as port:
        told, n_away = run(port, use, timeout_s=0.05)
    assert n_away == 200
    assert all(one.go and one.away for one in told)


def test_the_last_known_refusal_becomes_a_slower_pace(tmp_path: Path) -> None:
    async def use(asking: Asking) -> tuple[list[Told], list[Told]]:
        assert await asking.refresh()
        known = await asking.ask({"account": "ring-1"})
        stop()
        alone = [await asking.ask({"account": "ring-1"}) for _ in range(3)]
        return [known, *alone], [await asking.ask({"account": "a-1"}) for _ in range(50)]

    with contextlib.ExitStack() as stack:
        port, _ = stack.enter_context(service(tmp_path))
        stop = stack.pop_all().close
        (known, *alone), others = run(port, use)
    assert known.status == 403
    assert [one.go for one in alone] == [True, False, False]
    assert {one.status for one in alone[1:]} == {429}
    assert all(1 <= one.retry_after_s <= 30 for one in alone[1:])
    assert all(one.go for one in others)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 500 Fault\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 401 No\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nnull",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n" + b'{"go": "no"}',
        b"HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n" + b'{"go": false}',
        b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\ncut",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_an_answer_that_makes_no_sense_is_no_answer(answer: bytes) -> None:
    async def inside() -> Told:
        async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(speak, "127.0.0.1", 0)
        asking = Asking(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout_s=1.0)
        try:
            return await asking.ask({"account": "a-1"})
        finally:
            await asking.close()
            server.close()

    assert asyncio.run(inside()) == Told(True, away=True)


def test_it_comes_back_when_the_service_does(tmp_path: Path) -> None:
    async def use(asking: Asking) -> list[Told]:
        first = await asking.ask({"account": "ring-1"})
        with service(tmp_path) as (there, _):
            asking._lines = Lines(f"http://127.0.0.1:{there}")
            seen = [first]
            while seen[-1].away:
                await asyncio.sleep(0.1)
                seen.append(await asking.ask({"account": "ring-1"}))
        return seen

    seen = run(free_port(), use)
    assert seen[0].away
    assert (seen[-1].status, seen[-1].away) == (403, False)


def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(tmp_path: Path) -> None:
    async def use(asking: Asking) -> Told:
        await asking.ask({"account": "a-1"})
        for line in asking._lines._idle:
            assert line._transport is not None
            line._transport.abort()
        return await asking.ask({"account": "ring-1"})

    with service(tmp_path) as (port, _):
        assert run(port, use).status == 403


def test_the_policy_is_replaced_under_load_and_nobody_notices(tmp_path: Path) -> None:
    other = policy_from({**POLICY, "name": "other", "slow": {"allows": 3, "per": "1m"}})

    async def use(asking: Asking) -> tuple[list[bool], set[str]]:
        policies = set()

        async def caller(number: int) -> list[bool]:
            gone = []
            for turn in range(60):
                answer = await asking._lines.ask(_question(f"a-{number}"), 5.0)
                told = json.loads(answer.body)
                policies.add(told["policy"])
                gone.append(told["go"])
                if number == turn == 0:
                    behind.gate.policy = other
            return gone

        rows = await asyncio.gather(*(caller(number) for number in range(16)))
        return [one for row in rows for one in row], policies

    with service(tmp_path) as (port, behind):
        before = behind.gate.policy.digest
        gone, policies = run(port, use)
    assert all(gone)
    assert len(gone) == 960
    assert policies == {before, other.digest}


def _question(account: str) -> bytes:
    body = json.dumps({"account": account}).encode()
    head = f"POST /v1/decide HTTP/1.1\r\nhost: h\r\nx-stillwatch-token: {TOKEN}\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("address", ["", "127.0.0.1:80", "ftp://x", "http://", "http://h/path"])
def test_an_address_that_is_none_is_refused_at_once(address: str) -> None:
    with pytest.raises(BadInput, match="must look like"):
        Asking(address)


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    named = {"STILLWATCH_GATEWAY__TOKEN_FILE": str(path), "STILLWATCH_GATEWAY__TIMEOUT_S": "0.2"}
    assert TOKEN in Asking.from_environment(named)._tail
    with pytest.raises(OutsideFailed, match="cannot be read"):
        Asking.from_environment({"STILLWATCH_GATEWAY__TOKEN_FILE": str(tmp_path / "none")})
    with pytest.raises(BadInput, match="number"):
        Asking.from_environment({"STILLWATCH_GATEWAY__TIMEOUT_S": "soon"})
    with pytest.raises(BadInput, match="token"):
        Asking(token="a\r\nhost: b")


def test_the_plug_in_needs_the_standard_library_only() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r});"
        "import stillwatch.adapters.gateway.middleware;"
        "print(sorted({m.split('.')[0] for m in sys.modules}"
        " - set(sys.stdlib_module_names) - {'stillwatch', '__main__', '__mp_main__'}))"
    )
    words = [sys.executable, "-I", "-S", "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@contextlib.contextmanager
def guarded(port: int, **more: Any) -> Iterator[tuple[int, Upstream]]:
    """A server of models behind the middleware."""
    upstream = Upstream()
    asking = Asking(f"http://127.0.0.1:{port}", **{"token": TOKEN, "timeout_s": 2.0} | more)
    with served(Stillwatch(upstream, asking, "x-account")) as found:
        yield found, upstream


def chat(port: int, account: str, **body: Any) -> Got:
    sent = {"model": "m", "messages": [{"role": "user", "content": "?"}], **body}
    return call(port, "POST", CHAT, sent, {"x-account": account})


def test_the_middleware_lets_through_refuses_and_asks_for_less(tmp_path: Path) -> None:
    with service(tmp_path) as (port, _), guarded(port) as (mine, upstream):
        assert chat(mine, "a-1").told["choices"][0]["message"]["content"] == "".join(WORDS)
        streamed = chat(mine, "a-1", stream=True).body.decode()
        assert all(json.dumps(word) in streamed for word in WORDS)
        assert streamed.endswith("data: [DONE]\n\n")
        assert chat(mine, "less", logprobs=True, top_logprobs=3).status == 200
        assert not upstream.last["body"].keys() & {"logprobs", "top_logprobs"}
        assert upstream.last["headers"]["x-stillwatch-less"] == "no_logprobs"
        n_asked = upstream.n_asked
        refused = chat(mine, "ring-2", stream=True)
        assert (refused.status, upstream.n_asked) == (403, n_asked)
        assert refused.told["error"]["appeal"].startswith("https://api.example/appeals/SW-")
        assert call(mine, "GET", "/seen", headers={"x-account": "ring-2"}).status == 200


def test_the_middleware_passes_long_and_broken_bodies_on(tmp_path: Path) -> None:
    with service(tmp_path) as (port, _), guarded(port) as (mine, upstream):
        long = chat(mine, "less", logprobs=True, messages=[{"content": "x" * 3_000_000}])
        assert long.status == 200
        assert len(upstream.last["body"]["messages"][0]["content"]) == 3_000_000
        assert upstream.last["headers"]["x-stillwatch-less"] == "no_logprobs"


def test_the_middleware_goes_on_before_a_hung_service() -> None:
    with hung() as port, guarded(port, timeout_s=0.05) as (mine, upstream):
        assert [chat(mine, f"a-{i}").status for i in range(20)] == [200] * 20
        assert upstream.n_asked == 20


def test_lines_say_that_nobody_is_there() -> None:
    async def inside() -> None:
        with pytest.raises(Away):
            await Lines(f"http://127.0.0.1:{free_port()}").ask(b"x", 1.0)
        with pytest.raises(Away):
            await Lines("unix:/nowhere/at/all").ask(b"x", 1.0)

    asyncio.run(inside())


@pytest.mark.parametrize(
    "mine",
    [
        {},
        {"account": "a-1", "client": "x" * 600},
        {"account": "a-1", "tenant": "\ud800"},
        {"account": "a-1", "unheard_of": 1},
    ],
)
def test_no_client_can_make_the_gateway_stop_asking(tmp_path: Path, mine: dict[str, Any]) -> None:
    async def use(asking: Asking) -> tuple[Told, Told]:
        return await asking.ask(mine), await asking.ask({"account": "ring-1"})

    with service(tmp_path) as (port, _):
        own, other = run(port, use)
    assert own.go
    assert (other.go, other.away) == (False, False)


def test_leases_are_counted_though_the_client_names_another_tenant_each_time(
    tmp_path: Path,
) -> None:
    async def use(asking: Asking) -> None:
        for number in range(10):
            for _ in range(17):
                await asking.ask({"account": "a-8", "tenant": f"t-{number}"})
        await asking.ask({"account": "a-8", "tenant": "last"})

    with service(tmp_path) as (port, behind):
        run(port, use)
    assert behind.book.usage.accounts["a-8"].day == pytest.approx(171, abs=1)


def test_an_account_known_by_its_key_alone_is_slowed_too_while_nobody_answers() -> None:
    async def use(asking: Asking) -> list[bool]:
        asking.known.learn({"credential:k": 6.0}, "v1")
        return [(await asking.ask({"credential": "k"})).go for _ in range(2)]

    assert run(free_port(), use) == [True, False]


def test_a_key_that_litellm_left_as_it_came_is_not_sent_on() -> None:
    stubs = """
import sys, types
for name in ("fastapi", "litellm", "litellm.integrations", "litellm.integrations.custom_logger"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["fastapi"].HTTPException = Exception
sys.modules["litellm.integrations.custom_logger"].CustomLogger = object
from stillwatch.adapters.litellm.callback import who
for told in (None, "ab" * 32):
    key = types.SimpleNamespace(
        team_id=None, user_id=None, token=told, api_key="secret-1", end_user_id=None
    )
    print(who(key, {})["credential"])
"""
    done = subprocess.run(
        [sys.executable, "-c", stubs], capture_output=True, text=True, check=True, cwd=ROOT
    )
    digest, kept = done.stdout.split()
    assert (len(digest), kept) == (64, "ab" * 32)


def test_a_key_is_one_key_however_its_scheme_is_written() -> None:
    written = ("Bearer k", "bearer k", "BEARER  k ", "bEaReR k")
    assert len({credential_of({"authorization": one}) for one in written}) == 1
    assert credential_of({"authorization": "Basic k"}) != credential_of({"x-api-key": "k"})


def test_the_key_is_that_in_the_header_that_the_server_reads() -> None:
    both = {"authorization": "Bearer mine", "x-api-key": "somebody's", "api-key": "third"}
    alone = {name: credential_of({"x-api-key": key}) for name, key in (
        ("authorization", "mine"), ("x-api-key", "somebody's"), ("api-key", "third"),
    )}  # fmt: skip
    assert credential_of(both) == alone["authorization"]
    assert {name: credential_of(both, name) for name in both} == alone
    assert credential_of({"x-api-key": "somebody's"}) == alone["x-api-key"]
    assert credential_of({"authorization": "Bearer "}) == credential_of({}) == ""


@pytest.mark.parametrize("header", ["authorization", "x-api-key"])
def test_the_middleware_tells_the_key_that_the_server_reads(
    monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    told: list[str] = []

    class Noting(Asking):
        async def ask(self, facts: Mapping[str, Any]) -> Told:
            told.append(facts["credential"])
            return Told(True)

    monkeypatch.setenv("STILLWATCH_GATEWAY__CREDENTIAL_HEADER", header)
    sent = {"authorization": "Bearer mine", "x-api-key": "somebody's"}
    for app in (
        Stillwatch(Upstream(), Noting()),
        Stillwatch(Upstream(), Noting(), credential_header=header.upper()),
    ):
        with served(app) as port:
            assert call(port, "POST", CHAT, {"model": "m", "messages": []}, sent).status == 200
    assert told == [credential_of({header: sent[header]})] * 2


def test_the_owner_of_a_known_key_is_believed_before_a_name_that_came_along(
    tmp_path: Path,
) -> None:
    async def use(asking: Asking) -> Told:
        return await asking.ask({"account": "somebody-new", "credential": "d" * 64})

    with service(tmp_path) as (port, _):
        assert not run(port, use).go
