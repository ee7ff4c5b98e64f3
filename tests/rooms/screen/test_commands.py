"""The commands end to end: files of customers, kills, replays, clearances, pages, useful errors."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pyarrow.parquet as pq

from tests.rooms.screen import lists
from tests.rooms.screen.conftest import Run, ran, told

CIRCUIT = "Northern Circuit Co"


def customers(path: Path, n: int) -> Path:
    rows = [{"customer": str(at), "name": f"Harbour Bakery {at}"} for at in range(n)]
    rows[0] = {
        "customer": "0",
        "name": CIRCUIT,
        "kind": "organisation",
        "registration": "RL3367620",
    }
    rows[1] = {"customer": "1", "name": CIRCUIT, "kind": "organisation"}
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path


def test_a_name_alone_asks_and_a_second_identifier_is_looked_at(run: Run, tmp_path: Path) -> None:
    alone = run("check", CIRCUIT, "--kind", "organisation", "--date", "2026-02-01", "--json")
    answer = told(alone)["answer"]
    assert alone.returncode == 1
    assert (answer["advice"], answer["adverse"]) == ("ask_for_a_second_identifier", False)
    assert answer["legal_prohibition"] == []
    assert set(answer["rests_on"]["snapshots"]) == {"un", "us-csl"}
    both = run("check", CIRCUIT, "--kind", "organisation", "--date", "2026-02-01", "--json",
               "--registration", "RL 336 7620")  # fmt: skip
    answer = told(both)["answer"]
    assert answer["advice"] == "review_by_a_person"
    assert [one["regime"] for one in answer["legal_prohibition"]] == ["us-bis-entity-list"]
    assert "person confirms" in answer["legal_prohibition"][0]["only_if"]
    assert "Not legal advice" in answer["note"]
    kept = tmp_path / "answer.json"
    kept.write_text(both.stdout)
    again = run("replay", kept)
    assert again.returncode == 0, again.stdout
    changed = json.loads(both.stdout)
    changed["answer"]["advice"] = "go_on"
    kept.write_text(json.dumps(changed))
    other = run("replay", kept)
    assert other.returncode == 2
    assert "advice" in other.stdout


def test_a_file_gives_lines_and_a_table(run: Run, tmp_path: Path) -> None:
    path = customers(tmp_path / "c.jsonl", 30)
    with path.open("ab") as file:
        file.write(b'{"customer": "nameless"}\n')
    done = run("check", path, "--out", tmp_path / "r.jsonl", "--json")
    assert done.returncode == 2
    assert told(done)["advice"] == {
        "ask_for_a_second_identifier": 1, "could_not_look": 1, "go_on": 28, "review_by_a_person": 1,
    }  # fmt: skip
    again = run("check", path, "--out", tmp_path / "r.parquet", "--json")
    assert told(again)["n_of_an_earlier_run"] == 31
    table = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert [row["best_called"] for row in table[:3]] == ["corroborated", "name_only", None]
    cleared = run(
        "clear", tmp_path / "r.jsonl", "1", "bis-el:e1", "--by", "A", "--because", "country"
    )
    assert cleared.returncode == 0, cleared.stderr
    later = run("check", path, "--out", tmp_path / "l.jsonl", "--state", tmp_path / "s", "--json")
    assert told(later)["called"] == {"cleared": 1, "corroborated": 1}
    page = run("report", "--results", tmp_path / "l.jsonl", "--out", tmp_path / "page.html")
    assert page.returncode == 0, page.stderr
    text = (tmp_path / "page.html").read_text()
    assert "more than a name fits" in text
    assert "<script" not in text


def test_a_killed_run_goes_on_and_comes_to_the_same(lists_folder: Path, tmp_path: Path) -> None:
    path = customers(tmp_path / "c.jsonl", 9_000)
    words = ["check", str(path), "--out", str(tmp_path / "r.jsonl"), "--quiet", "--json"]
    begun = subprocess.Popen(
        [sys.executable, "-m", "stillwatch.cli.main", "screen", *words, "--processes", "2"],
        cwd=lists_folder, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    state = tmp_path / "c.jsonl.screening"
    while not list(state.glob("[0-9]*.gz")):
        assert begun.poll() is None, "it ended before it could be killed"
        time.sleep(0.02)
    os.killpg(begun.pid, signal.SIGKILL)
    begun.wait()
    n_kept = len(list(state.glob("[0-9]*.gz")))
    assert 0 < n_kept < 5
    again = ran(lists_folder, *words)
    while "works in this folder" in again.stderr:
        # Its own processes take a moment to die, and hold the folder until then.
        time.sleep(0.1)
        again = ran(lists_folder, *words)
    done = told(again)
    assert done["n_customers"] == 9_000
    assert done["n_of_an_earlier_run"] == 2_000 * n_kept
    whole = ran(
        lists_folder, *words[:3], tmp_path / "w.jsonl", "--state", tmp_path / "w", "--quiet"
    )
    assert whole.returncode == 1
    assert (tmp_path / "r.jsonl").read_bytes() == (tmp_path / "w.jsonl").read_bytes()


def test_a_state_of_another_run_is_refused(run: Run, tmp_path: Path) -> None:
    path = customers(tmp_path / "c.jsonl", 5)
    run("check", path, "--out", tmp_path / "r.jsonl", "--state", tmp_path / "s")
    other = customers(tmp_path / "d.jsonl", 6)
    done = run("check", other, "--out", tmp_path / "r.jsonl", "--state", tmp_path / "s")
    assert done.returncode == 3
    assert "begun with other customers" in done.stderr


def test_an_update_screens_again_what_changed(lists_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "f"
    shutil.copytree(lists_folder, folder)
    path = customers(tmp_path / "c.jsonl", 4)
    (folder / "un.xml").write_text(
        lists.UN.replace("2026-02-27", "2026-03-27").replace(
            "<ENTITIES>",
            "<ENTITIES><ENTITY><DATAID>9</DATAID><FIRST_NAME>HARBOUR BAKERY 3</FIRST_NAME>"
            "<REFERENCE_NUMBER>MDe.009</REFERENCE_NUMBER></ENTITY>",
        )
    )
    done = ran(folder, "update", "un.xml", "--customers", path, "--json")
    assert done.returncode == 1, done.stderr
    assert [one["listing"] for one in told(done)["snapshots"][0]["added"]] == ["un:MDe.009"]
    assert "3" in [one["customer"] for one in told(done)["screened_again"]]
    assert "0" not in [one["customer"] for one in told(done)["screened_again"]]
    (folder / "un.xml").write_text(lists.UN[:600])
    refused = ran(folder, "update", "un.xml", "csl.csv")
    assert refused.returncode == 2
    assert "cut off" in refused.stderr
    assert "us-csl" in refused.stdout


def test_own_says_what_a_day_says_and_draws_it(run: Run, tmp_path: Path) -> None:
    graph = tmp_path / "g.json"
    parties = [
        {"id": "x", "name": "<b>Listed & Co", "listed": [{"list": "bis-el"}]},
        {"id": "t", "name": "Tern"}, {"id": "r"}, {"id": "q"},
    ]  # fmt: skip
    holdings = [
        {"owner": "x", "owned": "t", "share": "40%"}, {"owner": "x", "owned": "r", "share": None},
        {"owner": "r", "owned": "t", "share": "10%"}, {"owner": "q", "owned": "r", "share": "10%"},
        {"owner": "r", "owned": "q", "share": "60%"},
    ]  # fmt: skip
    graph.write_text(
        json.dumps({"schema": "stillwatch.ownership/1", "parties": parties, "holdings": holdings})
    )
    done = run("own", graph, "--about", "t", "--date", "2025-10-15", "--html", tmp_path / "p.html",
               "--json")  # fmt: skip
    assert done.returncode == 1
    assert told(done)["governing"]["outcome"] == "hold"
    page = (tmp_path / "p.html").read_text()
    assert "&lt;b&gt;Listed" in page
    assert "<b>Listed" not in page
    assert page.count("<svg") == 1
    quiet = run("own", graph, "--about", "t", "--date", "2026-03-01", "--json")
    assert quiet.returncode == 0
    assert told(quiet)["risk_note"][0]["status"] == "suspended"


def test_entities_of_followthemoney_are_a_graph(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "e.ftm.json"
    path.write_text(lists.ftm_lines())
    done = run("own", path, "--about", "Q2", "--date", "2026-01-01", "--json")
    assert told(done)["governing"]["regime"] == "us-ofac-50"


def test_errors_say_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("title\nx\n")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    (tmp_path / "bad.json").write_text("[1]")
    for words, says in (
        (("check", tmp_path / "none.csv"), "there is no file"),
        (("check", tmp_path / "bad.csv"), "no column `name`"),
        (("check", tmp_path / "bad.parquet"), "Parquet"),
        (("check", "A", "--date", "2026-02-31"), "is no day"),
        (("own", tmp_path / "bad.json", "--about", "t"), "is no JSON object"),
        (("report", "--out", tmp_path / "p.html"), "name results"),
        (("update", tmp_path / "bad.csv"), "of no format"),
        (("clear", tmp_path / "bad.json", "1", "l:1", "--by", "A", "--because", "b"), "no match"),
    ):
        done = run(*words)
        assert done.returncode in (2, 3), words
        assert says in done.stderr, done.stderr
        assert "Traceback" not in done.stderr, done.stderr


def test_no_lists_and_no_packages_say_the_remedy(tmp_path: Path) -> None:
    none = ran(tmp_path, "check", "A")
    assert none.returncode == 2
    assert "screen update" in none.stderr
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import importlib.util as u\n_f = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n == 'rigour' else _f(n, *a)\n"
    )
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    missing = subprocess.run(
        [sys.executable, "-m", "stillwatch.cli.main", "screen", "check", "A"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert missing.returncode == 2
    assert "pip install 'stillwatch[screen]'" in missing.stderr
