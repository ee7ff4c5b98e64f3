"""Files that somebody else wrote: refused by name, never a fault, never an endless page."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.adapters.chained import START, digest_of
from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.impact.charts import suites
from stillwatch.adapters.impact.shipped import COLUMNS
from stillwatch.adapters.results import write_whole
from stillwatch.cli.main import run
from tests.rooms.attribute.found import result
from tests.rooms.impact.test_command import decision

ROW = "s,public,d,b,10,m,2026-01-01,50,vendor,2026-01-01,here"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a result of one campaign."""
    monkeypatch.chdir(tmp_path)
    one = {**result(), "campaigns": result()["campaigns"][:1]}
    (tmp_path / "found.json").write_bytes(orjson.dumps(one))
    return tmp_path


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(["impact", *words, "--json"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("stillwatch: ") and "Traceback" not in error
    assert len(error) < 4_000
    return error


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (ROW.replace(",b,", f",{'x' * 200_000},"), "no CSV"),
        (ROW.replace(",b,", f",{'x' * 500},"), "longer than"),
        (ROW.replace(",10,", f",1{'0' * 400},"), "task"),
        (ROW.replace("2026-01-01,50", "1800-01-01,50"), "1800-01-01"),
        (ROW.replace("2026-01-01,50", "9999-12-31,50"), "9999-12-31"),
        (ROW.replace("vendor", "=cmd|' /C calc'!A0"), "told_by"),
        (ROW.replace(",50,", ",1e308,"), "per cent"),
        (f"{ROW}\n{ROW}", "twice"),
        (f"{ROW}\ns,public", "line 3: has more or fewer"),
        (f"{ROW},more", "line 2: has more or fewer"),
        ("", "no row names"),
        ("\n".join(ROW.replace(",b,", f",b{n},") for n in range(5_001)), "more than 5,000"),
    ],
    ids=["long field", "long name", "tasks", "1800", "9999", "told by", "1e308", "twice", "short",
         "long", "no rows", "too many rows"],
)  # fmt: skip
def test_a_hostile_table_of_results_is_refused(
    body: str, says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "own.csv").write_text(f"{','.join(COLUMNS)}\n{body}\n", encoding="utf-8")
    assert says in refused(capsys, "found.json", "--benchmarks", "own.csv", "--model", "m")


@pytest.mark.parametrize("campaigns", [["x"], ["x", "y"], [{"id": "a"}, None], [[]]], ids=str)
def test_a_result_whose_campaigns_are_none_is_refused(
    campaigns: list[Any], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.json").write_bytes(orjson.dumps({**result(), "campaigns": campaigns}))
    assert "lacks its campaigns" in refused(capsys, "bad.json")


def test_a_window_larger_than_can_be_counted_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "bad.json").write_bytes(orjson.dumps({**result(), "n_exchanges": 2**64 - 1}))
    refused(capsys, "bad.json")


@pytest.mark.parametrize(
    "text",
    ["found_share = 0", "half_gap_tokens = 0", "flop_s = 0.0", "found_share = 1e-300",
     f"tokens_per_answer = 1{'0' * 400}", f"tokens_per_answer = 1{'0' * 5_000}",
     "revenue_usd_per_account = 1e308", "revenue_usd_per_account = true",
     "revenue_usd_per_account = {best = 1, low = 1, high = 1, pays = 2}",
     f"revenue_usd_per_account = {{best = '{'x' * 90_000}', low = 1, high = 1}}"],
)  # fmt: skip
def test_assumptions_that_cannot_be_reckoned_with_are_refused(
    text: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "own.toml").write_text(text, encoding="utf-8")
    refused(capsys, "found.json", "--assume", "own.toml")


def test_a_target_too_long_for_a_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no name of a file" in refused(capsys, "x" * 5_000)


@pytest.mark.filterwarnings("error")
def test_counts_as_large_as_a_result_may_hold_do_not_overflow(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = {**result()["campaigns"][0], "n_exchanges": 2**53, "output_tokens": 2**53}
    (here / "big.json").write_bytes(orjson.dumps({**result(), "campaigns": [campaign]}))
    capsys.readouterr()
    assert run(["impact", "big.json", "--json"]) == 0
    tokens = orjson.loads(capsys.readouterr().out)["quantities"][2]["value"]
    assert tokens["high"] > 2**53 * 1_000


def test_what_an_account_pays_stands_among_the_assumptions(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "own.toml").write_text("revenue_usd_per_account = 20", encoding="utf-8")
    capsys.readouterr()
    assert run(["impact", "found.json", "--assume", "own.toml", "--json"]) == 0
    listed = {a["key"]: a for a in orjson.loads(capsys.readouterr().out)["assumptions"]}
    assert listed["revenue_usd_per_account"]["best"] == 20
    assert listed["revenue_usd_per_account"]["source"] == "the user's file own.toml"


def test_a_campaign_of_one_day_lasts_one_day(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = {**result()["campaigns"][0], "last_seen": result()["campaigns"][0]["first_seen"]}
    (here / "day.json").write_bytes(orjson.dumps({**result(), "campaigns": [campaign]}))
    assert run(["impact", "day.json", "--html", "day.html"]) == 0
    page = (here / "day.html").read_text(encoding="utf-8")
    assert ", 1 day<" in page and "billed in 1 day." in page and "1 days" not in page
    assert "1 days" not in capsys.readouterr().out


def test_a_log_of_decisions_that_is_cut_off_says_so(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = DecisionLog(here / "log.jsonl")
    log.append(decision("account:a"), decision("account:b"))
    (here / "log.jsonl").write_bytes((here / "log.jsonl").read_bytes()[:-20])
    capsys.readouterr()
    assert run(["impact", "found.json", "--ledger", "log.jsonl", "--json"]) == 0
    document = orjson.loads(capsys.readouterr().out)
    assert any("last line" in note and "cut off" in note for note in document["notes"])
    (here / "log.jsonl").write_bytes(b"")
    assert run(["impact", "found.json", "--ledger", "log.jsonl", "--json"]) == 0
    assert any("empty" in note for note in orjson.loads(capsys.readouterr().out)["notes"])


def test_a_model_of_countless_suites_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ROW.replace("s,", f"s{n},", 1).replace(",m,", f",{m},") for n in range(99) for m in "mno"
    ]
    (here / "own.csv").write_text("\n".join([",".join(COLUMNS), *rows]), encoding="utf-8")
    assert "suites" in refused(capsys, "found.json", "--benchmarks", "own.csv", "--model", "m")


@pytest.mark.parametrize("content", [b"x", b'{"schema": "stillwatch.campaigns/1"}', b"\xff"])
def test_another_file_is_no_log_without_a_decision(
    content: bytes, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "other").write_bytes(content)
    assert "is no log of decisions" in refused(capsys, "found.json", "--ledger", "other")


def test_an_entry_whose_kind_is_no_word_is_refused(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {"n": 0, "kind": ["x"], "id": "a", "body": {}, "before": START}
    (here / "log").write_bytes(orjson.dumps({**line, "digest": digest_of(line)}) + b"\n")
    assert "unknown" in refused(capsys, "found.json", "--ledger", "log")


def test_a_pipe_is_written_to_and_not_replaced(here: Path) -> None:
    os.mkfifo(here / "pipe")
    reader = os.open(here / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_whole(here / "pipe", b"page")
    assert os.read(reader, 9) == b"page"
    os.close(reader)
    assert (here / "pipe").is_fifo()


def test_the_chart_of_lags_stays_small_however_long_they_are() -> None:
    days = (date(2100, 1, 1) - date(2015, 1, 1)).days / 30.4
    lag = {"best": days, "low": 0.0, "high": days, "unit": "month"}
    one = {"suite": "s", "told_by": "vendor", "lag": lag, "at_least_share": 0.0, "doubt": ""}
    assert len(suites({"suites": [one]})) < 20_000
