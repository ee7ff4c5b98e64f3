"""What a rehearsal keeps, what it says without torch, and the page it writes."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from stillwatch.adapters.distilling.kept import Kept
from stillwatch.adapters.distilling.page import headlines, render
from stillwatch.adapters.distilling.workers import Workers
from stillwatch.cli.main import run
from stillwatch.lab.distilling import NAIVE, TESTS
from stillwatch.lab.distilling.outcome import Calibration, results
from stillwatch.model.errors import NotAllowed, OutsideFailed
from tests.rooms.lab.test_distilling_tests import measured


def test_a_step_is_kept_wholly_or_not_at_all(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "kept")
    made_by = {"seed": 1, "deep": {"x": [1, 2]}}
    assert kept.get("student", made_by) is None
    kept.put("student", made_by, {"n": 3}, {"rows": np.arange(5)})
    told, arrays = kept.get("student", made_by) or ({}, {})
    assert told == {"n": 3}
    assert arrays["rows"].tolist() == [0, 1, 2, 3, 4]
    assert kept.get("student", {**made_by, "seed": 2}) is None
    path = kept.path("student", made_by)
    whole = path.read_bytes()
    for broken in (b"", whole[: len(whole) // 2], b"no archive", whole[:-30]):
        path.write_bytes(broken)
        assert kept.get("student", made_by) is None
    assert [one.suffix for one in (tmp_path / "kept").iterdir() if one.suffix == ".part"] == []


def test_what_is_printed_between_frames_ends_the_process(tmp_path: Path) -> None:
    chatty = tmp_path / "python"
    chatty.write_text("#!/bin/sh\necho 'a library greets whoever imports it'\nexec cat\n")
    chatty.chmod(0o700)
    with pytest.raises(OutsideFailed, match="has no torch"), Workers(1, chatty):
        pass


def test_one_run_a_folder(tmp_path: Path) -> None:
    first = Kept(tmp_path)
    with pytest.raises(NotAllowed, match="another run"):
        Kept(tmp_path)
    first.close()
    Kept(tmp_path).close()


def test_a_place_that_is_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutsideFailed, match="file"):
        Kept(tmp_path / "file")


def test_without_torch_it_says_what_to_do(tmp_path: Path) -> None:
    nowhere = tmp_path / "no-python"
    with pytest.raises(OutsideFailed, match=r"No such file.*venv-distil"), Workers(1, nowhere):
        pass
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(OutsideFailed, match=r"has no torch.*venv-distil"), Workers(1, bare):
        pass


def test_the_command_lists_students_and_refuses_strangers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lab", "distil", "--out", str(tmp_path), "--students"]
    assert run([*words, "list"]) == 0
    listed = capsys.readouterr().out
    assert "marks, paraphrased: " in listed
    assert "(experimental)" in listed
    assert run([*words, "nobody"]) == 2
    assert "no student is called nobody" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


class _Reads(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in {"meta", "i"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "i":
            assert self.open.pop() == tag


def told() -> dict[str, object]:
    names = ("none", "independent", "form", "answer only", "answer only, inverted", "marks")
    rows = [measured(name, world, 30 + 10 * i) for i, name in enumerate(names) for world in (0, 1)]
    calibrations = [
        Calibration(test="marks, text", valid=True, n_keys=300, n_below=(5, 1, 0)),
        Calibration(test=NAIVE, valid=False, n_keys=300, n_below=(50, 30, 20)),
    ]
    return {
        **results(rows, calibrations), "seed": 0, "n_worlds": 2, "version": "0",
        "made_with": {"torch": "2", "numpy": "2"},
    }  # fmt: skip


def test_the_page_is_whole_opens_offline_and_says_what_was_measured() -> None:
    value = told()
    page = render(value)
    reader = _Reads()
    reader.feed(page)
    assert reader.open == []
    assert not re.search(r"<script|src=|https?://", page)
    for test in (*TESTS, NAIVE):
        assert test in page
    assert page.count('<svg class="chart"') == 3
    assert "10.0% of wrong keys" in page
    assert any("adapts is back at 70%" in line for line in headlines(value))
    json.dumps(value)


def test_without_the_control_there_is_no_calibration_and_no_claim_of_one() -> None:
    value = told()
    value["calibration"] = []
    page = render(value)
    assert "False alarms" not in page
    assert not any("wrong keys" in line for line in headlines(value))
