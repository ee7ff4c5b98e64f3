"""``stillwatch impact`` as a user runs it: results, cases, logs, ledgers, bad input."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.adapters.control.log import DecisionLog
from stillwatch.adapters.impact.estimating import EXAMPLE
from stillwatch.adapters.impact.page import page_of
from stillwatch.cli.main import run
from stillwatch.control.appeals import Appeal, Outcome, Ruling
from stillwatch.control.registry import Registration, Use
from stillwatch.model import EXCHANGES_SCHEMA
from stillwatch.model.decision import HOUR_US, By, Decision, Mode, undo
from tests.rooms.attribute.found import result

CAMPAIGN: dict[str, Any] = result()["campaigns"][0]
NAMES = [a["account"] for a in CAMPAIGN["accounts"]]
NOW_US = 1_780_000_000_000_000
START = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own with a result and its logs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "found.json").write_bytes(orjson.dumps(result()))
    small = {**result(), "campaigns": [{**CAMPAIGN, "n_exchanges": 13}]}
    (tmp_path / "small.json").write_bytes(orjson.dumps(small))
    return tmp_path


def write_logs(path: Path, rows: list[dict[str, Any]]) -> None:
    plain = [{"sent_at": START + timedelta(minutes=n), "model": "m", **row}
             for n, row in enumerate(rows)]  # fmt: skip
    kept = pa.schema([f for f in EXCHANGES_SCHEMA if any(f.name in row for row in plain)])
    pq.write_table(pa.Table.from_pylist(plain, schema=kept), path)


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["impact", *words, "--campaign", CAMPAIGN["id"], "--json"]) == code
    read = capsys.readouterr()
    return orjson.loads(read.out) if code == 0 else read.err


def by_name(document: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in document["quantities"]}


def rows_of_ten() -> list[dict[str, Any]]:
    """Ten answered of which two share a prompt, one refused, one failed, one without tokens."""
    rows = [{"exchange_id": f"x{n}", "account": NAMES[n % 3], "status": 200,
             "finish_reason": "stop", "output_tokens": 100, "reasoning_tokens": 40,
             "prompt": f"SECRETWORD {n % 9}"} for n in range(10)]  # fmt: skip
    rows += [
        {"exchange_id": "r", "account": NAMES[0], "status": 200, "finish_reason": "refusal",
         "output_tokens": 20},
        {"exchange_id": "f", "account": NAMES[0], "status": 429},
        {"exchange_id": "u", "account": NAMES[1]},
        {"exchange_id": "s", "account": "somebody else", "status": 200, "output_tokens": 999_999},
    ]  # fmt: skip
    return rows


def test_logs_are_counted_exactly(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_logs(here / "logs.parquet", rows_of_ten())
    document = told(capsys, "small.json", "logs.parquet")
    counted = document["counted"]
    assert (counted["n_sent"], counted["n_answered"], counted["n_refused"]) == (13, 10, 2)
    assert (counted["n_unsaid"], counted["n_without_tokens"]) == (1, 1)
    assert (counted["shown_tokens"], counted["reasoning_tokens"]) == (600, 400)
    assert (counted["n_prompts"], counted["n_distinct"], counted["n_window"]) == (10, 9, 14)
    assert by_name(document)["attempts"]["best"] == 13
    assert "SECRETWORD" not in json.dumps(document)
    assert any("no row in these logs" in note for note in document["notes"])


def test_neither_order_nor_repetition_of_rows_changes_the_estimate(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = rows_of_ten()
    write_logs(here / "a.parquet", rows)
    write_logs(here / "b.parquet", [*rows[::-1], *rows[:4]])
    write_logs(here / "c.parquet", rows[5:])
    first = told(capsys, "small.json", "a.parquet")
    again = told(capsys, "small.json", "b.parquet")
    both = told(capsys, "small.json", "c.parquet", "a.parquet")
    window = lambda d: {**d["counted"], "n_window": 0}  # noqa: E731
    assert window(first) == window(again) == window(both)
    assert first["quantities"][2] == again["quantities"][2]
    assert any("counted once" in note for note in again["notes"])


def test_logs_that_lack_a_part_do_not_make_the_campaign_small(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_logs(here / "logs.parquet", rows_of_ten())
    whole, part = (told(capsys, name, "logs.parquet") for name in ("small.json", "found.json"))
    assert by_name(part)["attempts"]["best"] == CAMPAIGN["n_exchanges"]
    assert by_name(part)["answers"]["low"] == by_name(whole)["answers"]["low"]
    assert by_name(part)["usable_tokens"]["high"] > by_name(whole)["usable_tokens"]["high"]
    assert any("more than these logs hold" in note for note in part["notes"])


def test_without_logs_the_sums_are_taken_and_the_intervals_are_wider(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, "found.json")
    value = by_name(document)["attempts"]
    assert value["best"] == CAMPAIGN["n_exchanges"]
    assert by_name(document)["answers"]["low"] == 0
    assert not document["subject"]["logs_read"]
    assert "by the logs" not in " ".join(document["quantities"][1]["says"])
    assert document["lags"]["model"] == EXAMPLE and document["lags"]["is_example"]
    assert told(capsys, "found.json") == document


def test_a_case_is_estimated_as_its_result_is(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["case", "open", CAMPAIGN["id"], "--result", "found.json"]) == 0
    capsys.readouterr()
    assert run(["impact", CAMPAIGN["id"], "--json"]) == 0
    case = orjson.loads(capsys.readouterr().out)
    plain = told(capsys, "found.json")
    assert case["subject"]["case"].startswith("case:")
    assert case["quantities"] == plain["quantities"]


def test_no_campaign_is_zero_with_an_upper_bound(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "quiet.json").write_bytes(orjson.dumps({**result(), "campaigns": []}))
    assert run(["impact", "quiet.json", "--json", "--html", "q.html"]) == 0
    document = orjson.loads(capsys.readouterr().out)
    value = by_name(document)["attempts"]
    assert (value["low"], value["best"]) == (0, 0)
    assert value["high"] > 0
    assert "no campaign was found" in (here / "q.html").read_text(encoding="utf-8")


def decision(about: str, control: str = "slow", mode: Mode = Mode.ENFORCE) -> Decision:
    return Decision(control=control, about=about, by=By.RULE, name="r", reason="linked-campaign",
                    made_us=NOW_US, starts_us=NOW_US, until_us=NOW_US + 10 * HOUR_US,
                    mode=mode)  # fmt: skip


def test_the_ledger_stands_beside_the_benefit(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = DecisionLog(here / "log.jsonl")
    whole, one = decision(CAMPAIGN["id"]), decision(f"account:{NAMES[0]}", mode=Mode.SHADOW)
    other = decision("account:elsewhere")
    waiting = replace(decision(f"account:{NAMES[1]}", control="ban"), n_approvals=2, id="")
    appeals = [Appeal(case=f"SW-{n}", account=NAMES[n], about=whole.id, opened_us=NOW_US)
               for n in range(3)]  # fmt: skip
    log.append(
        whole, one, other, waiting, undo(one, by=By.PERSON, name="ann", made_us=NOW_US + 1),
        *appeals,
        Ruling(appeal=appeals[0].id, outcome=Outcome.GRANTED, name="bob",
               made_us=NOW_US + 6 * HOUR_US, why="A school."),
        Ruling(appeal=appeals[1].id, outcome=Outcome.UPHELD, name="bob",
               made_us=NOW_US + 2 * HOUR_US, why="No."),
        Registration(id="S1", account=NAMES[2], use=Use.RESEARCH, requests_a_day=10,
                     starts_us=0, until_us=NOW_US, agreed_by="cyn"),
    )  # fmt: skip
    (here / "own.toml").write_text("revenue_usd_per_account = 20\n", encoding="utf-8")
    document = told(capsys, "found.json", "--ledger", "log.jsonl", "--assume", "own.toml")
    own = {line["name"]: line for line in document["collateral"]["this campaign"]}
    assert own["decisions"]["value"]["best"] == 3
    assert "1 enforced" in own["decisions"]["says"] and "1 taken back" in own["decisions"]["says"]
    assert own["appeals"]["value"]["best"] == 3
    wrong = own["false positives"]["value"]
    assert wrong["best"] == 0.5 and wrong["low"] < 0.1 and wrong["high"] > 0.9
    assert own["hours to a ruling"]["value"]["best"] == 4
    assert own["research blocked"]["value"]["best"] == 1
    lost = own["lost legitimate revenue"]["value"]
    assert lost["best"] == pytest.approx(0.5 * 20 * len(NAMES))
    assert lost["low"] < lost["best"] < lost["high"]
    whole_log = {line["name"]: line for line in document["collateral"]["the whole log"]}
    assert whole_log["decisions"]["value"]["best"] == 4


def test_what_is_not_recorded_is_said_and_not_zero(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = DecisionLog(here / "log.jsonl")
    log.append(decision(CAMPAIGN["id"]))
    document = told(capsys, "found.json", "--ledger", "log.jsonl")
    lines = {line["name"]: line for line in document["collateral"]["this campaign"]}
    for name in ("false positives", "hours to a ruling", "research blocked",
                 "lost legitimate revenue"):  # fmt: skip
        assert lines[name]["value"] is None
        assert "not recorded" in lines[name]["says"]
    assert "there is no log" in told(capsys, "found.json", "--ledger", "none.jsonl", code=2)


def test_screen_page_and_json_refuse_one_number(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_logs(here / "logs.parquet", rows_of_ten())
    words = ["impact", "found.json", "logs.parquet", "--campaign", CAMPAIGN["id"]]
    assert run([*words, "--html", "p.html", "--pdf", "p.pdf"]) == 0
    screen = capsys.readouterr().out
    page = (here / "p.html").read_text(encoding="utf-8")
    assert (here / "p.pdf").read_bytes().startswith(b"%PDF")
    for text in (screen, page):
        assert "not added" in text
        assert not re.search(r"stolen(?! keys)", text.lower())
        assert "Attempts" in text and "Answers that came" in text
    assert page.count("<img") == 5
    assert "the dot is no estimate" in page and "could not be said" in screen
    assert "<script" not in page and "http" not in re.sub(r"http-equiv|http://www.w3.org", "", page)
    assert run([*words, "--html", "again.html"]) == 0
    assert (here / "again.html").read_text(encoding="utf-8") == page


def test_hostile_names_are_inert(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(capsys, "found.json")
    hostile = "<script>alert(1)</script>\x1b[31m\u202e"
    document["subject"]["campaign"] = hostile
    document["notes"] = [hostile]
    document["lags"]["model"] = hostile
    document["lags"]["suites"][0]["suite"] = hostile
    document["assumptions"][0]["source"] = hostile
    page = page_of(document)
    assert "<script" not in page
    assert "\x1b" not in page and "\u202e" not in page
    from rich.console import Console

    from stillwatch.adapters.impact.terminal import render_impact

    console = Console(record=True, width=100, file=open("screen.txt", "w", encoding="utf-8"))  # noqa: SIM115
    render_impact(document, console)
    screen = console.export_text(styles=False)
    assert "\x1b" not in screen and "\u202e" not in screen


def test_what_could_not_be_said_has_no_best_value_in_a_world(here: Path) -> None:
    from stillwatch.adapters.impact.charts import with_and_without
    from stillwatch.adapters.impact.telling import world_span

    wide = {"best": 0.004, "low": 0.0, "high": 1.0, "unit": "share"}
    narrow = {"best": 0.004, "low": 0.0, "high": 0.3, "unit": "share"}
    assert world_span(wide) == "could not say (0% to 100%)"
    assert world_span(narrow) == "under 1% (0% to 30%)"
    pages = [with_and_without([{"name": "w", "uplift": one}]) for one in (wide, narrow)]
    assert "could not say" in pages[0] and "could not say" not in pages[1]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"n_exchanges": -5}, "n_exchanges"), ({"fdr": "x"}, "fdr"), ({"accounts": []}, "accounts"),
     ({"output_tokens": 1.5}, "output_tokens"), ({"first_seen": "soon"}, "first_seen")],
)  # fmt: skip
def test_a_broken_result_is_refused_by_field(
    change: dict[str, Any], says: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = copy.deepcopy(result())
    broken["campaigns"][0].update(change)
    (here / "broken.json").write_bytes(orjson.dumps(broken))
    assert says in told(capsys, "broken.json", code=2)


@pytest.mark.parametrize(
    "words",
    [("nothing.json",), ("found.json", "--model", "nobody"), ("found.json", "--defence", "prayer"),
     ("found.json", "no-such-logs"), ("found.json", "--benchmarks", "none.csv"),
     ("found.json", "--assume", "none.toml"), ("case:0000",)],
    ids=" ".join,
)  # fmt: skip
def test_bad_input_ends_with_an_error_and_no_traceback(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    error = told(capsys, *words, code=2)
    assert "Traceback" not in error
    assert error.startswith("stillwatch: ")


def test_another_model_and_a_defence_can_be_asked_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = told(capsys, "found.json")
    document = told(capsys, "found.json", "--model", "GLM-5.1", "--defence", "answer only")
    assert not document["lags"]["is_example"]
    assert [s["suite"] for s in document["lags"]["suites"]] == ["DeepSeek reports"]
    assert document["lags"]["published"] == []
    assert document["subject"]["defence"] == "answer only"
    (was,) = [w for w in document["worlds"] if w["name"].endswith("(as it was)")]
    assert was["name"] == "answer only (as it was)"
    assert (was["spared"], was["price_factor"]) == (0, 1)
    (open_,) = [w for w in document["worlds"] if w["name"].startswith("campaign,")]
    assert open_["price_factor"] < 1
    same = {w["name"].removesuffix(" (as it was)"): w["uplift"] for w in plain["worlds"]}
    assert same["answer only"] == was["uplift"]
