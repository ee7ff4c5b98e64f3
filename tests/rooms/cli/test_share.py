"""``stillwatch share``: the commands, run as a user runs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.cli.main import run
from tests.rooms.share.told import campaign

MARKING = """
tlp = "AMBER"
until = 2090-01-31
communities = ["labs"]
jurisdictions = ["DE", "US"]
[basis]
name = "agreement of 3 March"
kind = "contract"
from = 2020-01-01
until = 2090-06-30
"""


@pytest.fixture(autouse=True)
def two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two organisations that know each other, and a government that one of them knows."""
    monkeypatch.chdir(tmp_path)
    for mine, other in (("omega", "alpha"), ("alpha", "omega")):
        told = asked(capsys, "begin", mine, "--jurisdiction", "US", "--folder", mine)
        Path(f"{mine}.pem").write_text(told["public_key"])
        table = f'[[partner]]\nname = "{other}"\njurisdiction = "DE"\ncommunities = ["labs"]\n'
        with Path(mine, "partners.toml").open("a") as file:
            file.write(f'{table}public_key = "{other}.pem"\n')
    for mine, other in (("omega", "alpha"), ("alpha", "omega")):
        Path(mine, f"{other}.pem").write_text(Path(f"{other}.pem").read_text())
    with Path("omega", "partners.toml").open("a") as file:
        file.write('[[partner]]\nname = "office"\nchannel = "government"\njurisdiction = "US"\n')
    Path("marking.toml").write_text(MARKING)
    Path("found.json").write_bytes(orjson.dumps({"campaigns": [campaign()]}))


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["share", *words, "--json"]) == code, capsys.readouterr().err
    return orjson.loads(capsys.readouterr().out)


def made(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return asked(
        capsys, "make", "campaign:644b", "--campaigns", "found.json", "--marking", "marking.toml",
        "--response", "suspend", "--service", "api", "--by", "ann", "--folder", "omega", *words,
    )  # fmt: skip


def test_from_a_campaign_to_a_confirmed_retraction(capsys: pytest.CaptureFixture[str]) -> None:
    told = made(capsys)
    assert made(capsys)["version"] == told["version"]
    seen = asked(capsys, "check", told["file"], "--oasis", "--to", "alpha", "--to", "office",
                 "--folder", "omega", code=3)  # fmt: skip
    assert (seen["refused"], seen["oasis"]) == ([], [])
    assert [one["allowed"] for one in seen["release"]] == [True, False]
    assert "it is not opened to the government channel" in seen["release"][1]["why"]
    done = asked(capsys, "export", "--to", "alpha", "--to", "office", "--misp", "--folder",
                 "omega", code=3)  # fmt: skip
    (letter,) = done["told"]
    assert [one["to"] for one in done["refused"]] == ["office"]
    assert Path(letter["misp"]).is_file()
    (taken,) = asked(capsys, "take", letter["file"], "--folder", "alpha")["letters"]
    assert taken["from"] == "omega"
    Path("records.toml").write_text("[omega]\nn_right = 10\n")
    (row,) = asked(capsys, "held", "--records", "records.toml", "--folder", "alpha")["notices"]
    assert row["claimed_bits"] == 58.9
    assert 1.6 < row["weighs_bits"] < 1.7
    asked(capsys, "take", taken["receipt"], "--folder", "omega")
    log = asked(capsys, "disclosures", "--folder", "omega")
    assert log["unconfirmed"] == []
    assert [e["kind"] for e in log["entries"]] == ["made", "disclosed", "confirmed"]
    back = asked(capsys, "retract", told["bulletin"][:10], "--why", "false-positive", "--folder",
                 "omega")  # fmt: skip
    assert [e["to"] for e in asked(capsys, "disclosures", "--folder", "omega")["unconfirmed"]] == [
        "alpha"
    ]
    (gone,) = asked(capsys, "take", back["told"][0]["file"], "--folder", "alpha")["letters"]
    assert asked(capsys, "held", "--folder", "alpha")["notices"] == []
    asked(capsys, "take", gone["receipt"], "--folder", "omega")
    assert asked(capsys, "disclosures", "--folder", "omega")["unconfirmed"] == []
    rows = asked(capsys, "disclosures", "--public", "--folder", "omega")["rows"]
    assert sum(row["n"] for row in rows) == 2
    assert "alpha" not in str(rows)


def test_what_is_matched_is_weighed_without_what_came_after(
    capsys: pytest.CaptureFixture[str],
) -> None:
    mine = made(capsys)
    Path("records.toml").write_text("[alpha]\nn_right = 50\n")
    theirs = asked(capsys, "make", "campaign:644b", "--campaigns", "found.json", "--marking",
                   "marking.toml", "--folder", "alpha")  # fmt: skip
    (early,) = asked(capsys, "export", "--to", "omega", "--folder", "alpha")["told"]
    asked(capsys, "take", early["file"], "--folder", "omega")
    asked(capsys, "export", "--to", "alpha", "--folder", "omega")
    words = ["held", theirs["bulletin"][:9], "--about", mine["bulletin"], "--records",
             "records.toml", "--folder", "omega"]  # fmt: skip
    (before,) = asked(capsys, *words)["findings"]
    assert before["value"]["best"] == 3.0
    assert before["family"] == "partner:alpha"
    (again,) = asked(capsys, "export", "--again", "--to", "omega", "--folder", "alpha")["told"]
    asked(capsys, "take", again["file"], "--folder", "omega")
    assert asked(capsys, *words)["findings"] == [before]
    Path("found.json").write_bytes(orjson.dumps({"campaigns": [campaign(weight_bits=90.0)]}))
    asked(capsys, "make", "campaign:644b", "--campaigns", "found.json", "--marking",
          "marking.toml", "--folder", "alpha")  # fmt: skip
    (late,) = asked(capsys, "export", "--to", "omega", "--folder", "alpha")["told"]
    asked(capsys, "take", late["file"], "--folder", "omega")
    assert asked(capsys, *words)["findings"] == []


def test_a_partner_says_what_it_thinks(capsys: pytest.CaptureFixture[str]) -> None:
    told = made(capsys)
    (letter,) = asked(capsys, "export", "--to", "alpha", "--folder", "omega")["told"]
    asked(capsys, "take", letter["file"], "--folder", "alpha")
    words = ["answer", told["bulletin"][:8], "--marking", "marking.toml", "--folder", "alpha"]
    (back,) = asked(capsys, *words, "--view", "agree", "--saw-it")["told"]
    asked(capsys, "take", back["file"], "--folder", "omega")
    (said,) = asked(capsys, "held", "--folder", "omega")["answers"]
    assert (said["from"], said["view"], said["saw_it"]) == ("alpha", "agree", True)
    (later,) = asked(capsys, *words, "--view", "strongly-disagree")["told"]
    asked(capsys, "take", later["file"], "--folder", "omega")
    (said,) = asked(capsys, "held", "--folder", "omega")["answers"]
    assert said["view"] == "strongly-disagree"


def test_what_rests_on_others_says_so_and_is_not_told_wider(
    capsys: pytest.CaptureFixture[str],
) -> None:
    amber = made(capsys)
    (letter,) = asked(capsys, "export", "--to", "alpha", "--folder", "omega")["told"]
    asked(capsys, "take", letter["file"], "--folder", "alpha")
    words = ["make", "campaign:644b", "--campaigns", "found.json", "--marking", "marking.toml",
             "--folder", "alpha", "--rests-on"]  # fmt: skip
    assert run(["share", *words, amber["bulletin"]]) == 3
    assert "TLP:AMBER of omega, which is not passed on" in capsys.readouterr().err
    Path("marking.toml").write_text(MARKING.replace("AMBER", "GREEN"))
    green = made(capsys)
    (letter,) = asked(capsys, "export", "--to", "alpha", "--folder", "omega")["told"]
    asked(capsys, "take", letter["file"], "--folder", "alpha")
    Path("marking.toml").write_text(MARKING.replace("AMBER", "CLEAR"))
    told = asked(capsys, *words, green["bulletin"])
    assert told["tlp"] == "TLP:GREEN"
    (report,) = [o for o in told["bundle"]["objects"] if o["type"] == "report"]
    assert '"origin":"omega"' in orjson.dumps(report).decode()
    (back,) = asked(capsys, "export", "--to", "omega", "--folder", "alpha")["told"]
    asked(capsys, "take", back["file"], "--folder", "omega")
    Path("records.toml").write_text("[alpha]\nn_right = 500\n")
    words = ["held", "--records", "records.toml", "--folder", "omega"]
    (row,) = asked(capsys, *words)["notices"]
    assert row["weighs_bits"] == 0


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["make", "nobody", "--campaigns", "found.json", "--marking", "marking.toml"], 2,
         "no campaign"),
        (["make", "c", "--campaigns", "none.json", "--marking", "marking.toml"], 2, "cannot be"),
        (["make", "c", "--campaigns", "marking.toml", "--marking", "marking.toml"], 2, "no result"),
        (["make", "c", "--campaigns", "found.json", "--marking", "found.json"], 2, "no TOML"),
        (["make", "c", "--campaigns", "found.json", "--marking", "marking.toml", "--service",
          "x"], 3, "must be one of"),
        (["export", "--to", "nobody"], 2, "no partner"),
        (["export", "abc123", "--to", "alpha"], 2, "no bulletin"),
        (["retract", "abc123", "--why", "mood"], 3, "must be one of"),
        (["check", "marking.toml"], 2, "no JSON"),
        (["begin", "omega", "--jurisdiction", "US"], 2, "begun already"),
        (["begin", "../x", "--jurisdiction", "US", "--folder", "new"], 2, "a name is"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_to_do(
    words: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = [] if "--folder" in words else ["--folder", "omega"]
    assert run(["share", *words, *where]) == code
    told = capsys.readouterr()
    assert why in told.err + told.out


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("[basis]", "[bases]"), "unknown key"),
        (('kind = "contract"', ""), "no 'kind'"),
        (('"AMBER"', '"PURPLE"'), "no marking"),
        (("2090-01-31", '"soon"'), "no day"),
        (('["labs"]', '["a lab, somewhere"]'), "cannot be told"),
        (('["DE", "US"]', '["Germany"]'), "cannot be told"),
        (('["labs"]', '"labs"'), "list is missing"),
    ],
)
def test_a_marking_that_is_none_is_refused(
    change: tuple[str, str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("marking.toml").write_text(MARKING.replace(*change))
    words = ["make", "c", "--campaigns", "found.json", "--marking", "marking.toml"]
    assert run(["share", *words, "--folder", "omega"]) == 2
    assert why in capsys.readouterr().err


def test_a_letter_that_is_none_does_not_stop_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    made(capsys)
    (letter,) = asked(capsys, "export", "--to", "alpha", "--folder", "omega")["told"]
    got = asked(capsys, "take", "marking.toml", letter["file"], "none", "--folder", "alpha", code=2)
    assert [one["taken"] for one in got["letters"]] == [False, True, False]


def test_a_folder_that_was_not_begun_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["share", "held", "--folder", "nowhere"]) == 2
    assert "stillwatch share begin" in capsys.readouterr().err
