"""How well rival hypotheses are told apart on worlds that the table was not counted on.

PYTHONPATH=. python benchmarks/attribute/hypotheses/run.py [--full] [--groups DIR]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.attribute.hypotheses.counting import (  # noqa: E402
    APART,
    CHARGE,
    Told,
    counts_of,
    log_score,
    read,
    shares,
    table_of,
)
from benchmarks.detect.freezing import CODE, freeze, table  # noqa: E402
from stillwatch.attribute.bands import BANDS, band_of  # noqa: E402
from stillwatch.attribute.claims import nearest_to_even  # noqa: E402
from stillwatch.attribute.likelihoods import Likelihoods, likelihoods_from  # noqa: E402

DATA = ROOT / "src" / "stillwatch" / "adapters" / "cases" / "data" / "likelihoods.json"
TRAIN, HELD = range(100, 115), range(200, 208)
SMALL = range(300, 301)
BINS = (0.0, 0.4, 0.6, 0.8, 0.95, 1.0 + 1e-9)


def tabulated(place: Path, name: str, seeds: range, n_accounts: int) -> list[Told]:
    """Groups of some worlds; made where the folder does not hold them."""
    path = place / f"{name}.jsonl"
    if not path.exists():
        place.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half")
        half.unlink(missing_ok=True)
        listed = ",".join(map(str, seeds))
        words = [HERE / "tabulate.py", half, "--seeds", listed, "--accounts", n_accounts]
        subprocess.run([sys.executable, *map(str, words)], check=True, cwd=ROOT)
        half.rename(path)
    return read(path)


def interval(hits: float, n: float) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share, for weighted counts."""
    low = float(beta.ppf(0.025, hits, n - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(0.975, hits + 1, n - hits)) if hits < n else 1.0
    return low, high


def share_row(kind: str, name: str, hits: float, n: float, **more: Any) -> dict[str, Any]:
    """One row with a share and its interval."""
    low, high = interval(hits, n)
    return {
        "kind": kind, "name": name, "n_groups": n, "right": hits / n, "low_95": low,
        "high_95": high, **more,
    }  # fmt: skip


def told_of(groups: Sequence[Told], known: Likelihoods, temper: float) -> list[dict[str, float]]:
    """Share of every counted hypothesis for each group."""
    return [shares(known.counts, g.pattern, temper) for g in groups]


def scores(groups: Sequence[Told], known: Likelihoods) -> list[dict[str, Any]]:
    """Proper scores of the table, of naive addition, and of knowing nothing."""
    even = {name: 1.0 / len(known.counts) for name in known.counts}
    ways = (
        ("tempered (shipped)", told_of(groups, known, known.temper)),
        ("naive addition", told_of(groups, known, 1.0)),
        ("knowing nothing", [even] * len(groups)),
    )
    out = []
    for name, told in ways:
        brier: dict[str, list[float]] = defaultdict(list)
        for group, one in zip(groups, told, strict=True):
            miss = sum((one[h] - (h == group.story)) ** 2 for h in one)
            brier[group.story].append(miss)
        out.append({
            "kind": "score", "name": name, "n_groups": len(groups),
            "log_score_bits": log_score(zip(groups, told, strict=True)),
            "brier": float(np.mean([np.mean(v) for v in brier.values()])),
        })  # fmt: skip
    return out


def stories(groups: Sequence[Told], told: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """By true story, how often it ranks first, and what ranks first where it does not."""
    out = []
    for story in sorted({g.story for g in groups}):
        hits = total = crossed = 0.0
        wrong: dict[str, float] = defaultdict(float)
        for group, one in zip(groups, told, strict=True):
            if group.story == story:
                first = max(one, key=lambda h: (one[h], h))
                total += group.weight
                hits += group.weight * (first == story)
                crossed += group.weight * ((first in CHARGE) != (story in CHARGE))
                wrong[first] += group.weight * (first != story)
        most = max(wrong, key=lambda h: wrong[h]) if any(wrong.values()) else ""
        out.append(share_row("story", story, hits, total, crossed=crossed / total, taken_for=most))
    return out


def innocents(groups: Sequence[Told], told: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Innocent groups that look most like one hand: for how many a harvest ranks first."""
    kept = [one for g, one in zip(groups, told, strict=True) if g.story not in (*CHARGE, *APART)]
    crossed = sum(max(one, key=lambda h: (one[h], h)) in CHARGE for one in kept)
    low, high = interval(float(crossed), float(len(kept)))
    return {
        "kind": "innocent", "name": "a harvest ranks first", "n_groups": len(kept),
        "n_charged": crossed, "charged": crossed / len(kept), "low_95": low, "high_95": high,
    }  # fmt: skip


def fixtures(groups: Sequence[Told], told: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """Campaigns as ``detect`` reported them: harvest and rerouting told apart, and from others."""
    out = []
    for story in (*CHARGE, "reseller"):
        kept = [(g, t) for g, t in zip(groups, told, strict=True) if g.reported and
                g.story == story]  # fmt: skip
        if kept:
            hits = float(sum(max(t, key=lambda h: (t[h], h)) == story for _, t in kept))
            harvested = sum(max(t, key=lambda h: (t[h], h)) in CHARGE for _, t in kept)
            out.append(share_row("reported campaign", story, hits, float(len(kept)),
                                 charged=harvested / len(kept)))  # fmt: skip
    return out


def reliability(
    groups: Sequence[Told], told: Sequence[Mapping[str, float]]
) -> list[dict[str, Any]]:
    """Where the first has a share of so much, how often it is right; stories weigh the same."""
    whole: dict[str, float] = defaultdict(float)
    for group in groups:
        whole[group.story] += group.weight
    out = []
    for low, high in pairwise(BINS):
        hits = total = said = 0.0
        n = 0
        for group, one in zip(groups, told, strict=True):
            first = max(one, key=lambda h: (one[h], h))
            if low <= one[first] < high:
                weight = group.weight / whole[group.story]
                hits, total = hits + weight * (first == group.story), total + weight
                said, n = said + weight * one[first], n + 1
        if n:
            out.append({
                "kind": "reliability", "name": f"{low:.2f} to {min(high, 1.0):.2f}",
                "n_groups": n, "said": said / total, "right": hits / total,
            })  # fmt: skip
    return out


def words(groups: Sequence[Told], known: Likelihoods) -> list[dict[str, Any]]:
    """By the word for "one hand", how many groups are; guilty and innocent at the odds assumed."""
    sides = {True: 0.0, False: 0.0}
    rows: dict[str, list[float]] = {b.word: [0.0, 0.0, 0.0] for b in BANDS}
    kept = [g for g in groups if g.story not in APART]
    for group in kept:
        sides[group.story in CHARGE] += group.weight
    for group in kept:
        weight = known.guilt("operator", group.pattern)
        before = -float(np.log2(known.n_alike))
        word = band_of(nearest_to_even(before + weight.low, before + weight.high)).word
        guilty = group.story in CHARGE
        odds = (1.0 if guilty else known.n_alike) / sides[guilty]
        rows[word][guilty] += group.weight * odds
        rows[word][2] += 1
    return [
        {
            "kind": "word", "name": word, "n_groups": int(n),
            "right": guilty / (guilty + innocent), "of_guilty": guilty,
            "of_innocent": innocent / known.n_alike,
            "band": f"{band.low_percent / 100:.2f} to {band.high_percent / 100:.2f}",
        }
        for band, (word, (innocent, guilty, n)) in zip(BANDS, rows.items(), strict=True)
        if n
    ]  # fmt: skip


def main() -> None:
    """Count on some worlds, score on others, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="count anew, ship the table, publish")
    parser.add_argument("--groups", type=Path, default=ROOT / "out" / "bench" / "hypotheses")
    asked = parser.parse_args()
    begun = time.process_time()
    facts: dict[str, Any] = {}
    if asked.full:
        train = tabulated(asked.groups, "train", TRAIN, 3_000)
        held = tabulated(asked.groups, "held", HELD, 3_000)
        sentence = (
            f"{len(TRAIN)} made worlds of 3,000 benign accounts with every campaign and twin, and"
            f" as many with relays; {len(train):,} groups."
        )
        today = datetime.now(UTC).date().isoformat()
        made = table_of(train, made_on=today, worlds=sentence, code=CODE)
        DATA.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        facts["counted_on_seeds"] = f"{TRAIN[0]} to {TRAIN[-1]}"
        assert counts_of(train)
    else:
        held = tabulated(asked.groups, "small", SMALL, 800)
    known = likelihoods_from(json.loads(DATA.read_text(encoding="utf-8")))
    held = [g for g in held if g.story in known.counts]
    told = told_of(held, known, known.temper)
    rows = [
        *scores(held, known), innocents(held, told), *stories(held, told),
        *fixtures(held, told),
        *reliability(held, told), *words(held, known),
    ]  # fmt: skip
    print(table(rows))
    facts |= {
        "scored_on_seeds": f"{HELD[0]} to {HELD[-1]}" if asked.full else str(SMALL[0]),
        "groups_scored": len(held), "temper": known.temper, "hypotheses": len(known.counts),
        "counting_and_scoring_cpu_s": round(time.process_time() - begun, 1),
    }  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    by = {(r["kind"], r["name"]): r for r in rows}
    best, none = by["score", "tempered (shipped)"], by["score", "knowing nothing"]
    naive, innocent = by["score", "naive addition"], by["innocent", "a harvest ranks first"]
    lines = [
        f"Log score of the true story {best['log_score_bits']:.2f} bits (knowing nothing"
        f" {none['log_score_bits']:.2f}, naive addition {naive['log_score_bits']:.2f}; 0 is"
        f" perfect); Brier score {best['brier']:.2f} (knowing nothing {none['brier']:.2f}).",
        f"Of {innocent['n_groups']:,} innocent groups that look most like one hand"
        f" {innocent['n_charged']} rank a harvest first ({innocent['charged']:.1%}, 95%"
        f" {innocent['low_95']:.1%} to {innocent['high_95']:.1%}).",
    ]
    for row in rows:
        if row["kind"] == "reported campaign":
            lines.append(
                f"Reported campaigns, {row['name']}: that ranks first for"
                f" {row['right']:.0%} of {row['n_groups']:.0f}; a harvest or rerouting does for"
                f" {row['charged']:.0%}."
            )
    return lines


if __name__ == "__main__":
    main()
