"""Logs without text: the same campaigns are found, and nothing of the text is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from stillwatch.adapters.readers import open_exchanges
from stillwatch.adapters.settings import Settings
from stillwatch.adapters.sketching import sketch_logs
from stillwatch.cli.lab import lab
from stillwatch.cli.main import run
from stillwatch.model.errors import BadInput, BadSettings, OutsideFailed
from stillwatch.model.exchange import CONTENT, EXCHANGES_SCHEMA, SKETCHES


def _settings(key_file: Path | None) -> Settings:
    return Settings.model_validate({"detect": {"key_file": key_file}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small world with text and answers, two secrets, and a copy under each of them."""
    here = tmp_path_factory.mktemp("sketching")
    made = CliRunner().invoke(
        lab,
        [
            "simulate", str(here / "w"), "--accounts", "250", "--days", "5", "--fixture", "C04",
            "--twins", "none", "--campaign-accounts", "30", "--seed", "3", "--responses",
        ],
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    for name in ("one", "two"):
        (here / f"{name}.key").write_bytes(name.encode() * 16)
        sketch_logs(
            _settings(here / f"{name}.key"),
            logs=[here / "w" / "exchanges.parquet"],
            out=here / f"{name}.parquet",
        )
    return here


def _detect(folder: Path, logs: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> dict[str, Any]:
    world = folder / "w"
    code = run(
        ["detect", str(logs), "--accounts", str(world / "accounts.parquet"), "--json", "--quiet"]
    )
    assert code == 1
    result: dict[str, Any] = json.loads(capfdbinary.readouterr().out)
    return result


def test_the_same_campaigns_are_found(
    folder: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STILLWATCH_DETECT__KEY_FILE", str(folder / "one.key"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    plain = _detect(folder, folder / "w" / "exchanges.parquet", capfdbinary)
    sketched = _detect(folder, folder / "one.parquet", capfdbinary)
    assert plain["campaigns"]
    assert sketched["not_looked"] == plain["not_looked"]
    for ours, theirs in zip(sketched["campaigns"], plain["campaigns"], strict=True):
        for key in ("id", "accounts", "families", "harvest", "detected_at"):
            assert ours[key] == theirs[key], key


def test_no_text_is_left(folder: Path) -> None:
    before = pq.read_table(folder / "w" / "exchanges.parquet")
    after = pq.read_table(folder / "one.parquet")
    assert after.schema.equals(EXCHANGES_SCHEMA)
    for name in CONTENT:
        assert after[name].null_count == after.num_rows
    for name in SKETCHES:
        assert after[name].null_count < after.num_rows, name
    pq.write_table(after, folder / "open.parquet", compression="none", use_dictionary=False)
    octets = (folder / "open.parquet").read_bytes()
    words = {
        word
        for name in CONTENT
        for text in before[name].drop_null()[:400].to_pylist()
        for word in text.split()
        if len(word) >= 9 and word.isalpha() and word not in EXCHANGES_SCHEMA.names
    }
    assert len(words) > 50
    assert not [word for word in words if word.encode() in octets]


def test_what_is_no_text_stays_as_it_was(folder: Path) -> None:
    before = pq.read_table(folder / "w" / "exchanges.parquet")
    after = pq.read_table(folder / "one.parquet")
    for name in set(before.column_names) - set(CONTENT) - set(SKETCHES):
        assert after[name].combine_chunks().equals(before[name].combine_chunks()), name


def test_two_secrets_have_no_digest_in_common(folder: Path) -> None:
    one, two = (pq.read_table(folder / f"{name}.parquet") for name in ("one", "two"))
    for name in ("prompt_digest", "system_digest", "prompt_shingles", "response_spans"):
        left, right = (_values(table[name]) for table in (one, two))
        assert left and not left & right, name


def test_sketches_survive_being_read_and_sketched_again(folder: Path) -> None:
    once = pq.read_table(folder / "one.parquet")
    batches = list(open_exchanges([folder / "one.parquet"]))
    for name in SKETCHES:
        read = [row for batch in batches for row in batch.column(name).to_pylist()]
        assert read == once[name].to_pylist(), name
    sketch_logs(
        _settings(folder / "one.key"),
        logs=[folder / "one.parquet"],
        out=folder / "again.parquet",
    )
    assert pq.read_table(folder / "again.parquet").equals(once)


def test_without_a_secret_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    logs = [folder / "w" / "exchanges.parquet"]
    with pytest.raises(BadSettings, match="key_file"):
        sketch_logs(_settings(None), logs=logs, out=tmp_path / "x.parquet")
    (tmp_path / "short.key").write_bytes(b"short")
    with pytest.raises(BadSettings, match="32"):
        sketch_logs(_settings(tmp_path / "short.key"), logs=logs, out=tmp_path / "x.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["short.key"]


def test_a_run_that_fails_leaves_the_old_file(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.parquet"
    out.write_bytes(b"old")
    torn = tmp_path / "torn.jsonl"
    good = '{"exchange_id":"a","sent_at":"2026-03-02T00:00:00Z","account":"b","model":"m"}\n'
    torn.write_text(good + "{broken\n")
    settings = _settings(folder / "one.key")
    with pytest.raises(BadInput):
        sketch_logs(settings, logs=[torn], out=out, strict=True)
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["torn.jsonl", "x.parquet"]
    with pytest.raises(OutsideFailed):
        sketch_logs(settings, logs=[torn], out=tmp_path / "missing" / "x.parquet")


def test_the_command_says_what_it_wrote(
    folder: Path,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STILLWATCH_DETECT__KEY_FILE", str(folder / "one.key"))
    words = ["sketch", str(folder / "w" / "exchanges.parquet"), str(tmp_path / "x.parquet")]
    assert run([*words, "--json", "--quiet"]) == 0
    made = json.loads(capfdbinary.readouterr().out)
    assert made["n_exchanges"] == pq.read_metadata(tmp_path / "x.parquet").num_rows
    assert made["n_prompts"] == made["n_exchanges"] and made["n_rejected"] == 0
    monkeypatch.delenv("STILLWATCH_DETECT__KEY_FILE")
    monkeypatch.chdir(tmp_path)
    assert run(words) == 3
    assert b"key_file" in capfdbinary.readouterr().err


def _values(column: Any) -> set[int]:
    flat = column.combine_chunks().drop_null()
    return set((flat.flatten() if hasattr(flat, "flatten") else flat).to_pylist())
