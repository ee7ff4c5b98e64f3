"""``detect`` and ``explain`` as a person meets them: codes, streams, files, and what is shown."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stillwatch.cli import main as edge
from tests.rooms.cli.conftest import MARKER

PROGRAM = [sys.executable, "-m", "stillwatch.cli.main"]
GOOD = '{"exchange_id":"%s","sent_at":"2026-03-02T10:00:%02dZ","account":"a%s","model":"m"}\n'


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder and a working folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def detect(logs: Path, *options: str, traffic: str = "traffic.parquet") -> int:
    """Run ``detect`` in this process."""
    accounts = ["--accounts", str(logs / "accounts.parquet")]
    return edge.run(["detect", str(logs / traffic), *accounts, *options])


def program(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run the program as another process."""
    return subprocess.run([*PROGRAM, *arguments], check=False, capture_output=True, **options)


def test_found_is_one_and_stdout_is_json_alone(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(logs, "--json", "--quiet") == 1
    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert printed.err == ""
    assert found["schema"] == "stillwatch.campaigns/1"
    assert len(found["campaigns"]) == 1


def test_none_found_is_zero(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert detect(logs, "--json", "--quiet", traffic="quiet.parquet") == 0
    assert json.loads(capsys.readouterr().out)["campaigns"] == []


@pytest.mark.parametrize("content", [None, b"", b"not json\n", b"PAR1 half a file"])
def test_what_cannot_be_looked_at_is_two(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log.jsonl"
    if content is not None:
        path.write_bytes(content)
    assert edge.run(["detect", str(path), "--json", "--quiet"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("stillwatch: ")
    assert "Traceback" not in printed.err


def test_a_wrong_setting_is_three(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "s.toml"
    config.write_text("[detect]\nfdr = 7\n", encoding="utf-8")
    arguments = ["--config", str(config), "detect", str(logs / "quiet.parquet")]
    assert edge.run(arguments) == 3
    assert "fdr" in capsys.readouterr().err
    assert edge.run(["detect"]) == 3
    assert edge.run(["detect", "x", "--format", "nonsense"]) == 3


def test_progress_goes_to_stderr_only(logs: Path) -> None:
    done = program(
        "detect",
        str(logs / "traffic.parquet"),
        "--accounts",
        str(logs / "accounts.parquet"),
        "--json",
    )
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["campaigns"]) == 1
    assert b"Traceback" not in done.stderr


def test_a_reader_that_closes_the_pipe_ends_the_run_quietly(logs: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [*PROGRAM, "detect", str(logs / "quiet.parquet"), "--json", "--quiet"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 141


def test_strict_stops_at_the_first_wrong_row_and_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(GOOD % (1, 1, 1) + "{wrong\n" + GOOD % (2, 2, 2), encoding="utf-8")
    assert edge.run(["detect", str(log), "--json", "--quiet", "--rejects", "aside.jsonl"]) == 0
    assert json.loads(capsys.readouterr().out)["n_rejected"] == 1
    assert len(Path("aside.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert edge.run(["detect", str(log), "--strict", "--quiet"]) == 2
    assert "log.jsonl, line 2" in capsys.readouterr().err


def test_templates_are_shown_only_when_asked_for(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(logs, "--json", "--quiet", "--report", "closed.html") == 1
    hidden = capsys.readouterr().out + Path("closed.html").read_text(encoding="utf-8")
    assert MARKER.lower() not in hidden.lower()
    assert (
        edge.run(["explain", json.loads(hidden[: hidden.index("\n}\n") + 3])["campaigns"][0]["id"]])
        == 0
    )
    assert MARKER.lower() not in capsys.readouterr().out.lower()
    assert MARKER.encode() not in b"".join(p.read_bytes() for p in Path("state").rglob("*.json"))
    assert detect(logs, "--json", "--quiet", "--show-text", "--report", "open.html") == 1
    assert MARKER in capsys.readouterr().out
    assert MARKER in Path("open.html").read_text(encoding="utf-8")


def test_the_table_hides_text_as_well(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert detect(logs, "--quiet") == 1
    shown = capsys.readouterr().out
    assert "campaign:" in shown
    assert MARKER not in shown


def test_explain_finds_by_beginning_and_by_account(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detect(logs, "--json", "--quiet") == 1
    campaign = json.loads(capsys.readouterr().out)["campaigns"][0]
    whole, bare = campaign["id"], campaign["id"].partition(":")[2]
    for target in (whole, whole[:14], bare[:6], campaign["accounts"][0]["account"]):
        assert edge.run(["explain", target]) == 0
        assert bare[:6] in capsys.readouterr().out
        assert edge.run(["explain", target, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["id"] == whole
    assert edge.run(["explain", "nobody", "--json"]) == 2
    assert "nobody" in capsys.readouterr().err


def test_explain_before_any_search_says_what_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert edge.run(["explain", "campaign:abc"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "stillwatch detect" in printed.err


@pytest.mark.parametrize(
    "content",
    [None, b"", b"[]", b'"text"', b"{", b'{"schema": "another/1"}', b"\xff\xfe"],
)
def test_explain_refuses_what_is_no_result(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    if content is not None:
        path.write_bytes(content)
    assert edge.run(["explain", "campaign:abc", "--result", str(path)]) == 2
    printed = capsys.readouterr()
    assert "result.json" in printed.err
    assert "Traceback" not in printed.err


def test_a_saved_result_explains_itself_later(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detect(logs, "--json", "--quiet")
    saved = tmp_path / "saved.json"
    saved.write_text(capsys.readouterr().out, encoding="utf-8")
    campaign = json.loads(saved.read_text(encoding="utf-8"))["campaigns"][0]["id"]
    (tmp_path / "state" / "stillwatch" / "last-result.json").unlink()
    assert edge.run(["explain", campaign, "--result", str(saved)]) == 0
    assert campaign.partition(":")[2] in capsys.readouterr().out


def test_a_killed_run_leaves_no_half_report_and_keeps_its_rejects(tmp_path: Path) -> None:
    """SIGKILL while rows are still being read."""
    report, aside = tmp_path / "r.html", tmp_path / "aside.jsonl"
    log = tmp_path / "log.jsonl"
    with log.open("w", encoding="utf-8") as stream:
        for i in range(150_000):
            stream.write("{wrong\n" if i % 50 == 0 else GOOD % (i, i % 60, i))
    command = [
        *PROGRAM,
        "detect",
        str(log),
        "--report",
        str(report),
        "--rejects",
        str(aside),
        "--quiet",
    ]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while time.monotonic() < until and (not aside.exists() or aside.stat().st_size < 1_000):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    assert running.wait() == -signal.SIGKILL
    assert not report.exists()
    assert not list(tmp_path.glob(".r.html.*"))
    kept = aside.read_bytes()
    assert kept.count(b"\n") >= 5
    assert all(json.loads(line)["reason"] for line in kept.splitlines()[:-1])


def test_two_runs_that_write_one_report_leave_a_whole_one(logs: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.html"
    command = [
        *PROGRAM, "detect", str(logs / "quiet.parquet"), "--report", str(report), "--json",
        "--quiet",
    ]  # fmt: skip
    both = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    assert report.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert not list(tmp_path.glob(".r.html.*"))


def test_a_report_that_cannot_be_written_is_said(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = detect(logs, "--json", "--quiet", "--report", "no/such/r.html", traffic="quiet.parquet")
    assert code == 2
    assert "no/such/r.html" in capsys.readouterr().err


def test_a_report_is_for_its_owner_only(logs: Path) -> None:
    detect(logs, "--json", "--quiet", "--report", "r.html", traffic="quiet.parquet")
    assert Path("r.html").stat().st_mode & 0o077 == 0
