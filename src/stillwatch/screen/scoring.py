"""Scoring: how likely two names are names of one thing, as labelled pairs teach it.

Two models, and the mean of their probabilities: boosted trees, which find thresholds, and a kernel
machine, which is smooth where pairs are few. Both stand in a file, with what they were fitted to
and how well they fare on names that they were not fitted to. A score is about names. It is never
about a person or a company: one name is borne by many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from stillwatch.model.canonical import digest_of
from stillwatch.model.errors import BadInput
from stillwatch.screen.aligning import FEATURES, Aligned, align_many
from stillwatch.screen.spelling import Spelt

#: log-odds of a margin of 1.
MARGIN: Final = 2.0


@dataclass(frozen=True, slots=True)
class Scorer:
    """Trees, a kernel machine, and the two marks on the scale of their mean.

    Args:
        roots: (n_trees,) first node of each tree.
        feature: (n_nodes,) place in :data:`FEATURES`, or -1 at a leaf.
        threshold: (n_nodes,) values up to it go left.
        left: (n_nodes,) node to the left; the one to the right follows it in ``right``.
        right: (n_nodes,).
        value: (n_nodes,) what a leaf adds, in log-odds.
        start: log-odds before any tree.
        centre: (n_features,) mean of each feature.
        spread: (n_features,) standard deviation of each.
        supports: (n_features, n_supports) pairs that carry the kernel machine, made standard.
        coefs: (n_supports,) what each adds.
        bias: of the kernel machine.
        gamma: width of its kernel.
        p_look: from here on a pair is looked at; set for recall.
        p_agree: from here on the names agree; set for precision.
        digest: names the file.
    """

    roots: npt.NDArray[np.int64]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    value: npt.NDArray[np.float64]
    start: float
    centre: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    supports: npt.NDArray[np.float64]
    coefs: npt.NDArray[np.float64]
    bias: float
    gamma: float
    p_look: float
    p_agree: float
    digest: str

    def score(self, features: Sequence[float]) -> float:
        """Probability, 0 to 1, that a pair with these features is one name.

        Args:
            features: in the order of :data:`FEATURES`.
        """
        return self.score_many(np.array([features], dtype=np.float64))[0]

    def score_many(self, rows: npt.NDArray[np.float64]) -> list[float]:
        """Probabilities of pairs.

        Args:
            rows: (n_pairs, n_features) in the order of :data:`FEATURES`.
        """
        odds = _walked(
            rows, self.roots, self.feature, self.threshold, self.left, self.right, self.value
        )
        by_trees = [1.0 / (1.0 + exp(-(self.start + one))) for one in odds.tolist()]
        if not len(self.coefs):
            return by_trees
        margins = _kernel(
            rows, self.centre, self.spread, self.supports, self.coefs, self.gamma
        ).tolist()
        return [
            0.5 * (one + 1.0 / (1.0 + exp(-MARGIN * (self.bias + margin))))
            for one, margin in zip(by_trees, margins, strict=True)
        ]

    def compare(self, asked: Spelt, listed: Spelt) -> tuple[float, Aligned]:
        """Score two names; see :meth:`compare_many`."""
        return self.compare_many([(asked, listed)])[0]

    def compare_many(self, pairs: Sequence[tuple[Spelt, Spelt]]) -> list[tuple[float, Aligned]]:
        """Score pairs of names; names whose words are the same score 1.

        Names that only legal forms and particles set apart agree at least, whatever the trees say.
        """
        if not pairs:
            return []
        aligned = align_many(pairs)
        scores = self.score_many(np.array([one.features for one in aligned], dtype=np.float64))
        return [
            (self._settled(asked, listed, beside, score), beside)
            for (asked, listed), beside, score in zip(pairs, aligned, scores, strict=True)
        ]

    def _settled(self, asked: Spelt, listed: Spelt, aligned: Aligned, score: float) -> float:
        if asked.latin == listed.latin and asked.name.comparable == listed.name.comparable:
            return 1.0
        if score < self.p_agree and aligned.only_forms_apart:
            return self.p_agree
        return score


def scorer_from(value: Mapping[str, Any]) -> Scorer:
    """The trees of a file.

    Raises:
        BadInput: it is damaged, or was fitted to other features.
    """
    try:
        if tuple(value["features"]) != FEATURES:
            raise BadInput(
                "the scorer was fitted to other features.", where="names.json",
                remedy="Fit it again: benchmarks/screen/names/fit.py.",
            )  # fmt: skip
        trees, kernel = value["trees"], value["kernel"]
        ends = np.cumsum([0, *(len(tree["feature"]) for tree in trees)])
        shift = [
            np.where(np.asarray(tree[side]) >= 0, np.asarray(tree[side]) + start, -1)
            for side in ("left", "right")
            for tree, start in zip(trees, ends[:-1], strict=True)
        ]
        joined = {
            name: np.concatenate([np.asarray(tree[name], dtype=np.float64) for tree in trees])
            for name in ("feature", "threshold", "value")
        }
        return Scorer(
            ends[:-1].astype(np.int64),
            joined["feature"].astype(np.int64),
            joined["threshold"],
            np.concatenate(shift[: len(trees)]).astype(np.int64),
            np.concatenate(shift[len(trees) :]).astype(np.int64),
            joined["value"],
            float(value["start"]),
            _floats(kernel["centre"]),
            _floats(kernel["spread"]),
            np.ascontiguousarray(_floats(kernel["supports"]).reshape(-1, len(FEATURES)).T),
            _floats(kernel["coefs"]),
            float(kernel["bias"]),
            float(kernel["gamma"]),
            float(value["p_look"]),
            float(value["p_agree"]),
            digest_of("scorer", {k: value[k] for k in ("features", "trees", "kernel", "start")}),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no scorer: {error}.", where="names.json") from error


def _floats(values: Any) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64)


@numba.njit(cache=True)
def _walked(rows, roots, feature, threshold, left, right, value):  # type: ignore[no-untyped-def]
    totals = np.zeros(rows.shape[0], dtype=np.float64)
    for n in range(totals.size):
        for root in roots:
            node = root
            while feature[node] >= 0:
                # The trees were fitted to single precision.
                goes_left = np.float32(rows[n, feature[node]]) <= threshold[node]
                node = left[node] if goes_left else right[node]
            totals[n] += value[node]
    return totals


@numba.njit(cache=True)
def _kernel(rows, centre, spread, supports, coefs, gamma):  # type: ignore[no-untyped-def]
    # Features outside and supports inside: each sum is made in the order of the features, and many
    # are made at once.
    totals = np.zeros(rows.shape[0], dtype=np.float64)
    apart = np.empty(coefs.size, dtype=np.float64)
    for row in range(totals.size):
        apart[:] = 0.0
        for k in range(rows.shape[1]):
            value = (rows[row, k] - centre[k]) / spread[k]
            for n in range(coefs.size):
                one = value - supports[k, n]
                apart[n] += one * one
        for n in range(coefs.size):
            totals[row] += coefs[n] * np.exp(-gamma * apart[n])
    return totals
