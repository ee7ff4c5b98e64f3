"""Format, lint, types and import direction hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT, run, said


@pytest.mark.parametrize(
    "words",
    [("ruff", "format", "--check"), ("ruff", "check"), ("mypy",)],
    ids=["format", "lint", "types"],
)
def test_the_checker_is_content(words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.returncode == 0, said(done)


def test_imports_run_one_way() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, said(done)
    assert "0 broken" in done.stdout
