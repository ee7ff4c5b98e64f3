"""Are runs that were cut into jobs put together, and is nobody's honest job joined to another's?

PYTHONPATH=. python benchmarks/cloud/rejoin/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.cloud.rejoin import rejoin  # noqa: E402
from stillwatch.cloud.telemetry import Job, Trace  # noqa: E402
from stillwatch.lab.compute.split import SplitWorld, job_of, make_split  # noqa: E402


def looked(world: SplitWorld) -> dict[str, Any]:
    """Counts of one world: parts joined, links between honest jobs of different runs, time."""
    jobs = [Job(**job_of(truth)) for truth in world.truths]
    traces = {
        truth.job: Trace(
            from_us=truth.started_us, step_s=world.step_s, columns=world.columns[truth.job]
        )
        for truth in world.truths
    }
    begun = time.process_time()
    runs = rejoin(jobs, traces)
    spent = time.process_time() - begun
    truth_of = {truth.job: truth.run for truth in world.truths}
    n_parts = Counter(truth_of.values())
    links = [(truth_of[a], truth_of[b]) for run in runs for a, b, _ in run.links]
    in_time = [like for run in runs for _, _, like in run.links if like.mode == "after"]
    found: dict[str, list[int]] = defaultdict(list)
    for run in runs:
        for name, n in Counter(truth_of[job.job] for job in run.jobs).items():
            found[name].append(n)
    cut = [name for name in world.split if name != "beside"]
    resumed = [n for n, kind in world.twins.items() if n_parts[n] > 1 and n not in world.split]
    return {
        "n_jobs": len(jobs),
        "n_links_true": sum(n_parts[name] - 1 for name in cut),
        "n_links_found": sum(a == b and a in cut for a, b in links),
        "n_parts": sum(n_parts[name] for name in cut),
        "n_in_largest": sum(max(found[name]) for name in cut),
        "n_beside": n_parts["beside"],
        "n_beside_found": max(found["beside"]) if n_parts["beside"] > 1 else 0,
        "n_resumed": sum(n_parts[name] - 1 for name in resumed),
        "n_resumed_found": sum(a == b and a in resumed for a, b in links),
        "n_honest_pairs": sum(1 for name in world.twins) * (len(world.twins) - 1) // 2,
        "n_false_honest": sum(a != b and a in world.twins and b in world.twins for a, b in links),
        "n_false_innocent": sum(a != b and bool({a, b} & set(world.twins)) for a, b in links),
        "n_false_any": sum(a != b for a, b in links),
        "n_false_expected": sum(1 / (1 + 2**like.total) for like in in_time),
        "cpu_s": spent,
    }


def row_of(name: str, seeds: range, **made: Any) -> dict[str, Any]:
    """All worlds of a point together."""
    total: Counter[str] = Counter()
    for seed in seeds:
        total.update(looked(make_split(seed, **made)))
    n, wrong = total["n_honest_pairs"], total["n_false_honest"]
    told(f"{name}: {total['n_links_found']} of {total['n_links_true']} links, {wrong} false")
    return {
        "point": name, "n_worlds": len(seeds), "n_jobs": total["n_jobs"],
        "link_recall": total["n_links_found"] / max(total["n_links_true"], 1),
        "largest_share": total["n_in_largest"] / max(total["n_parts"], 1),
        "beside_share": total["n_beside_found"] / max(total["n_beside"], 1),
        "resumed_share": total["n_resumed_found"] / max(total["n_resumed"], 1),
        "n_honest_pairs": n, "n_false_honest": wrong,
        "false_upper_95": float(beta.ppf(0.95, wrong + 1, n - wrong)),
        "n_false_innocent": total["n_false_innocent"], "n_false_any": total["n_false_any"],
        "n_false_expected": total["n_false_expected"], "cpu_s_a_world": total["cpu_s"] / len(seeds),
    }  # fmt: skip


def main() -> None:
    """Measure every point and freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 50 worlds a point")
    n = 50 if parser.parse_args().full else 3
    seeds = range(1000, 1000 + n)
    points: list[tuple[str, dict[str, Any]]] = [
        ("20 parts, 6 accounts", {}),
        ("20 parts, 20 accounts", {"n_accounts": 20}),
        ("10 parts, 4 accounts", {"n_parts": 10, "n_accounts": 4}),
        ("5 parts, 3 accounts", {"n_parts": 5, "n_accounts": 3}),
        ("2 parts, 2 accounts", {"n_parts": 2, "n_accounts": 2}),
        ("20 parts, samples every 10 min", {"step_s": 600.0}),
        ("20 parts, the popular recipe", {"popular_share": 1.0}),
        (
            "5 parts of one run, the popular recipe",
            {"n_split": 1, "n_parts": 5, "n_accounts": 3, "popular_share": 1.0},
        ),
        ("6 parts, days of waiting", {"n_parts": 6, "n_accounts": 3, "evasion": "waits"}),
        ("20 parts, other devices each time", {"evasion": "devices"}),
        ("20 parts, padded checkpoints", {"evasion": "pads"}),
        ("no run was cut, 100 teams", {"n_split": 0, "n_teams": 100}),
    ]
    rows = [row_of(name, seeds, **made) for name, made in points]
    print(table(rows))
    main_row, two, popular, none = rows[0], rows[4], rows[6], rows[-1]
    n_innocent = sum(row["n_false_innocent"] for row in rows)
    n_pairs = sum(row["n_honest_pairs"] for row in rows)
    n_honest = sum(row["n_false_honest"] for row in rows)
    expected = sum(row["n_false_expected"] for row in rows)
    facts = {"seeds": [seeds.start, seeds.stop - 1], "teams": 40, "parts_h": "6 to 22",
             "gap_mean_h": 1.2}  # fmt: skip
    freeze(HERE, rows, full=n == 50, facts=facts, headlines=[
        f"Of runs cut into 20 jobs over 6 accounts, {main_row['link_recall']:.1%} of the links are "
        f"found, and {main_row['largest_share']:.1%} of the jobs stand in the largest piece.",
        f"Of {none['n_honest_pairs']:,} pairs of honest runs where nothing was cut, "
        f"{none['n_false_honest']} were joined (95% upper limit {none['false_upper_95']:.1e}); of "
        f"all {n_pairs:,}, {n_honest}; {n_innocent} joins had an honest run in them.",
        f"Of the joins, {expected:.1f} were expected to be false by their own chances; "
        f"{sum(row['n_false_any'] for row in rows)} were.",
        f"Of runs cut in two, {two['link_recall']:.1%} of the links are found; of three at once "
        f"under one popular recipe, {popular['link_recall']:.1%}; where the operator waits for "
        f"days, {rows[8]['link_recall']:.1%}.",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
