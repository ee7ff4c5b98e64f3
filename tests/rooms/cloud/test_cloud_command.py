"""``stillwatch cloud`` from the command line: what it prints, its exit codes, hostile input."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stillwatch.cli.main import run
from stillwatch.lab.compute.harvest import make_harvest

START = datetime(2026, 1, 1, tzinfo=UTC)
JOBS = "job,account,started_at,ended_at,n_devices,hardware,precision,parameters,tokens\n"


def jobs(folder: Path, *rows: str) -> Path:
    path = folder / "jobs.csv"
    path.write_text(JOBS + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


LARGE = "7,acct,2026-01-01T00:00:00Z,2026-03-01T00:00:00Z,60000,H100,bf16,1e12,2e13"
SMALL = "8,other,2026-01-01T00:00:00Z,2026-01-02T00:00:00Z,8,H100,bf16,,"


def test_runs_say_how_much_how_sure_and_which_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = str(jobs(tmp_path, LARGE, SMALL))
    assert run(["cloud", "runs", log, "--date", "2026-03-05", "--json"]) == 1
    result = json.loads(capsys.readouterr().out)
    first, second = result["runs"]
    assert first["flop"]["low"] < 1.2e26 < first["flop"]["high"]
    assert [r["rule"] for r in first["rules"] if r["binds"]] == ["eu-ai-act-51"]
    assert result["next_due"] == {
        "day": "2026-03-15", "what": "notify the Commission (Article 52(1))",
        "rule": "eu-ai-act-51", "run": first["run"],
    }  # fmt: skip
    assert second["flop_counter"] == "none"
    assert result["could_not_look"]
    assert run(["cloud", "runs", log, "--date", "2025-01-21"]) == 0


def test_a_report_has_its_fields_its_clocks_and_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = jobs(tmp_path, LARGE, "9,<script>alert(1)</script>,2026-01-01T00:00:00Z,"
               "2026-01-02T00:00:00Z,8,<b>x</b>,,,")  # fmt: skip
    page = tmp_path / "page.html"
    assert run(["cloud", "report", str(log), "--date", "2026-03-05", "--html", str(page)]) == 1
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "<script" not in text
    assert "<b>x</b>" not in text
    assert "Next deadline" in text
    capsys.readouterr()
    assert run(["cloud", "runs", str(log), "--date", "2026-03-05", "--json"]) == 1
    name = json.loads(capsys.readouterr().out)["runs"][0]["run"]
    asked = ["--known-on", "2026-03-01", "--asked-on", "2026-03-20", "--practices", "SFT"]
    line = ["cloud", "report", str(log), "--date", "2026-03-25", "--run", name, *asked, "--json"]
    assert run(line) == 0
    draft = json.loads(capsys.readouterr().out)
    assert draft["standing"] == "proposed since 2024-01-29"
    assert [(c["day"], c["days_left"]) for c in draft["clocks"]] == [
        ("2026-03-16", -9),
        ("2026-04-04", 10),
    ]
    assert "weights_security" in draft["missing"]
    assert "name" in draft["missing"]


def test_customers_are_told_by_pseudonym_and_exported_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.json"
    path.write_text(
        json.dumps([
            {"customer": "acct", "name": "Secret Name", "email": "s@example.org"},
            {"kind": "provider", "provider": "p", "certified_on": "2025-06-01"},
        ]), encoding="utf-8",
    )  # fmt: skip
    assert run(["cloud", "customers", str(path), "--date", "2026-02-01"]) == 1
    text = capsys.readouterr().out
    assert "lacks phone" in text
    assert "Secret" not in text
    assert "2026-06-01" in text
    assert run(["cloud", "customers", str(path), "--export", "acct", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["record"]["name"] == "Secret Name"


def test_rules_keep_duty_choice_and_note_apart(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["cloud", "rules", "--date", "2026-02-01", "--flop", "2e26", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {rule["kind"] for rule in result["rules"]} == {
        "legal duty", "policy choice", "risk note",
    }  # fmt: skip
    assert result["note"] == "This is not legal advice."
    assert run(["cloud", "rules", "--fact", "x"]) == 3


def test_the_whole_way_from_two_sides_logs_to_a_matched_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_harvest(4, n_twins=80, n_hours=336, address_share=1.0)
    key = tmp_path / "key"
    key.write_bytes(b"0123456789abcdef0123456789abcdef")
    flows, calls, found = tmp_path / "flows.csv", tmp_path / "calls.jsonl", tmp_path / "r.json"
    with flows.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["account", "bucket_at", "bytes_in", "remote_kind", "address"])
        for account, volumes in world.ingress.items():
            own = sorted(world.addresses[account])
            for hour, volume in enumerate(volumes):
                at = (START + timedelta(hours=hour)).isoformat()
                out.writerow([account, at, volume, "model_api", own[hour % len(own)]])
    seen = sorted(world.campaign_addresses)
    with calls.open("w", encoding="utf-8") as file:
        for hour, tokens in enumerate(world.campaign_tokens):
            file.write(json.dumps({
                "exchange_id": str(hour), "account": "sock", "model": "m",
                "sent_at": (START + timedelta(hours=hour, minutes=5)).isoformat(),
                "output_tokens": int(tokens), "address": seen[hour % len(seen)],
            }) + "\n")  # fmt: skip
    found.write_text(
        json.dumps({"campaigns": [{"id": "campaign:x", "accounts": [{"account": "sock"}]}]}),
        encoding="utf-8",
    )
    window = ["--since", "2026-01-01", "--until", "2026-01-15", "--key", str(key)]
    theirs, ours, names = (str(tmp_path / n) for n in ("p.json", "c.json", "names.json"))
    line = ["cloud", "sketch", "campaigns", str(found), str(calls), *window, "--out", theirs]
    assert run(line) == 0
    line = ["cloud", "sketch", "accounts", str(flows), *window, "--out", ours, "--names", names]
    assert run(line) == 0
    assert "distiller" not in Path(ours).read_text(encoding="utf-8")
    capsys.readouterr()
    assert run(["cloud", "match", theirs, ours, "--names", names, "--json"]) == 1
    told = capsys.readouterr().out
    result = json.loads(told)
    assert [m["account"] for m in result["matches"] if m["said"]] == ["distiller"]
    matches = tmp_path / "matches.json"
    matches.write_text(told, encoding="utf-8")
    rows = ["1,distiller,2026-01-10T00:00:00Z,2026-01-12T00:00:00Z,16,H100,bf16,,",
            "2,finetune4,2026-01-10T00:00:00Z,2026-01-12T00:00:00Z,16,H100,bf16,,"]  # fmt: skip
    log = str(jobs(tmp_path, *rows))
    assert run(["cloud", "runs", log, str(flows), "--matches", str(matches), "--json"]) == 1
    runs = json.loads(capsys.readouterr().out)["runs"]
    words = {one["accounts"][0]: one["word"] for one in runs}
    assert words["distiller"] == "matched"
    assert words["finetune4"] == "none"
    (run_,) = [one for one in runs if one["word"] == "matched"]
    assert {sign["family"] for sign in run_["signs"]} == {"timing", "network"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (["cloud", "runs", "absent.csv"], 2),
        (["cloud", "customers", "absent.json"], 2),
        (["cloud", "match", "absent.json", "absent.json"], 2),
        (["cloud", "rules", "--date", "yesterday"], 3),
    ],
)
def test_what_cannot_be_looked_at_ends_so(
    line: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(line) == code


def test_rows_set_aside_are_written_with_place_and_reason(tmp_path: Path) -> None:
    log = jobs(tmp_path, SMALL, "9,a,never,,8,H100,,,")
    aside = tmp_path / "aside.jsonl"
    assert run(["cloud", "runs", str(log), "--rejects", str(aside)]) == 0
    (line,) = aside.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["reason"] == "started_at is no time"
    assert run(["cloud", "runs", str(log), "--strict"]) == 2
