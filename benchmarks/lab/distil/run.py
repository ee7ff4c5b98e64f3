"""What does each defence cost, what does a campaign buy back, and which test finds the student?

PYTHONPATH=. python benchmarks/lab/distil/run.py --python PYTHON [--full] [--worlds N]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.distilling.kept import Kept  # noqa: E402
from stillwatch.adapters.distilling.page import headlines  # noqa: E402
from stillwatch.adapters.distilling.rehearsal import rehearse  # noqa: E402
from stillwatch.adapters.distilling.schooling import is_kept  # noqa: E402
from stillwatch.adapters.distilling.workers import Workers  # noqa: E402
from stillwatch.adapters.distilling.world import World  # noqa: E402
from stillwatch.lab.distilling import NAIVE, SIZES, chosen  # noqa: E402

SMALL = "none; independent; marks"
_COLUMNS = {
    "canaries, text": "p_canaries_text", "canaries, open": "p_canaries_open",
    "served pairs, text": "p_pairs_text", "served pairs, open": "p_pairs_open",
    "marks, text": "p_marks_text", "marks, open": "p_marks_open", NAIVE: "p_naive",
}  # fmt: skip


def student(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table for one student."""
    right, asked = row["accuracy"], row["source"] == "served"
    campaign, teacher = row["attacker"], row["teacher"]
    return {
        "kind": "student", "name": row["name"], "innocent": row["innocent"],
        "right": right["best"], "low_95": right["low"], "high_95": right["high"],
        "teacher_right": teacher["served_right"] if asked else None,
        "tokens_an_answer": teacher["served_tokens_an_answer"] if asked else None,
        "n_accounts": campaign["n_accounts"] if asked else None,
        "n_queries": campaign["n_queries"] if asked else None,
        "n_answered": campaign["n_answered"] if asked else None,
        "usable_tokens": campaign["usable_tokens"], "n_elsewhere": campaign["n_elsewhere"],
        **{name: row["p"][test] for test, name in _COLUMNS.items()},
        "p_holm": row["p_holm"], "verdict": row["verdict"],
        "hits": sum(row["canary_hits"]) / len(row["canary_hits"]),
        "win_share": sum(row["served_win_share"]) / len(row["served_win_share"]),
        "cpu_s": row["train_cpu_s"],
    }  # fmt: skip


def alarms(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows on false alarms of one test."""
    return [
        {"kind": "alarms", "name": row["test"], "n_keys": row["n_keys"], "level": one["level"],
         "n": one["n"], "share": one["share"], "low_95": one["low_95"], "high_95": one["high_95"]}
        for one in row["levels"]
    ]  # fmt: skip


def main() -> None:
    """Rehearse, print, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", type=Path, required=True, help="an interpreter with torch")
    parser.add_argument("--full", action="store_true", help="publish; every student")
    parser.add_argument("--worlds", type=int, default=0, help="2 with --full, else 1")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--students", default="", help="names, with semicolons between them")
    parser.add_argument("--finished", action="store_true", help="only students that are kept")
    options = parser.parse_args()
    names = options.students or ("all" if options.full else SMALL)
    wanted = chosen(names, experimental=True)
    n_worlds = options.worlds or (2 if options.full else 1)
    kept = Kept(ROOT / "out" / "distil-bench")
    spoken = {"share": -1.0}

    def say(part: str, share: float) -> None:
        if share - spoken["share"] >= 0.02:
            spoken["share"] = share
            told(f"{share:4.0%} {part}")

    with Workers(options.processes, options.python) as workers:
        if options.finished:
            worlds = [World(0, repeat, SIZES, workers.versions) for repeat in range(n_worlds)]
            wanted = tuple(one for one in wanted if all(is_kept(one, w, kept) for w in worlds))
        found = rehearse(
            wanted, seed=0, n_worlds=n_worlds, sizes=SIZES, kept=kept, workers=workers, say=say
        )
    kept.close()
    rows = [student(row) for row in found["students"]]
    for row in found["calibration"]:
        rows += alarms(row)
    print(table(rows[: len(found["students"])], ["name", "right", *_COLUMNS.values(), "verdict"]))
    spent = sum(row["train_cpu_s"] for row in found["students"])
    facts = {
        "seed": 0, "worlds": n_worlds, "students_cpu_s_a_world": round(spent),
        "this_run_cpu_s": round(found["cpu_s_this_run"]), **found["made_with"],
    }  # fmt: skip
    freeze(HERE, rows, full=options.full, facts=facts, headlines=headlines(found))


if __name__ == "__main__":
    main()
