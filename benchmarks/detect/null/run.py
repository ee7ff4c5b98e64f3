"""Worlds without campaigns: how often is someone accused, and what was claimed?

PYTHONPATH=. python benchmarks/detect/null/run.py [--full] [--worlds N] [--minutes M]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE.parents[2]) not in sys.path:
    sys.path.insert(0, str(HERE.parents[2]))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.detect.searching import releases_of, searched, traffic_of  # noqa: E402
from stillwatch.detect.settings import DetectSettings  # noqa: E402
from stillwatch.lab import TWINS, Recipe, simulate  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

LEVELS = (0.01, 0.05, 0.2)
DAYS = 14
MONTH_DAYS = 30.44


def one_world(seed: int, n_accounts: int) -> list[dict[str, Any]]:
    """Rows of one world, one for each level.

    A search that opens nothing at a loose level opens nothing at a strict one, so the
    strict levels are searched only where the loose one found something.
    """
    recipe = Recipe(twins=tuple(TWINS), n_accounts=n_accounts, days=DAYS, seed=seed)
    world = simulate(recipe, np.random.default_rng(seed))
    traffic, releases = traffic_of(world.batches()), releases_of(world)
    rows: list[dict[str, Any]] = []
    quiet = False
    for level in sorted(LEVELS, reverse=True):
        n_false, accused, twins, n_tested = 0, 0, "", rows[-1]["n_tested"] if rows else 0
        if not quiet:
            seen = searched(
                traffic, world.accounts, world.truth, releases, DetectSettings(fdr=level)
            )
            n_false, accused = seen.score.n_false_campaigns, seen.score.accused.n_accused
            twins = " ".join(a.kind for a in seen.score.accused_by_twin if a.n_accused)
            n_tested = seen.result["n_tested"]
            quiet = n_false == 0
        rows.append(
            {
                "seed": seed,
                "fdr": level,
                "n_accounts": world.accounts.num_rows,
                "n_exchanges": traffic.n,
                "n_tested": n_tested,
                "n_false_campaigns": n_false,
                "n_accused": accused,
                "accused_kinds": twins,
            }
        )
    return rows


def summed(rows: list[dict[str, Any]], level: float) -> dict[str, Any]:
    """All worlds of one level together.

    In a world without campaigns every discovery is false, so the realised rate is the
    share of worlds in which anything was reported.
    """
    mine = [r for r in rows if r["fdr"] == level]
    n, hits = len(mine), sum(r["n_false_campaigns"] > 0 for r in mine)
    n_accounts = sum(r["n_accounts"] for r in mine)
    n_accused = sum(r["n_accused"] for r in mine)
    months = n_accounts * DAYS / MONTH_DAYS
    low, high = clopper_pearson(hits, n)
    upper = clopper_pearson(n_accused, n_accounts, 0.90)[1]
    return {
        "seed": "all",
        "fdr": level,
        "n_worlds": n,
        "null_days": n * DAYS,
        "n_accounts": n_accounts,
        "n_exchanges": sum(r["n_exchanges"] for r in mine),
        "n_tested": sum(r["n_tested"] for r in mine),
        "n_false_campaigns": sum(r["n_false_campaigns"] for r in mine),
        "n_accused": n_accused,
        "realised": hits / n,
        "realised_low_95": low,
        "realised_high_95": high,
        "accused_per_account_month": n_accused / months,
        "accused_per_account_month_upper_95": upper * n_accounts / months,
    }


def main() -> None:
    """Run worlds until their number or the time is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--worlds", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--first-seed", type=int, default=1000)
    asked = parser.parse_args()
    n_worlds = asked.worlds or (72 if asked.full else 4)
    n_accounts = 2000
    minutes = asked.minutes or (60.0 if asked.full else 2.0)
    begun = time.monotonic()
    rows: list[dict[str, Any]] = []
    for nth in range(n_worlds):
        if time.monotonic() - begun > 60 * minutes:
            break
        rows += one_world(asked.first_seed + nth, n_accounts)
        told(f"world {nth + 1} of {n_worlds}: {rows[-1]['n_false_campaigns']} false campaigns")
    totals = [summed(rows, level) for level in LEVELS]
    print(table(totals))
    strict = totals[0]
    headlines = [
        f"{strict['null_days']:,} days without a campaign ({strict['n_worlds']} worlds of "
        f"{n_accounts:,} accounts, all twins): at a claimed FDR of {t['fdr']:g}, "
        f"{t['n_false_campaigns']} false campaigns, realised {t['realised']:.3f} "
        f"(95% {t['realised_low_95']:.3f} to {t['realised_high_95']:.3f}), "
        f"{t['n_accused']} accounts accused."
        for t in totals
    ]
    facts = {
        "first_seed": asked.first_seed,
        "n_worlds": strict["n_worlds"],
        "wall_s": round(time.monotonic() - begun),
    }
    freeze(HERE, [*totals, *rows], full=asked.full, facts=facts, headlines=headlines)


if __name__ == "__main__":
    main()
