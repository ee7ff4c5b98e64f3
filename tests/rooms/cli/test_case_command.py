"""``stillwatch case``: the commands, run as a user runs them."""

from __future__ import annotations

import copy
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from stillwatch.adapters.control.desk import Desk, now_us
from stillwatch.adapters.settings import load_settings
from stillwatch.cli.main import run
from stillwatch.control.registry import Registration, Use
from tests.rooms.attribute.found import result
from tests.rooms.attribute.persons import NAME, about_party

CAMPAIGN = result()["campaigns"][0]["id"]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own, with what was found and with persons who may sign."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_bytes(orjson.dumps(result(), option=orjson.OPT_SERIALIZE_NUMPY))
    rows = []
    for name in ("ann", "bob", "cyn"):
        key = Ed25519PrivateKey.generate()
        path = tmp_path / f"{name}.pem"
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        path.chmod(0o600)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        rows.append(
            f"[[person]]\nname = '{name}'\nroles = ['analyst', 'red_team']\n"
            f"public_key = '''{public.decode()}'''\n"
        )
    (tmp_path / "stillwatch-roster.toml").write_text("".join(rows))
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """What a command prints as JSON."""
    capsys.readouterr()
    assert run(["case", *words, "--json"]) == code, capsys.readouterr().err
    told = capsys.readouterr()
    return orjson.loads(told.out) if code == 0 else told.err


def opened(capsys: pytest.CaptureFixture[str]) -> str:
    return str(asked(capsys, "open", CAMPAIGN, "--result", "found.json")["case"])


def test_a_case_is_opened_shown_listed_and_opened_again_without_change(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = opened(capsys)
    again = asked(capsys, "open", CAMPAIGN, "--result", "found.json")
    assert again["added"] == []
    assert again["case"] == case
    (row,) = asked(capsys, "list")["cases"]
    assert row["case"] == case
    told = asked(capsys, "show", case[:9])
    assert told["organisation"] == "not named"
    assert told["n_entries"] == 1
    assert run(["case", "show", case]) == 0
    assert "Rival accounts" in capsys.readouterr().out


def test_a_new_result_is_added_and_the_old_one_stays(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = opened(capsys)
    later = copy.deepcopy(result())
    later["campaigns"][0]["n_exchanges"] += 1_000
    (desk / "later.json").write_bytes(orjson.dumps(later))
    assert asked(capsys, "open", CAMPAIGN, "--result", "later.json")["added"] == ["updated"]
    told = asked(capsys, "show", case)
    assert told["numbers"]["n_exchanges"] == later["campaigns"][0]["n_exchanges"]
    assert [h["kind"] for h in told["history"]] == ["opened", "updated"]
    first = orjson.loads((desk / "stillwatch-cases" / case.replace(":", "-")
                          / "000001.json").read_bytes())  # fmt: skip
    assert first["body"]["record"]["n_exchanges"] == result()["campaigns"][0]["n_exchanges"]


def test_a_campaign_that_grew_another_id_is_not_taken_for_a_new_one(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = opened(capsys)
    later = copy.deepcopy(result())
    later["campaigns"][0]["id"] = "campaign:0123456789ab"
    later["campaigns"][0]["accounts"] = later["campaigns"][0]["accounts"][2:]
    (desk / "later.json").write_bytes(orjson.dumps(later))
    refused = asked(capsys, "open", "campaign:0123", "--result", "later.json", code=2)
    assert f"--update {case}" in refused
    asked(capsys, "open", "campaign:0123", "--result", "later.json", "--update", case)
    assert asked(capsys, "show", case)["campaign"] == "campaign:0123456789ab"
    other = asked(capsys, "open", "campaign:0123", "--result", "later.json", "--new")
    assert other["case"] == "case:0123456789ab"


def test_a_case_takes_in_no_campaign_of_others(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = opened(capsys)
    told = copy.deepcopy(result())
    other = copy.deepcopy(told["campaigns"][0])
    other["id"] = "campaign:0123456789ab"
    other["accounts"] = [
        {**one, "account": f"other-{n}"} for n, one in enumerate(other["accounts"])
    ]
    told["campaigns"].append(other)
    (desk / "found.json").write_bytes(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY))
    said = asked(capsys, "open", other["id"], "--result", "found.json", "--update", case, code=2)
    assert "shares 0% of the accounts" in said
    second = asked(capsys, "open", other["id"], "--result", "found.json")["case"]
    asked(capsys, "report", case, "--out", "report", "--no-pdf")
    assert "holds the report of" in asked(
        capsys, "report", second, "--out", "report", "--no-pdf", code=3
    )
    asked(capsys, "report", case, "--out", "report", "--no-pdf")


@pytest.mark.parametrize("name", ["campaign:ffff", "", "nothing"])
def test_what_is_not_there_cannot_be_opened(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Campaigns there" in asked(capsys, "open", name, "--result", "found.json", code=2)


@pytest.mark.parametrize("field", ["signals", "claims", "first_seen", "accounts", "rivals"])
def test_a_result_that_lacks_something_is_refused(
    desk: Path, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    worse = copy.deepcopy(result())
    del worse["campaigns"][0][field]
    (desk / "worse.json").write_bytes(orjson.dumps(worse))
    assert "cannot be read" in asked(capsys, "open", CAMPAIGN, "--result", "worse.json", code=2)
    assert asked(capsys, "list")["cases"] == []


def test_no_prompt_comes_into_a_case(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    worse = copy.deepcopy(result())
    worse["campaigns"][0]["pictures"]["templates"] = [{"pieces": [{"text": "SECRET PROMPT"}]}]
    worse["campaigns"][0]["prompts"] = ["SECRET PROMPT"]
    worse["campaigns"][0]["signals"][0]["text"] = "SECRET PROMPT"
    (desk / "worse.json").write_bytes(orjson.dumps(worse))
    asked(capsys, "open", CAMPAIGN, "--result", "worse.json")
    held = b"".join(p.read_bytes() for p in (desk / "stillwatch-cases").rglob("*.json"))
    assert b"SECRET" not in held


def test_exclusions_close_and_reopen(capsys: pytest.CaptureFixture[str]) -> None:
    case = opened(capsys)
    words = ("answer", case, "authorised_training")
    asked(capsys, *words, "applies", "--grounds", "contract 7", "--by", "ann")
    assert asked(capsys, "show", case)["closed_by"] == "Authorised training"
    asked(capsys, *words, "not", "--grounds", "contract 7 ended", "--by", "bob")
    told = asked(capsys, "show", case)
    assert told["closed_by"] is None
    assert told["exclusions"][0]["by"] == "bob"
    asked(capsys, "answer", case, "express_authorisation", "not", "--grounds", "asked sales",
          "--by", "bob")  # fmt: skip
    told = asked(capsys, "show", case)
    assert {p["part"]: p["status"] for p in told["parts"]}["unauthorised"] == "met"
    terms = next(f for f in told["factors"] if f["clause"] == "3(11)(A)(iii)")
    assert terms["status"] == "filled"


def test_the_whole_way_to_a_name(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = opened(capsys)
    report = ("report", case, "--out", "out", "--no-pdf")
    asked(capsys, *report, "--name-organisation", "--by", "ann", code=3)
    party = asked(capsys, "propose", case, NAME, "--by", "ann")["party"]
    found = [
        about_party(family, direct=direct, about=party)
        for family, direct in (("payment", True), ("identity", False), ("external", False))
    ]
    (desk / "outside.json").write_bytes(orjson.dumps([f.to_json() for f in found]))
    assert asked(capsys, "add", case, "outside.json", "--by", "ann")["n_added"] == 3
    assert asked(capsys, "add", case, "outside.json", "--by", "ann")["n_added"] == 0
    asked(capsys, "sign", case, "--key", "bob.pem", "--role", "red_team", "--by", "bob")
    refused = asked(capsys, *report, "--name-organisation", "--by", "ann", code=3)
    assert "2 different persons" in refused
    asked(capsys, "sign", case, "--key", "ann.pem", "--role", "analyst", "--by", "cyn", code=3)
    asked(capsys, "sign", case, "--key", "cyn.pem", "--role", "analyst", "--by", "cyn")
    assert asked(capsys, *report)["organisation"] == "not named"
    before = (desk / "out" / "report.json").read_bytes()
    assert asked(capsys, *report)["organisation"] == "not named"
    assert (desk / "out" / "report.json").read_bytes() == before
    asked(capsys, *report, "--name-organisation", code=3)
    assert asked(capsys, *report, "--name-organisation", "--by", "ann")["organisation"] == NAME
    assert NAME in (desk / "out" / "report.html").read_text()
    kinds = [orjson.loads(p.read_bytes())["kind"] for p in sorted(
        (desk / "stillwatch-cases" / case.replace(":", "-")).glob("*.json"))]  # fmt: skip
    assert kinds.count("named") == 1
    assert asked(capsys, *report)["organisation"] == "not named"
    assert (desk / "out" / "report.json").read_bytes() == before


def test_a_finding_that_holds_the_name_or_is_about_something_else_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    case = opened(capsys)
    good = about_party("payment", direct=True)
    (desk / "f.json").write_bytes(orjson.dumps(good.to_json()))
    assert "is about" in asked(capsys, "add", case, "f.json", "--by", "ann", code=2)
    party = asked(capsys, "propose", case, NAME, "--by", "ann")["party"]
    assert asked(capsys, "propose", case, NAME, "--by", "bob")["party"] == party
    good = about_party("payment", direct=True, about=party)
    named = replace(good, observed=f"paid by {NAME.upper()}", id="")
    (desk / "f.json").write_bytes(orjson.dumps(named.to_json()))
    assert "holds the name" in asked(capsys, "add", case, "f.json", "--by", "ann", code=3)
    told = good.to_json()
    told["observed"] = "changed"
    (desk / "f.json").write_bytes(orjson.dumps(told))
    asked(capsys, "add", case, "f.json", "--by", "ann", code=2)
    for junk in (b"", b"[]", b"[1]", b"{}", b"null"):
        (desk / "f.json").write_bytes(junk)
        asked(capsys, "add", case, "f.json", "--by", "ann", code=2)


def test_an_echo_of_our_own_case_is_no_corroboration(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from stillwatch.model.finding import Claim, Finding
    from stillwatch.model.quantity import Quantity

    case = opened(capsys)
    ours = asked(capsys, "show", case)["exhibits"][1]["id"]
    for ref, code in ((ours, 3), (case, 3), (CAMPAIGN, 3), ("report:of-their-own", 0)):
        told = Finding(
            about=CAMPAIGN, claim=Claim.ONE_OPERATOR,
            value=Quantity(best=5.0, low=3.0, high=7.0, unit="bit"), family="partner:other",
            evidence=(ref,), method="partner bulletin 1", window=(0, 1), observed="seen there too",
        )  # fmt: skip
        (desk / "f.json").write_bytes(orjson.dumps(told.to_json()))
        asked(capsys, "add", case, "f.json", "--by", "ann", code=code)
    claim = asked(capsys, "show", case)["claims"][0]
    assert claim["confidence"] == "high"


def test_one_signs_what_one_read(capsys: pytest.CaptureFixture[str]) -> None:
    case = opened(capsys)
    words = ("sign", case, "--key", "bob.pem", "--role", "analyst", "--by", "bob", "--read")
    read = asked(capsys, "show", case)["covers"]
    asked(capsys, "answer", case, "permitted_exception", "not", "--grounds", "x", "--by", "ann")
    assert "not what you read" in asked(capsys, *words, read, code=3)
    asked(capsys, *words, asked(capsys, "show", case)["covers"])


def test_notes_are_kept_and_go_into_no_report(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = opened(capsys)
    asked(capsys, "note", case, "ask the bank", "--by", "ann")
    asked(capsys, "note", case, "  ", "--by", "ann", code=2)
    assert asked(capsys, "show", case, "--notes")["notes"][0]["text"] == "ask the bank"
    assert "notes" not in asked(capsys, "show", case)
    asked(capsys, "report", case, "--out", "out", "--no-pdf")
    assert not [p for p in (desk / "out").iterdir() if b"ask the bank" in p.read_bytes()]


def test_decisions_and_agreements_come_from_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    accounts = [a["account"] for a in result()["campaigns"][0]["accounts"]]
    log = Desk(load_settings()).log
    moment = now_us()
    log.append(Registration(
        id="study-1", account=accounts[0], use=Use.RESEARCH, requests_a_day=10.0,
        starts_us=moment, until_us=moment + 10**12, agreed_by="ann",
    ))  # fmt: skip
    assert run(["control", "decide", "slow", CAMPAIGN, "--until", "24h", "--by", "ann"]) == 0
    told = asked(capsys, "open", CAMPAIGN, "--result", "found.json")
    assert told["added"] == ["opened", "decisions"]
    report = asked(capsys, "show", told["case"])
    assert [d["control"] for d in report["decisions"]["decisions"]] == ["slow"]
    assert report["decisions"]["agreements"]["n_agreed"] == 1
    express = report["exclusions"][2]
    assert express["status"] == "could not look"
    assert accounts[0] not in orjson.dumps(report).decode()
    assert "no log" in asked(capsys, "open", CAMPAIGN, "--result", "found.json", "--control",
                             "absent.jsonl", code=2)  # fmt: skip


def test_a_supposed_day_gives_dates(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = opened(capsys)
    asked(capsys, "report", case, "--out", "out", "--no-pdf", "--if-enacted", "2027-01-01")
    rows = orjson.loads((desk / "out" / "report.json").read_bytes())["deadlines"]["rows"]
    assert {r["name"]: r["due"] for r in rows}["assessment"] == "2027-06-30"
    asked(capsys, "report", case, "--out", "out", "--if-enacted", "soon", code=2)


def test_the_digests_are_those_of_the_files(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = opened(capsys)
    asked(capsys, "report", case, "--out", "out", "--no-pdf")
    done = subprocess.run(["sha256sum", "-c", "report.sha256"], cwd=desk / "out", check=False)
    assert done.returncode == 0
    asked(capsys, "note", case, "x", "--by", "ann")
    (desk / "out" / "report.html").write_text("changed")
    done = subprocess.run(["sha256sum", "-c", "report.sha256"], cwd=desk / "out", check=False)
    assert done.returncode == 1


def test_a_report_cannot_be_written_over_a_file(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = opened(capsys)
    (desk / "taken").write_text("x")
    assert run(["case", "report", case, "--out", "taken", "--no-pdf"]) == 3
    assert (desk / "taken").read_text() == "x"
