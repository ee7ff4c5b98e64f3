"""A folder with two lists, and the program run in it."""

from __future__ import annotations

import io
import json
import os
import subprocess
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from stillwatch.cli import main
from tests.rooms.screen import lists

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def lists_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Snapshots of made lists, their index kept."""
    folder = tmp_path_factory.mktemp("screening")
    rows = [
        lists.CSL_ROW,
        {**lists.CSL_ROW, "_id": "e2", "name": "Vasquin, Orlen", "type": "Individual",
         "dates_of_birth": "1962-08-12", "ids": "XX, AB149814, Passport", "alt_names": "",
         "source": "Specially Designated Nationals (SDN) - Treasury Department",
         "addresses": "4 Quay Road, Port Made, XX", "entity_number": "900"},
        *({**lists.CSL_ROW, "_id": f"f{n}", "alt_names": "", "ids": "",
           "name": f"Made {word} Works"} for n, word in enumerate(("Steel", "Rail", "Glass"))),
    ]  # fmt: skip
    (folder / "csl.csv").write_text(lists.csl_csv(rows))
    (folder / "un.xml").write_text(lists.UN)
    done = ran(folder, "update", "csl.csv", "un.xml", "--day", "2026-01-05")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def run(lists_folder: Path) -> Run:
    """``stillwatch screen``, run where the lists are."""

    def call(*words: object) -> subprocess.CompletedProcess[str]:
        return ran(lists_folder, *words)

    return call


def ran(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """``stillwatch screen`` in this process, whose reference data is loaded once."""
    before, out, err = Path.cwd(), io.StringIO(), io.StringIO()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = main.run(["screen", *map(str, words)])
    finally:
        os.chdir(before)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def told(done: subprocess.CompletedProcess[str]) -> Any:
    """What it printed as JSON."""
    return json.loads(done.stdout)
