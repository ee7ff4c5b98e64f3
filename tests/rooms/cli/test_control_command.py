"""``stillwatch control``: the commands, run as a user runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.control.desk import VERDICTS_NAME, Desk, now_us
from stillwatch.adapters.control.policies import shipped_text
from stillwatch.adapters.control.verdicts import VerdictRecord
from stillwatch.adapters.settings import load_settings
from stillwatch.cli.main import run
from stillwatch.control import Call
from stillwatch.control.cases import case_number
from tests.rooms.control.policies import NOW_US, campaign, result, rule
from tests.rooms.control.test_gate import House


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with what was found in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_bytes(orjson.dumps(result(campaign("a-1", "a-2"))))
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["control", *words, "--json"]) == code, capsys.readouterr().err
    return orjson.loads(capsys.readouterr().out)


def test_a_decision_is_made_approved_undone_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    proposed = asked(capsys, "propose", "--campaigns", "found.json")["decisions"]
    assert {d["control"] for d in proposed} >= {"refuse", "suspend", "slow"}
    assert asked(capsys, "propose", "--campaigns", "found.json")["decisions"] == []
    status = asked(capsys, "status")
    assert {d["control"] for d in status["waiting_for_approval"]} == {"suspend"}
    waiting = status["waiting_for_approval"][0]
    asked(capsys, "approve", waiting["id"], "--by", "ann")
    held = {d["id"] for d in asked(capsys, "status")["in_force"]}
    assert waiting["id"] in held
    asked(capsys, "undo", waiting["id"][:18], "--by", "bob", "--note", "mistaken")
    assert waiting["id"] not in {d["id"] for d in asked(capsys, "status")["in_force"]}
    log = asked(capsys, "log")
    assert log["n_lines"] == len(log["entries"]) == len(proposed) + 2


def test_the_kill_switch_is_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    stop = asked(capsys, "kill", "--by", "ann")
    assert asked(capsys, "status")["stopped"] == stop["id"]
    asked(capsys, "undo", stop["id"], "--by", "ann")
    assert asked(capsys, "status")["stopped"] is None


def test_an_appeal_goes_its_way(capsys: pytest.CaptureFixture[str]) -> None:
    made = asked(
        capsys, "decide", "refuse", "account:a-1", "--until", "24h", "--by", "ann",
        "--campaigns", "found.json",
    )  # fmt: skip
    case = case_number(made["id"], "a-1", Desk(load_settings(), read_only=True).case_key())
    invented = case_number(made["id"], "invented", b"")
    words = ["control", "appeals", "open", invented, "--account", "invented"]
    assert run(words) == 2
    asked(capsys, "appeals", "open", case, "--account", "a-1", "--statement", "I teach.")
    (waiting,) = asked(capsys, "appeals", "list")["appeals"]
    assert waiting["case"] == case
    assert run(["control", "appeals", "rule", case, "--grant", "--why", "x", "--by", "ann"]) == 3
    ruled = asked(capsys, "appeals", "rule", case, "--grant", "--why", "A school.", "--by", "bob")
    assert ruled["restores"]["about"] == "account:a-1"
    assert asked(capsys, "appeals", "list")["appeals"] == []
    (row,) = [r for r in asked(capsys, "appeals", "rates")["error_rates"] if r["rung"] == "refuse"]
    assert (row["n_appeals"], row["n_granted"]) == (1, 1)
    assert asked(capsys, "appeals", "clock")["decisions"] == []


def test_a_policy_is_checked_and_one_that_accuses_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "check")["stands"]
    unfair = shipped_text().replace(
        "campaign.membership >= 0.9 && campaign.n_families >= 2 && campaign.weight_bits >= 10.0 "
        "&& campaign.fdr <= 0.01",
        "usage.requests_day > 1000.0",
    )
    (desk / "unfair.toml").write_text(unfair)
    assert run(["control", "check", "unfair.toml"]) == 3
    assert "linked-refuse" in capsys.readouterr().err
    (desk / "broken.toml").write_text("schema = ")
    assert run(["control", "check", "broken.toml"]) == 2


def test_a_rule_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    told = asked(
        capsys, "explain", "default", "linked-refuse", "--fact", "campaign.membership=0.95"
    )
    assert told["holds"] is False
    assert told["parts"][0] == {
        "text": "campaign.membership >= 0.9",
        "holds": True,
        "seen": {"campaign.membership": 0.95},
    }
    unknown = asked(capsys, "explain", "default", "new-account-day", "--fact", "account.known=true")
    assert {p["text"]: p["holds"] for p in unknown["parts"]}["account.age_days < 14.0"] is None
    assert run(["control", "explain", "default", "linked-refuse", "--fact", "account.tea=1"]) == 2


def test_what_the_ladder_forbids_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["decide", "refuse", "account:stranger", "--until", "24h", "--campaigns", "found.json"],
        ["decide", "refuse", "campaign:1", "--until", "90d"],
        ["decide", "marked_answers", "campaign:1", "--until", "24h"],
    ):
        assert run(["control", *words, "--by", "ann"]) == 3, words
    assert "rule:" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check"], "linked-refuse: refuse (enforce)"),
        (["facts"], "campaign.membership"),
        (["explain", "default", "key-leaked", "--fact", "key.leaked=true"], "key-leaked holds"),
        (["status"], "shadow mode: nothing is done"),
        (["log"], "the chain is whole"),
        (["propose", "--campaigns", "found.json"], "refuse campaign:1 until"),
        (["kill", "--by", "ann"], "all_shadow all until"),
        (["appeals", "list"], "no appeal waits"),
        (["appeals", "rates"], "nothing was decided"),
        (["appeals", "clock"], "no appeal is late"),
    ],
)
def test_a_person_can_read_it(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["control", *words]) == 0
    assert said in capsys.readouterr().out


def test_verdicts_are_recorded_with_what_was_said_apart_from_what_was_done(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = desk / "stillwatch-control"
    record = VerdictRecord(folder / VERDICTS_NAME, largest_bytes=1000)
    record.start()
    house = House(rule(), live=False)
    for name in ("a-1", "a-2", "stranger", "a-1"):
        facts = house.book.facts(Call(name, credential="k-secret", exchange_id="e-1"), NOW_US)
        record.note(facts, house.gate.decide(facts, NOW_US), NOW_US)
    record.stop()
    (row,) = asked(capsys, "verdicts")["verdicts"]
    assert (row["rule"], row["n"], row["n_accounts"]) == ("linked", 3, 2)
    assert (row["says refuse"], row["does observe"], row["spared: shadow"]) == (3, 3, 3)
    text = (folder / VERDICTS_NAME).read_text()
    assert "k-secret" not in text and "stranger" not in text
    record.note(facts, house.gate.decide(facts, NOW_US), NOW_US)
    record.flush()
    assert (folder / f"{VERDICTS_NAME}.1").exists()
    assert record.n_dropped == 0


def test_a_step_up_and_a_leaked_key_reach_the_book(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert asked(capsys, "step-up", "a-1", "asked")["stands"] == "asked"
    assert asked(capsys, "step-up", "a-1", "failed")["stands"] == "failed"
    (desk / "leaked.txt").write_text("k-1\nk-2\n")
    monkeypatch.setenv("STILLWATCH_CONTROL__LEAKED_KEYS", "leaked.txt")
    later = now_us() + 1
    book = Desk(load_settings()).book(later)
    facts = book.facts(Call("a-1", credential="k-2"), later)
    assert (facts.account.stepup, facts.key.leaked) == ("failed", True)


def test_a_use_is_agreed_beforehand(capsys: pytest.CaptureFixture[str]) -> None:
    made = asked(
        capsys, "register", "lab", "--use", "research", "--id", "study-7", "--requests-a-day",
        "5000", "--until", "30d", "--by", "ann",
    )  # fmt: skip
    assert made["use"] == "research"
    facts = asked(capsys, "facts")
    assert "account.registered" in {row["fact"] for row in facts["facts"]}
