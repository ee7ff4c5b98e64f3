"""Does the 90% interval of the estimated uplift hold what a student of an unseen world learnt?

PYTHONPATH=. python benchmarks/impact/calibration/run.py [--full] [--students FILE]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, read_csv, table, told, write_csv  # noqa: E402
from benchmarks.impact.calibration.students import DEFENCES, student  # noqa: E402
from benchmarks.impact.calibration.transfer import all_of, net_of, transferred  # noqa: E402
from stillwatch.impact.students import Student, runs_of  # noqa: E402
from stillwatch.impact.uplift import learning_from  # noqa: E402
from stillwatch.stats.dose_response import Runs, fit_curve, predicting  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

LEVEL = 0.9
#: small transformers, taught by the lab's own rehearsal of distillation.
NETS = ROOT / "benchmarks" / "lab" / "distil" / "students.csv"
#: shipped with the room, so that an estimate needs no benchmark.
SHIPPED = ROOT / "src" / "stillwatch" / "adapters" / "impact" / "data" / "students.csv"


def made(n_worlds: int, n_doses: int) -> list[dict[str, Any]]:
    """Students of several worlds, each world with every defence, doses spread by the world."""
    rows = []
    for seed in range(n_worlds):
        rng = np.random.default_rng([13, seed])
        for defence in DEFENCES:
            for nth in range(n_doses):
                at = (nth + rng.random()) / n_doses
                n = round(float(np.exp(np.log(15) + at * np.log(3000 / 15))))
                rows.append(student(seed, n, defence))
        told(f"world {seed}: {len(rows)} students")
    return rows


def held(runs: Runs, *, by: str) -> list[tuple[int, float, float, float]]:
    """Per run, judged without its world: condition, truth and the ends of the interval."""
    out = []
    for one in np.unique(runs.world):
        here = runs.world == one
        rest, mine = runs.where(~here), runs.where(here)
        if by == "conformal":
            know = predicting(rest, LEVEL)
            ends = [know.between(float(x), float(x), int(d))
                    for x, d in zip(mine.dose, mine.condition, strict=True)]  # fmt: skip
        else:
            curve = fit_curve(rest)
            left = rest.share - curve.at(rest.dose, rest.condition)
            half = float(norm.ppf(0.5 + LEVEL / 2) * left.std())
            middle = curve.at(mine.dose, mine.condition)
            ends = [(max(0.0, m - half), min(1.0, m + half)) for m in middle]
        out += [(int(d), float(u), low, high) for d, u, (low, high) in
                zip(mine.condition, mine.share, ends, strict=True)]  # fmt: skip
    return out


def judged(
    name: str, by: str, told_of: Sequence[tuple[int, float, float, float]]
) -> dict[str, Any]:
    """A row: how often the interval held, and how wide it was."""
    inside = sum(low - 1e-9 <= u <= high + 1e-9 for _, u, low, high in told_of)
    low, high = clopper_pearson(inside, len(told_of))
    widths = np.array([high - low for *_, low, high in told_of])
    return {
        "name": name, "by": by, "n": len(told_of), "coverage": inside / len(told_of),
        "low_95": low, "high_95": high, "width_median": float(np.median(widths)),
        "width_mean": float(widths.mean()), "says_nothing_share": float((widths > 0.9).mean()),
    }  # fmt: skip


def main() -> None:
    """Make or read students, hold out each world, count, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 16 worlds, 320 students")
    parser.add_argument("--students", type=Path, help="judge these students instead of making any")
    options = parser.parse_args()
    begun = time.process_time()
    if options.students:
        raw: list[dict[str, Any]] = list(read_csv(options.students))
    else:
        raw = made(16, 5) if options.full else made(11, 2)
        if options.full:
            write_csv(raw, SHIPPED)
    spent = time.process_time() - begun
    listed = [Student.from_row(row) for row in raw]
    runs, names = runs_of(listed)
    rows = []
    for by in ("conformal", "peer: curve with normal residuals"):
        found = held(runs, by=by)
        rows.append(judged("all", by, found))
        for nth, name in enumerate(names):
            rows.append(judged(name, by, [f for f in found if f[0] == nth]))
    nets = [] if options.students else list(read_csv(NETS))
    if nets:
        others = [net_of(row) for row in nets]
        by_defence = transferred(others, learning_from(listed))
        by = "shape of tables, place of other nets"
        rows.append(judged("nets: all", by, all_of(by_defence)))
        rows += [judged(f"nets: {name}", by, found) for name, found in by_defence.items()]
    print(table(rows))
    whole = {row["by"]: row for row in rows if row["name"] == "all"}
    ours, peer = whole["conformal"], whole["peer: curve with normal residuals"]
    know = predicting(runs, LEVEL)
    halves = {n: know.dose_for(0.5, i) for i, n in enumerate(names)}
    shown = ", ".join(f"{n} {h:,.0f}" if h else f"{n} never" for n, h in halves.items())
    freeze(HERE, rows, full=options.full, facts={
        "level": LEVEL, "worlds": int(np.unique(runs.world).size), "students": len(listed),
        "students_cpu_s": round(spent, 1), "cpu_s": round(time.process_time() - begun, 1),
        "usable answers at half of the gap": shown,
    }, headlines=[
        f"{ours['n']} students of worlds that were held out: 90% intervals hold "
        f"{ours['coverage']:.1%} (95% limits {ours['low_95']:.1%} to {ours['high_95']:.1%}); "
        f"median width {ours['width_median']:.2f} of the gap.",
        f"The peer, the same curve with normal residuals, holds {peer['coverage']:.1%} at a median "
        f"width of {peer['width_median']:.2f}.",
        *([
            f"{moved['n']} small transformers, with the shape of these students and the place of "
            f"the other worlds' threshold: {moved['coverage']:.1%} held, median width "
            f"{moved['width_median']:.2f}."
        ] if (moved := next((r for r in rows if r["name"] == "nets: all"), None)) else []),
    ])  # fmt: skip


if __name__ == "__main__":
    main()
