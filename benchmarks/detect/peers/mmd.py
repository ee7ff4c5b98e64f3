"""MMD window test: does an account's window of prompts come from the benign mixture?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detect.peers.columns import by_name
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.texts import READ_CHARS, Vectors, hashed, windows

#: window sizes at which the null is drawn; an account uses the largest that it fills.
SIZES = (5, 10, 20, 40, 64)


@dataclass(frozen=True, slots=True)
class Kernel:
    """RBF kernel on unit vectors against a fixed reference (n_reference, n_features)."""

    reference: Vectors
    gamma: float
    within: float

    @classmethod
    def fit(cls, reference: Vectors) -> Kernel:
        """Median heuristic: gamma = 1 / median squared distance of the reference."""
        squared = np.maximum(2.0 - 2.0 * reference @ reference.T, 0.0)
        upper = squared[np.triu_indices(len(reference), k=1)]
        gamma = 1.0 / max(float(np.median(upper)), 1e-6)
        return cls(reference, gamma, float(np.exp(-gamma * upper).mean()))

    def mmd2(self, window: Vectors) -> float:
        """Unbiased squared MMD between a window (n >= 2) and the reference."""
        n = len(window)
        own = np.exp(-self.gamma * np.maximum(2.0 - 2.0 * window @ window.T, 0.0))
        cross = np.exp(-self.gamma * np.maximum(2.0 - 2.0 * window @ self.reference.T, 0.0))
        inside = (float(own.sum()) - float(np.trace(own))) / (n * (n - 1))
        return inside + self.within - 2.0 * float(cross.mean())


def null_of(
    kernel: Kernel, pool: Vectors, *, n_draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of MMD^2 of benign windows at each of ``SIZES``."""
    mean, spread = np.zeros(len(SIZES)), np.zeros(len(SIZES))
    for at, size in enumerate(SIZES):
        draws = [
            kernel.mmd2(pool[rng.choice(len(pool), size=size, replace=size > len(pool))])
            for _ in range(n_draws)
        ]
        mean[at], spread[at] = np.mean(draws), np.std(draws) + 1e-9
    return mean, spread


@dataclass(frozen=True, slots=True)
class MmdWindow:
    """Unbiased RBF-MMD of each account's window, in null standard deviations.

    Attributes:
        reference: benign prompts; None takes one random prompt of every account of the
            world itself, unlabelled, as an operator without labels would.
    """

    reference: Sequence[str] | None = None
    n_reference: int = 500
    cap: int = 64
    n_draws: int = 200
    source: str = "Liu, Guo, Dong: MMD extraction detector, 2026 (arXiv 2606.05725)"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"MMD window ({'own' if self.reference is None else 'benign'} reference)"

    def rank(self, world: World) -> dict[str, float]:
        """Score = (MMD^2 - null mean) / null deviation at the window's size; 0 when short."""
        rng = np.random.default_rng(world.seed)
        sampled = windows(world, cap=self.cap)
        if self.reference is None:
            some = sampled.starts[:-1][np.diff(sampled.starts) > 0]
            pool = sampled.vectors[sampled.which[some]]
        else:
            pool = hashed([text[:READ_CHARS] for text in self.reference])
        pool = pool[rng.permutation(len(pool))]
        half = max(2, min(self.n_reference, len(pool) // 2))
        kernel = Kernel.fit(pool[:half])
        mean, spread = null_of(kernel, pool[half:], n_draws=self.n_draws, rng=rng)
        scores = np.zeros(len(sampled.names))
        for account, vectors in sampled.each():
            at = int(np.searchsorted(SIZES, len(vectors), side="right")) - 1
            if at >= 0:
                scores[account] = (kernel.mmd2(vectors) - mean[at]) / spread[at]
        return by_name(sampled.names, scores)
