"""The required numbers on labelled sets, through the command line as a user would.

PYTHONPATH=. python benchmarks/detect/campaigns/run.py [--full] [--set DIR]
PYTHONPATH=. python benchmarks/detect/campaigns/run.py --ways embedded,ray,watch [--full]
    [--set DIR ...]
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if str(HERE.parents[2]) not in sys.path:
    sys.path.insert(0, str(HERE.parents[2]))

from benchmarks.detect.campaigns.ways import WAYS, compared  # noqa: E402
from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from stillwatch.adapters.labelled import read_columns, read_json  # noqa: E402
from stillwatch.lab import Score, score  # noqa: E402

STILLWATCH = Path(sys.executable).with_name("stillwatch")


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the command: its report, seconds and MiB at the most."""

    report: dict[str, Any]
    wall_s: float
    peak_mib: float


def detect(folder: Path, report: Path) -> Ran:
    """Run ``stillwatch detect`` on a labelled folder."""
    words = [STILLWATCH, "detect", folder / "exchanges.parquet", "--json", "--quiet"]
    for name, option in (("accounts.parquet", "--accounts"), ("releases.json", "--releases")):
        if (folder / name).exists():
            words += [option, folder / name]
    begun = time.perf_counter()
    with report.open("wb") as out:
        kept_apart = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATCH_")}
        kept_apart["XDG_STATE_HOME"] = str(report.parent)
        started = subprocess.Popen([str(word) for word in words], stdout=out, env=kept_apart)
        _, status, used = os.wait4(started.pid, 0)
    wall_s = time.perf_counter() - begun
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in (0, 1):
        raise SystemExit(f"stillwatch detect ended with {started.returncode}")
    return Ran(read_json(report), wall_s, used.ru_maxrss / 1024)


def simulated(seed: int, n_accounts: int, fixtures: str, place: Path) -> Path:
    """Make a labelled folder with the command line."""
    folder = place / f"seed-{seed}"
    words = ["lab", "simulate", folder, "--seed", seed, "--accounts", n_accounts]
    subprocess.run(
        [str(word) for word in (STILLWATCH, *words, "--fixture", fixtures)],
        check=True,
        stderr=subprocess.DEVNULL,
    )
    return folder


def campaign_rows(label: str, scored: Score) -> list[dict[str, Any]]:
    """One row a campaign."""
    return [
        {
            "set": label,
            "kind": "campaign",
            "name": c.campaign,
            "n_accounts": c.n_accounts,
            "found": c.found,
            "recall": c.recall,
            "precision": c.precision,
            "leak": c.leak,
            "n_leaked": c.n_leaked,
            "hours_to_detect": c.hours_to_detect,
        }
        for c in scored.campaigns
    ]


def innocent_rows(label: str, scored: Score) -> list[dict[str, Any]]:
    """One row for all benign accounts and one a kind."""
    return [
        {
            "set": label,
            "kind": "innocent",
            "name": a.kind,
            "n_accounts": a.n_accounts,
            "n_accused": a.n_accused,
            "share": a.share,
            "upper_95": a.upper_95,
        }
        for a in (scored.accused, *scored.accused_by_twin)
    ]


def set_row(label: str, scored: Score, ran: list[Ran]) -> dict[str, Any]:
    """The row of a whole set."""
    found = [c for c in scored.campaigns if c.found]
    leaks = [c.leak for c in scored.campaigns if c.leak is not None]
    return {
        "set": label,
        "kind": "set",
        "name": f"{len(found)} of {len(scored.campaigns)} found",
        "n_exchanges": ran[0].report["n_exchanges"],
        "n_accounts": ran[0].report["n_accounts"],
        "n_campaigns": len(scored.campaigns),
        "n_found": len(found),
        "recall_median": statistics.median(c.recall for c in scored.campaigns),
        "precision": scored.precision,
        "leak_median": statistics.median(leaks),
        "leak_worst": max(leaks),
        "leak_worst_found": max((c.leak for c in found if c.leak is not None), default=None),
        "n_accused": scored.accused.n_accused,
        "share": scored.accused.share,
        "upper_95": scored.accused.upper_95,
        "n_false_campaigns": scored.n_false_campaigns,
        "n_reported": scored.n_reported,
        "n_runs": len(ran),
        "wall_s": statistics.median(r.wall_s for r in ran),
        "peak_mib": max(r.peak_mib for r in ran),
    }


def measured(label: str, folder: Path, repeats: int, place: Path) -> list[dict[str, Any]]:
    """All rows of one labelled folder."""
    ran = []
    for nth in range(repeats):
        ran.append(detect(folder, place / f"{label.replace(' ', '-')}.json"))
        told(f"{label}, run {nth + 1}: {ran[-1].wall_s:.1f} s")
    sent = read_columns(folder / "exchanges.parquet", ("account", "sent_at"))
    scored = score(ran[0].report, read_columns(folder / "truth.parquet", None), sent)
    whole = set_row(label, scored, ran)
    print(table(campaign_rows(label, scored)))
    print(table([whole]), flush=True)
    return [whole, *campaign_rows(label, scored), *innocent_rows(label, scored)]


def headline(row: dict[str, Any]) -> str:
    """What a set's row says, in a sentence."""
    return (
        f"{row['set']}: {row['n_found']} of {row['n_campaigns']} campaigns found, median recall "
        f"{row['recall_median']:.3f}, precision {row['precision'] or 0:.4f}; "
        f"{row['n_accused']} innocent accounts accused (95% upper bound {row['upper_95']:.2g}); "
        f"leak {row['leak_median']:.2%} in the median, {row['leak_worst']:.1%} at worst; "
        f"{row['n_exchanges']:,} exchanges in {row['wall_s']:.0f} s and {row['peak_mib']:.0f} MiB."
    )


def ways(asked: argparse.Namespace) -> None:
    """Run the same sets by several ways, and freeze what each found in a table of their own."""
    rows: list[dict[str, Any]] = []
    said: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        sets = asked.set or [simulated(1, 3000, "C01,C04,C07,C08", place)]
        for folder in sets:
            more, line = compared(folder, asked.ways.split(","), place)
            rows += more
            said.append(line)
            print(table(more), flush=True)
    facts = {"ways": asked.ways, "sets": list(dict.fromkeys(r["set"] for r in rows))}
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=said, name="ways")


def main() -> None:
    """Measure the sets and freeze the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument(
        "--set", type=Path, action="append", default=[], help="a labelled folder; with --ways, more"
    )
    parser.add_argument("--seeds", default="", help="for example 1,2,3; none for no simulation")
    parser.add_argument("--repeats", type=int, default=0)
    parser.add_argument("--ways", default="", help=f"compare ways of running: {','.join(WAYS)}")
    asked = parser.parse_args()
    if asked.ways:
        ways(asked)
        return
    given = asked.set[0] if asked.set else os.environ.get("STILLWATCH_DEV_SET")
    seeds = [int(x) for x in (asked.seeds or "1,2,3").split(",") if x != "none"]
    repeats = asked.repeats or (3 if asked.full else 1)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        if given and (asked.full or asked.set):
            rows += measured("development set", Path(given), repeats, place)
        if asked.full:
            for seed in seeds:
                folder = simulated(seed, 12_000, "all", place)
                rows += measured(
                    f"simulated, seed {seed}", folder, repeats if not rows else 1, place
                )
        elif not rows:
            folder = simulated(1, 3000, "C01,C04,C07,C08", place)
            rows += measured("simulated small", folder, 1, place)
    facts = {
        "sets": [r["set"] for r in rows if r["kind"] == "set"],
        "repeats": repeats,
        "simulated": "12,000 benign accounts, all fixtures, all twins, 14 days",
    }
    said = [headline(r) for r in rows if r["kind"] == "set"]
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=said)


if __name__ == "__main__":
    main()
