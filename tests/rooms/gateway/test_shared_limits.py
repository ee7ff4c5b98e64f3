"""Limits shared by the processes of a machine count as those of one process do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from stillwatch.adapters.gateway.shared_limits import SharedLimits
from stillwatch.control import Claim, LocalLimits
from tests.house.tree import ROOT

CLAIM = st.builds(
    Claim,
    st.sampled_from("abcdef"),
    st.integers(1, 2_000_000),
    st.integers(1, 5_000_000),
)


@given(
    st.lists(
        st.tuples(st.lists(CLAIM, max_size=3, unique_by=lambda c: c.key), st.integers(0, 3_000_000))
    )
)
def test_it_counts_as_one_process_does(steps: list[tuple[list[Claim], int]]) -> None:
    with TemporaryDirectory() as folder:
        shared, local = SharedLimits(Path(folder) / "limits", 1 << 10), LocalLimits()
        now_us = 1
        for number, (claims, gap_us) in enumerate(steps):
            now_us += gap_us
            if number % 5 == 4:
                shared.charge(claims, now_us)
                local.charge(claims, now_us)
            else:
                assert shared.take(claims, now_us) == local.take(claims, now_us)


TAKER = """
import sys, time
from pathlib import Path
from stillwatch.adapters.gateway.shared_limits import SharedLimits
from stillwatch.control import Claim
limits, n = SharedLimits(Path(sys.argv[1]), 1 << 10, 30.0), 0
print("ready", flush=True)
sys.stdin.readline()
for turn in range(4000):
    n += limits.take([Claim("one", 1, 5_000)], 1).allowed
    if turn == 3000 and sys.argv[2] == "dies":
        print(n, flush=True)
        time.sleep(60)
print(n, flush=True)
"""


def test_two_processes_take_no_more_than_there_is_and_a_killed_one_loses_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "limits"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", TAKER, str(path), way],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for way in ("lives", "dies")
    ]  # fmt: skip
    for one in started:
        assert one.stdout is not None and one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    taken = [int(one.stdout.readline()) for one in started if one.stdout]
    started[1].send_signal(signal.SIGKILL)
    for one in started:
        one.communicate(timeout=20)
    assert sum(taken) == 5_000
    assert not SharedLimits(path, 1 << 10).take([Claim("one", 1, 5_000)], 1).allowed


def test_a_full_bucket_forgets_what_would_be_forgotten_first(tmp_path: Path) -> None:
    limits = SharedLimits(tmp_path / "limits", 8)
    for number in range(20):
        claim = Claim(f"key-{number}", 1_000 * (number + 1), 100_000_000)
        assert limits.take([claim], 1).allowed
    last = Claim("key-19", 100_000_000 - 19_999, 100_000_000)
    assert not limits.take([last], 1).allowed
    assert limits.take([Claim("key-0", 100_000_000, 100_000_000)], 1).allowed
