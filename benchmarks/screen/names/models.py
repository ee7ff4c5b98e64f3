"""The two models that weigh names: fitted, asked, and told as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from stillwatch.screen.scoring import MARGIN

Rows = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Both:
    """Trees and a kernel machine, fitted to the same pairs."""

    trees: GradientBoostingClassifier
    standard: StandardScaler
    kernel: SVC

    def score(self, rows: Rows) -> Rows:
        """(n_pairs,) mean of the two probabilities."""
        margin = self.kernel.decision_function(self.standard.transform(rows))
        by_trees = self.trees.predict_proba(rows)[:, 1]
        return np.asarray(0.5 * (by_trees + 1 / (1 + np.exp(-MARGIN * margin))))


def fit(rows: Rows, same: Flags, weights: Rows | None, seed: int) -> Both:
    """Fit both.

    Args:
        rows: (n_pairs, n_features).
        same: (n_pairs,) whether a pair is of one thing.
        weights: (n_pairs,) how much each counts; all alike where there are none.
        seed: of the trees.
    """
    trees = GradientBoostingClassifier(
        n_estimators=320, max_depth=3, learning_rate=0.05, subsample=0.6, max_features=0.3,
        min_samples_leaf=4, random_state=seed,
    ).fit(rows, same, sample_weight=weights)  # fmt: skip
    standard = StandardScaler().fit(rows)
    kernel = SVC(C=2.0, gamma=0.008).fit(standard.transform(rows), same, sample_weight=weights)
    return Both(trees, standard, kernel)


def told_trees(both: Both) -> list[dict[str, Any]]:
    """The trees as plain values."""
    told = []
    for stage in both.trees.estimators_[:, 0]:
        tree = stage.tree_
        leaf = tree.children_left < 0
        value = tree.value[:, 0, 0] * both.trees.learning_rate
        told.append(
            {
                "feature": np.where(leaf, -1, tree.feature).tolist(),
                "threshold": [round(x, 6) for x in np.where(leaf, 0.0, tree.threshold)],
                "left": tree.children_left.tolist(),
                "right": tree.children_right.tolist(),
                "value": [round(x, 6) for x in np.where(leaf, value, 0.0)],
            }
        )
    return told


def told_kernel(both: Both) -> dict[str, Any]:
    """The kernel machine as plain values."""
    return {
        "centre": [round(float(x), 6) for x in both.standard.mean_],
        "spread": [round(float(x), 6) for x in both.standard.scale_],
        "supports": [[round(float(x), 3) for x in row] for row in both.kernel.support_vectors_],
        "coefs": [round(float(x), 5) for x in both.kernel.dual_coef_[0]],
        "bias": round(float(both.kernel.intercept_[0]), 6),
        "gamma": both.kernel.gamma,
    }
