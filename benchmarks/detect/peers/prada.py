"""PRADA: distances between one account's queries should look normal."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import shapiro

from benchmarks.detect.peers.columns import by_name
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.texts import Vectors, windows


def normality_gap(vectors: Vectors) -> float:
    """1 - W of Shapiro-Wilk on each query's distance to its nearest earlier query.

    Outliers beyond three standard deviations are dropped first, as in the paper. 0 when
    fewer than three distances are left or all are equal.
    """
    similar = vectors @ vectors.T
    similar[np.triu_indices(len(vectors))] = -np.inf
    nearest = np.sqrt(np.maximum(2.0 - 2.0 * similar[1:].max(axis=1), 0.0))
    nearest = nearest[np.abs(nearest - nearest.mean()) <= 3 * nearest.std() + 1e-12]
    if len(nearest) < 3 or np.ptp(nearest) < 1e-9:
        return 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(1.0 - shapiro(nearest).statistic)


@dataclass(frozen=True, slots=True)
class Prada:
    """Shapiro-Wilk on minimum distances, over at most ``cap`` prompts an account."""

    cap: int = 64
    least: int = 20
    source: str = "Juuti et al., PRADA, EuroS&P 2019 (arXiv 1805.02628)"
    name: str = "PRADA"

    def rank(self, world: World) -> dict[str, float]:
        """Score = 1 - W; 0 for accounts with fewer than ``least`` prompts."""
        sampled = windows(world, cap=self.cap)
        scores = np.zeros(len(sampled.names))
        for account, vectors in sampled.each():
            if len(vectors) >= self.least:
                scores[account] = normality_gap(vectors)
        return by_name(sampled.names, scores)
