"""Fit the scorer to labelled pairs, and say how it fares on names that it was not fitted to.

``PYTHONPATH=. python benchmarks/screen/names/fit.py PAIRS.csv`` writes
``src/stillwatch/screen/data/names.json``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import GroupKFold

from benchmarks.screen.names.pairs import at_precision, at_recall, families, featured, read_pairs
from stillwatch.screen.aligning import FEATURES

ROOT = Path(__file__).resolve().parents[3]
TARGET = ROOT / "src" / "stillwatch" / "screen" / "data" / "names.json"
N_FOLDS, N_REPEATS = 10, 3


def model(seed: int) -> GradientBoostingClassifier:
    """The trees, not yet fitted."""
    return GradientBoostingClassifier(
        n_estimators=220, max_depth=3, learning_rate=0.05, subsample=0.6, max_features=0.3,
        min_samples_leaf=4, random_state=seed,
    )  # fmt: skip


def held_out(
    rows: npt.NDArray[np.float64],
    same: npt.NDArray[np.bool_],
    groups: npt.NDArray[np.int64],
    seed: int,
) -> npt.NDArray[np.float64]:
    """(n_pairs,) scores by trees fitted to pairs that share no name with the one scored."""
    scores = np.zeros(len(same))
    folds = GroupKFold(N_FOLDS, shuffle=True, random_state=seed)
    for known, asked in folds.split(rows, same, groups):
        fitted = model(seed).fit(rows[known], same[known])
        scores[asked] = fitted.predict_proba(rows[asked])[:, 1]
    return scores


def told(fitted: GradientBoostingClassifier, rate: float) -> list[dict[str, Any]]:
    """The trees as plain values."""
    trees = []
    for stage in fitted.estimators_[:, 0]:
        tree = stage.tree_
        leaf = tree.children_left < 0
        trees.append(
            {
                "feature": np.where(leaf, -1, tree.feature).tolist(),
                "threshold": [round(x, 6) for x in np.where(leaf, 0.0, tree.threshold)],
                "left": tree.children_left.tolist(),
                "right": tree.children_right.tolist(),
                "value": [round(x, 6) for x in np.where(leaf, tree.value[:, 0, 0] * rate, 0.0)],
            }
        )
    return trees


def main() -> None:
    """Fit, measure out of fold, write."""
    pairs = read_pairs(Path(sys.argv[1]))
    rows, same = featured(pairs), np.array([pair.same for pair in pairs])
    groups = families(pairs)
    runs = [held_out(rows, same, groups, seed) for seed in range(N_REPEATS)]
    agree = [at_precision(scores, same, 0.9) for scores in runs]
    look = [at_recall(scores, same, 0.98) for scores in runs]
    fitted = model(0).fit(rows, same)
    share = float(same.mean())
    value = {
        "features": list(FEATURES),
        "start": round(float(np.log(share / (1 - share))), 6),
        "p_look": round(float(np.median([one[2] for one in look])), 4),
        "p_agree": round(float(np.median([one[2] for one in agree])), 4),
        "fitted_to": f"{len(pairs)} labelled pairs of nomenklatura's check set (MIT)",
        "held_out": {
            "recall_at_precision_0.90": [round(one[0], 4) for one in agree],
            "precision_at_recall_0.98": [round(one[1], 4) for one in look],
        },
        "trees": told(fitted, fitted.learning_rate),
    }
    print(json.dumps({k: value[k] for k in ("p_look", "p_agree", "held_out")}, indent=1))
    TARGET.write_text(json.dumps(value, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
