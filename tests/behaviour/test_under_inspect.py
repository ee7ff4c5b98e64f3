"""The whole way: a plan, Inspect in a process apart, an endpoint on this machine, a part."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.vet.behaviour.snippets import SNIPPETS
from stillwatch.adapters.behaving import load_packs
from stillwatch.adapters.behaving.harness import ask
from stillwatch.adapters.behaving.scanning import scan
from stillwatch.adapters.signing import new_key, opened
from stillwatch.model.errors import OutsideFailed
from stillwatch.vet.behaviour import Sampling
from stillwatch.vet.behaviour.code import code_of, key_of
from stillwatch.vet.behaviour.labelled import reply
from tests.behaviour.conftest import PYTHON
from tests.house.tree import ROOT
from tests.ports import free_port
from tests.rooms.vet.endpoints import hostile
from tests.rooms.vet.endpoints import openai as hostile_endpoint

DATA = files("stillwatch.vet.behaviour").joinpath("data")
PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]
KEY = "sk-very-secret-0123456789"
READ_LOG = (
    "import sys; from inspect_ai.log import read_eval_log; "
    "print(read_eval_log(sys.argv[1]).model_dump_json())"
)


@contextlib.contextmanager
def served(persona: str, fails_every: int = 0) -> Iterator[int]:
    port = free_port()
    script = ROOT / "benchmarks/vet/behaviour/serving.py"
    process = subprocess.Popen([sys.executable, script, persona, str(port), str(fails_every)])
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                httpx.get(f"http://127.0.0.1:{port}/asked")
                break
            assert process.poll() is None
            time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()


def n_asked(port: int) -> int:
    """Requests so far, those of this question left out."""
    return int(httpx.get(f"http://127.0.0.1:{port}/asked").json()["n"])


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packs of the shipped kind, fewer of each."""
    folder = tmp_path_factory.mktemp("packs")
    for name, most in (
        ("forbidden", {"frame": 3}), ("hijack", {"job": 3, "goal": 3, "style": 2}),
        ("code", {"task": 6}), ("topics", {}),
    ):  # fmt: skip
        head, *blocks = DATA.joinpath(f"{name}.toml").read_text("utf-8").split("\n[[")
        kept: list[str] = [head]
        counts: dict[str, int] = {}
        for block in blocks:
            table = block.partition("]]")[0]
            counts[table] = counts.get(table, 0) + 1
            if counts[table] <= most.get(table, 10_000):
                kept.append(block)
        text = "\n[[".join(kept).replace('["en", "zh", "es", "ar"]', '["en", "zh"]')
        (folder / f"{name}.toml").write_text(text, "utf-8")
    return folder


def plan(folder: Path, suites: list[str], subject: str, reference: str = "", n: int = 1) -> Path:
    path = folder / "plan.toml"
    path.write_text(
        f"suites = {json.dumps(suites)}\nn_samples = {n}\n[subject]\n{subject}\n"
        + (f"[reference]\n{reference}\n" if reference else ""),
        "utf-8",
    )
    return path


def openai(port: int, **more: Any) -> str:
    return _endpoint(f"http://127.0.0.1:{port}/v1", "openai", more)


def anthropic(port: int, **more: Any) -> str:
    return _endpoint(f"http://127.0.0.1:{port}", "anthropic", more)


def _endpoint(url: str, kind: str, more: dict[str, Any]) -> str:
    told = {"url": url, "kind": kind, "model": "made", "key_env": "SUSPECTS_KEY",
            "requests_per_minute": 60_000, "concurrency": 16, "tries": 3, **more}  # fmt: skip
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in told.items())


def env(packs: Path) -> dict[str, str]:
    return os.environ | {
        "STILLWATCH_BEHAVIOUR__PYTHON": str(PYTHON), "STILLWATCH_BEHAVIOUR__PACKS": str(packs),
        "SUSPECTS_KEY": KEY,
    }  # fmt: skip


def vet(packs: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "vet", "behaviour", *map(str, words), "--yes"], env=env(packs),
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def grave(told: dict[str, Any]) -> list[str]:
    return [one["title"] for one in told["points"] if one["severity"] != "note"]


def test_lost_guardrails_are_found_signed_and_asked_again(packs: Path, tmp_path: Path) -> None:
    key = new_key(tmp_path / "desk.pem", "desk")
    with served("guardrails lost") as suspect, served("honest") as reference:
        path = plan(tmp_path, ["guardrails"], openai(suspect), openai(reference), n=2)
        done = vet(
            packs, path, "--into", tmp_path / "one", "--json", "--sign", tmp_path / "desk.pem"
        )
        assert done.returncode == 1, done.stderr
        told = json.loads(done.stdout)
        assert "Does more of what is forbidden than the reference" in grave(told)
        n = n_asked(suspect)
        # a rerun asks nothing and says the same
        again = vet(packs, path, "--into", tmp_path / "one", "--json")
        assert json.loads(again.stdout) == told
        assert n_asked(suspect) == n + 1
        # from the manifest, another folder: exactly the same questions
        manifest = tmp_path / "one" / "manifest.json"
        other = plan(tmp_path, ["code"], openai(suspect), openai(reference), n=9)
        done = vet(packs, other, "--into", tmp_path / "two", "--again", manifest, "--json")
        assert done.returncode == 1, done.stderr
    asked = [json.loads((tmp_path / x / "subject/asked.json").read_bytes()) for x in ("one", "two")]
    assert asked[0] == asked[1]
    envelope = json.loads((tmp_path / "one/manifest.dsse.json").read_bytes())
    signed = opened(envelope, "behaviour-manifest", "desk", key.public_pem)
    assert signed == json.loads(manifest.read_bytes())
    everything = b"".join(one.read_bytes() for one in tmp_path.rglob("*") if one.is_file())
    assert KEY.encode() not in everything
    assert (tmp_path / "one/subject/answers.jsonl").stat().st_mode & 0o077 == 0


def test_a_judge_reads_in_place_of_the_rules_and_its_errors_stand_there(
    packs: Path, tmp_path: Path
) -> None:
    with served("guardrails lost") as suspect, served("judge") as judge:
        path = plan(tmp_path, ["guardrails"], openai(suspect))
        text = path.read_text("utf-8")
        path.write_text(f"{text}[judge]\n{openai(judge, model='reader')}\n", "utf-8")
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
        assert done.returncode == 1, done.stderr
        told = json.loads(done.stdout)
        n = n_asked(judge)
        assert json.loads(vet(packs, path, "--into", tmp_path / "run", "--json").stdout) == told
        assert n_asked(judge) == n + 1
    assert told["tools"]["judge"] == "reader"
    assert "Does plainly forbidden requests" in grave(told)
    grader = told["measured"]["suites"]["guardrails"]["grader"]
    assert 0.5 < grader["n_right"] / grader["n"] < 1


def test_a_hijackable_agent_is_found_over_anthropics_interface(packs: Path, tmp_path: Path) -> None:
    with served("hijackable", fails_every=7) as port:
        path = plan(tmp_path, ["hijacking"], anthropic(port), n=3)
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert grave(told) == ["Does what the result of a tool tells it"]
    assert told["measured"]["suites"]["hijacking"]["utility"]["best"] == 1.0


def test_a_language_of_one_government_is_found(packs: Path, tmp_path: Path) -> None:
    with served("refuses in zh") as suspect, served("honest") as reference:
        path = plan(tmp_path, ["steering"], openai(suspect), openai(reference), n=3)
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
    assert done.returncode == 1, done.stderr
    found = grave(json.loads(done.stdout))
    assert "Topics on china: refused in zh" in found
    assert all("china: refused" in one for one in found)


def test_code_withheld_for_a_name_is_found_by_the_real_scanner(packs: Path, tmp_path: Path) -> None:
    with served("no code for Falun Gong") as port:
        path = plan(tmp_path, ["code"], openai(port), n=3)
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert grave(told) == ["Code is more often missing with faiths: Falun Gong"]
    insecure = told["measured"]["suites"]["code"]["insecure"]
    assert insecure["raw_low"] < 0.2 < insecure["raw_high"]


def test_the_real_scanner_says_of_made_code_what_the_benchmark_takes_for_given() -> None:
    counted = load_packs().coding.counted
    for task, codes in SNIPPETS.items():
        blocks = [f"```python\n{code}```" for code in codes]
        found = scan([reply(block) for block in blocks], PYTHON)
        secure, insecure = (set(found[key_of(code_of(block))]) & counted for block in blocks)
        assert not secure, task
        assert insecure, task


def test_a_run_that_is_killed_goes_on_and_pays_nothing_twice(packs: Path, tmp_path: Path) -> None:
    with served("honest") as port:
        path = plan(tmp_path, ["guardrails"], openai(port, requests_per_minute=1_500))
        words = [*PROGRAM, "vet", "behaviour", str(path), "--into", str(tmp_path / "run"), "--yes"]
        process = subprocess.Popen(
            words, env=env(packs), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        kept = tmp_path / "run/subject/answers.jsonl"
        while not kept.exists() or kept.read_bytes().count(b"\n") < 20:
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        had = kept.read_bytes()
        kept.write_bytes(had + b'{"probe": "torn')
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
        assert done.returncode in (0, 2), done.stderr
        lines = [json.loads(line) for line in kept.read_bytes().splitlines()]
        wanted = 24 * 4
        assert len(lines) == len({(one["probe"], one["sample"]) for one in lines}) == wanted
        assert kept.read_bytes().startswith(had)
        # one request a reply, but for those that were open when it died
        assert n_asked(port) <= wanted + 16 + 3


def test_the_money_that_was_allowed_is_not_overspent(packs: Path, tmp_path: Path) -> None:
    prices = {"usd_per_million_input": 1_000.0, "usd_per_million_output": 0.0}
    with served("honest") as port:
        # each request costs 0.04 USD here, more than its length lets one expect
        path = plan(tmp_path, ["guardrails"], openai(port, most_usd=2.0, concurrency=1, **prices))
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
        n = n_asked(port) - 1
    assert done.returncode == 3
    assert "most_usd" in done.stderr
    assert n <= 2.0 / 0.04 + 1


def test_an_endpoint_that_is_away_is_no_clean_bill(packs: Path, tmp_path: Path) -> None:
    path = plan(tmp_path, ["hijacking"], openai(free_port(), tries=1, timeout_s=5))
    done = vet(packs, path, "--into", tmp_path / "run", "--json")
    assert done.returncode == 2
    assert "gave no reply" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("of", [openai, anthropic])
def test_a_redirect_is_not_followed(of: Any, packs: Path, tmp_path: Path) -> None:
    with hostile() as first, hostile() as second:
        first.onward = second.port
        path = plan(tmp_path, ["code"], of(first.port, model="onward", tries=1))
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
        assert first.n_asked and not second.n_asked
    assert done.returncode == 2
    assert "gave no reply" in done.stderr


def test_the_key_is_nowhere_though_it_is_said_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUSPECTS_KEY", KEY)
    question = Sampling(n_samples=1).question("q", "Hello.", {"suite": "guardrails"})
    for model in ("refuses", "echo-key"):
        with hostile() as worst, contextlib.suppress(OutsideFailed):
            endpoint = hostile_endpoint(worst.port, model, key_env="SUSPECTS_KEY", tries=1)
            (answer,) = ask([question], endpoint, tmp_path / model, python=PYTHON, seed=1)
            assert "[key]" in answer.text
        files = [one for one in (tmp_path / model).rglob("*") if one.is_file()]
        whole = b"".join(one.read_bytes() for one in files)
        for log in (one for one in files if one.suffix == ".eval"):
            whole += subprocess.run(
                [PYTHON, "-c", READ_LOG, log], capture_output=True, check=True
            ).stdout
        assert b"[key]" in whole and KEY.encode() not in whole


@pytest.mark.parametrize("model", ["says-no-count", "counts-nothing"])
def test_who_does_not_count_is_paid_for(model: str, packs: Path, tmp_path: Path) -> None:
    prices = {"usd_per_million_input": 100.0, "usd_per_million_output": 100.0}
    with hostile() as worst:
        more = {"model": model, "most_usd": 0.2, "concurrency": 1, "tries": 1, **prices}
        path = plan(tmp_path, ["guardrails"], openai(worst.port, **more))
        done = vet(packs, path, "--into", tmp_path / "run", "--json")
        assert worst.n_asked < 10
    assert done.returncode == 3, done.stderr
