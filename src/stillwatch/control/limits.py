"""Limits: how many requests a key may make, by the generic cell rate algorithm (GCRA).

One number a key: the moment at which its bucket will be full again (its theoretical arrival
time). A request is allowed where that moment lies no further ahead than the burst. All claims
of one request are taken together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol


class Claim(NamedTuple):
    """What one request asks of one limit.

    Args:
        key: ``limit:subject``.
        cost_us: microseconds by which the bucket is drained: cost times period over rate.
        burst_us: how far ahead the bucket may be drained.
    """

    key: str
    cost_us: int
    burst_us: int


class Taken(NamedTuple):
    """Whether all claims were taken, and if not, which stood in the way and for how long.

    Args:
        allowed: whether they were.
        wait_us: until the slowest of those in the way has room; 0 where allowed.
        blocked: positions of the claims in the way.
        exact: whether the count is that of all replicas, or this one's share.
    """

    allowed: bool
    wait_us: int = 0
    blocked: tuple[int, ...] = ()
    exact: bool = True


ALL_TAKEN = Taken(True)


class Limits(Protocol):
    """Where limits are kept: in this process, or in a store that replicas share."""

    def take(self, claims: Sequence[Claim], now_us: int) -> Taken:
        """Take all claims, or none where one of them has no room."""
        ...

    def charge(self, claims: Sequence[Claim], now_us: int) -> None:
        """Drain without asking: what was already used, such as tokens of an answer."""
        ...


class LocalLimits:
    """Limits of one process: a dictionary.

    Args:
        n_most: keys that are kept; beyond it those whose bucket is full are dropped.

    >>> limits = LocalLimits()
    >>> two_a_second = Claim("a", cost_us=500_000, burst_us=1_000_000)
    >>> [limits.take([two_a_second], 0).allowed for _ in range(3)]
    [True, True, False]
    >>> limits.take([two_a_second], 0).wait_us
    500000
    """

    def __init__(self, n_most: int = 1_000_000) -> None:
        self._full_at: dict[str, int] = {}
        self._n_most = n_most
        self._sweep_at = n_most

    def __len__(self) -> int:
        """Keys that are kept."""
        return len(self._full_at)

    def take(self, claims: Sequence[Claim], now_us: int) -> Taken:
        """Take all claims, or none where one of them has no room."""
        full_at = self._full_at
        blocked: list[int] = []
        wait_us = 0
        after = []
        for place, claim in enumerate(claims):
            moment = full_at.get(claim.key, 0)
            if moment < now_us:
                moment = now_us
            moment += claim.cost_us
            over = moment - now_us - claim.burst_us
            if over > 0:
                blocked.append(place)
                if over > wait_us:
                    wait_us = over
            after.append(moment)
        if blocked:
            return Taken(False, wait_us, tuple(blocked))
        for claim, moment in zip(claims, after, strict=True):
            full_at[claim.key] = moment
        if len(full_at) > self._sweep_at:
            self._sweep(now_us)
        return ALL_TAKEN

    def charge(self, claims: Sequence[Claim], now_us: int) -> None:
        """Drain without asking."""
        for claim in claims:
            self._full_at[claim.key] = max(self._full_at.get(claim.key, 0), now_us) + claim.cost_us

    def raised(self, marks: Iterable[tuple[str, int]]) -> None:
        """Put moments back, where they are later than what stands: merging loses no drain."""
        for key, moment in marks:
            if moment > self._full_at.get(key, 0):
                self._full_at[key] = moment

    def marks(self, now_us: int) -> Iterator[tuple[str, int]]:
        """Every key whose bucket is not full, with the moment at which it will be."""
        for key, moment in list(self._full_at.items()):
            if moment > now_us:
                yield key, moment

    def _sweep(self, now_us: int) -> None:
        """Forget full buckets; they are as good as new ones."""
        self._full_at = dict(self.marks(now_us))
        self._sweep_at = max(self._n_most, 2 * len(self._full_at))
