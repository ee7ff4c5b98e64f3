"""Run every peer on a world and compare it with stillwatch at equal benign rates.

python benchmarks/detect/peers/run.py WORLD_DIR [--stillwatch CAMPAIGNS.json]
    [--train OTHER_WORLD_DIR] [--unmimic-python PYTHON] [--unmimic-kept DIR]
    [--only TEXT] [--onto FILE.csv] [--out FILE.csv]
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.peers.interface import Peer  # noqa: E402
from benchmarks.detect.peers.reading import Truth, read_truth, read_world  # noqa: E402
from benchmarks.detect.peers.roster import roster, unlabelled  # noqa: E402
from benchmarks.detect.peers.scoring import auc, budgets, caught, without_twins  # noqa: E402
from stillwatch.model.errors import StillwatchError  # noqa: E402


@dataclass(frozen=True, slots=True)
class Setup:
    """What a run reads."""

    world: Path
    train: Path | None
    unmimic_python: str
    seed: int
    kept: Path


@dataclass(frozen=True, slots=True)
class Ran:
    """What one method answered, and what it cost."""

    name: str
    source: str
    scores: dict[str, float] | None
    because: str = ""
    wall_s: float | None = None
    peak_mib: float | None = None


def _peers(setup: Setup) -> tuple[Peer, ...]:
    train = None
    if setup.train is not None:
        train = (read_world(setup.train, seed=setup.seed), read_truth(setup.train))
    return roster(read_truth(setup.world), train, setup.unmimic_python, setup.kept)


def _peak_mib() -> float:
    """Peak resident memory of this process or of one that it ran, whichever is more, MiB.

    nan where the system does not tell.
    """
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    own = next((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM")), float("nan"))
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def run_one(setup: Setup, number: int) -> Ran:
    """Run one peer in this process; only ``rank`` is timed, reading is not."""
    plain = unlabelled()
    peer = plain[number] if number < len(plain) else _peers(setup)[number]
    world = read_world(setup.world, seed=setup.seed)
    started = time.perf_counter()
    try:
        scores = peer.rank(world)
    except (StillwatchError, MemoryError) as error:
        return Ran(peer.name, peer.source, None, because=str(error) or "out of memory")
    wall_s = time.perf_counter() - started
    return Ran(peer.name, peer.source, scores, wall_s=wall_s, peak_mib=_peak_mib())


def read_stillwatch(path: Path) -> dict[str, float]:
    """Scores out of ``stillwatch detect --json``: members carry their campaign's bits."""
    scores: dict[str, float] = {}
    for campaign in json.loads(path.read_bytes())["campaigns"]:
        for member in campaign["accounts"]:
            name = member["account"]
            scores[name] = max(scores.get(name, 0.0), float(campaign["weight_bits"]))
    return scores


def rows_of(runs: list[Ran], truth: Truth, n_own: int) -> list[dict[str, str]]:
    """The table: one row a method.

    ``plain@`` is account recall when only the benign accounts that play no twin count.

    Args:
        runs: what the methods answered.
        truth: the labels.
        n_own: benign accounts that stillwatch flags; recall by campaign is at this budget.
    """
    plain = without_twins(truth)
    rows = []
    for ran in runs:
        row = {"method": ran.name, "source": ran.source, "could_not_run_because": ran.because}
        if ran.scores is not None:
            for label, allowed in budgets(len(truth.benign)).items():
                at = caught(ran.scores, truth, allowed)
                row[f"recall@{label}"] = f"{at.recall:.3f}"
                row[f"found@{label}"] = f"{at.found}/{len(at.by_campaign)}"
            for label in ("0", "1e-3", "1e-2"):
                allowed = budgets(len(plain.benign))[label]
                row[f"plain@{label}"] = f"{caught(ran.scores, plain, allowed).recall:.3f}"
            own = caught(ran.scores, truth, n_own)
            row |= {f"{name}@own": f"{share:.2f}" for name, share in own.by_campaign.items()}
            row["auc"] = f"{auc(ran.scores, truth):.3f}"
        if ran.wall_s is not None and ran.peak_mib is not None:
            row |= {"wall_s": f"{ran.wall_s:.1f}", "peak_mib": f"{ran.peak_mib:.0f}"}
        rows.append(row)
    return rows


def show(rows: list[dict[str, str]]) -> str:
    """The table as text."""
    hidden = {"source", "could_not_run_because"}
    columns = [c for c in dict.fromkeys(k for row in rows for k in row) if c not in hidden]
    body = [[row.get(column, "-") for column in columns] for row in rows]
    widths = [max(map(len, parts)) for parts in zip(columns, *body, strict=True)]
    lines = [
        "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()
        for parts in [columns, *body]
    ]
    lines += [
        f"{row['method']}: could not run, because {row['could_not_run_because']}"
        for row in rows
        if row["could_not_run_because"]
    ]
    return "\n".join(lines)


def write(rows: list[dict[str, str]], path: Path) -> None:
    """Write the table as CSV, a column for everything that any row holds."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Rows of an earlier table that hold numbers; empty cells are left out."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]
    return [row | {"could_not_run_because": ""} for row in rows if "recall@0" in row]


def onto(earlier: list[dict[str, str]], rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The earlier table with new rows in the place of their old ones, or at its end."""
    new = {row["method"]: row for row in rows}
    kept = [new.pop(row["method"], row) for row in earlier]
    return [*kept, *new.values()]


def _simulate(place: Path) -> None:
    """Make a small labelled world with the command line."""
    program = Path(sys.executable).with_name("stillwatch")
    size = ["--accounts", "1500", "--days", "8", "--seed", "1", "--fixture", "C01,C04,C07"]
    subprocess.run([program, "lab", "simulate", *size, place], check=True)


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compare peers on a labelled world.")
    parser.add_argument("world", type=Path, nargs="?", help="default: a small simulated world")
    parser.add_argument("--stillwatch", type=Path)
    parser.add_argument("--train", type=Path)
    parser.add_argument("--unmimic-python", default="")
    parser.add_argument("--unmimic-kept", type=Path, help="folder that keeps embeddings")
    parser.add_argument("--only", default="", help="run peers whose name holds this text")
    parser.add_argument("--onto", type=Path, help="table of the same world that gets the rows")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, default=Path("out/peers.csv"))
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Run the peers one after another and print and write the table."""
    chosen = _asked(arguments)
    if chosen.world is None:
        chosen.world = chosen.out.parent / "peers-world"
        _simulate(chosen.world)
    earlier = read_rows(chosen.onto) if chosen.onto else []
    truth = read_truth(chosen.world)
    runs: list[Ran] = []
    own: dict[str, float] = {}
    if chosen.stillwatch is not None:
        own = read_stillwatch(chosen.stillwatch)
        runs.append(Ran("stillwatch", "this project", own))
    n_own = sum(own.get(name, 0.0) > 0 for name in truth.benign)
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool,
    ):
        kept = chosen.unmimic_kept or Path(scratch)
        setup = Setup(chosen.world, chosen.train, chosen.unmimic_python, chosen.seed, kept)
        for number, peer in enumerate(_peers(setup)):
            if chosen.only in peer.name:
                runs.append(pool.submit(run_one, setup, number).result())
                print(f"{peer.name}: {runs[-1].wall_s or 0:.1f} s", file=sys.stderr, flush=True)
                write(onto(earlier, rows_of(runs, truth, n_own)), chosen.out)
    print(f"{len(truth.benign)} benign accounts; recall by campaign with {n_own} of them flagged")
    print(show(onto(earlier, rows_of(runs, truth, n_own))))


if __name__ == "__main__":
    main()
