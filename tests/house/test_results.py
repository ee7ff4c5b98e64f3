"""RESULTS.md says what the frozen tables say, and every benchmark is complete."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, place, said

FOLDERS = sorted(path.parent for path in (ROOT / "benchmarks").glob("*/*/run.py"))


def test_the_page_is_current() -> None:
    done = subprocess.run(
        [sys.executable, "tools/build_results.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, said(done)


@pytest.mark.parametrize("folder", FOLDERS, ids=place)
def test_a_benchmark_says_what_it_asks_and_holds_the_tables_it_names(folder: Path) -> None:
    told = (folder / "README.md").read_text(encoding="utf-8")
    for name in re.findall(r"^## (\w+\.csv)$", told, flags=re.MULTILINE):
        assert (folder / name).is_file(), name


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*/*/frozen.json")), ids=place)
def test_a_frozen_table_says_how_it_was_made(path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    assert {"command", "made_on", "machine", "facts", "headlines"} <= told.keys()
    assert path.with_suffix(".csv").is_file()
