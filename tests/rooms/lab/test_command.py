"""The commands write what they say and score what they read."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
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


def test_files_by_time_hold_the_rows_of_one_file(tmp_path: Path) -> None:
    words = (
        "--accounts", "120", "--days", "3", "--fixture", "C04", "--twins", "none",
        "--campaign-accounts", "C04=30", "--exchanges", "6000", "--prompt-chars", "400",
    )  # fmt: skip
    assert run("simulate", str(tmp_path / "one"), *words)[0] == 0
    assert run("simulate", str(tmp_path / "many"), *words, "--files", "5")[0] == 0
    parts = sorted((tmp_path / "many" / "exchanges").glob("*.parquet"))
    assert len(parts) == 5
    times = [pq.read_table(part, columns=["sent_at"])["sent_at"] for part in parts]
    ends = [(t[0].as_py(), t[-1].as_py()) for t in times]
    assert all(a[1] < b[0] for a, b in pairwise(ends))
    whole = pq.read_table(tmp_path / "one" / "exchanges.parquet")
    assert pa.concat_tables([pq.read_table(part) for part in parts]).equals(whole)
    for name in ("accounts.parquet", "truth.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "many" / name).read_bytes()
    assert not list((tmp_path / "many").glob(".*"))


def test_sizes_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for given in ("C77=10", "C04=few", "-3"):
        assert run("simulate", str(tmp_path), "--campaign-accounts", given)[0] != 0
    assert run("simulate", str(tmp_path), "--files", "0")[0] != 0
