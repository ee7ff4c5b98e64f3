"""The client asks real servers, and loses, pays and leaks nothing that it need not."""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from stillwatch.adapters.asking import (
    AnswerFolder,
    Endpoint,
    ask,
    endpoint_from,
    estimate,
    load_endpoint,
    read_answers,
    read_probes,
    write_probes,
)
from stillwatch.adapters.asking.calling import retry_after_s
from stillwatch.adapters.asking.folder import LINES
from stillwatch.adapters.asking.wire import body_of
from stillwatch.model.errors import BadInput, BadSettings, NotAllowed, OutsideFailed
from stillwatch.vet import Message, Probe
from tests.rooms.http.service import start
from tests.rooms.vet.endpoints import KEY, Hostile, anthropic, hostile, made, openai, probes

PRICES = {"usd_per_million_input": 1_000.0, "usd_per_million_output": 10_000.0}


@pytest.fixture
def worst() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with made(tmp_path_factory.mktemp("made"), "--mean-words", "2") as port:
        yield port


@pytest.mark.parametrize("of", [openai, anthropic])
def test_both_interfaces_answer_and_a_rerun_asks_nothing(of, served: int, tmp_path: Path):
    endpoint, wanted = of(served), probes(12)
    system = Message("system", "Be brief.")
    wanted[0] = replace(wanted[0], messages=(system, *wanted[0].messages), n_samples=3)
    first = list(ask(wanted, endpoint, into=tmp_path))
    assert len(first) == 14
    assert all(one.text and one.finish in ("stop", "length") for one in first)
    assert all(one.input_tokens and one.said_model == "made" for one in first)
    assert all(one.headers["server"] == "uvicorn" for one in first)
    before = (tmp_path / LINES).read_bytes()
    again = list(ask(wanted, endpoint, into=tmp_path))
    key = lambda one: (one.probe, one.sample)  # noqa: E731
    assert sorted(again, key=key) == sorted(first, key=key)
    assert (tmp_path / LINES).read_bytes() == before
    assert sorted(read_answers(tmp_path), key=key) == sorted(first, key=key)


def test_requests_are_those_that_are_published(worst: Hostile, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("A_KEY", KEY)
    probe = Probe(
        name="one", messages=(Message("system", "s"), Message("user", "u")), max_tokens=5,
        temperature=0.5,
    )  # fmt: skip
    endpoint = openai(worst.port, "fine", key_env="A_KEY", headers={"User-Agent": "harness/1"})
    (answer,) = ask([probe], endpoint, into=tmp_path)
    assert worst.bodies == [{
        "model": "fine", "max_tokens": 5, "temperature": 0.5,
        "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}],
    }]  # fmt: skip
    heads = worst.heads[0]
    assert heads["authorization"] == f"Bearer {KEY}" and heads["user-agent"] == "harness/1"
    assert heads["accept-encoding"] == "identity" and "x-api-key" not in heads
    assert "set-cookie" not in answer.headers and answer.headers["x-served-by"] == "edge-7"
    told = body_of(anthropic(1), probe)
    assert told == {
        "model": "made", "max_tokens": 5, "temperature": 0.5, "system": "s",
        "messages": [{"role": "user", "content": "u"}],
    }  # fmt: skip
    newer = openai(1, max_tokens_field="max_completion_tokens")
    assert body_of(newer, probe)["max_completion_tokens"] == 5
    with pytest.raises(BadInput, match="temperatures end at 1"):
        body_of(anthropic(1), replace(probe, temperature=1.5))
    with pytest.raises(BadInput, match="system text stands before"):
        body_of(anthropic(1), replace(probe, messages=probe.messages[::-1]))


def test_busy_endpoints_are_asked_again_when_they_say(worst: Hostile, tmp_path: Path):
    begun = time.monotonic()
    (answer,) = ask(probes(1), openai(worst.port, "busy-twice"), into=tmp_path)
    assert answer.text == "hi" and worst.n_asked == 3
    assert time.monotonic() - begun >= 0.3
    assert [retry_after_s(one) for one in ("2", "-1", "x", "Thu, 01 Jan 1970 00:00:00 GMT")] == [
        2.0, 0.0, 0.0, 0.0,
    ]  # fmt: skip


def test_a_reply_cut_in_the_middle_counts_as_paid(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "cut-once", **PRICES)
    seen = []
    (answer,) = ask(probes(1), endpoint, into=tmp_path, on_progress=seen.append)
    assert answer.text == "hi" and worst.n_asked == 2
    exact = endpoint.usd(3, 1)
    assert exact is not None and seen[-1].spent_usd > exact + endpoint.usd(1, 8)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("endless", "longer than"),
        ("gigabyte", "longer than"),
        ("bomb", "compressed"),
        ("no-json", "no JSON"),
        ("deep", "no JSON"),
        ("no-choice", "no choice"),
        ("wrong-kinds", "no text"),
        ("absurd", "no count of tokens"),
        ("elsewhere", "leads elsewhere"),
    ],
)
def test_a_hostile_reply_is_an_error_of_its_probe(
    model: str, said: str, worst: Hostile, tmp_path: Path
):
    endpoint = openai(worst.port, model, concurrency=1)
    first = list(ask(probes(2), endpoint, into=tmp_path))
    assert [one.finish for one in first] == ["error", "error"]
    assert all(said in one.error and one.text == "" for one in first)
    assert worst.n_asked == 2
    # It was paid for, perhaps; it is not asked again.
    assert list(ask(probes(2), endpoint, into=tmp_path)) == first
    assert worst.n_asked == 2


def test_a_reply_that_never_ends_is_left_in_time(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "drip", timeout_s=0.4, tries=2)
    (answer,) = ask(probes(1), endpoint, into=tmp_path)
    assert "no whole answer within 0.4 s" in answer.error and worst.n_asked == 2
    # Nothing came: the next run asks again.
    assert read_answers(tmp_path) == []


def test_the_key_is_nowhere(worst: Hostile, tmp_path: Path, monkeypatch, capfd):
    monkeypatch.setenv("A_KEY", KEY)
    for model in ("refuses", "echo-key"):
        endpoint = openai(worst.port, model, key_env="A_KEY")
        (answer,) = ask(probes(1), endpoint, into=tmp_path / model)
        assert KEY not in str(answer) and KEY not in repr(endpoint)
        assert not set(answer.error) & {"\x1b", "\u202e"}
        assert KEY.encode() not in (tmp_path / model / LINES).read_bytes()
    assert answer.headers["body.finish_reason"] == "eos"
    (answer,) = ask(probes(1), openai(worst.port, "cut-key", key_env="A_KEY"), into=tmp_path / "c")
    assert answer.headers["x-served-by"].endswith("Bearer [key]")
    assert KEY[:8].encode() not in (tmp_path / "c" / LINES).read_bytes()
    with pytest.raises(OutsideFailed, match="the key is refused") as caught:
        list(ask(probes(3), openai(worst.port, "no-key", key_env="A_KEY"), into=tmp_path / "no"))
    assert KEY not in str(caught.value)
    assert KEY not in "".join(capfd.readouterr())


def test_an_endpoint_that_is_down_is_not_asked_for_ever(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "down", tries=1, concurrency=2)
    with pytest.raises(OutsideFailed, match="10 probes in a row came to nothing; the last: status"):
        list(ask(probes(300), endpoint, into=tmp_path))
    assert worst.n_asked <= 12
    with pytest.raises(OutsideFailed, match="wait 3,600 s"):
        list(ask(probes(5), openai(worst.port, "later"), into=tmp_path / "later"))
    nobody = openai(1, tries=1)
    with pytest.raises(OutsideFailed, match="no connection"):
        list(ask(probes(20), nobody, into=tmp_path / "nobody"))


def test_the_limit_of_cost_holds_over_reruns(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "fine", concurrency=3, most_usd=1.5, **PRICES)
    got, seen = [], []
    with pytest.raises(NotAllowed, match=r"one more answer may pass 1\.5 USD"):
        for answer in ask(probes(200), endpoint, into=tmp_path, on_progress=seen.append):
            got.append(answer)
    n_paid, exact = worst.n_asked, endpoint.usd(3, 1)
    assert exact is not None and 1.2 < n_paid * exact <= 1.5
    assert len(got) == n_paid and seen[-1].spent_usd <= 1.5
    with pytest.raises(NotAllowed):
        list(ask(probes(200), endpoint, into=tmp_path))
    assert worst.n_asked == n_paid


def test_who_counts_no_tokens_is_not_asked_for_nothing(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "counts-nothing", concurrency=1, most_usd=5.0, **PRICES)
    with pytest.raises(NotAllowed, match="most_usd"):
        list(ask(probes(20), endpoint, into=tmp_path))
    assert worst.n_asked <= 2


@pytest.mark.parametrize("zone", ["+" + "9" * 30, "+2400", "-9999"])
def test_no_time_to_wait_breaks_a_run(zone: str):
    assert retry_after_s(f"Mon, 01 Jan 2024 00:00:00 {zone}") == 0.0
    assert retry_after_s(f"Mon, 01 Jan {'9' * 30} 00:00:00 GMT") == 0.0
    assert retry_after_s("Fri, 31 Dec 9999 23:59:59 -2300") >= 0.0


def test_an_estimate_holds_what_is_paid(served: int, tmp_path: Path):
    endpoint, wanted = openai(served, **PRICES), probes(20)
    cost = estimate(wanted, endpoint)
    seen = []
    answers = list(ask(wanted, endpoint, into=tmp_path, on_progress=seen.append))
    assert cost.usd is not None and cost.usd.low <= seen[-1].spent_usd <= cost.usd.high
    used = sum(one.output_tokens or 0 for one in answers)
    assert cost.output_tokens.low <= used <= cost.output_tokens.high
    left = estimate(wanted, endpoint, [(one.probe, one.sample) for one in answers[5:]])
    assert left.requests.best == 5
    assert estimate(wanted, openai(1)).usd is None
    slow = estimate(wanted, openai(1, requests_per_minute=2))
    assert slow.minutes.low >= 10


def test_the_pace_is_kept(worst: Hostile, tmp_path: Path):
    begun = time.monotonic()
    list(ask(probes(6), openai(worst.port, "fine", requests_per_minute=600), into=tmp_path))
    assert time.monotonic() - begun >= 0.45
    endpoint = openai(worst.port, "fine", tokens_per_minute=12_000)
    begun = time.monotonic()
    # Each asks for about 20 tokens, and a sixth of a minute's may go at once.
    list(ask(probes(115), endpoint, into=tmp_path / "tokens"))
    assert time.monotonic() - begun >= 1.0


def test_a_killed_run_goes_on_and_pays_for_nothing_twice(worst: Hostile, tmp_path: Path):
    write_probes(probes(40), tmp_path / "p.jsonl")
    (tmp_path / "e.toml").write_text(
        f'url = "http://127.0.0.1:{worst.port}/v1"\nkind = "openai"\nmodel = "slow"\n'
        "requests_per_minute = 60000\nconcurrency = 2\n"
    )
    words = ["vet", "ask", "p.jsonl", "--endpoint", "e.toml", "--into", "d", "--yes"]
    lines = tmp_path / "d" / LINES
    for _ in range(3):
        n_before = worst.n_asked
        process = start(words, tmp_path, tmp_path / "said")
        end_s = time.monotonic() + 60
        while worst.n_asked < n_before + 6:
            assert process.poll() is None and time.monotonic() < end_s, (
                tmp_path / "said"
            ).read_text()
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with lines.open("ab") as file:
        file.write(b'{"kind":"answer","nth":"x","ans')
    n_kept, n_asked = len(read_answers(tmp_path / "d")), worst.n_asked
    # Two at a time were open when it died; everything else that was asked was kept.
    assert n_asked - 8 <= n_kept < 40
    endpoint = load_endpoint(tmp_path / "e.toml")
    found = list(ask(probes(40), endpoint, into=tmp_path / "d"))
    assert sorted({one.probe for one in found}) == sorted(one.name for one in probes(40))
    assert worst.n_asked - n_asked == 40 - n_kept
    assert stat.S_IMODE(lines.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700


def test_whoever_stops_listening_stops_the_asking(worst: Hostile, tmp_path: Path):
    running = ask(probes(500), openai(worst.port, "slow", concurrency=2), into=tmp_path)
    next(running)
    running.close()
    n_asked = worst.n_asked
    time.sleep(0.6)
    assert worst.n_asked == n_asked <= 8
    never = ask(probes(5), openai(worst.port, "slow"), into=tmp_path / "never")
    never.close()


def test_two_at_once_and_strangers_are_refused(worst: Hostile, tmp_path: Path):
    endpoint = openai(worst.port, "fine")
    list(ask(probes(2), endpoint, into=tmp_path))
    with AnswerFolder(tmp_path, endpoint), pytest.raises(OutsideFailed, match="another run"):
        list(ask(probes(3), endpoint, into=tmp_path))
    with pytest.raises(BadInput, match="another endpoint"):
        list(ask(probes(2), openai(worst.port, "slow"), into=tmp_path))
    with pytest.raises(BadInput, match="was asked before with another"):
        list(ask(probes(2, max_tokens=9), endpoint, into=tmp_path))
    with pytest.raises(BadInput, match="stands twice"):
        list(ask([*probes(1), *probes(1)], endpoint, into=tmp_path))
    with (tmp_path / LINES).open("ab") as file:
        file.write(b'{"kind":"answer"}\n')
    with pytest.raises(BadInput, match="is no line of answers"):
        list(ask(probes(2), endpoint, into=tmp_path))
    link = tmp_path / "link"
    link.mkdir()
    (link / LINES).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideFailed):
        list(ask(probes(2), endpoint, into=link))


def test_a_full_disk_stops_the_run_and_keeps_what_was_kept(worst: Hostile, tmp_path: Path):
    endpoint, folder = openai(worst.port, "fine", concurrency=1), tmp_path / "d"
    list(ask(probes(3), endpoint, into=folder))
    import resource

    size = (folder / LINES).stat().st_size
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 700, hard))
    try:
        with pytest.raises(OutsideFailed, match="cannot be kept there"):
            list(ask(probes(30), endpoint, into=folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert (folder / LINES).read_bytes().endswith(b"\n")
    assert len(list(ask(probes(30), endpoint, into=folder))) == 30


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"key": KEY}, "does not stand in"),
        ({"api_key": KEY}, "does not stand in"),
        ({"kay_env": "A"}, "Extra inputs"),
        ({"kind": "other"}, "'openai' or 'anthropic'"),
        ({"url": "http://far.example/v1"}, "plain HTTP"),
        ({"url": f"https://u:{KEY}@far.example/v1"}, "a secret goes elsewhere"),
        ({"url": "ftp://x"}, "no http"),
        ({"headers": {"Authorization": KEY}}, "is set by the program"),
        ({"headers": {"x-h": f"{KEY}\r\nx-evil: 1"}}, "holds what no header may"),
        ({"most_usd": 1.0}, "most_usd needs"),
        ({"usd_per_million_input": 1.0}, "both prices"),
        ({"key_env": "A", "key_file": "b"}, "not both"),
        ({"timeout_s": float("inf")}, "finite"),
    ],
)
def test_a_wrong_endpoint_is_refused_without_showing_a_value(change: dict[str, object], said: str):
    tree = {"url": "https://a.example/v1", "kind": "openai", "model": "m", **change}
    with pytest.raises(BadSettings, match=said) as caught:
        endpoint_from(tree, "e.toml")
    assert KEY not in str(caught.value)


def test_a_key_is_read_late_from_where_others_cannot(tmp_path: Path, monkeypatch):
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    (tmp_path / "e.toml").write_text(
        'url = "https://a.example"\nkind = "anthropic"\nmodel = "m"\nkey_file = "key"\n'
    )
    endpoint = load_endpoint(tmp_path / "e.toml", most_usd=None)
    path.chmod(0o644)
    with pytest.raises(BadSettings, match="chmod 600"):
        endpoint.secret()
    path.chmod(0o600)
    assert endpoint.secret() == KEY
    path.write_text("two\nlines")
    with pytest.raises(BadSettings, match="no key"):
        endpoint.secret()
    monkeypatch.delenv("NOT_THERE", raising=False)
    with pytest.raises(BadSettings, match="NOT_THERE is not set"):
        openai(1, key_env="NOT_THERE").secret()


def test_probes_come_back_as_they_were_written(tmp_path: Path):
    wanted = probes(3, route="r", tags={"a": "b"}, n_samples=2)
    write_probes(wanted, tmp_path / "p.jsonl")
    assert read_probes(tmp_path / "p.jsonl") == wanted
    for line, said in [
        (b"[]", "no object"),
        (b"{", "no JSON"),
        (b'{"name": "a"}', "lacks 'messages'"),
        (orjson.dumps({**wanted[0].to_json(), "max_tokens": True}), "no whole number"),
        (orjson.dumps({**wanted[0].to_json(), "more": 1}), "unexpected"),
        (b"\n", "holds no probe"),
    ]:
        (tmp_path / "x.jsonl").write_bytes(line)
        with pytest.raises(BadInput, match=said):
            read_probes(tmp_path / "x.jsonl")


def test_an_endpoint_is_what_decides_who_answers():
    one = openai(1)
    assert one.digest() == openai(1, concurrency=9, timeout_s=3, key_env="X").digest()
    assert one.digest() != openai(1, headers={"user-agent": "h"}).digest()
    assert isinstance(one, Endpoint) and one.usd(1, 1) is None
