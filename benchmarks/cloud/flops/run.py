"""How far off is the estimate of FLOP, does its interval hold, and is training told from the rest?

PYTHONPATH=. python benchmarks/cloud/flops/run.py [--full]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta, t

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.cloud.flops.made import Made, made_jobs  # noqa: E402
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.cloud.shipped import hardware, reach, rhythm_model, shipped  # noqa: E402
from stillwatch.cloud.flops import from_hardware  # noqa: E402
from stillwatch.cloud.rhythm import kind_of  # noqa: E402
from stillwatch.cloud.telemetry import Job, Trace  # noqa: E402
from stillwatch.lab.compute.shapes import KIND_OF  # noqa: E402

PEAKS = {"A100": 312e12, "H100": 989.4e12}
COUNTERS = ("tensor_active_share", "sm_active_share", "gpu_util_share", "none")


def limits(k: int, n: int) -> tuple[float, float]:
    """Clopper-Pearson limits of a share, 95%."""
    low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
    return low, float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0


def judged(name: str, pairs: Iterable[tuple[float, float, bool]]) -> dict[str, Any]:
    """A row on estimates: log errors and coverage."""
    listed = list(pairs)
    errors = np.log([best / true for best, true, _ in listed])
    held = sum(inside for *_, inside in listed)
    low, high = limits(held, len(listed))
    return {
        "kind": "flop", "name": name, "n": len(listed), "bias": float(np.exp(np.median(errors))),
        "within_1_5": float((np.abs(errors) <= np.log(1.5)).mean()),
        "worst": float(np.exp(np.abs(errors).max())), "coverage": held / len(listed),
        "coverage_low_95": low, "coverage_high_95": high,
    }  # fmt: skip


def estimated(jobs: list[Made], counter: str) -> list[tuple[float, float, bool]]:
    """Estimate, truth and whether the interval holds it, with one counter alone."""
    found, peaks, how = [], hardware(), reach()
    for one in jobs:
        if KIND_OF[one.kind] != "training":
            continue
        kept = {k: v for k, v in one.trace.columns.items() if k == counter}
        trace = Trace(from_us=one.trace.from_us, step_s=one.trace.step_s, columns=kept)
        value = from_hardware(one.job, trace if kept else None, peaks, how).value
        assert value is not None
        found.append((value.best, one.flop, value.low <= one.flop <= value.high))
    return found


def published() -> list[tuple[float, float, bool]]:
    """Published runs: device hours alone, beside 6 N D."""
    found = []
    for run in shipped("published_runs")["run"]:
        job = Job(
            job=run["name"], account="a", started_us=0,
            ended_us=round(run["device_hours"] / 1000 * 3.6e9),
            n_devices=1000, hardware=run["hardware"], precision="bf16",
        )  # fmt: skip
        value = from_hardware(job, None, hardware(), reach()).value
        assert value is not None
        true = 6 * run["parameters"] * run["tokens"]
        found.append((value.best, true, value.low <= true <= value.high))
    return found


def left_out() -> list[tuple[float, float, bool]]:
    """Each published run by the reach of the other ones: median and spread of their logarithms."""
    plain = [(best / reach()["none"].median, true) for best, true, _ in published()]
    logs = np.log([true / ceiling for ceiling, true in plain])
    found = []
    for i, (ceiling, true) in enumerate(plain):
        others = np.delete(logs, i)
        best = ceiling * float(np.exp(np.median(others)))
        factor = float(np.exp(t.ppf(0.975, len(others) - 1) * others.std(ddof=1)))
        found.append((best, true, best / factor <= true <= best * factor))
    return found


def by_rule_of_thumb(jobs: list[Made]) -> list[tuple[float, float, bool]]:
    """The usual rule, peak x device time x 0.4, which has no interval."""
    return [
        (0.4 * one.job.n_devices * one.job.elapsed_s * PEAKS[one.job.hardware], one.flop, False)
        for one in jobs
        if KIND_OF[one.kind] == "training"
    ]


def without_interval(row: dict[str, Any]) -> dict[str, Any]:
    """A row of a way that gives no interval."""
    return {k: v for k, v in row.items() if not k.startswith("coverage")}


def kinds(jobs: list[Made], shift: float) -> list[dict[str, Any]]:
    """Rows on the score of rhythm: what each hidden kind was taken for, and calibration."""
    model, rows = rhythm_model(), []
    scored = [(one.kind, kind_of(one.trace, model)) for one in jobs]
    for kind in KIND_OF:
        mine = [score for name, score in scored if name == kind]
        taken = Counter(score.best for score in mine)
        n, k = len(mine), taken["training"]
        low, high = limits(k, n)
        rows.append({
            "kind": "rhythm", "name": kind, "shift": shift, "n": n,
            "truth": KIND_OF[kind], "n_training": k, "training_share": k / n,
            "low_95": low, "high_95": high,
        })  # fmt: skip
    p = np.array([score.p["training"] for _, score in scored])
    y = np.array([KIND_OF[name] == "training" for name, _ in scored])
    rows.append({
        "kind": "calibration", "name": "score of training", "shift": shift, "n": len(p),
        "brier": float(((p - y) ** 2).mean()), "mean_score": float(p.mean()),
        "training_share": float(y.mean()),
    })  # fmt: skip
    return rows


def main() -> None:
    """Measure, print, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="publish; 100 jobs of each kind")
    full = parser.parse_args().full
    n = 100 if full else 12
    rows: list[dict[str, Any]] = []
    begun, n_jobs = time.process_time(), 0
    for shift in (0.0, 1.0):
        jobs = made_jobs(n, 900, shift=shift)
        told(f"shift {shift}: {len(jobs)} jobs")
        spent, n_jobs = time.process_time(), n_jobs + len(jobs)
        rows += [
            {**judged(f"made, from {counter}", estimated(jobs, counter)), "shift": shift}
            for counter in COUNTERS
        ]
        thumb = judged("peer: peak x device time x 0.4", by_rule_of_thumb(jobs))
        rows.append({**without_interval(thumb), "shift": shift})
        rows += kinds(jobs, shift)
        rows[-1]["cpu_ms_a_job"] = (time.process_time() - spent) / len(jobs) * 1e3
    rows.append(judged("published, reach of the others", left_out()))
    rows.append(judged("published, from device hours", published()))
    print(table(rows))
    at = {(r["name"], r.get("shift")): r for r in rows}
    tensor = [at["made, from tensor_active_share", s] for s in (0.0, 1.0)]
    outside = [r for r in rows if r["kind"] == "rhythm" and r["truth"] != "training"]
    inside = [r for r in rows if r["kind"] == "rhythm" and r["truth"] == "training"]
    false, n_false = sum(r["n_training"] for r in outside), sum(r["n"] for r in outside)
    miss, n_miss = sum(r["n"] - r["n_training"] for r in inside), sum(r["n"] for r in inside)
    last = rows[-1]
    thumb, others = at["peer: peak x device time x 0.4", 0.0], rows[-2]
    freeze(HERE, rows, full=full, facts={"seed": 900, "jobs": n_jobs, "cpu_s": round(
        time.process_time() - begun, 1)}, headlines=[
        f"From tensor-pipe counters, {min(r['within_1_5'] for r in tensor):.1%} of held-out made "
        f"jobs are within a factor of 1.5; 95% intervals hold "
        f"{min(r['coverage'] for r in tensor):.1%} or more.",
        f"The usual rule, peak x device time x 0.4, is within 1.5 for {thumb['within_1_5']:.0%} of "
        f"the made jobs.",
        f"With the reach of the other eleven, {round(others['coverage'] * others['n'])} of "
        f"{others['n']} published runs lie in the interval.",
        f"From device hours alone, {round(last['coverage'] * last['n'])} of {last['n']} published "
        f"runs lie in the interval; {last['within_1_5']:.0%} are within a factor of 1.5.",
        f"Of {n_false:,} made jobs that train nothing, {false} were taken for training (95% upper "
        f"limit {limits(false, n_false)[1]:.1e}); of {n_miss:,} that train, {miss} were missed.",
    ])  # fmt: skip


if __name__ == "__main__":
    main()
