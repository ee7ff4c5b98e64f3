"""What `vet behaviour` says before it asks: its cost, what lacks, what cannot be asked."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest

from stillwatch.adapters.asking import Endpoint
from stillwatch.adapters.behaving.harness import ASKED, KEPT, ask, kept
from stillwatch.cli.main import run
from stillwatch.model.errors import BadInput, OutsideFailed
from stillwatch.vet.behaviour import Question, Sampling

SUBJECT = '[subject]\nurl = "http://127.0.0.1:9/v1"\nkind = "openai"\nmodel = "m"\n'
PRICED = "usd_per_million_input = 1.0\nusd_per_million_output = 2.0\n"


def vet(folder: Path, text: str, *words: str) -> int:
    (folder / "plan.toml").write_text(text, "utf-8")
    return run(
        ["vet", "behaviour", str(folder / "plan.toml"), "--into", str(folder / "run"), *words]
    )


def test_the_cost_is_said_and_nothing_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vet(tmp_path, 'suites = ["hijacking"]\n' + SUBJECT + PRICED, "--estimate") == 0
    said = capsys.readouterr().err
    assert "1,200 requests" in said
    assert "USD" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (SUBJECT + PRICED + "most_usd = 0.01\n", 3, "most_usd"),
        ("n_samples = 2\n", 3, "subject"),
        ('suites = ["nothing"]\n' + SUBJECT, 2, "guardrails, hijacking, code, steering"),
        ("n_samples = 0\n" + SUBJECT, 2, "at least 1"),
        ("colour = 1\n" + SUBJECT, 2, "colour"),
        (SUBJECT + 'key = "sk-1"\n', 3, "key_env"),
        (SUBJECT + SUBJECT.replace("subject", "reference"), 2, "subject itself"),
        (SUBJECT + SUBJECT.replace("subject", "judge"), 2, "judge itself"),
        ("= x", 3, "TOML"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, code: int, told: str
) -> None:
    assert vet(tmp_path, text, "--yes") == code
    said = capsys.readouterr().err
    assert told in said
    assert "sk-1" not in said


@pytest.mark.parametrize("python", [sys.executable, "/nowhere/python"])
def test_without_the_harness_it_says_how_to_make_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, python: str
) -> None:
    monkeypatch.setenv("STILLWATCH_BEHAVIOUR__PYTHON", python)
    assert vet(tmp_path, SUBJECT, "--yes") == 2
    shown = capsys.readouterr()
    assert "make behaviour" in shown.err
    assert shown.out == ""


def test_a_manifest_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.json"
    for text in ("{}", "[]", "nul", '{"schema": "stillwatch.behaviour/1"}'):
        path.write_text(text, "utf-8")
        assert vet(tmp_path, SUBJECT, "--yes", "--again", str(path)) == 2
    assert vet(tmp_path, SUBJECT, "--yes", "--again", str(tmp_path / "none")) == 2
    assert "cannot be read" in capsys.readouterr().err


def question(text: str) -> Question:
    return Sampling(n_samples=1).question("q", text, {"suite": "guardrails"})


def test_a_folder_holds_one_run_and_heals_a_torn_line(tmp_path: Path) -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9/v1", kind="openai", model="m")
    line = {
        "probe": "q", "sample": 0, "text": "x", "said_model": "m", "finish": "stop",
        "input_tokens": 1, "output_tokens": 1, "asked_us": 1, "took_us": 1, "calls": [],
    }  # fmt: skip
    whole = orjson.dumps(line) + b"\n"
    (tmp_path / KEPT).write_bytes(whole + b'{"probe": "q", "sam')
    assert kept(tmp_path) == [("q", 0)]
    # everything has a reply: nothing is started, so no harness is needed
    (reply,) = ask([question("a")], endpoint, tmp_path, python=None, seed=1)
    assert reply.text == "x"
    assert (tmp_path / ASKED).stat().st_mode & 0o077 == 0
    with pytest.raises(BadInput, match="other questions"):
        ask([question("b")], endpoint, tmp_path, python=None, seed=1)
    with pytest.raises(BadInput, match="another endpoint"):
        other = endpoint.model_copy(update={"model": "n"})
        ask([question("a")], other, tmp_path, python=None, seed=1)
    # a folder that grows takes further questions of the same endpoint
    with pytest.raises(OutsideFailed):
        ask([question("a"), Sampling(n_samples=1).question("r", "b", {})], endpoint, tmp_path,
            python=Path("/nowhere/python"), seed=1, grows=True)  # fmt: skip


def test_where_nothing_may_be_asked_nothing_is(tmp_path: Path) -> None:
    endpoint = Endpoint(url="http://127.0.0.1:9/v1", kind="openai", model="m", key_env="NONE_OURS")
    with pytest.raises(BadInput, match="nothing is asked here"):
        ask([question("a")], endpoint, tmp_path, python=None, seed=1, may_ask=False)
