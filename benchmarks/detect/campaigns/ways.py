"""The ways of running a search: in one process, by a cluster, and as a watcher."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PROGRAM = (sys.executable, "-m", "stillwatch.cli.main")
#: machines of the cluster and the processors that each offers.
MACHINES = (2, 1)
WAYS = ("embedded", "ray", "watch")
#: what only a watcher says, and what only ``detect`` says, of a result.
_OF_ONE_WAY = ("watch", "reading")
_OF_THE_WATCHER = ("named_now", "opened_at")


@dataclass(frozen=True, slots=True)
class Ran:
    """One run: its report, seconds by the wall and of processors, and MiB at the most.

    ``cpu_s`` and ``peak_mib`` are of the process that was asked and of its own; of a
    cluster they leave out the machines.
    """

    report: dict[str, Any]
    wall_s: float
    cpu_s: float
    peak_mib: float


def run(words: list[Any], out: Path, env: Mapping[str, str]) -> tuple[float, float, float]:
    """Run the program; gives seconds by the wall, of processors, and MiB.

    Raises:
        SystemExit: it could not look.
    """
    begun = time.perf_counter()
    with out.open("wb") as sink:
        started = subprocess.Popen([*PROGRAM, *map(str, words)], stdout=sink, env=dict(env))
        _, status, used = os.wait4(started.pid, 0)
    wall_s = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in (0, 1):
        raise SystemExit(f"stillwatch {words[0]} ended with {started.returncode}")
    return wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def environment(place: Path) -> dict[str, str]:
    """Nothing of the user's own, and one key for all ways, so that sketches can be equal."""
    key = place / "key"
    if not key.exists():
        key.write_text("5" * 64, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATCH_")}
    kept["PYTHONPATH"] = ":".join(path for path in sys.path if path)
    return kept | {"XDG_STATE_HOME": str(place), "STILLWATCH_DETECT__KEY_FILE": str(key)}


def beside(folder: Path) -> list[Any]:
    """Options for the tables beside the traffic, where there are any."""
    words: list[Any] = []
    for name, option in (("accounts.parquet", "--accounts"), ("releases.json", "--releases")):
        if (folder / name).exists():
            words += [option, folder / name]
    return words


def embedded(folder: Path, place: Path) -> Ran:
    """``stillwatch detect``."""
    words = ["detect", folder / "exchanges.parquet", "--json", "--quiet", *beside(folder)]
    took = run(words, place / "embedded.json", environment(place))
    return Ran(json.loads((place / "embedded.json").read_bytes()), *took)


def on_a_cluster(folder: Path, place: Path) -> Ran | str:
    """``stillwatch detect --engine ray://...`` on a cluster of machines made for it."""
    if not find_spec("ray"):
        return "Ray is not installed here: see make test-ray"
    if os.geteuid():
        return "networks for its machines can be laid by root alone"
    from tests.cluster.machines import Machines

    n, n_cpus = MACHINES
    with Machines(Path(f"/tmp/sw-{os.getpid()}"), n, n_cpus=n_cpus) as machines:
        words = ["detect", folder / "exchanges.parquet", "--json", "--quiet", *beside(folder)]
        words += ["--engine", f"ray://{machines.address}"]
        env = machines.environment | environment(place)
        env |= {k: v for k, v in machines.environment.items() if k.startswith("RAY_")}
        took = run(words, place / "ray.json", env)
    return Ran(json.loads((place / "ray.json").read_bytes()), *took)


def watched(folder: Path, place: Path) -> Ran:
    """``stillwatch watch`` of the same file, to the end of the traffic."""
    with tempfile.TemporaryDirectory(dir=place) as state:
        words = ["watch", folder / "exchanges.parquet", "--state", f"{state}/state", "--once"]
        words += ["--listen", "", "--quiet", *beside(folder)]
        took = run(words, place / "watch.txt", environment(place))
        report = json.loads(Path(state, "state", "campaigns.json").read_bytes())
    return Ran(report, *took)


BY_NAME: dict[str, Callable[[Path, Path], Ran | str]] = {
    "embedded": embedded, "ray": on_a_cluster, "watch": watched,
}  # fmt: skip


def plain(report: Mapping[str, Any]) -> dict[str, Any]:
    """A report without what only one of the ways says."""
    out = {k: v for k, v in report.items() if k not in _OF_ONE_WAY}
    out["campaigns"] = [
        {k: v for k, v in one.items() if k not in _OF_THE_WATCHER}
        | {"id": one.get("named_now", one["id"])}
        for one in report["campaigns"]
    ]
    return out
