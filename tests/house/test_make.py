"""The Makefile's targets exist and explain themselves; CI does what a developer does."""

from __future__ import annotations

import os
import subprocess

from tests.house.tree import ROOT

TARGETS = {"setup", "demo", "test", "test-ray", "check", "bench", "docs", "lock", "clean"}


def test_make_alone_lists_every_target_with_a_line() -> None:
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line.strip())
    assert set(lines) >= TARGETS
    assert all(len(line) > 10 for line in lines.values())


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text("utf-8")


def test_shell_scripts_parse_and_stop_at_the_first_fault() -> None:
    for script in (ROOT / ".ci" / "run", *(ROOT / "tools").glob("*.sh")):
        subprocess.run(["bash", "-n", str(script)], check=True)
        assert "set -euo pipefail" in script.read_text("utf-8"), script.name
