"""Students by dose: how right is a student of so many answers, under this defence?

PYTHONPATH=. python benchmarks/lab/distil/doses.py --python PYTHON [--full]

Writes `students.csv`: a row a student, small nets, worlds of their own. It is the truth on which
other estimates of what was learned are calibrated.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import told, write_csv  # noqa: E402
from stillwatch.adapters.distilling.kept import Kept  # noqa: E402
from stillwatch.adapters.distilling.schooling import learned  # noqa: E402
from stillwatch.adapters.distilling.workers import Workers  # noqa: E402
from stillwatch.adapters.distilling.world import World, right_share  # noqa: E402
from stillwatch.lab.distilling import NetSize, Sizes, Student  # noqa: E402
from stillwatch.lab.distilling.task import prompts  # noqa: E402

SEED = 40
SIZES = Sizes(
    teacher=NetSize(width=64, heads=4, steps=400, batch=56, rate=6e-3),
    student=NetSize(width=48, heads=3, steps=350, batch=32, rate=8e-3),
    n_asked=3_000, n_test=500, n_alike=400, n_samples=5,
)  # fmt: skip
#: answers that were served, drawn between these, evenly on a log scale.
FEWEST, MOST = 30, 3_000
#: what a world's students met.
MET = (
    "none", "none", "none", "none", "none", "marks", "canaries", "hidden", "answer_only",
    "conclusion_first", "none", "none", "none",
)  # fmt: skip


def students_of(repeat: int) -> list[Student]:
    """The students of a world: each defence with a dose that was drawn."""
    rng = np.random.default_rng([SEED, repeat])
    doses = np.exp(rng.uniform(np.log(FEWEST), np.log(MOST), len(MET))).astype(int)
    found = [
        Student(name=f"{met} {i}", line="", defence=met, n_queries=int(dose), n_accounts=int(dose))
        for i, (met, dose) in enumerate(zip(MET, doses, strict=True))
    ]
    return [Student(name="form", line="", source="form"), *found]


def world_rows(
    repeat: int, kept: Kept, workers: Workers, *, finished: bool
) -> list[dict[str, Any]]:
    """All students of one world, one after another; with ``finished``, those that are kept."""
    world = World(SEED, repeat, SIZES, workers.versions)
    rows: list[dict[str, Any]] = []
    if finished and kept.get(f"{repeat} teacher", world.made_by) is None:
        return rows
    with workers.one() as worker:
        teacher = world.teacher(kept, worker)
        tests = prompts(world.task.test[: SIZES.n_test])
        said = teacher.answers(worker, tests, temperature=0, seed=0)
        knows = right_share(said, world.task)
        untrained = 0.0
        for student in students_of(repeat):
            made_by = {**world.made_by, "dose": student.n_queries, "defence": student.defence}
            what = f"dose {repeat} {student.name}"
            found = kept.get(what, made_by)
            if found is None and finished:
                continue
            if found is None:
                before_s = worker.cpu_s
                counts, _, _ = learned(student, world, kept, worker, teacher)
                counts["cpu_s"] = worker.cpu_s - before_s
                kept.put(what, made_by, counts, {})
            else:
                counts = found[0]
            right = counts["n_right"] / counts["n_test"]
            if student.source == "form":
                untrained = right
                continue
            rows.append({
                "seed": repeat, "defence": student.defence, "n_queries": student.n_queries,
                "usable_tokens": counts["lesson_tokens"], "student_accuracy": right,
                "teacher_accuracy": knows, "teacher_served_right": counts["served_right"],
                "untrained_accuracy": untrained, "n_test": counts["n_test"],
                "cpu_s": round(counts["cpu_s"], 1),
            })  # fmt: skip
            told(f"world {repeat}, {student.name}: {student.n_queries} answers, {right:.2f}")
    return rows


def main() -> None:
    """Train, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="an interpreter with torch")
    parser.add_argument("--worlds", type=int, default=4)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="publish")
    parser.add_argument("--finished", action="store_true", help="train nothing; what is kept")
    options = parser.parse_args()
    place = HERE if options.full else ROOT / "out" / "bench" / HERE.name
    kept = Kept(ROOT / "out" / "distil-doses")

    def one(repeat: int) -> list[dict[str, Any]]:
        return world_rows(repeat, kept, workers, finished=options.finished)

    with (
        Workers(options.processes, options.python) as workers,
        ThreadPoolExecutor(workers.n) as pool,
    ):
        made = pool.map(one, range(options.worlds))
        rows = [row for one in made for row in one]
    kept.close()
    write_csv(rows, place / "students.csv")
    told(f"{len(rows)} rows, {sum(row['cpu_s'] for row in rows):.0f} s of processor")


if __name__ == "__main__":
    main()
