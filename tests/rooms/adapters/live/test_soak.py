"""The soak of a watcher: what it says of series, and its small run from end to end."""

from __future__ import annotations

import csv
import doctest
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.watch.soak import levels
from benchmarks.watch.soak.levels import level_of, without
from benchmarks.watch.soak.telling import looks_taken
from tests.house.tree import ROOT


def test_the_examples_of_levels_hold() -> None:
    assert doctest.testmod(levels).failed == 0


@pytest.mark.parametrize(("leak", "grows"), [(0.0, False), (0.4, True)])
def test_a_leak_is_told_from_weather(leak: float, grows: bool) -> None:
    rng = np.random.default_rng(5)
    days = np.arange(45.0)
    weather = np.convolve(rng.normal(0, 2, 50), np.ones(6) / 6, "valid")[:45]
    found = level_of(days, 300 + leak * days + weather, 6)
    assert (found.low > 0) == grows
    assert found.low <= found.slope <= found.high
    assert abs(found.slope - leak) < 0.1


def test_a_load_that_rises_is_taken_out_and_a_leak_is_not() -> None:
    rng = np.random.default_rng(6)
    days = np.arange(60.0)
    load = 100 + days / 2 + rng.normal(0, 10, 60)
    values = 50 + 0.3 * load + rng.normal(0, 0.3, 60)
    assert level_of(days, values, 6).low > 0
    assert level_of(days, without(days, values, load), 6).low <= 0
    leaking = values + 0.05 * days
    assert level_of(days, without(days, leaking, load), 6).low > 0


def test_looks_are_counted_over_watchers() -> None:
    rows = [{"kind": "time", "n_looks": n} for n in (1, 3, None, 4, 0, 2, 2)]
    assert looks_taken([*rows, {"kind": "kill"}]) == 6


def test_the_small_soak_counts_every_row_once_though_it_kills(tmp_path: Path) -> None:
    words = [sys.executable, "benchmarks/watch/soak/run.py", "--minutes", "0.25"]
    done = subprocess.run(
        [*words, "--keep", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": ":".join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with (ROOT / "out" / "bench" / "soak" / "frozen.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    total = rows[0]
    assert total["kind"] == "total" and total["n_kills"] == "1"
    assert int(total["n_taken"]) == int(total["n_exchanges"]) > 30_000
    for kind in ("late", "ahead", "malformed", "incomplete", "duplicate"):
        # what was delivered again after the kill is counted again
        assert int(total[f"{kind}_counted"]) >= int(total[f"n_{kind}"]) > 0
    assert total["n_strangers"] == "0"
    assert "events add up" in done.stdout
