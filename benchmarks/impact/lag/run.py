"""Is the published ordering reproduced, how much does the suite decide, and does the interval hold?

PYTHONPATH=. python benchmarks/impact/lag/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.impact.estimating import EXAMPLE, lags_of  # noqa: E402
from stillwatch.adapters.impact.shipped import benchmarks, published  # noqa: E402
from stillwatch.impact.ability import Row, Table  # noqa: E402
from stillwatch.impact.lag import frontier, lags, months, passed  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402
from stillwatch.stats.item_response import POINTS, fit  # noqa: E402

FIRST = date(2025, 1, 1)
SLOPE = 37.5


def ordering() -> list[dict[str, Any]]:
    """Abilities from CAISI's table of nine benchmarks, beside those it published."""
    theirs = {a["model"]: a["best"] for a in published()["scale"][0]["ability"]}
    rows = [row for row in benchmarks() if row.suite == "CAISI"]
    t = Table(rows)
    out = []
    for name, slopes in (("1PL", False), ("2PL", True)):
        points = fit(t.answers, slopes=slopes).ability * POINTS
        at = points - points[t.models.index("Claude Opus 4.6")] + theirs["Claude Opus 4.6"]
        mine = dict(zip(t.models, at, strict=True))
        same = sorted(mine, key=lambda m: -mine[m]) == sorted(mine, key=lambda m: -theirs[m])
        out += [{"kind": "ordering", "name": model, "by": name, "points": float(mine[model]),
                 "published_points": theirs[model], "same_order": same}
                for model in sorted(mine, key=lambda m: -theirs[m])]  # fmt: skip
    return out


def by_suite() -> list[dict[str, Any]]:
    """The lag of one model by suite, and what a mean of percentages makes of it."""
    found = lags_of(benchmarks(), "")
    assert found is not None
    out = []
    for one in found.suites:
        assert one.lag is not None and one.ability_points is not None
        out.append({
            "kind": "suite", "name": one.suite, "by": one.told_by, "n": one.n_benchmarks,
            "points": one.ability_points.best, "months": one.lag.best, "low_95": one.lag.low,
            "high_95": one.lag.high, "at_least_share": one.at_least_share,
        })  # fmt: skip
    return out


def made(rng: np.random.Generator, behind: float, flattered: float) -> list[Row]:
    """A made table: a frontier that gains steadily, and a copy that is so many months behind."""
    day = {f"r{n}": FIRST + timedelta(days=round(75 * n + rng.uniform(-15, 15))) for n in range(8)}
    able = {m: SLOPE * months(FIRST, d) + rng.normal(0, 12) for m, d in day.items()}
    day["copy"] = FIRST + timedelta(days=525)
    able["copy"] = SLOPE * (months(FIRST, day["copy"]) - behind)
    rows = []
    for b in range(14):
        split = "public" if b < 9 else "held out"
        middle, slope = rng.normal(150, 120), float(np.exp(rng.normal(0, 0.3)))
        for model, points in able.items():
            if model != "copy" and rng.random() < 0.25:
                continue
            more = flattered if model == "copy" and split == "public" else 0.0
            p = 1 / (1 + np.exp(-slope * (points + more + rng.normal(0, 15) - middle) / POINTS))
            rows.append(Row(
                suite="made", split=split, domain=f"d{b % 4}", benchmark=f"b{b}", n_tasks=200,
                model=model, released=day[model], accuracy=float(rng.binomial(200, p)) / 200,
                told_by="independent", as_of=date(2026, 12, 1), source="made",
            ))  # fmt: skip
    return rows


def by_mean_percentage(rows: list[Row]) -> float:
    """The peer: mean accuracy over whatever a model met, and the frontier of that."""
    mean = {m: float(np.mean([r.accuracy for r in rows if r.model == m]))
            for m in {r.model for r in rows}}  # fmt: skip
    day = {r.model: r.released for r in rows}
    line = frontier([(day[m], a) for m, a in mean.items() if m != "copy"])
    return passed(line, mean["copy"], day["copy"])[0]


def known(n: int, flattered: float) -> list[dict[str, Any]]:
    """Errors and coverage on made tables whose lag is known."""
    errors: dict[str, list[float]] = {}
    inside: dict[str, int] = {}
    for seed in range(n):
        rng = np.random.default_rng([17, seed, round(flattered)])
        behind = float(rng.uniform(2, 11))
        rows = made(rng, behind, flattered)
        for one in lags(Table(rows), "copy", np.random.default_rng(0), n_draws=60):
            if one.lag is None:
                continue
            errors.setdefault(one.suite, []).append(one.lag.best - behind)
            inside[one.suite] = inside.get(one.suite, 0) + (one.lag.low <= behind <= one.lag.high)
        errors.setdefault("peer: mean percentage", []).append(by_mean_percentage(rows) - behind)
    out = []
    for name, found in errors.items():
        row: dict[str, Any] = {
            "kind": "known", "name": name, "by": f"public tasks flatter by {flattered:.0f}",
            "n": len(found), "bias_months": float(np.median(found)),
            "error_months": float(np.median(np.abs(found))),
        }  # fmt: skip
        if name in inside:
            low, high = clopper_pearson(inside[name], len(found))
            row |= {"coverage": inside[name] / len(found), "low_95": low, "high_95": high}
        out.append(row)
    told(f"{n} made tables, flattered by {flattered:.0f}")
    return out


def main() -> None:
    """Reproduce, compare, count, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 60 made tables of each kind")
    full = parser.parse_args().full
    begun = time.process_time()
    rows = ordering() + by_suite()
    for flattered in (0.0, 120.0):
        rows += known(60 if full else 5, flattered)
    print(table(rows))
    at = {r["name"]: r for r in rows if r["kind"] == "suite"}
    maker, held, scale = (at[n] for n in (
        "DeepSeek reports", "CAISI, held out", "CAISI, its own fit over tasks"))  # fmt: skip
    fair = {r["name"]: r for r in rows if r["kind"] == "known" and r["by"].endswith(" 0")}
    bent = {r["name"]: r for r in rows if r["kind"] == "known" and r["by"].endswith(" 120")}
    peer = "peer: mean percentage"
    freeze(HERE, rows, full=full, facts={"cpu_s": round(time.process_time() - begun, 1)},
           headlines=[
        "CAISI's published ordering of four models is reproduced from its nine benchmarks: "
        f"{all(r['same_order'] for r in rows if r['kind'] == 'ordering')}.",
        f"{EXAMPLE} lags by {maker['months']:.1f} months ({maker['low_95']:.1f} to "
        f"{maker['high_95']:.1f}) on its maker's suite, {held['months']:.1f} "
        f"({held['low_95']:.1f} to {held['high_95']:.1f}) on held-out tasks, at least "
        f"{scale['months']:.1f} on CAISI's own scale.",
        f"On {fair['made']['n']} made tables the lag is off by {fair['made']['error_months']:.1f} "
        f"months in the median and its 95% interval holds {fair['made']['coverage']:.0%}; a mean "
        f"of percentages is off by {fair[peer]['error_months']:.1f}.",
        f"Where public tasks flatter the model by 120 points, the public half is off by "
        f"{bent['made, public']['bias_months']:+.1f} months, the held-out half by "
        f"{bent['made, held out']['bias_months']:+.1f}.",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
