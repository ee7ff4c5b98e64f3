"""``stillwatch vet review|verify|compare``, run as a user runs them on a made tool."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from stillwatch.adapters.reviewing.hashing import inventory_of
from stillwatch.adapters.reviewing.verifying import verify
from stillwatch.adapters.reviewing.writing import held
from stillwatch.cli.main import run
from tests.rooms.attribute.authority import Authority

DAY_US = 86_400_000_000


def _key(folder: Path, name: str) -> None:
    key = Ed25519PrivateKey.generate()
    path = folder / f"{name}.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / f"{name}.pub").write_bytes(public)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made tool in both releases, two keys, and a signed report with its PDF."""
    folder = tmp_path_factory.mktemp("reviewed")
    for name in ("ann", "eve"):
        _key(folder, name)
    for n in ("1", "2"):
        assert run(["lab", "tool", str(folder / f"tool{n}"), "--release", n]) == 0
    here = Path.cwd()
    os.chdir(folder)
    try:
        words = ["vet", "review", "tool1/TOOL.toml", "--out", "report", "--sign", "ann.pem"]
        assert run(words) == 1
    finally:
        os.chdir(here)
    return folder


@pytest.fixture
def desk(signed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it, to be changed."""
    folder = tmp_path / "desk"
    shutil.copytree(signed, folder)
    monkeypatch.chdir(folder)
    return folder


def asked(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    """What a command prints as JSON; what it complains of where it cannot."""
    capsys.readouterr()
    found = run(["vet", *words, "--json"])
    told = capsys.readouterr()
    assert found == code, told.err
    return json.loads(told.out) if told.out else told.err


def reviewed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> Any:
    return asked(capsys, "review", *words, "--no-pdf", code=code)


def failed(told: Any) -> set[str]:
    return {one["name"] for one in told["checks"] if one["holds"] is False}


def test_a_newcomer_makes_a_tool_reviews_it_and_checks_the_report(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, "verify", "report", "--key", "ann.pub", "--files", "tool1/model")
    assert told["holds"] is True
    assert {one["name"]: one["holds"] for one in told["checks"]} == {
        "digests": True, "fields": True, "signature": True, "time stamp": None,
        "bill of materials": True, "date": True, "your copy": True,
    }  # fmt: skip
    assert run(["vet", "verify", "report", "--key", "ann.pub"]) == 0
    assert "Ann Lee signed" in capsys.readouterr().out
    sums = subprocess.run(
        ["sha256sum", "-c", "--quiet", "review.sha256"], cwd=desk / "report", check=False
    )
    assert sums.returncode == 0
    assert oct((desk / "report").stat().st_mode)[-3:] == "700"
    assert (desk / "report/report.pdf").read_bytes().startswith(b"%PDF")


def test_any_byte_that_is_changed_anywhere_is_found(signed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    shutil.copytree(signed / "report", folder)
    now_us = time.time_ns() // 1_000
    for name in held(folder):
        path, content = folder / name, (folder / name).read_bytes()
        for at in (0, len(content) // 3, len(content) // 2, len(content) - 1):
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            checks = verify(folder, now_us=now_us, key=signed / "ann.pub")
            assert any(one.holds is False for one in checks), (name, at)
        path.write_bytes(content)
    assert all(c.holds is not False for c in verify(folder, now_us=now_us, key=signed / "ann.pub"))


def test_who_changes_the_digests_too_is_found_by_the_signature(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("report.html", "report.pdf", "report.json", "bom.cdx.json", "manifest.json",
                 "parts/files.json"):  # fmt: skip
        shutil.rmtree("changed", ignore_errors=True)
        shutil.copytree("report", "changed")
        path = desk / "changed" / name
        content = path.read_bytes().replace(b"2.0", b"2.9").replace(b"would run", b"never run")
        path.write_bytes(content if content != path.read_bytes() else content + b" ")
        lines = (desk / "changed/review.sha256").read_text().splitlines()
        sums = subprocess.run(["sha256sum", name], cwd=desk / "changed", capture_output=True,
                              text=True, check=True).stdout.strip()  # fmt: skip
        fixed = [sums if line.endswith(f"  {name}") else line for line in lines]
        (desk / "changed/review.sha256").write_text("\n".join(fixed) + "\n")
        told = asked(capsys, "verify", "changed", "--key", "ann.pub", code=1)
        assert "signature" in failed(told), name
        assert "digests" not in failed(told), name


def test_another_persons_key_and_files_that_were_added_or_lost(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert failed(asked(capsys, "verify", "report", "--key", "eve.pub", code=1)) == {"signature"}
    (desk / "report/more.txt").write_text("x")
    told = asked(capsys, "verify", "report", "--key", "ann.pub", code=1)
    assert {"digests", "signature"} <= failed(told)
    (desk / "report/more.txt").unlink()
    (desk / "report/report.pdf").unlink()
    assert "digests" in failed(asked(capsys, "verify", "report", "--key", "ann.pub", code=1))
    (desk / "report/review.sha256").unlink()
    told = asked(capsys, "verify", "report", "--key", "ann.pub", code=1)
    assert any("not written whole" in one["says"] for one in told["checks"])


def test_without_a_key_or_a_signature_nobody_says_that_it_holds(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = asked(capsys, "verify", "report", code=2)
    assert (told["holds"], failed(told)) == (False, set())
    reviewed(capsys, "tool1/TOOL.toml", "--out", "unsigned")
    told = asked(capsys, "verify", "unsigned", "--key", "ann.pub", code=2)
    assert any("not signed" in one["says"] for one in told["checks"])


def test_another_copy_of_the_tool_is_not_what_was_reviewed(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "tool1/model/config.json").write_text("{}")
    told = asked(
        capsys, "verify", "report", "--key", "ann.pub", "--files", "tool1/model", code=1
    )  # fmt: skip
    assert failed(told) == {"your copy"}
    assert "config.json is not what was reviewed" in json.dumps(told)


def test_a_report_goes_out_of_date_and_cannot_come_from_the_future(signed: Path) -> None:
    now_us, report = time.time_ns() // 1_000, signed / "report"
    by_day = {
        n: next(c for c in verify(report, now_us=now_us + n * DAY_US) if c.name == "date")
        for n in (-2, 0, 179, 180, 400)
    }
    assert {n: c.holds for n, c in by_day.items()} == {
        -2: False, 0: True, 179: True, 180: False, 400: False,
    }  # fmt: skip
    assert "220 days ago" in by_day[400].says and "later than now" in by_day[-2].says


def test_a_report_is_made_again_to_the_last_byte_from_its_manifest(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["review", "tool1/TOOL.toml", "--manifest", "report/manifest.json", "--out", "again"]
    asked(capsys, *words, code=1)
    for name in held(desk / "again"):
        if name != "review.sha256":
            assert (desk / "again" / name).read_bytes() == (desk / "report" / name).read_bytes()
    shutil.rmtree("again")
    (desk / "tool1/parts/files.json").unlink()  # kept beside the manifest
    asked(capsys, *words, "--no-pdf", code=1)
    for place, says in (
        ("tool1/TOOL.toml", "not the tool's file"), ("tool1/model/config.json", "not the files"),
        ("report/parts/files.json", "not the part"),
    ):  # fmt: skip
        path, content = desk / place, (desk / place).read_bytes()
        path.write_bytes(content + b"\n")
        assert says in reviewed(capsys, *words[1:], code=2), place
        path.write_bytes(content)
    ahead = desk / "report/manifest.json"
    told = json.loads(ahead.read_bytes())
    ahead.write_text(json.dumps(told | {"made_us": told["made_us"] + 400 * DAY_US}))
    assert "lies ahead" in reviewed(capsys, *words[1:], code=2)


def test_two_runs_say_the_same_but_for_the_time(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = reviewed(capsys, "tool1/TOOL.toml", "--out", "one")
    two = reviewed(capsys, "tool1/TOOL.toml", "--out", "two")
    for told in (one, two):
        del told["made_at"]
    assert one == two


def test_what_changed_between_two_reviews(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reviewed(capsys, "tool2/TOOL.toml", "--out", "second")
    told = asked(capsys, "compare", "report", "second", code=1)
    assert told["answer"] == {"old": "do_not_run", "new": "on_conditions"}
    assert [row["name"] for row in told["outcomes"]] == ["files"]
    assert told["files"] == {
        "appeared": [], "gone": ["old_checkpoint.bin"], "changed": ["model.safetensors"],
    }  # fmt: skip
    (moved,) = [p for p in told["points"]["changed"] if p["part"] == "behaviour"]
    assert moved["was"]["value"]["best"] == 0.31
    assert {one["field"] for one in told["tool_changes"]} == {"version", "endpoints"}
    assert told["vendor"] == {"old": "waiting", "new": "replied"}
    assert run(["vet", "compare", "report", "second"]) == 1
    assert "do not run -> on conditions" in capsys.readouterr().out
    assert asked(capsys, "compare", "report", "report")["answer"]["old"] == "do_not_run"
    assert "is the later one" in asked(capsys, "compare", "second", "report", code=2)


def test_the_public_report_waits_and_then_holds_nothing_private(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["tool1/TOOL.toml", "--out", "public", "--public", "--sign", "ann.pem"]
    path = desk / "tool1/TOOL.toml"
    asked_on = time.strftime("%Y-%m-%d", time.gmtime())
    path.write_text(path.read_text().replace("asked_on = 2026-11-02", f"asked_on = {asked_on}"))
    assert "may reply until" in reviewed(capsys, *words, code=3)
    assert not (desk / "public").exists()
    assert "a person and a reason" in reviewed(capsys, *words, "--by", "Ann", code=2)
    told = reviewed(capsys, *words, "--by", "Ann Lee", "--publish-anyway", "it is in use")
    assert told["vendor"]["published_early"]["by"] == "Ann Lee"
    assert not (desk / "public/parts").exists()
    everything = b"".join((desk / "public" / name).read_bytes() for name in held(desk / "public"))
    assert b"REDUCE" not in everything and b"mail and file tools" not in everything
    manifest = json.loads((desk / "public/manifest.json").read_bytes())
    assert {one["sha256"] for one in manifest["inputs"]} == {None}
    assert asked(capsys, "verify", "public", "--key", "ann.pub")["holds"] is True
    assert "public report" in reviewed(
        capsys, "tool1/TOOL.toml", "--manifest", "public/manifest.json", "--out", "x", code=2
    )  # fmt: skip


def test_a_folder_keeps_the_report_that_it_has(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("tool1/TOOL.toml", "--public", "--by", "Ann", "--publish-anyway", "x", "--out")
    assert "private report" in reviewed(capsys, *words, "report", code=3)
    (desk / "mine").mkdir()
    (desk / "mine/letter.txt").write_text("x")
    assert "of no report" in reviewed(capsys, "tool1/TOOL.toml", "--out", "mine", code=2)
    assert (desk / "mine/letter.txt").read_text() == "x"
    reviewed(capsys, "tool1/TOOL.toml", "--out", "report")
    assert "attestation.json" not in held(desk / "report"), "the old signature went with it"
    assert failed(asked(capsys, "verify", "report", "--key", "ann.pub", code=2)) == set()


def test_a_run_that_is_killed_leaves_no_report_that_holds(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [sys.executable, "-m", "stillwatch.cli.main", "vet", "review", "tool1/TOOL.toml",
             "--out", "killed", "--sign", "ann.pem", "--no-pdf"]  # fmt: skip
    reviewed(capsys, "tool1/TOOL.toml", "--out", "killed", "--sign", "ann.pem")
    sums = desk / "killed/review.sha256"

    def made_ns() -> int:
        """When the sums were written; 0 while they are away, which they may be at any moment."""
        try:
            return sums.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    before = made_ns()
    assert before
    running = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while running.poll() is None:
        if made_ns() != before:
            running.send_signal(signal.SIGKILL)
            break
    running.wait()
    told = verify(desk / "killed", now_us=time.time_ns() // 1_000, key=desk / "ann.pub") if (
        desk / "killed/report.json").exists() else []  # fmt: skip
    if not sums.exists():
        assert not told or any(one.holds is False for one in told)
    reviewed(capsys, "tool1/TOOL.toml", "--out", "killed", "--sign", "ann.pem")
    assert asked(capsys, "verify", "killed", "--key", "ann.pub")["holds"] is True
    assert all(not name.startswith(".") for name in held(desk / "killed"))


def test_two_at_once_do_not_mix(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {name: (desk / "report" / name).read_bytes() for name in held(desk / "report")}
    other = os.open(desk / "report", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    words = ("tool1/TOOL.toml", "--out", "report")
    assert "another process writes" in reviewed(capsys, *words, code=2)
    assert {n: (desk / "report" / n).read_bytes() for n in held(desk / "report")} == before
    os.close(other)
    reviewed(capsys, *words)


def test_a_stamp_says_when_the_attestation_was_there(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "tsa").mkdir()
    authority = Authority(desk / "tsa")
    try:
        monkeypatch.setenv("STILLWATCH_CUSTODY__AUTHORITY", authority.url)
        reviewed(capsys, "tool1/TOOL.toml", "--out", "stamped", "--sign", "ann.pem")
    finally:
        authority.close()
    root = str(authority.root)
    told = asked(capsys, "verify", "stamped", "--key", "ann.pub", "--root", root)
    stamp = next(one for one in told["checks"] if one["name"] == "time stamp")
    assert stamp["holds"] is True and "was there at" in stamp["says"]
    (desk / "stamped/attestation.tsr").write_bytes(b"0\x03\x02\x01\x00")
    told = asked(capsys, "verify", "stamped", "--key", "ann.pub", "--root", root, code=1)
    assert {"time stamp", "digests"} <= failed(told)
    reviewed(capsys, "tool1/TOOL.toml", "--out", "unreachable", "--sign", "ann.pem", code=2)


@pytest.mark.parametrize("word", ["country", "vendor_nationality", "hq_region", "jurisdiction"])
def test_the_tools_file_has_no_key_for_where_anybody_is_from(
    desk: Path, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    path = desk / "tool1/TOOL.toml"
    path.write_text(path.read_text().replace("[vendor]", f'[vendor]\n{word} = "XX"'))
    assert "the bar is the same" in reviewed(capsys, "tool1/TOOL.toml", "--out", "x", code=3)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("[tool]", "[tool", "is no TOML"),
        ('name = "Example Coder"', "", "tool.name: Field required"),
        ('name = "Example Coder"', 'name = "x"\nscore = 5', "Extra inputs"),
        ('address = "https://', 'address = "https://user:key@', "endpoint.0.address"),
        ('files = "model"', 'files = "nothing"', "no such files"),
        ('files = "parts/files.json"', 'files = "parts/lineage.json"', "was named for"),
        ('files = "parts/files.json"', 'taste = "x.json"', "no such examination"),
        ('files = "parts/files.json"', 'files = "model/config.json"', "the schema is"),
        ("days_to_reply = 30", "days_to_reply = 3", "30 days at least"),
        ("valid_days = 180", "retest_on = 2020-01-01", "not after the report"),
        ('about = "behaviour"', 'about = "taste"', "a dissent is about"),
        ("[parts]", '[signature]\nfile = "model/none.sig"\n[parts]', "no such file"),
    ],
)
def test_a_tools_file_that_cannot_be_used_says_where_and_why(
    desk: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    path = desk / "tool1/TOOL.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert says in reviewed(capsys, "tool1/TOOL.toml", "--out", "x", code=2)
    assert not (desk / "x").exists()


def test_hostile_folders_are_hashed_without_being_opened(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    (folder / "deep/er").mkdir(parents=True)
    (folder / "deep/er/w.bin").write_bytes(b"w")
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to("/etc/hostname")
    (folder / "loop").symlink_to(folder)
    (folder / "odd\n\x1b[31m.bin").write_bytes(b"x")
    (folder / os.fsdecode(b"\xff.bin")).write_bytes(b"y")
    with (folder / "sparse.bin").open("wb") as out:
        out.truncate(50_000_000)
    told = inventory_of(folder)
    assert [one.path for one in told.files] == [
        "\\xff.bin", "deep/er/w.bin", "odd\n\x1b[31m.bin", "sparse.bin",
    ]  # fmt: skip
    assert {path: why.split(",")[0] for path, why in told.not_read} == {
        "link": "a symbolic link", "loop": "a symbolic link", "pipe": "a pipe",
    }  # fmt: skip
    (folder / "config.json").write_text("[" * 100_000)
    assert inventory_of(folder).config == {}
