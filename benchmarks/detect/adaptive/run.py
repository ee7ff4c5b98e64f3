"""An operator who adapts: what does each evasion save it, and what gets out before it is seen?

PYTHONPATH=. python benchmarks/detect/adaptive/run.py [--full] [--accounts N] [--minutes M]
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HERE = Path(__file__).resolve().parent
if str(HERE.parents[2]) not in sys.path:
    sys.path.insert(0, str(HERE.parents[2]))

from benchmarks.detect.adaptive.cast import Base, cast_point, joined, make_base  # noqa: E402
from benchmarks.detect.adaptive.grid import (  # noqa: E402
    CORNERS,
    Point,
    knobs_of,
    runs_of,
    small_grid,
    whole_grid,
)
from benchmarks.detect.freezing import freeze, read_numbers, table, told  # noqa: E402
from benchmarks.detect.searching import Searched, peak_mib, searched  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

MONTH_DAYS = 30.44
DAYS = 14
BUDGET = 1e-5
AIMS = {0.5: 0.01, 0.9: 0.10}
#: benign accounts of the base: for the aims, for the rest of the grid, for a short run.
LARGE, GRID, SMALL = 100_000, 20_000, 6_000
#: in which order the grid is searched, where the time may not do for all of it.
ORDER = (
    "corner 0.5", "corner 0.9", "middle", "mixing", "jitter", "paraphrase", "infra", "sticky",
    "rate", "size",
)  # fmt: skip
Pair = tuple[str, Point]


def why_not(seen: Searched, point: Point) -> str:
    """What the search says of a campaign that it did not report: the heaviest watched group
    of which most accounts are the campaign's."""
    best, why = 0.0, "never a group of its own"
    for group in seen.result["watched"]:
        mine = sum(a.startswith(f"{point.name}.") for a in group["accounts"])
        if mine >= 0.5 * len(group["accounts"]) and group["weight_bits"] > best:
            best = group["weight_bits"]
            why = f"{group['why_not']} ({mine} accounts, {best:g} bits)"
    return why


def seen_leak(seen: Searched, point: Point, times: np.ndarray[Any, Any]) -> tuple[float, int]:
    """Share sent before the first report that is half the campaign, and its strangers.

    Half of the campaign, and half of the report its own: less purity than in the score, yet
    enough that the report's moment is the campaign's and not another one's.
    """
    moments, strangers = [], 0
    for report in seen.result["campaigns"]:
        mine = sum(a["account"].startswith(f"{point.name}.") for a in report["accounts"])
        if mine >= 0.5 * max(point.size, len(report["accounts"])):
            moments.append(datetime.fromisoformat(report["detected_at"]).timestamp() * 1e6)
            strangers = len(report["accounts"]) - mine
    if not moments:
        return 1.0, 0
    return float((times < min(moments)).mean()), strangers


def times_of(seen: Searched, point: Point) -> np.ndarray[Any, Any]:
    """When the campaign's exchanges were sent, microseconds."""
    mine = pc.starts_with(seen.sent["account"], f"{point.name}.")
    return seen.sent["sent_at"].filter(mine).cast(pa.int64()).to_numpy()


def siblings(reports: Sequence[Mapping[str, Any]], report: Mapping[str, Any] | None) -> int:
    """Other reports with the very same evidence: parts of one that the search split."""
    if report is None:
        return 0
    return sum(r["signals"] == report["signals"] for r in reports) - 1


def row_of(nth: int, turned: str, point: Point, seen: Searched) -> dict[str, Any]:
    """The row of one point."""
    mine = next(c for c in seen.score.campaigns if c.campaign == point.name)
    report = next((c for c in seen.result["campaigns"] if c["id"] == mine.report), None)
    times = times_of(seen, point)
    leak_rough, strangers = seen_leak(seen, point, times)
    families = report["families"] if report else {}
    carried = sorted(((b, f) for f, b in families.items() if b > 0), reverse=True)
    return {
        "turned": turned,
        **knobs_of(point),
        "rate_drawn": point.sent_rate,
        "run": nth,
        "found": mine.found,
        "recall": mine.recall,
        "precision": mine.precision,
        "leak": mine.leak,
        "n_leaked": mine.n_leaked,
        "n_exchanges": len(times),
        "leak_rough": leak_rough,
        "strangers_in_report": strangers,
        "n_siblings": siblings(seen.result["campaigns"], report),
        "hours_to_detect": mine.hours_to_detect,
        "weight_bits": report["weight_bits"] if report else None,
        "carried_by": " ".join(f"{f}:{b:g}" for b, f in carried),
        "why_not": "" if mine.found else why_not(seen, point) if report is None else "impure",
    }


def one_run(
    base: Base, nth: int, pairs: list[Pair], keep: Path | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of the points of one run, and one row on the innocent."""
    begun = time.perf_counter()
    cast = [(point, cast_point(base, point)) for _, point in pairs]
    builder, accounts, truth = joined(base, cast)
    traffic = builder.finish()
    del builder, cast
    made_s = time.perf_counter() - begun
    seen = searched(traffic, accounts, truth, base.releases)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"adaptive-{nth}.json").write_text(json.dumps(seen.result), encoding="utf-8")
    score = seen.score
    worst = sorted(score.accused_by_twin, key=lambda a: -a.n_accused)
    innocent = {
        "turned": "innocent",
        "run": nth,
        "n_points": len(pairs),
        "n_found": sum(c.found for c in score.campaigns),
        "n_exchanges": traffic.n,
        "n_benign": score.accused.n_accounts,
        "n_accused": score.accused.n_accused,
        "n_false_campaigns": score.n_false_campaigns,
        "accused_kinds": " ".join(f"{a.kind}:{a.n_accused}" for a in worst if a.n_accused),
        "search_s": seen.wall_s,
        "made_s": made_s,
        "peak_mib": peak_mib(),
    }
    return [row_of(nth, turned, point, seen) for turned, point in pairs], innocent


def medians(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each value of each knob the fixtures together."""
    groups: dict[tuple[str, Any], list[dict[str, Any]]] = {}
    for row in rows:
        turned = row["turned"]
        value = row["mixing"] if turned.startswith("corner") else row.get(turned, "")
        groups.setdefault((turned, value), []).append(row)
    return [
        {
            "turned": turned,
            "value": value,
            "n": len(mine),
            "found": sum(r["found"] for r in mine),
            "recall": statistics.median(r["recall"] for r in mine),
            "leak_median": statistics.median(r["leak"] for r in mine),
            "leak_rough_median": statistics.median(r["leak_rough"] for r in mine),
            "leak_worst": max(r["leak"] for r in mine),
            "n_leaked_median": statistics.median(r["n_leaked"] for r in mine),
        }
        for (turned, value), mine in groups.items()
    ]


def headlines(rows: list[dict[str, Any]], runs: list[dict[str, Any]]) -> list[str]:
    """The sentences that the aims are read from."""
    said = []
    for mixing in CORNERS:
        mine = [r for r in rows if r["turned"] == f"corner {mixing:g}"]
        if not mine:
            continue
        leak = statistics.median(r["leak"] for r in mine)
        said.append(
            f"Median leak at {mixing:.0%} mixing with full paraphrase and random timing: "
            f"{leak:.2%} (aim at most {AIMS[mixing]:.0%}), {sum(r['found'] for r in mine)} of "
            f"{len(mine)} campaigns found."
        )
        own = [r["leak"] for r in mine if not r["n_siblings"]]
        if 0 < len(own) < len(mine):
            said[-1] += (
                f" {len(mine) - len(own)} of them were split off a report of several operators and "
                f"carry its moment; the others alone: {statistics.median(own):.2%}."
            )
    for n_benign in sorted({r["n_benign"] for r in runs}, reverse=True):
        some = [r for r in runs if r["n_benign"] == n_benign]
        n = sum(r["n_benign"] for r in some)
        accused = sum(r["n_accused"] for r in some)
        months = n * DAYS / MONTH_DAYS
        upper = clopper_pearson(accused, n, 0.90)[1] * n / months
        said.append(
            f"Innocent accounts accused: {accused} in {len(some)} search"
            f"{'es' if len(some) > 1 else ''} of {n_benign:,} benign accounts, "
            f"{accused / months:.2g} an account-month (95% upper bound {upper:.2g}; budget "
            f"{BUDGET:g}); campaigns without any guilty account: "
            f"{sum(r['n_false_campaigns'] for r in some)}."
        )
    return said


def key_of(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What tells one point from another, read from a row or made from a point."""
    knobs = ("mixing", "rate", "size", "paraphrase", "jitter", "sticky", "infra", "draw")
    return (row["turned"], row["fixture"], *(float(row[k]) for k in knobs))


def earlier() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of points and of searches that are frozen already, numbers as numbers."""
    found = read_numbers(HERE / "frozen.csv")
    points = [r for r in found if r["turned"] != "innocent"]
    searches = [r for r in found if r["turned"] == "innocent"]
    keep = list(points[0])[: list(points[0]).index("why_not") + 1]
    said = ["turned", "run", *list(points[0])[len(keep) :], "n_exchanges"]
    return [{k: r[k] for k in keep} for r in points], [{k: r[k] for k in said} for r in searches]


def without_done(
    plan: list[tuple[int, list[Pair]]], rows: list[dict[str, Any]]
) -> list[tuple[int, list[Pair]]]:
    """The plan less the points that are done, shared out anew."""
    done = {key_of(row) for row in rows}
    left: dict[int, list[Pair]] = {}
    for n_base, pairs in plan:
        for turned, point in pairs:
            if key_of({"turned": turned, **knobs_of(point)}) not in done:
                left.setdefault(n_base, []).append((turned, point))
    return [(n, pairs) for n, some in left.items() for pairs in runs_of(some, n)]


def plan_of(full: bool, accounts: int) -> list[tuple[int, list[Pair]]]:
    """(benign accounts, points) of each search: the aims on the large base, then the grid."""
    if not full:
        return [(accounts or SMALL, pairs) for pairs in runs_of(small_grid(), accounts or SMALL)]
    whole = whole_grid()
    aims = [p for p in whole if p[0].startswith("corner") and p[1].draw == 0]
    equal = [p for p in whole if p[0] == "equal rates"]
    rest = [p for p in whole if p not in aims and p not in equal]
    rest.sort(key=lambda pair: (pair[1].draw == 0, ORDER.index(pair[0])))
    n_large, n_grid = accounts or LARGE, min(accounts or GRID, GRID)
    plan = [(n_large, aims), (n_grid, equal)]
    return plan + [(n_grid, pairs) for pairs in runs_of(rest, n_grid)]


def main() -> None:
    """Make a base, search run after run, freeze after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--accounts", type=int, default=0, help="benign accounts of the base")
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--runs", default="", help="only these runs, for example 0,1,4")
    parser.add_argument("--onto", action="store_true", help="add to frozen.csv what it lacks")
    parser.add_argument("--keep", type=Path, help="folder for the reports of each run")
    asked = parser.parse_args()
    minutes = asked.minutes or (120.0 if asked.full else 2.0)
    begun = time.monotonic()
    plan = plan_of(asked.full, asked.accounts)
    rows: list[dict[str, Any]] = []
    runs: list[dict[str, Any]] = []
    if asked.onto:
        rows, runs = earlier()
        plan = without_done(plan, rows)
    n_before = len(runs)
    chosen = [int(x) for x in asked.runs.split(",") if x] or list(range(len(plan)))
    told(f"{len(plan)} searches of {[len(pairs) for _, pairs in plan]} points")
    base: Base | None = None
    for nth in chosen:
        if len(runs) > n_before and time.monotonic() - begun > 60 * minutes:
            break
        n_base, pairs = plan[nth]
        if base is None or base.n_asked != n_base:
            base = None
            base = make_base(asked.seed, n_base)
            told(f"base: {base.accounts.num_rows:,} accounts, {base.n_exchanges:,} exchanges")
        got, innocent = one_run(base, n_before + nth, pairs, asked.keep)
        rows += got
        runs.append(innocent)
        told(table([innocent]))
        print(table(got, ["turned", "fixture", "found", "recall", "leak", "why_not"]), flush=True)
        facts = {
            "seed": asked.seed,
            "n_points": len(rows),
            "n_points_in_grid": len(whole_grid() if asked.full else small_grid()),
            "n_searches": len(runs),
            "wall_s": round(time.monotonic() - begun),
        }
        said = headlines(rows, runs)
        freeze(HERE, [*rows, *runs], full=asked.full, facts=facts, headlines=said)
    print(table(medians(rows)))


if __name__ == "__main__":
    main()
