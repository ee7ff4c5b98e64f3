"""Run a command as a process of its own and count what it took."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from benchmarks.detect.scale.fence import fence

STILLWATCH = Path(sys.executable).with_name("stillwatch")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor and of the clock, and MiB.

    Attributes:
        cpu_s, wall_s: user and system, and by the clock.
        peak_mib: most resident, mapped files included.
        fenced_mib: most held inside the fence, pages of all files included; nan without one.
    """

    cpu_s: float
    wall_s: float
    peak_mib: float
    fenced_mib: float = float("nan")


def measured(words: Sequence[object], out: Path, most_bytes: int = 0) -> Took:
    """Run a command, stdout to a file.

    Args:
        words: the command; it inherits no setting of the program from the environment.
        out: where stdout goes; stderr stays unless the command fails.
        most_bytes: memory that it may have, all files' pages included; no fence if 0.

    Raises:
        SystemExit: it ended with another code than 0 or 1.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    env = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATCH_")}
    env["XDG_STATE_HOME"] = str(out.parent)
    begun, fenced_mib = time.perf_counter(), float("nan")
    with (
        fence(most_bytes) if most_bytes else nullcontext() as inside,
        out.open("wb") as sink,
        out.with_suffix(".err").open("wb") as errors,
    ):
        command = inside.around(words) if inside else [str(word) for word in words]
        started = subprocess.Popen(command, stdout=sink, stderr=errors, env=env)
        _, status, used = os.wait4(started.pid, 0)
        if inside:
            fenced_mib = inside.peak_mib()
    wall_s = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in (0, 1):
        said = out.with_suffix(".err").read_text(encoding="utf-8", errors="replace")
        raise SystemExit(f"{words[1]} ended with {started.returncode}\n{said[-2000:]}")
    scale = 2**20 if sys.platform == "darwin" else 1024
    return Took(used.ru_utime + used.ru_stime, wall_s, used.ru_maxrss / scale, fenced_mib)
