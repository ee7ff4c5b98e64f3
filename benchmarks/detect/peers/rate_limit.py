"""Per-account rate limit: the most requests in any sliding hour or day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.detect.peers.columns import accounts_of, by_name, times_us
from benchmarks.detect.peers.interface import World


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Flags whoever sends much in ``window_s`` seconds: what every gateway has."""

    window_s: int = 3600
    source: str = "common practice; OWASP LLM10:2025, mitigation 3"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"rate limit ({'hour' if self.window_s == 3600 else 'day'})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = the most exchanges in any window that ends at an exchange."""
        account = accounts_of(world)
        sent = times_us(world)
        sent = sent - sent.min()
        stride = int(sent.max()) + self.window_s * 1_000_000 + 1
        keys = np.sort(account.codes * stride + sent)
        since = np.searchsorted(keys, keys - self.window_s * 1_000_000, side="right")
        counts = np.arange(len(keys)) - np.maximum(since, 0) + 1
        most = np.zeros(len(account.values))
        np.maximum.at(most, keys // stride, counts)
        return by_name(account.values, most)
