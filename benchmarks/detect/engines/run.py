"""What many machines cost: reading and linking by one process and by a Ray cluster.

PYTHONPATH=. python benchmarks/detect/engines/run.py [--full] [--worlds DIR,...] (as root)
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = next(place for place in HERE.parents if (place / "pyproject.toml").is_file())
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.detect.scale.measuring import Took, measured  # noqa: E402
from benchmarks.detect.scale.worlds import SIZES, made, options_of  # noqa: E402
from stillwatch.adapters.labelled import read_json  # noqa: E402
from tests.cluster.machines import Machines  # noqa: E402

#: machines and the processors that each offers.
CLUSTERS = ((1, 2), (2, 1))
MICRO = 1e6


def gathered(folder: Path, engine: str, part_mib: int, out: Path) -> tuple[Took, dict[str, Any]]:
    """Run the gathering as a process of its own."""
    took = measured([sys.executable, HERE / "gather.py", folder, engine, part_mib], out)
    return took, read_json(out)


def row(world: str, engine: str, took: Took, found: dict[str, Any]) -> dict[str, Any]:
    """What one run took."""
    worked = re.search(r"processor on workers ([\d.]+) s", " ".join(found["said"]))
    return {
        "world": world,
        "engine": engine,
        "n_exchanges": found["n"],
        "asking_cpu_s": took.cpu_s,
        "asking_peak_mib": took.peak_mib,
        "work_cpu_s": float(worked[1]) if worked else 0.0,
        "wall_s": took.wall_s,
        "digest": found["digest"],
    }


def on_cluster(
    world: str, folder: Path, shape: tuple[int, int], part_mib: int, aside: Path
) -> dict[str, Any]:
    """What a cluster took, its own processes counted from before the run to its end."""
    n, n_cpus = shape
    with Machines(Path(f"/tmp/sw-{os.getpid()}"), n, n_cpus=n_cpus) as machines:
        os.environ.update(machines.environment)
        with counted(machines) as spent:
            took, found = gathered(folder, f"ray://{machines.address}", part_mib, aside / "ray")
    return row(world, f"ray, {n} x {n_cpus}", took, found) | {"machines_cpu_s": sum(spent)}


@contextmanager
def counted(machines: Machines) -> Iterator[list[float]]:
    """Seconds of processor of every process of machines while the block runs; filled after it.

    Workers end with the run and nobody waits for them, so they are asked again and again.
    """
    spent: list[float] = []
    over = threading.Event()

    def seen() -> dict[tuple[int, str], float]:
        return {k: v for nth in range(1, machines.n + 1) for k, v in machines.cpu_s(nth).items()}

    def watch(before: dict[tuple[int, str], float]) -> None:
        last = dict(before)
        while not over.wait(0.2):
            last |= seen()
        spent.extend(took - before.get(one, 0.0) for one, took in last.items())

    watching = threading.Thread(target=watch, args=(seen(),))
    watching.start()
    try:
        yield spent
    finally:
        over.set()
        watching.join()


def headline(rows: list[dict[str, Any]]) -> str:
    """What the rows of a world say, in a sentence."""
    alone, last = rows[0], rows[-1]
    return (
        f"{last['world']}, reading and linking: one process {alone['total_cpu_s']:.0f} s of "
        f"processor, {last['engine']} processors {last['total_cpu_s']:.0f} s "
        f"({last['ratio']:.2f} times), of which {last['work_cpu_s']:.0f} s our own work on the "
        f"machines and {last['asking_cpu_s']:.0f} s where it was asked, in "
        f"{last['asking_peak_mib']:.0f} MiB; results "
        f"{'equal' if all(one['same'] for one in rows) else 'DIFFERENT'}."
    )


def main() -> None:
    """Measure and freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish")
    parser.add_argument("--worlds", default="", help="folders of worlds, see detect/scale")
    parser.add_argument("--part-mib", type=int, default=24)
    asked = parser.parse_args()
    if not find_spec("ray") or os.geteuid():
        told("Ray is not installed here, or networks cannot be laid: see make test-ray")
        return
    rows: list[dict[str, Any]] = []
    headlines = []
    with tempfile.TemporaryDirectory() as aside:
        if not asked.worlds:
            asked.worlds = str(made("200k", options_of(SIZES["200k"]), Path(aside))[0])
        for folder in map(Path, asked.worlds.split(",")):
            told(f"{folder.name}: one process")
            took, found = gathered(folder, "local", asked.part_mib, Path(aside) / "local.json")
            mine = [row(folder.name, "one process", took, found)]
            for shape in CLUSTERS:
                told(f"{folder.name}: {shape}")
                mine.append(on_cluster(folder.name, folder, shape, asked.part_mib, Path(aside)))
            for one in mine:
                one["total_cpu_s"] = one["asking_cpu_s"] + one.get("machines_cpu_s", 0.0)
                one["cpu_us_an_exchange"] = one["total_cpu_s"] * MICRO / one["n_exchanges"]
                one["ratio"] = one["total_cpu_s"] / mine[0]["total_cpu_s"]
                one["same"] = one.pop("digest") == found["digest"]
            rows += mine
            headlines.append(headline(mine))
            print(table(mine), flush=True)
    freeze(HERE, rows, full=asked.full, facts={"part_mib": asked.part_mib}, headlines=headlines)


if __name__ == "__main__":
    main()
