"""Chains: whether one job goes on where another stopped, all such pairs weighed together.

Within a class of jobs that save as much, an end is followed by the run's own next part or by none;
a start that reads as much goes on from an end that is seen, or is a stranger's: somebody else's
work that goes on from an end that is not seen, or reads as much by chance. How many ends are
followed, after what gaps, how many stay on their account, and how often strangers come, is
estimated class by class (EM; few cases lean on what the whole cluster shows). Every pair's chance
is its share of all ways to pair ends with starts: two starts that fit one end take from each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stillwatch.cloud.candidates import (
    ALIKE,
    ELSEWHERE,
    MOST_GAP_S,
    Columns,
    Pairs,
    columns_of,
    pairs_of,
    relation_of,
)
from stillwatch.cloud.kin import Accounts
from stillwatch.cloud.likeness import Likeness, Traits
from stillwatch.cloud.marginals import I64, exact, marginals
from stillwatch.cloud.telemetry import F64

#: means of the two exponential gaps, seconds; the third is anything up to the longest.
GAPS_S: Final = (2 * 3600.0, 24 * 3600.0)
#: prior counts: of the three gaps, of ends followed and not, of staying on the account and not,
#: of strangers.
_GAPS: Final = np.array([5.1, 0.7, 0.2])
_FOLLOWED: Final = (0.5, 5.0)
_STAYED: Final = (4.0, 1.0)
_STRANGERS: Final = 0.25
#: how often a next part is on the same devices, and saves as much.
_SAME_DEVICES: Final = 0.9
_SAVES_AS_MUCH: Final = 0.95
#: how sure pairs must be that make accounts known by one run.
_SURE: Final = 0.93
_ROUNDS: Final = 25


def chains(traits: Sequence[Traits], window_s: tuple[float, float]) -> list[Likeness]:
    """Pairs in which the later job more likely than not goes on from the earlier.

    Args:
        traits: of all jobs, in the order of their begin.
        window_s: start and end of the telemetry, seconds since 1970-01-01 UTC.

    Returns:
        Bits of posterior odds by kind; each job is first in one pair at most, and second in one.
    """
    jobs = columns_of(traits)
    pairs = pairs_of(jobs)
    if not len(pairs):
        return []
    model = _Model(jobs, pairs, window_s)
    for _ in range(3):
        for _ in range(_ROUNDS):
            if not model.turn():
                break
        if not model.get_to_know():
            break
    return model.told()


@dataclass(slots=True)
class _Side:
    """Numbers of jobs from 0, for those that stand in pairs."""

    jobs: I64
    of: I64

    @staticmethod
    def made(told: I64) -> _Side:
        jobs, of = np.unique(told, return_inverse=True)
        return _Side(jobs, np.asarray(of, np.int64))


class _Model:
    def __init__(self, jobs: Columns, pairs: Pairs, window_s: tuple[float, float]) -> None:
        self.jobs, self.pairs = jobs, pairs
        self.window_s = max(window_s[1] - window_s[0], MOST_GAP_S)
        self.ends, self.starts = _Side.made(pairs.first), _Side.made(pairs.second)
        self.n_size, self.n_recipe = int(jobs.size.max()) + 1, int(jobs.recipe.max()) + 1
        self.size, self.recipe = jobs.size[pairs.first], jobs.recipe[pairs.first]
        self.crowd, self.own = jobs.size, jobs.recipe
        self.gap_parts = _gap_parts(pairs.gap_s)
        left_s = np.clip(window_s[1] - jobs.end_s, 0.0, None)
        self.seen_parts = _seen_parts(left_s)
        self.chance = _by_chance(jobs, pairs, self.window_s)
        self.accounts = Accounts(jobs, pairs)
        self.kin: I64 = np.full(self.accounts.n, -1, np.int64)
        self.p: F64 = np.zeros(len(pairs))
        self.back: F64 | None = None
        self.estimate()

    def turn(self) -> bool:
        """Weigh all pairs, then estimate again; False once nothing moves."""
        odds = np.exp2(sum(self.parts().values()))
        before = self.p
        self.p, self.back = marginals(
            self.ends.of, self.starts.of, odds, len(self.ends.jobs), len(self.starts.jobs),
            self.back,
        )  # fmt: skip
        self.estimate()
        return bool(np.max(np.abs(self.p - before)) > 1e-4)

    def exactly(self) -> F64:
        """Chances with small circles added up in full."""
        odds = np.exp2(sum(self.parts().values()))
        ends, starts = self.ends, self.starts
        sides = (len(ends.jobs), len(starts.jobs))
        _, back = marginals(ends.of, starts.of, odds, *sides, self.back)
        return exact(ends.of, starts.of, odds, *sides, back)

    def parts(self) -> dict[str, F64]:
        """Bits of each pair before it is weighed against the others, by kind."""
        pairs, crowd = self.pairs, self.crowd[self.pairs.first]
        own = (self.gap_parts * self.gaps[crowd]).sum(axis=1)
        own *= np.where(pairs.relation == ELSEWHERE, 1 - _SAME_DEVICES, _SAME_DEVICES)
        differs, fits = pairs.saves == 0, pairs.saves == 1
        own *= np.where(differs, 1 - _SAVES_AS_MUCH, np.where(fits, _SAVES_AS_MUCH, 1.0))
        strangers = np.where(
            pairs.relation == ELSEWHERE,
            self.strange_size[self.size],
            self.strange_recipe[self.recipe],
        )
        strangers = strangers * np.where(differs, 1 - _SAVES_AS_MUCH, 1.0)
        other = strangers + np.where(fits, 0.0, self.chance)
        h = self.habit[self.own[pairs.first]]
        seen = (self.seen_parts[pairs.first] * self.gaps[crowd]).sum(axis=1)
        return {
            "handover": np.log2(own / other),
            "habit": np.log2(h / (1 - h * seen)),
            "account": self.accounts.bits(self.stayed[crowd], self.kin),
        }

    def estimate(self) -> None:
        """Habits, gaps and strangers of each class, from how sure its pairs are."""
        jobs, p, n_jobs = self.jobs, self.p, len(self.jobs.size)
        followed: F64 = np.bincount(self.pairs.first, p, n_jobs).astype(float)
        explained: F64 = np.bincount(self.pairs.second, p, n_jobs).astype(float)
        crowd, n = self.crowd[self.pairs.first], int(self.crowd.max()) + 1
        if not p.any():
            self.gaps = np.tile(_GAPS / _GAPS.sum(), (n, 1))
        parts = self.gap_parts * self.gaps[crowd]
        shares = parts / parts.sum(axis=1, keepdims=True) * p[:, None]
        self.gaps = _GAPS + _added(crowd, shares, n)
        self.gaps /= self.gaps.sum(axis=1, keepdims=True)
        stayed = np.bincount(crowd, p * self.accounts.same, n) + _STAYED[0]
        self.stayed = stayed / (np.bincount(crowd, p, n) + sum(_STAYED))
        at = np.flatnonzero((jobs.size >= 0) & ~jobs.running)
        risk = (self.seen_parts[at] * self.gaps[self.crowd[at]]).sum(axis=1)
        self.habit = self._habits(at, followed[at], np.maximum(risk, followed[at]))
        self._strange(explained)

    def _habits(self, at: I64, followed: F64, risk: F64) -> F64:
        """Share of ends that are followed, by recipe, leaning on others of the size."""
        wide, own = self.crowd, self.own
        n_wide, n_own = int(wide.max()) + 1, int(own.max()) + 1
        parent = np.zeros(n_own, np.int64)
        parent[own[at]] = wide[at]
        followed_own, risk_own = (np.bincount(own[at], x, n_own) for x in (followed, risk))
        others = [
            np.bincount(wide[at], x, n_wide)[parent] - mine
            for x, mine in ((followed, followed_own), (risk, risk_own))
        ]
        lean = (_FOLLOWED[0] + others[0]) / (sum(_FOLLOWED) + others[1])
        found = (sum(_FOLLOWED) * lean + followed_own) / (sum(_FOLLOWED) + risk_own)
        return np.clip(found, 1e-6, 1 - 1e-6)

    def _strange(self, explained: F64) -> None:
        """Strangers a second that read as much as a class saves, by recipe and by size."""
        jobs = self.jobs
        orphan = np.where(jobs.resumer, 1 - np.minimum(explained, 1.0), 0.0)
        known = jobs.size >= 0
        runs = np.where(known, 1 - np.minimum(explained, 1.0), 0.0)
        usual = (1 + orphan.sum()) / (20 + runs.sum())
        for name, of, n in (
            ("strange_recipe", jobs.recipe, self.n_recipe),
            ("strange_size", jobs.size, self.n_size),
        ):
            seen = np.bincount(of[known], orphan[known], n)
            n_runs = np.maximum(np.bincount(of[known], runs[known], n), 1.0)
            rate = (_STRANGERS + seen) / (_STRANGERS / usual + n_runs) * n_runs / self.window_s
            setattr(self, name, rate)

    strange_recipe: F64
    strange_size: F64
    habit: F64

    def get_to_know(self) -> bool:
        """Accounts that sure pairs have in common become known by one run; False if none new.

        From then on they have habits of their own, and the rest of their class has its own.
        """
        kin = self.accounts.known_by(self.exactly() >= _SURE)
        if np.array_equal(kin, self.kin):
            return False
        self.kin = kin
        of_job = self.accounts.of_jobs(kin)
        widths = of_job.max() + 2
        before = self.gaps[self.crowd]
        _, crowd = np.unique(self.jobs.size * widths + of_job, return_inverse=True)
        _, own = np.unique(self.jobs.recipe * widths + of_job, return_inverse=True)
        self.crowd, self.own = np.asarray(crowd, np.int64), np.asarray(own, np.int64)
        self.gaps = np.zeros((int(crowd.max()) + 1, 3))
        self.gaps[self.crowd] = before
        self.estimate()
        return True

    def told(self) -> list[Likeness]:
        """The pairs that are likelier than not."""
        parts = self.parts()
        chance = np.clip(self.exactly(), 1e-12, 1 - 1e-12)
        total = np.log2(chance / (1 - chance))
        parts["others"] = total - sum(parts.values())
        return [
            Likeness(
                first=int(self.pairs.first[n]),
                second=int(self.pairs.second[n]),
                mode="after",
                bits={kind: float(bits[n]) for kind, bits in parts.items()},
                among=int(self.size[n]),
            )
            for n in np.flatnonzero(chance > 0.5)
        ]


def _gap_parts(gap_s: F64) -> F64:
    """Density of each of the three gaps, per second, shape ``(n_pairs, 3)``."""
    found = [np.exp(-gap_s / mean) / mean for mean in GAPS_S]
    return np.stack([*found, np.full(len(gap_s), 1 / MOST_GAP_S)], axis=1)


def _seen_parts(left_s: F64) -> F64:
    """Chance that a next part would begin within so many seconds, shape ``(n, 3)``."""
    found = [1 - np.exp(-left_s / mean) for mean in GAPS_S]
    return np.stack([*found, np.minimum(left_s / MOST_GAP_S, 1.0)], axis=1)


def _added(of: I64, shares: F64, n: int) -> F64:
    return np.stack([np.bincount(of, shares[:, k], n) for k in range(shares.shape[1])], axis=1)


def _by_chance(jobs: Columns, pairs: Pairs, window_s: float) -> F64:
    """Unrelated starts a second that read as much by chance and stand at such levels."""
    reads = np.sort(jobs.restored[np.isfinite(jobs.restored)])
    own = np.bincount(jobs.size[jobs.resumer], minlength=int(jobs.size.max()) + 1)
    around = jobs.saved[pairs.first]
    near = np.searchsorted(reads, around + 1.0) - np.searchsorted(reads, around - 1.0)
    near = np.maximum(near - own[jobs.size[pairs.first]], 0)
    p_size = np.minimum(1.0, (near + 1) / (len(reads) + 2) * jobs.width[pairs.second])
    p_alike, p_kind = _by_chance_alike(jobs)
    p_relation = np.where(
        pairs.relation == ALIKE, p_alike, np.where(pairs.relation == ELSEWHERE, 1 - p_kind, p_kind)
    )
    by_chance = len(reads) * p_size * p_relation
    return np.asarray((by_chance + _read_by_habit(jobs, pairs.second)) / window_s)


def _read_by_habit(jobs: Columns, second: I64) -> F64:
    """Other jobs of the account that read as much and do not save it: they start from one base.

    That such a base is as large as somebody's checkpoint is one chance, not one a job.
    """
    base = np.flatnonzero((jobs.size >= 0) & np.isfinite(jobs.restored) & ~jobs.resumer)
    keys = np.sort(jobs.account[base] * 100.0 + jobs.restored[base])
    mine, width = jobs.account[second] * 100.0 + jobs.restored[second], jobs.width[second]
    n = np.searchsorted(keys, mine + width) - np.searchsorted(keys, mine - width)
    return np.asarray(np.maximum(n - 1, 0), float)


def _by_chance_alike(jobs: Columns) -> tuple[float, float]:
    """Share of jobs of different size that stand at one level, and that have the same devices."""
    known = np.flatnonzero(jobs.size >= 0)
    n_alike = n_kind = n = 0
    for shift in (1, 2, 3, 5, 8, 13, 21, 34):
        one, other = known[:-shift], known[shift:]
        if not len(one):
            break
        unlike = jobs.size[one] != jobs.size[other]
        relation = relation_of(jobs, one[unlike], other[unlike])
        n += len(relation)
        n_alike += int((relation == ALIKE).sum())
        n_kind += int((relation != ELSEWHERE).sum())
    return (n_alike + 1) / (n + 10), (n_kind + 1) / (n + 2)
