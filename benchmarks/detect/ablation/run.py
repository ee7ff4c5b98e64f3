"""Take each signal out: what is lost? And what does evading cost the operator?

PYTHONPATH=. python benchmarks/detect/ablation/run.py [--full] [--minutes M]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
if str(HERE.parents[2]) not in sys.path:
    sys.path.insert(0, str(HERE.parents[2]))

from benchmarks.detect.ablation.evasion import evasion_rows  # noqa: E402
from benchmarks.detect.freezing import freeze, read_csv, read_numbers, table, told  # noqa: E402
from benchmarks.detect.searching import (  # noqa: E402
    Searched,
    releases_of,
    searched,
    traffic_of,
    without,
)
from stillwatch.detect.families import SIGNALS  # noqa: E402
from stillwatch.detect.signal import Signal  # noqa: E402
from stillwatch.lab import TWINS, Recipe, simulate  # noqa: E402

FAMILIES = ("timing", "content", "lifecycle", "network", "identity", "payment")
FIXTURES = ("C03", "C04", "C07", "C08", "C10", "C12", "C15")
PLAIN = Recipe(
    fixtures=FIXTURES, twins=tuple(TWINS), n_accounts=2000, campaign_accounts=40, seed=21
)
EVADING = Recipe(
    fixtures=FIXTURES,
    twins=tuple(TWINS),
    n_accounts=2000,
    campaign_accounts=40,
    seed=22,
    mixing=0.5,
    paraphrase=0.5,
    jitter=1.0,
    infra_sharing=0.2,
)
WORLDS = {"plain": PLAIN, "evading": EVADING}
Cut = tuple[str, str, Callable[[Signal], bool]]


def cuts() -> Iterator[Cut]:
    """(what is left out, its family, whether a signal is left out)."""
    yield "nothing", "", lambda _: False
    for family in FAMILIES:
        yield f"family {family}", family, lambda s, f=family: s.family == f
    for signal in SIGNALS:
        yield signal.name, signal.family, lambda s, n=signal.name: s.name == n


def row_of(world: str, cut: Cut, seen: Searched) -> dict[str, Any]:
    """What is left without a signal."""
    all_of = seen.score.campaigns
    leaks = [c.leak for c in all_of if c.leak is not None]
    return {
        "world": world,
        "left_out": cut[0],
        "family": cut[1],
        "found": sum(c.found for c in all_of),
        "n_campaigns": len(all_of),
        "recall": statistics.mean(c.recall for c in all_of),
        "precision": seen.score.precision,
        "leak_mean": statistics.mean(leaks),
        "leak_median": statistics.median(leaks),
        "n_accused": seen.score.accused.n_accused,
        "n_false_campaigns": seen.score.n_false_campaigns,
        "missed": " ".join(c.campaign for c in all_of if not c.found),
        "search_s": seen.wall_s,
    }


def ablated(asked_cuts: list[Cut], minutes: float) -> list[dict[str, Any]]:
    """Rows of all cuts on all worlds, as far as the time allows."""
    begun = time.monotonic()
    made = {
        label: simulate(recipe, np.random.default_rng(recipe.seed))
        for label, recipe in WORLDS.items()
    }
    traffic = {label: traffic_of(world.batches()) for label, world in made.items()}
    rows: list[dict[str, Any]] = []
    for cut in asked_cuts:
        if time.monotonic() - begun > 60 * minutes:
            told(f"no time left from {cut[0]} on")
            break
        for label, world in made.items():
            with without(cut[2]):
                seen = searched(traffic[label], world.accounts, world.truth, releases_of(world))
            rows.append(row_of(label, cut, seen))
            told(f"{label} without {cut[0]}: {rows[-1]['found']} found, {seen.wall_s:.1f} s")
    return rows


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """Which cut costs most, for each world."""
    said = []
    for label in WORLDS:
        mine = {r["left_out"]: r for r in rows if r["world"] == label}
        whole = mine["nothing"]
        losses = sorted(
            (r for name, r in mine.items() if name != "nothing"),
            key=lambda r: (r["found"], r["recall"], -r["leak_mean"]),
        )
        worst = ", ".join(
            f"{r['left_out']} ({r['found']} found, mean leak {r['leak_mean']:.1%})"
            for r in losses[:4]
        )
        said.append(
            f"{label} world: {whole['found']} of {whole['n_campaigns']} found and mean leak "
            f"{whole['leak_mean']:.1%} with every signal; most is lost without {worst}."
        )
    return said


def main() -> None:
    """Ablate, then price the evasions of the adaptive grid."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--onto", action="store_true", help="add to frozen.csv what it lacks")
    asked = parser.parse_args()
    chosen = list(cuts())
    before = read_numbers(HERE / "frozen.csv") if asked.onto else []
    chosen = [c for c in chosen if c[0] not in {r["left_out"] for r in before}]
    if not asked.full:
        chosen = [c for c in chosen if c[0] in ("nothing", "load_balance", "shared_template")]
    begun = time.monotonic()
    rows = before + ablated(chosen, asked.minutes or (60.0 if asked.full else 2.5))
    rows.sort(key=lambda row: list(WORLDS).index(row["world"]))
    print(table(rows))
    facts = {
        "seeds": {label: recipe.seed for label, recipe in WORLDS.items()},
        "fixtures": list(FIXTURES),
        "n_benign": PLAIN.n_accounts,
        "campaign_accounts": PLAIN.campaign_accounts,
        "evading": "mixing 0.5, paraphrase 0.5, jitter 1, infra_sharing 0.2",
        "n_cuts": len({r["left_out"] for r in rows}),
        "n_cuts_planned": len(list(cuts())),
        "wall_s": round(time.monotonic() - begun),
    }
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))
    grid = HERE.parent / "adaptive" / "frozen.csv"
    if grid.exists():
        priced = evasion_rows(read_csv(grid))
        print(table(priced))
        facts = {"made_from": "benchmarks/detect/adaptive/frozen.csv"}
        freeze(HERE, priced, full=asked.full, facts=facts, headlines=[], name="evasion")


if __name__ == "__main__":
    main()
