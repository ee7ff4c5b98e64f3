"""Disparity: whether false hits fall on names of some origins more than of others.

Origin is read here from labels that a measuring set brings along, and nowhere else: no part of the
screening knows it. What comes out is printed with each release; nothing is tuned by it per origin.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import beta


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How often names of one group were false hits.

    Args:
        group: label of the measuring set.
        n: names that are on no list.
        n_hits: of them, called a hit.
        low: lower end of the 95% interval of the share (Clopper-Pearson).
        high: upper end.
    """

    group: str
    n: int
    n_hits: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of false hits, 0 to 1."""
        return self.n_hits / self.n if self.n else 0.0


def shares(hits: Iterable[tuple[str, bool]]) -> list[Share]:
    """Shares of false hits by group, the highest first.

    Args:
        hits: (group, whether it was a hit) of names that are on no list.

    >>> shares([("a", True), ("a", False), ("b", False)])[0].share
    0.5
    """
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for group, hit in hits:
        counts[group][0] += 1
        counts[group][1] += hit
    found = [
        Share(
            group=group, n=n, n_hits=k,
            low=float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0,
            high=float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0,
        )
        for group, (n, k) in counts.items()
    ]  # fmt: skip
    return sorted(found, key=lambda one: (-one.share, one.group))


def worst_ratio(found: list[Share]) -> tuple[float, float]:
    """The highest share over the lowest, and the least it can be by the intervals.

    Returns:
        (ratio of the shares; ratio of the highest group's lower end to the lowest's upper end),
        each at least 0; infinite where the lowest share is 0.
    """
    known = [one for one in found if one.n]
    if not known:
        return 1.0, 1.0
    top, bottom = known[0], known[-1]
    ratio = top.share / bottom.share if bottom.share else float("inf") if top.share else 1.0
    return ratio, top.low / bottom.high
