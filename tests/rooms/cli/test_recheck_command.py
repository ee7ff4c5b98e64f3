"""``detect --features`` and ``explain --check`` as a sceptic meets them."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import orjson
import pytest

from stillwatch.cli import main as edge
from stillwatch.stats.terms import digest, recheck
from tests.rooms.cli.conftest import MARKER


@pytest.fixture(scope="module")
def made(logs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a result and the features of its campaign."""
    folder = tmp_path_factory.mktemp("sealed")
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    try:
        code = edge.run([
            "detect", str(logs / "traffic.parquet"), "--accounts", str(logs / "accounts.parquet"),
            "--features", str(folder / "new" / "features"), "--quiet",
        ])  # fmt: skip
    finally:
        os.environ.pop("XDG_STATE_HOME")
        if before is not None:
            os.environ["XDG_STATE_HOME"] = before
    assert code == 1
    (folder / "state" / "stillwatch" / "last-result.json").rename(folder / "result.json")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the features, and a user without a last result."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Path(shutil.copytree(made / "new" / "features", tmp_path / "features"))


def features_of(folder: Path) -> tuple[Path, dict[str, Any]]:
    """The one file of terms in a folder."""
    (path,) = folder.iterdir()
    return path, orjson.loads(path.read_bytes())


def check(path: Path, target: str = "campaign:", *options: str) -> int:
    """Run ``explain --check`` in this process."""
    return edge.run(["explain", target, "--check", str(path), *options])


def test_one_file_a_campaign_for_its_owner_only_without_a_name(folder: Path) -> None:
    path, features = features_of(folder)
    assert path.name == features["campaign"].replace(":", "-") + ".terms.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert recheck(features) == ()
    text = path.read_text(encoding="utf-8")
    assert MARKER not in text
    assert '"pool' not in text


def test_the_usual_result_does_not_hold_terms(made: Path) -> None:
    campaign = json.loads((made / "result.json").read_bytes())["campaigns"][0]
    assert not any("terms" in signal for signal in campaign["signals"])


def test_all_agree_is_zero_without_any_result(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(folder) == 0
    printed = capsys.readouterr().out
    assert "Every number agrees" in printed
    assert "no result was at hand" in " ".join(printed.split())
    assert "load balance" in printed


def test_the_result_is_held_against_the_terms(
    made: Path, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(folder, "campaign:", "--result", str(made / "result.json"), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["agrees"] and report["held_against_result"]
    assert report["n_exactly"] == report["n_compared"] > 50
    assert report["problems"] == []
    result = json.loads((made / "result.json").read_bytes())
    result["campaigns"][0]["signals"][0]["bits"] += 0.1
    result["campaigns"][0]["families"]["payment"] = 31.0
    (tmp_path / "other.json").write_bytes(orjson.dumps(result))
    assert check(folder, "campaign:", "--result", str(tmp_path / "other.json"), "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert len(report["problems"]) == 2
    assert all(line.startswith("result: ") for line in report["problems"])


def test_a_weight_that_was_raised_is_one_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, features = features_of(folder)
    nth = next(n for n, s in enumerate(features["signals"]) if s["name"] == "load_balance")
    features["signals"][nth]["bits"] += 2.0
    features["digest"] = digest(features)
    path.write_bytes(orjson.dumps(features))
    assert check(path) == 1
    printed = capsys.readouterr().out
    assert "Not every number agrees" in printed
    assert "differs by -2" in printed


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"{", b'{"schema":"stillwatch.campaigns/1"}', b"\xff\xfe"]
)
def test_what_is_no_file_of_terms_is_two(
    content: bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = features_of(folder)
    path.write_bytes(content)
    assert check(path) == 2
    assert check(folder.parent / "nowhere.json") == 2
    assert "Traceback" not in capsys.readouterr().err


def test_another_campaign_is_two_and_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, _ = features_of(folder)
    assert check(path, "campaign:zz") == 2
    assert check(folder, "campaign:zz") == 2
    assert "campaign:zz" in capsys.readouterr().err


def test_names_of_a_stranger_do_not_steer_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, features = features_of(folder)
    features["signals"][0] |= {"name": "\x1b[2J\x1b[31m[bold]evil", "family": "\x07ring"}
    features["rivals"][0]["hypothesis"] = "\x1b]0;title\x07"
    path.write_bytes(orjson.dumps(features))
    assert check(path) == 1
    printed = capsys.readouterr().out
    assert "\x1b[2J" not in printed and "\x07" not in printed and "\x1b]0" not in printed


def test_a_folder_that_cannot_be_made_is_told_before_the_search(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    arguments = ["detect", str(logs / "traffic.parquet"), "--features", str(tmp_path / "file/x")]
    assert edge.run([*arguments, "--quiet"]) == 2
    assert "cannot be made" in capsys.readouterr().err


def test_without_a_campaign_the_folder_stays_empty(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    arguments = ["detect", str(logs / "quiet.parquet"), "--features", str(tmp_path / "none")]
    assert edge.run([*arguments, "--quiet"]) == 0
    assert list((tmp_path / "none").iterdir()) == []
