"""A sceptic with one file and one public key, on a machine that has nothing else."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from stillwatch.cli.main import run

CASE = "campaign:1a2b3c4d5e6f"
BY_HAND = Path(__file__).resolve().parents[2] / "docs" / "assets" / "verify_by_hand.py"


def _case(folder: Path, *words: str, code: int = 0) -> str:
    """Run a command in a folder; what it printed."""
    out = io.TextIOWrapper(io.BytesIO(), write_through=True)
    here = Path.cwd()
    os.chdir(folder)
    try:
        with redirect_stdout(out):
            found = run(["case", *words])
    finally:
        os.chdir(here)
    told = out.buffer.getvalue().decode()  # type: ignore[attr-defined]
    assert found == code, told
    return str(told)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the case is kept: a log, two holders, one sealed case and its bundle."""
    folder = tmp_path_factory.mktemp("office")
    _case(folder, "keys", "new", "example.org/custody")
    for name in ("ann", "ben"):
        _case(folder, "keys", "holder", "--out", f"{name}.pem")
    (folder / "case").mkdir()
    (folder / "case" / "prompt.txt").write_text(
        "Use AKIAQYLPMN5HHHFPZAM2 and write to bob@example.com when it is done."
    )
    (folder / "case" / "note.md").write_text("Forty accounts share one schedule.")
    told = json.loads(
        _case(folder, "seal", "case", "--case", CASE, "--holder", "ann.pem.pub",
              "--holder", "ben.pem.pub", "--bundle", "case.tar", "--json")
    )  # fmt: skip
    assert told["taken_out"] == {"email": 1, "secret": 1}
    (folder / "key.pub").write_text(told["key"])
    return folder


@pytest.fixture
def elsewhere(office: Path, tmp_path: Path) -> Path:
    """The sceptic's machine: the bundle and the key."""
    for name in ("case.tar", "key.pub"):
        shutil.copy(office / name, tmp_path / name)
    return tmp_path


def test_the_sceptic_checks_it_with_the_file_and_the_key(elsewhere: Path) -> None:
    told = json.loads(_case(elsewhere, "verify", "case.tar", "--key", "key.pub", "--json"))
    assert (told["holds"], told["n_exhibits"], told["problems"]) == (True, 2, [])
    assert _case(elsewhere, "verify", "case.tar", "--key", "key.pub").startswith("holds: ")
    assert sorted(path.name for path in elsewhere.iterdir()) == ["case.tar", "key.pub"]
    words = [sys.executable, "-m", "stillwatch.cli.main", "case", "verify", "case.tar"]
    done = subprocess.run(
        [*words, "--key", "key.pub"], cwd=elsewhere, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[1][:21]) == (0, "4 entries, 2 exhibits")


def test_the_sceptic_is_told_what_was_changed(elsewhere: Path) -> None:
    data = (elsewhere / "case.tar").read_bytes()
    (elsewhere / "case.tar").write_bytes(data.replace(b"Forty", b"Fifty"))
    told = _case(elsewhere, "verify", "case.tar", "--key", "key.pub", code=1)
    assert "entry 1: its content, name, kind or salt is not what was sealed." in told
    (elsewhere / "case.tar").write_bytes(b"no bundle")
    assert "does not hold" in _case(elsewhere, "verify", "case.tar", "--key", "key.pub", code=1)
    _case(elsewhere, "verify", "none.tar", "--key", "key.pub", code=2)
    _case(elsewhere, "verify", "case.tar", "--key", "nobody+00+AA", code=2)


def test_a_bundle_is_the_same_file_each_time(office: Path, tmp_path: Path) -> None:
    _case(office, "bundle", "--case", CASE, "--out", str(tmp_path / "again.tar"))
    assert (tmp_path / "again.tar").read_bytes() == (office / "case.tar").read_bytes()


def test_what_the_sceptic_redoes_by_hand(elsewhere: Path) -> None:
    """Standard tools and eighty lines: no part of stillwatch."""
    assert _by_hand(elsewhere) == (0, "2 exhibits hold\n")
    data = (elsewhere / "case.tar").read_bytes()
    (elsewhere / "case.tar").write_bytes(data.replace(b"Forty", b"Fifty"))
    assert _by_hand(elsewhere)[0] != 0


def _by_hand(folder: Path) -> tuple[int, str]:
    words = [sys.executable, "-I", str(BY_HAND), "case.tar", (folder / "key.pub").read_text()]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_two_holders_open_and_one_person_forgets(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(office, folder)
    entries = json.loads(_case(folder, "log", "show", "--json"))["entries"]
    n = next(str(e["n"]) for e in entries if "original" in e["body"])
    for name in ("ann", "ben"):
        share = _case(folder, "escrow", "share", n, "--key", f"{name}.pem")
        (folder / f"{name}.share").write_text(share)
    why = ("--case", CASE, "--by", "C. Person", "--because", "order 7")
    _case(folder, "escrow", "open", n, "--share", "ann.share", "--out", "x", *why, code=3)
    _case(folder, "escrow", "open", n, "--share", "ann.share", "--share", "ben.share",
          "--out", "original.txt", *why)  # fmt: skip
    assert "AKIAQYLPMN5HHHFPZAM2" in (folder / "original.txt").read_text()
    _case(folder, "forget", n, "--exhibits", *why)
    _case(folder, "bundle", "--case", CASE, "--out", "after.tar")
    told = _case(folder, "verify", "after.tar", "--key", "key.pub")
    assert f"entry {n}: exhibit and original forgotten on " in told
    assert "by C. Person: order 7" in told
    _case(folder, "escrow", "share", n, "--key", "ann.pem", code=2)
    assert _case(folder, "log", "check").startswith("holds")


def test_a_witness_and_a_receipt_by_files_alone(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(office, folder)
    made = json.loads(
        _case(folder, "keys", "witness", "witness.example.net/w1", "--out", "w.pem", "--json")
    )
    (folder / "request").write_text(_case(folder, "witness", "request"))
    line = _case(folder, "witness", "sign", "request", "--key", "w.pem", "--name",
                 "witness.example.net/w1", "--state", "seen", "--log-key", "key.pub")  # fmt: skip
    (folder / "line").write_text(line)
    _case(folder, "witness", "add", "line", "--key", made["key"])
    _case(folder, "log", "head")
    (folder / "receipt").write_text(_case(folder, "log", "prove", "1"))
    assert "holds: entry 1 of " in _case(folder, "verify", "receipt", "--key", "key.pub")
    (folder / "receipt").write_text((folder / "receipt").read_text().replace("index 1", "index 2"))
    _case(folder, "verify", "receipt", "--key", "key.pub", code=1)
    _case(folder, "keys", "rotate", "--because", "yearly")
    _case(folder, "bundle", "--case", CASE, "--out", "w.tar")
    told = json.loads(
        _case(folder, "verify", "w.tar", "--key", "key.pub", "--witness", made["key"], "--json")
    )
    assert (told["holds"], told["n_cosignatures"]) == (True, 1)
    _case(folder, "log", "stamp", code=3)


def test_text_of_others_does_not_steer_the_terminal(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(office, folder)
    why = ("--by", "\x1b[2J\x1b[31mX", "--because", "y\u202ez")
    _case(folder, "forget", "1", "--case", CASE, *why)
    _case(folder, "bundle", "--case", CASE, "--out", "x.tar")
    told = _case(folder, "verify", "x.tar", "--key", "key.pub")
    assert "X" in told
    assert "\x1b" not in told + _case(folder, "log", "show")
    assert "\u202e" not in told


def test_the_log_does_not_seal_itself(office: Path, tmp_path: Path) -> None:
    folder = tmp_path / "office"
    shutil.copytree(office, folder)
    _case(folder, "seal", ".", "--case", CASE, code=2)


def test_a_witness_that_the_sceptic_knows_counts(tmp_path: Path) -> None:
    _case(tmp_path, "keys", "new", "example.org/custody")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "note.md").write_text("Forty accounts share one schedule.")
    told = json.loads(
        _case(tmp_path, "seal", "case", "--case", CASE, "--bundle", "early.tar", "--json")
    )
    (tmp_path / "key.pub").write_text(told["key"])
    _case(tmp_path, "keys", "witness", "witness.example.net/w1", "--out", "w.pem")
    public = (tmp_path / "w.pem.pub").read_text().strip()
    (tmp_path / "request").write_text(_case(tmp_path, "witness", "request"))
    line = _case(tmp_path, "witness", "sign", "request", "--key", "w.pem", "--name",
                 "witness.example.net/w1", "--state", "seen", "--log-key", "key.pub")  # fmt: skip
    (tmp_path / "line").write_text(line)
    _case(tmp_path, "witness", "add", "line", "--key", public)
    _case(tmp_path, "bundle", "--case", CASE, "--out", "case.tar")
    asked = ["verify", "case.tar", "--key", "key.pub", "--need", "1", "--witness", public]
    assert _case(tmp_path, *asked).startswith("holds: ")
    stranger = tmp_path / "elsewhere"
    stranger.mkdir()
    _case(stranger, "keys", "witness", "witness.example.net/w2", "--out", "w.pem")
    other = (stranger / "w.pem.pub").read_text().strip()
    assert "0 of the witnesses" in _case(tmp_path, *asked[:-1], other, code=1)
