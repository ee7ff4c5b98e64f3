"""Load from wrk, and processor time of the processes that it is aimed at."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from stillwatch.model.errors import OutsideFailed

_TICKS = os.sysconf("SC_CLK_TCK")
_UNITS_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Load:
    """What wrk saw, and what it cost.

    Args:
        n_requests: answered.
        seconds: on the clock.
        p50_ms: median latency.
        p99_ms: latency of the slowest hundredth.
        n_refused: answers other than 2xx and 3xx.
        cpu_s: of the measured processes.
        wrk_cpu_s: of wrk itself.
    """

    n_requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    n_refused: int
    cpu_s: float
    wrk_cpu_s: float

    @property
    def a_second(self) -> float:
        """Requests a second, on the clock."""
        return self.n_requests / self.seconds

    @property
    def cpu_us(self) -> float:
        """Processor time of the measured processes by request, in microseconds."""
        return 1e6 * self.cpu_s / self.n_requests


def family(pid: int) -> list[int]:
    """A process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += family(int(child))
    return found


def cpu_s(pids: list[int]) -> float:
    """Processor time that processes have used so far, user and system."""
    ticks = 0
    for pid in pids:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(told[11]) + int(told[12])
    return ticks / _TICKS


def wrk(
    url: str,
    script: str,
    folder: Path,
    pids: list[int],
    *,
    connections: int,
    seconds: float,
) -> Load:
    """Aim wrk at an address, one thread of it.

    Raises:
        OutsideFailed: wrk is not here, or says nothing that can be read.
    """
    program = shutil.which("wrk")
    if program is None:
        raise OutsideFailed("wrk is not here.", remedy="Debian: apt-get install wrk.")
    (folder / "load.lua").write_text(script)
    words = [
        program,
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--latency",
        "-s",
        "load.lua",
        url,
    ]
    before, own = cpu_s(pids), os.times()
    start_s = time.monotonic()
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    lasted_s = time.monotonic() - start_s
    after = os.times()
    used = cpu_s(pids) - before
    requests = re.search(r"(\d+) requests in", done.stdout)
    if done.returncode or requests is None or requests[1] == "0":
        raise OutsideFailed(f"wrk said: {done.stdout}{done.stderr}")
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return Load(
        n_requests=int(requests[1]),
        seconds=lasted_s,
        p50_ms=_latency_ms(done.stdout, 50),
        p99_ms=_latency_ms(done.stdout, 99),
        n_refused=int(refused[1]) if refused else 0,
        cpu_s=used,
        wrk_cpu_s=after.children_user
        + after.children_system
        - own.children_user
        - own.children_system,
    )


def _latency_ms(told: str, percent: int) -> float:
    found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)\s*$", told, re.MULTILINE)
    if found is None:
        raise OutsideFailed(f"wrk told no latency: {told}")
    return float(found[1]) * _UNITS_MS[found[2]]
