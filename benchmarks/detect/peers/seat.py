"""SEAT: count pairs of near-duplicate queries in one account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.detect.peers.columns import by_name
from benchmarks.detect.peers.interface import World
from benchmarks.detect.peers.texts import windows


@dataclass(frozen=True, slots=True)
class Seat:
    """Pairs of prompts of one account whose cosine lies in [``near``, ``same``].

    With ``same`` below 1 exact repeats do not count: people repeat short follow-ups, and a
    harvester seldom asks twice.
    """

    near: float = 0.8
    same: float = 1.01
    cap: int = 64
    source: str = "Zhang, Chen, Wagner: SEAT, AISec 2021"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"SEAT (>={self.near}{', no exact repeats' if self.same < 1 else ''})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = number of similar pairs among at most ``cap`` prompts of the account."""
        sampled = windows(world, cap=self.cap)
        scores = np.zeros(len(sampled.names))
        for account, vectors in sampled.each():
            similar = (vectors @ vectors.T)[np.triu_indices(len(vectors), k=1)]
            scores[account] = np.count_nonzero((similar >= self.near) & (similar <= self.same))
        return by_name(sampled.names, scores)
