"""Fit the scorer to labelled pairs, and say how it fares on names that it was not fitted to.

``PYTHONPATH=. python benchmarks/screen/names/fit.py PAIRS.csv [UN.xml]`` writes
``src/stillwatch/screen/data/names.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import GroupKFold

from benchmarks.screen.names.models import fit, told_kernel, told_trees
from benchmarks.screen.names.pairs import (
    ACROSS,
    at_precision,
    at_recall,
    families,
    featured,
    read_pairs,
)
from benchmarks.screen.names.scripts import across
from stillwatch.screen.aligning import FEATURES

ROOT = Path(__file__).resolve().parents[3]
#: pairs of two scripts are many and alike; so much does one of them count.
ACROSS_WEIGHT = 0.35
TARGET = ROOT / "src" / "stillwatch" / "screen" / "data" / "names.json"
N_FOLDS, N_REPEATS = 10, 2


def held_out(
    rows: npt.NDArray[np.float64],
    same: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    seed: int,
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    """(n_pairs,) scores by models fitted to pairs that share no name with the one scored."""
    scores = np.zeros(len(same))
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for known, asked in folds.split(rows, same, groups):
        weight = None if weights is None else weights[known]
        scores[asked] = fit(rows[known], same[known], weight, seed).score(rows[asked])
    return scores


def main() -> None:
    """Fit, measure out of fold, write."""
    pairs = read_pairs(Path(sys.argv[1]))
    n_checked = len(pairs)
    if len(sys.argv) > 2:
        pairs += across(Path(sys.argv[2]))
    rows, same = featured(pairs), np.array([pair.same for pair in pairs])
    groups = families(pairs)
    weights = np.array([ACROSS_WEIGHT if pair.group == ACROSS else 1.0 for pair in pairs])
    runs = [held_out(rows, same, groups, seed, weights) for seed in range(N_REPEATS)]
    checked = slice(None, n_checked)
    agree = [at_precision(scores[checked], same[checked], 0.9) for scores in runs]
    look = [at_recall(scores[checked], same[checked], 0.98) for scores in runs]
    fitted = fit(rows, same, weights, 0)
    share = float(np.average(same, weights=weights))
    value = {
        "features": list(FEATURES),
        "start": round(float(np.log(share / (1 - share))), 6),
        "p_look": round(float(np.median([one[2] for one in look])), 4),
        "p_agree": round(float(np.median([one[2] for one in agree])), 4),
        "fitted_to": f"{n_checked} labelled pairs of nomenklatura's check set (MIT), and "
        f"{len(pairs) - n_checked} of names in two scripts made of the UN list",
        "held_out": {
            "recall_at_precision_0.90": [round(one[0], 4) for one in agree],
            "precision_at_recall_0.98": [round(one[1], 4) for one in look],
        },
        "trees": told_trees(fitted),
        "kernel": told_kernel(fitted),
    }
    print(json.dumps({k: value[k] for k in ("p_look", "p_agree", "held_out")}, indent=1))
    if len(pairs) > n_checked:
        for scores in runs:
            print(at_precision(scores[n_checked:], same[n_checked:], 0.9))
    TARGET.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
