"""How well names are told from one another, beside others' algorithms.

PYTHONPATH=. python benchmarks/screen/names/run.py --data FOLDER [--peers PYTHON] [--full]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import JaroWinkler

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from benchmarks.detect.freezing import freeze, table, told  # noqa: E402
from benchmarks.screen.names.fit import ACROSS_WEIGHT, held_out  # noqa: E402
from benchmarks.screen.names.pairs import (  # noqa: E402
    Pair,
    at_precision,
    at_recall,
    families,
    featured,
    read_pairs,
)
from benchmarks.screen.names.scripts import across, false_hits  # noqa: E402
from stillwatch.adapters.screen.shipped import load_scorer  # noqa: E402
from stillwatch.screen.spelling import latin, spell_out  # noqa: E402
from stillwatch.stats.intervals import clopper_pearson  # noqa: E402

Scores = npt.NDArray[np.float64]


def row(
    name: str, scores: Scores, same: npt.NDArray[np.bool_], cpu_us: float | None
) -> dict[str, Any]:
    """One method's line."""
    recall, precision, mark = at_precision(scores, same, 0.9)
    look = at_recall(scores, same, 0.98)
    return {
        "kind": "labelled pairs", "name": name, "n": len(same), "recall_at_p90": recall,
        "precision_there": precision, "threshold_there": mark, "precision_at_r98": look[1],
        "cpu_us_a_pair": cpu_us,
    }  # fmt: skip


def ours(
    pairs: list[Pair], two_scripts: list[Pair], same: npt.NDArray[np.bool_], n_seeds: int
) -> list[dict[str, Any]]:
    """Ours on names that its trees were not fitted to, once a seed; the median is what counts."""
    spell_out("a b", pairs[0].kind)
    featured(pairs[:20])
    begun = time.process_time()
    rows = featured(pairs)
    cpu_us = (time.process_time() - begun) / len(pairs) * 1e6
    groups = families(pairs)
    found = []
    for seed in range(n_seeds):
        told(f"fold {seed}")
        found.append(
            row(
                f"stillwatch, held out, seed {seed}",
                held_out(rows, same, groups, seed),
                same,
                cpu_us,
            )
        )
        found[-1] |= interval(found[-1], same)
    middle = sorted(found, key=lambda one: one["recall_at_p90"])[len(found) // 2]
    return [{**middle, "name": "stillwatch, held out (median)"}, *shipped(pairs, two_scripts, same),
            *found]  # fmt: skip


def shipped(
    pairs: list[Pair], two_scripts: list[Pair], same: npt.NDArray[np.bool_]
) -> list[dict[str, Any]]:
    """Ours held out, with pairs of two scripts among those that are fitted, as it is shipped."""
    if not two_scripts:
        return []
    told("as shipped")
    both = [*pairs, *two_scripts]
    weights = np.array([1.0] * len(pairs) + [ACROSS_WEIGHT] * len(two_scripts))
    all_same = np.array([pair.same for pair in both])
    scores = held_out(featured(both), all_same, families(both), 0, weights)
    lines = [
        row("stillwatch, held out, as shipped", scores[: len(pairs)], same, None),
        row("two scripts, held out, as shipped", scores[len(pairs) :], all_same[len(pairs) :],
            None),
    ]  # fmt: skip
    lines[1]["kind"] = "across scripts, held out"
    return [{**line, **interval(line, same if n == 0 else all_same[len(pairs):])}
            for n, line in enumerate(lines)]  # fmt: skip


def interval(line: dict[str, Any], same: npt.NDArray[np.bool_]) -> dict[str, float]:
    """Clopper-Pearson limits of a recall; the threshold that was picked is taken as given."""
    n = int(same.sum())
    low, high = clopper_pearson(round(line["recall_at_p90"] * n), n)
    return {"low_95": low, "high_95": high}


def jaro(pairs: list[Pair]) -> tuple[Scores, float]:
    """Best Jaro-Winkler of words with words, as list servers without reference data do it."""
    begun = time.process_time()
    scores = np.zeros(len(pairs))
    for at, pair in enumerate(pairs):
        left, right = latin(pair.asked).split(), latin(pair.listed).split()
        if left and right:
            best = [max(JaroWinkler.similarity(a, b) for b in right) for a in left]
            scores[at] = sum(best) / len(best)
    return scores, (time.process_time() - begun) / len(pairs) * 1e6


def crossing(path: Path) -> list[dict[str, Any]]:
    """The shipped trees on the UN's names in their original scripts."""
    pairs = across(path)
    scorer, same = load_scorer(), np.array([one.same for one in pairs])
    scores = np.array([scorer.score(values) for values in featured(pairs)])
    line = row("UN names, original script beside Latin", scores, same, None)
    line["kind"] = "across scripts"
    hits = scores[same]
    return [{**line, "share_looked_at": float((hits >= scorer.p_look).mean()),
             "share_agreeing": float((hits >= scorer.p_agree).mean()),
             "share_of_others_agreeing": float((scores[~same] >= scorer.p_agree).mean()),
             }]  # fmt: skip


def main() -> None:
    """Score, compare, freeze."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with name-pairs.csv")
    parser.add_argument("--peers", type=Path, help="python of an environment with nomenklatura")
    parser.add_argument("--full", action="store_true", help="publish; more seeds and made names")
    asked = parser.parse_args()
    file = asked.data / "name-pairs.csv"
    pairs = read_pairs(file)
    same = np.array([one.same for one in pairs])
    two_scripts = [
        pair
        for name in ("un-consolidated.xml", "un-consolidated.xml.gz")
        if (asked.data / name).is_file()
        for pair in across(asked.data / name)
    ]
    rows = ours(pairs, two_scripts, same, 3 if asked.full else 1)
    scores, cpu_us = jaro(pairs)
    rows.append(row("Jaro-Winkler of words", scores, same, cpu_us))
    if asked.peers:
        told("peers")
        done = subprocess.run(
            [asked.peers, HERE / "peers_worker.py", file],
            capture_output=True,
            text=True,
            check=True,
        )
        for name, one in json.loads(done.stdout).items():
            rows.append(row(f"nomenklatura {name}", np.array(one["scores"]), same, one["cpu_us"]))
    for name in ("un-consolidated.xml", "un-consolidated.xml.gz"):
        if (asked.data / name).is_file():
            rows += crossing(asked.data / name)
    for name in ("us-csl-2022-05.csv", "us-csl-2022-05.csv.gz"):
        if (asked.data / name).is_file():
            told("false hits by group")
            rows += false_hits(asked.data / name, 120 if asked.full else 40, 1)
    print(table(rows))
    facts = {"pairs": len(pairs), "same": int(same.sum()), "folds": 10, "seed": 1,
             "peers": "nomenklatura 4.17.4" if asked.peers else "none"}  # fmt: skip
    freeze(HERE, rows, full=asked.full, facts=facts, headlines=headlines(rows))


def headlines(rows: list[dict[str, Any]]) -> list[str]:
    """The numbers that matter, in sentences."""
    best = rows[0]
    peers = [one for one in rows if one["name"].startswith("nomenklatura")]
    lines = [
        f"On {best['n']} labelled pairs, scored by models that were not fitted to their names: "
        f"recall {best['recall_at_p90']:.3f} at precision 0.90; precision "
        f"{best['precision_at_r98']:.3f} at recall 0.98. The target of 0.98 at 0.90 is "
        "not met by names alone.",
        f"With the pairs of two scripts among the fitted ones, as shipped: "
        f"{rows[1]['recall_at_p90']:.3f} at 0.90.",
    ]
    if peers:
        top = max(peers, key=lambda one: one["recall_at_p90"])
        lines.append(
            f"The best peer, {top['name']}, has recall {top['recall_at_p90']:.3f} "
            "at precision 0.90."
        )
    for one in rows:
        if one["kind"] == "across scripts":
            lines.append(
                "Of the UN's names in their original script, to which the trees were fitted too, "
                f"{one['share_looked_at']:.1%} "
                f"are looked at and {one['share_agreeing']:.1%} agree with the Latin name "
                f"of the same entry; "
                f"{one['share_of_others_agreeing']:.1%} agree with another entry's."
            )
        if one["kind"] == "disparity":
            lines.append(
                f"False hits on made names: the group with most has {one['share']:.1f} times "
                f"those of the group with fewest "
                f"(at least {one['low_95']:.1f} times by the intervals)."
            )
    return lines


if __name__ == "__main__":
    main()
