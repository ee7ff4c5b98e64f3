"""Keys on disk, counts in a real Redis that is cut off, and requests of providers' shapes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.control.redis_limits import connect
from stillwatch.adapters.defend.histories import conversation_of, items_of
from stillwatch.adapters.defend.key_files import (
    KeptRing,
    drawn_secret,
    load_ring,
    new_ring,
    save_ring,
)
from stillwatch.adapters.defend.redis_replays import RETRY_S, RedisReplays
from stillwatch.cli.main import run
from stillwatch.defend import Bound, LocalReplays, Terms, context_digest, presented, seal, unseal
from stillwatch.model.errors import BadInput, OutsideFailed
from tests.rooms.adapters.test_control_redis import Server

NOW = 1_772_000_000_000_000
TERMS = Terms(n_continuations=6, n_presentations=40)
SAID = {"role": "user", "content": "2 + 2?"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path, keeps=True)
    yield made
    made.stop()


def test_a_ring_is_its_owners_alone_and_comes_back_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ring.json"
    made = new_ring(path, NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_ring(path).keys == made.keys
    with pytest.raises(BadInput, match="already"):
        new_ring(path, NOW)
    path.chmod(0o640)
    with pytest.raises(BadInput, match="others may read"):
        load_ring(path)
    with pytest.raises(OutsideFailed, match="keys new"):
        load_ring(tmp_path / "none.json")


_HEAD = '{"schema": "stillwatch.keys/1", "keys": ['
_SHORT = '{"id": "00000000", "secret": "AA==", "starts_us": 1, "revoked": false}'


@pytest.mark.parametrize("text", ["", "[]", "{}", f"{_HEAD}1]}}", f"{_HEAD}{_SHORT}]}}"])
def test_what_is_no_ring_says_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ring.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadInput):
        load_ring(path)


def test_a_ring_is_read_again_when_it_changes_and_kept_while_it_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"
    new_ring(path, NOW)
    kept = KeptRing(path)
    turned = kept.ring.rotated(drawn_secret(), NOW, wait_us=0, lifetime_us=10**12)
    save_ring(path, turned)
    assert kept.ring.keys == turned.keys
    path.unlink()
    assert kept.ring.keys == turned.keys
    assert list(tmp_path.iterdir()) == []


def test_replicas_count_together_and_alone_have_their_share(server: Server) -> None:
    clock = [0.0]
    level = [
        RedisReplays(connect(server.url, timeout_s=2.0), n_replicas=3, clock=lambda: clock[0])
        for _ in range(3)
    ]

    def tried(token: bytes, begin: int, n: int) -> int:
        ends = NOW + 10**12
        return sum(
            level[i % 3].present(token, bytes([i]) * 32, ends, NOW, TERMS)
            for i in range(begin, begin + n)
        )

    assert tried(b"a" * 16, 0, 30) == 6
    server.stop()
    alone = tried(b"b" * 16, 0, 30)
    assert alone == 6, "two continuations for each of three"
    assert all(one.away for one in level)
    server.start()
    clock[0] += RETRY_S
    for one in level:
        assert one.present(b"c" * 16, b"x" * 32, NOW + 10**12, NOW, TERMS)
    assert not any(one.away for one in level)
    assert tried(b"b" * 16, 100, 30) == 0, "what was let through meanwhile is counted"
    assert tried(b"a" * 16, 0, 6) == 6, "continuations that were there before are no new ones"


def test_the_store_and_one_process_count_alike(server: Server) -> None:
    shared, local = RedisReplays(connect(server.url, timeout_s=2.0), n_replicas=1), LocalReplays()
    answers = [
        [
            one.present(bytes([i % 3]) * 16, bytes([i * 7 % 11]) * 32, NOW + 10**9, NOW, TERMS)
            for i in range(200)
        ]
        for one in (shared, local)
    ]
    assert answers[0] == answers[1]
    assert 0 < sum(answers[0]) < 200


_TEXTS = st.text(max_size=8)
_TURNS = st.lists(st.tuples(st.sampled_from(["user", "assistant"]), _TEXTS), min_size=1, max_size=5)


@given(_TURNS, _TURNS)
def test_two_histories_are_one_only_if_the_same_was_said(one: Any, other: Any) -> None:
    bodies = [
        {"messages": [{"role": role, "content": text} for role, text in turns]}
        for turns in (one, other)
    ]
    same = context_digest(items_of(bodies[0])) == context_digest(items_of(bodies[1]))
    assert same == (one == other)


def test_spelling_is_no_difference_and_content_is() -> None:
    plain: dict[str, Any] = {"system": "be brief", "messages": [SAID]}
    parts = {
        "messages": [
            {
                "content": [
                    {"cache_control": {"type": "ephemeral"}, "text": "2 + 2?", "type": "text"}
                ],
                "role": "user",
            }
        ],
        "system": [{"type": "text", "text": "be brief"}],
    }
    assert items_of(plain) == items_of(parts)
    for other in ({**plain, "system": "be long"}, {**plain, "tools": [{"name": "shell"}]}):
        assert context_digest(items_of(other)) != context_digest(items_of(plain))
    image = {"role": "user", "content": [{"type": "image", "source": {"data": "AAAA"}}]}
    assert context_digest(items_of({"messages": [image]})) != context_digest(items_of(plain))


def test_which_result_belongs_to_which_call_is_content() -> None:
    def calls(*ids: str) -> dict[str, Any]:
        made = [{"type": "tool_use", "id": one, "name": f"f{i}"} for i, one in enumerate(ids)]
        return {"messages": [SAID, {"role": "assistant", "content": made}]}

    one, other = (context_digest(items_of(calls(*ids))) for ids in (("a", "b"), ("b", "a")))
    assert one != other


@pytest.mark.parametrize("shape", ["thinking", "redacted_thinking", "reasoning"])
def test_a_token_is_found_under_each_providers_name(tmp_path: Path, shape: str) -> None:
    ring = new_ring(tmp_path / "ring.json", NOW)
    body: dict[str, Any] = {"messages": [SAID]}
    home = {"account": "a", "conversation": conversation_of(body), "model": "m"}
    token = seal("4", Bound(**home, before=context_digest(items_of(body))), ring, NOW, b"d" * 16)
    field = {"thinking": "signature", "redacted_thinking": "data", "reasoning": "encrypted_content"}
    block = {"type": shape, "thinking": "", field[shape]: token}
    answer = {"role": "assistant", "content": [block, {"type": "text", "text": "4"}]}
    later = {"messages": [SAID, answer, {"role": "user", "content": "sure?"}]}
    if shape == "reasoning":
        later = {"input": [SAID, block, {"role": "assistant", "content": "4"}, {"role": "user",
                 "content": "sure?"}]}  # fmt: skip
    assert conversation_of(later) == home["conversation"]
    (one,) = presented(items_of(later))
    opened = unseal(
        one.token, Bound(**home, before=one.before), one.after, ring, LocalReplays(), NOW
    )
    assert opened.reasoning == "4"


@pytest.mark.parametrize(
    "block", [{"type": "thinking", "thinking": "say it"}, {"type": "reasoning"}]
)
def test_reasoning_in_the_clear_is_presented_as_no_token(block: dict[str, str]) -> None:
    (one,) = presented(items_of({"messages": [{"role": "assistant", "content": [block]}]}))
    assert one.token == "absent"


_NAMES = st.sampled_from(["role", "content", "type", "text", "x"])
_ANYTHING = st.recursive(
    st.none() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner),
)


@given(_ANYTHING)
def test_a_request_of_any_shape_is_read_without_a_fault(turn: Any) -> None:
    context_digest(items_of({"messages": [turn, SAID]}))
    context_digest(items_of({"input": turn}))


def test_keys_are_made_turned_over_and_revoked_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = str(tmp_path / "ring.json")

    def told(*words: str) -> list[dict[str, str]]:
        assert run(["defend", "keys", *words, "--ring", ring, "--json"]) == 0
        found: list[dict[str, str]] = orjson.loads(capsys.readouterr().out)["keys"]
        return found

    (first,) = told("new")
    assert first["state"] == "seals"
    assert [key["state"] for key in told("rotate")] == ["seals", "waits"]
    assert [key["state"] for key in told("revoke", first["key"])] == ["revoked", "waits"]
    shown = told("list")
    secrets = {key.secret.hex() for key in load_ring(Path(ring)).keys}
    assert len({key["commitment"] for key in shown}) == 2
    assert not secrets & {key["commitment"].removeprefix("sha256:") for key in shown}
    assert run(["defend", "keys", "revoke", "00000000", "--ring", ring]) == 2


def test_a_token_is_looked_into_by_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ring.json"
    ring = new_ring(path, NOW)
    bound = Bound(account="acct", conversation="c", model="m", before=b"")
    token = seal("the plan", bound, ring, NOW, b"d" * 16)
    assert run(["defend", "inspect", token, "--ring", str(path), "--json"]) == 0
    text = capsys.readouterr().out
    told = orjson.loads(text)
    assert told["holds"] and told["key"] == ring.keys[0].id
    assert "plan" not in text and "acct" not in text
    cut = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
    assert run(["defend", "inspect", cut, "--ring", str(path), "--json"]) == 2
    assert not orjson.loads(capsys.readouterr().out)["holds"]
    assert run(["defend", "inspect", "nonsense", "--ring", str(path)]) == 2
