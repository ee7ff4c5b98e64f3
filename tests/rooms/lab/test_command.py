"""The commands write what they say and score what they read."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
from click.testing import CliRunner

from stillwatch.cli.lab import lab


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(lab, list(arguments))
    return result.exit_code, result.stdout


def test_simulate_then_score(tmp_path: Path) -> None:
    code, out = run(
        "simulate", str(tmp_path / "w"), "--accounts", "150", "--days", "3", "--fixture", "C05",
        "--twins", "SWS-1,SWS-2", "--campaign-accounts", "6", "--drop", "tls,prompt", "--json",
    )  # fmt: skip
    assert code == 0
    made = json.loads(out)
    table = pq.read_table(tmp_path / "w" / "exchanges.parquet")
    assert made["n_exchanges"] == table.num_rows
    assert "tls" not in table.column_names and "prompt" not in table.column_names
    assert json.loads((tmp_path / "w" / "releases.json").read_text())["releases"]
    assert json.loads((tmp_path / "w" / "recipe.json").read_text())["recipe"]["days"] == 3
    truth = pq.read_table(tmp_path / "w" / "truth.parquet")
    rows = zip(truth["account"].to_pylist(), truth["campaign"].to_pylist(), strict=True)
    guilty = [a for a, c in rows if c == "C05-narrow"]
    report = {
        "campaigns": [
            {
                "id": "campaign:1",
                "detected_at": "2026-03-03T00:00:00Z",
                "accounts": [{"account": a} for a in guilty],
            }
        ]
    }
    (tmp_path / "found.json").write_text(json.dumps(report))
    files = (str(tmp_path / "found.json"), str(tmp_path / "w" / "truth.parquet"))
    code, out = run(
        "score", *files, "--exchanges", str(tmp_path / "w" / "exchanges.parquet"), "--json"
    )
    assert code == 0
    assert json.loads(out)["campaigns"][0]["found"]
    code, out = run("score", *files)
    assert code == 0
    assert "not looked" in out


def test_wrong_names_are_refused(tmp_path: Path) -> None:
    assert run("simulate", str(tmp_path), "--fixture", "C77")[0] != 0
    assert run("simulate", str(tmp_path), "--drop", "account")[0] != 0


def test_own_texts_are_read(tmp_path: Path) -> None:
    lines = "".join(json.dumps({"text": f"my own task {i}"}) + "\n" for i in range(20))
    (tmp_path / "mine.jsonl").write_text(lines)
    code, _ = run(
        "simulate", str(tmp_path / "w"), "--accounts", "60", "--days", "2", "--fixture", "C05",
        "--twins", "none", "--campaign-accounts", "4", "--corpus", str(tmp_path / "mine.jsonl"),
    )  # fmt: skip
    assert code == 0
    prompts = pq.read_table(tmp_path / "w" / "exchanges.parquet")["prompt"].to_pylist()
    assert sum("my own task" in (p or "") for p in prompts) > 100
