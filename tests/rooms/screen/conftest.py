"""A folder with two lists, and the program run in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


def ran(folder: Path, *words: object, env: dict[str, str] | None = None) -> Any:
    """``stillwatch screen`` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "stillwatch.cli.main", "screen", *map(str, words)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


def told(done: subprocess.CompletedProcess[str]) -> Any:
    """What it printed as JSON."""
    return json.loads(done.stdout)
