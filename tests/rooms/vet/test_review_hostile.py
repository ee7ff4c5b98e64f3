"""A report, a copy and a folder that somebody made to deceive whoever checks them."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from stillwatch.adapters.reviewing import verifying
from stillwatch.adapters.reviewing.validating import bom_fault
from stillwatch.adapters.reviewing.verifying import Check, verify
from stillwatch.adapters.signing import new_key
from stillwatch.cli.main import run
from stillwatch.model.errors import BadInput


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made tool, a signed report without its PDF, and the key."""
    folder = tmp_path_factory.mktemp("reviewed")
    key = new_key(folder / "ann.pem", "ann")
    (folder / "ann.pub").write_text(key.public_pem)
    assert serialization.load_pem_public_key(key.public_pem.encode())
    assert run(["lab", "tool", str(folder / "tool")]) == 0
    words = ["vet", "review", str(folder / "tool/TOOL.toml"), "--no-pdf"]
    run([*words, "--out", str(folder / "report"), "--sign", str(folder / "ann.pem")])
    return folder


@pytest.fixture
def desk(signed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed."""
    return shutil.copytree(signed, tmp_path / "desk", symlinks=True)


def checked(desk: Path, files: Path | None = None) -> dict[str, Check]:
    now_us = time.time_ns() // 1_000
    found = verify(desk / "report", now_us=now_us, key=desk / "ann.pub", files=files)
    return {one.name: one for one in found}


def digests_again(report: Path) -> None:
    """Write the list of digests anew, as whoever changed a file would."""
    names = [line.partition("  ")[2] for line in (report / "review.sha256").read_text().split("\n")]
    lines = [f"{hashlib.sha256((report / n).read_bytes()).hexdigest()}  {n}\n" for n in names if n]
    (report / "review.sha256").write_text("".join(lines))


def test_the_name_beside_a_signature_is_the_one_that_was_signed(desk: Path) -> None:
    assert checked(desk)["signature"].holds is True
    path = desk / "report/attestation.json"
    path.write_text(path.read_text().replace('"keyid": "Ann Lee"', '"keyid": "The Bureau"'))
    digests_again(desk / "report")
    found = checked(desk)
    assert found["digests"].holds is True
    assert found["signature"].holds is False


def test_a_link_in_a_copy_is_no_file_that_was_reviewed(desk: Path) -> None:
    copy = desk / "tool/model"
    assert checked(desk, copy)["your copy"].holds is True
    (copy / "modeling.py").symlink_to("/tmp/elsewhere.py")
    found = checked(desk, copy)["your copy"]
    assert found.holds is False and "modeling.py was not reviewed" in found.says
    words = ["vet", "verify", str(desk / "report"), "--key", str(desk / "ann.pub")]
    assert run([*words, "--files", str(copy)]) == 1


def test_a_link_in_the_place_of_parts_leads_nowhere(desk: Path) -> None:
    away = desk / "away"
    away.mkdir()
    (away / "letter.txt").write_text("x")
    shutil.rmtree(desk / "report/parts")
    (desk / "report/parts").symlink_to(away)
    with pytest.raises(BadInput, match="no plain file"):
        checked(desk)
    words = ["vet", "review", str(desk / "tool/TOOL.toml"), "--no-pdf", "--out"]
    assert run([*words, str(desk / "report")]) == 2
    assert [one.name for one in away.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("name", [".env", "parts/mine.json", "parts/notes.txt", ".report.json.bak"])
def test_nothing_is_taken_away_that_is_of_no_report(
    desk: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "report" / name).write_text("x")
    words = ["vet", "review", str(desk / "tool/TOOL.toml"), "--no-pdf", "--out"]
    assert run([*words, str(desk / "report")]) == 2
    assert "is of no report" in capsys.readouterr().err
    assert (desk / "report" / name).read_text() == "x"


def test_a_day_that_is_none_does_not_hold(desk: Path) -> None:
    path = desk / "report/report.json"
    for day in ("2026-13-45", "9999-99-99", "0000-00-00"):
        told = json.loads(path.read_bytes())
        told["retest_on"] = day
        path.write_text(json.dumps(told))
        assert checked(desk)["date"].holds is False


def test_more_than_a_report_can_be_is_not_read(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "_MOST_IN_ALL", 10_000)
    with pytest.raises(BadInput, match="more than 10,000 bytes"):
        checked(desk)


@pytest.mark.parametrize("bom", [b"[" * 100_000, b"{", b"\xff", b'{"a":' * 50_000])
def test_a_bill_of_materials_that_is_none_is_told(bom: bytes) -> None:
    assert bom_fault(bom).startswith("is no JSON")
