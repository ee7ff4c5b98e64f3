"""Candidates: which job could go on from which, by what was saved and read, and in which class.

Jobs that save as much are of one size, and on as many equal devices with the fabric at one level of
one recipe. A job could go on from another where it begins within two weeks of the other's end and
reads as much as that saved. Per end, the nearest few dozen are weighed; where more begin in
between, when they begin says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from stillwatch.cloud.likeness import MOST_WIDE, SAME_LEVEL, SAME_SIZE, Traits
from stillwatch.cloud.marginals import I64
from stillwatch.cloud.telemetry import F64

#: seconds after an end in which a next part may begin, and before it, for clocks differ.
MOST_GAP_S: Final = 14 * 86_400.0
EARLY_S: Final = 300.0
#: how many starts after an end are weighed.
N_NEAREST: Final = 48
#: how two jobs compare: recipe alike, on other devices, or levels unknown.
ALIKE, ELSEWHERE, UNKNOWN = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Columns:
    """Traits of all jobs as arrays of shape ``(n_jobs,)``, in the order of their begin.

    Args:
        saved: see :class:`~stillwatch.cloud.likeness.Traits`, as the next three.
        restored: logarithm of bytes.
        width: half-width of that.
        levels: shape ``(n_jobs, 3)``.
        start_s: seconds since 1970-01-01 UTC.
        end_s: likewise.
        running: it had not ended.
        account: number of the account.
        kind: number of the accelerator and how many of it.
        size: number of the class of those that save as much; -1 is unknown.
        recipe: number of the class within that; -1 is unknown.
    """

    saved: F64
    restored: F64
    width: F64
    levels: F64
    start_s: F64
    end_s: F64
    running: np.ndarray[tuple[int], np.dtype[np.bool_]]
    account: I64
    kind: I64
    size: I64
    recipe: I64

    @property
    def resumer(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether a job read at its begin as much as it saves itself: it went on from something."""
        return (self.size >= 0) & (np.abs(self.restored - self.saved) < self.width)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that could be one run; every array has the shape ``(n_pairs,)``.

    Args:
        first: the earlier job.
        second: the later one.
        gap_s: seconds between, not negative.
        relation: :data:`ALIKE`, :data:`ELSEWHERE` or :data:`UNKNOWN`.
        saves: 1 where the later job saves as much, 0 where it does not, -1 where it is unknown.
    """

    first: I64
    second: I64
    gap_s: F64
    relation: I64
    saves: I64

    def __len__(self) -> int:
        """How many."""
        return len(self.first)


def columns_of(traits: Sequence[Traits]) -> Columns:
    """Traits as arrays, with the classes of size and recipe."""
    accounts: dict[str, int] = {}
    kinds: dict[tuple[str, int], int] = {}
    saved = np.array([one.saved for one in traits], float)
    levels = np.array([one.levels for one in traits], float).reshape(-1, 3)
    kind = np.array(
        [kinds.setdefault((t.job.hardware, t.job.n_devices), len(kinds)) for t in traits], np.int64
    )
    size = _stepped(np.argsort(saved, kind="stable"), [(saved, SAME_SIZE / 3)], np.isfinite(saved))
    recipe = _stepped(
        np.lexsort((levels[:, 0], kind, size)),
        [(size.astype(float), 0.5), (kind.astype(float), 0.5), (levels[:, 0], 3 * SAME_LEVEL[0])],
        size >= 0,
    )
    return Columns(
        saved=saved,
        restored=np.array([one.restored for one in traits], float),
        width=np.array([one.width for one in traits], float),
        levels=levels,
        start_s=np.array([one.job.started_us / 1e6 for one in traits], float),
        end_s=np.array([one.job.ended_us / 1e6 for one in traits], float),
        running=np.array([one.job.running for one in traits], bool),
        account=np.array(
            [accounts.setdefault(t.job.account, len(accounts)) for t in traits], np.int64
        ),
        kind=kind,
        size=size,
        recipe=recipe,
    )


def _stepped(
    order: I64, keys: Sequence[tuple[F64, float]], known: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> I64:
    """Number of the class of each: a new one wherever a key grows by as much as its step."""
    found = np.full(len(order), -1, np.int64)
    order = order[known[order]]
    if not len(order):
        return found
    new = np.zeros(len(order), bool)
    for values, step in keys:
        new[1:] |= ~(np.abs(np.diff(values[order])) < step)
    found[order] = np.cumsum(new)
    return found


def pairs_of(jobs: Columns) -> Pairs:
    """All pairs in which the later job could go on from the earlier one."""
    reads = np.flatnonzero(np.isfinite(jobs.restored))
    reads = reads[np.argsort(jobs.restored[reads], kind="stable")]
    restored = jobs.restored[reads]
    ends = np.flatnonzero((jobs.size >= 0) & ~jobs.running)
    ends = ends[np.argsort(jobs.size[ends], kind="stable")]
    firsts, seconds = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    cuts = np.flatnonzero(np.diff(jobs.size[ends])) + 1
    for mine in np.split(ends, cuts):
        if not len(mine):
            continue
        low, high = jobs.saved[mine].min() - MOST_WIDE, jobs.saved[mine].max() + MOST_WIDE
        near = np.sort(reads[np.searchsorted(restored, low) : np.searchsorted(restored, high)])
        starts = jobs.start_s[near]
        begin = np.searchsorted(starts, jobs.end_s[mine] - EARLY_S)
        end = np.searchsorted(starts, jobs.end_s[mine] + MOST_GAP_S)
        n = np.minimum(end - begin, N_NEAREST)
        places = np.repeat(begin - np.cumsum(n) + n, n) + np.arange(int(n.sum()))
        firsts.append(np.repeat(mine, n))
        seconds.append(near[places])
    return _compared(jobs, np.concatenate(firsts), np.concatenate(seconds))


def _compared(jobs: Columns, first: I64, second: I64) -> Pairs:
    close = np.abs(jobs.restored[second] - jobs.saved[first]) < jobs.width[second]
    close &= first != second
    first, second = first[close], second[close]
    relation = relation_of(jobs, first, second)
    first, second, relation = (x[relation >= 0] for x in (first, second, relation))
    apart = np.abs(jobs.saved[second] - jobs.saved[first])
    saves = np.where(np.isnan(apart), -1, (apart < SAME_SIZE).astype(np.int64))
    gap_s = np.maximum(jobs.start_s[second] - jobs.end_s[first], 0.0)
    return Pairs(first, second, gap_s, relation, saves)


def relation_of(jobs: Columns, first: I64, second: I64) -> I64:
    """How two jobs compare; -1 where they stand at other levels, which one run does not."""
    same_kind = jobs.kind[first] == jobs.kind[second]
    apart = np.abs(jobs.levels[first] - jobs.levels[second]) / np.array(SAME_LEVEL)
    unknown = np.isnan(apart).any(axis=1)
    found = np.where(np.nan_to_num(apart).max(axis=1, initial=0.0) < 3.0, ALIKE, -1)
    found = np.where(unknown, UNKNOWN, found)
    return np.asarray(np.where(same_kind, found, ELSEWHERE), np.int64)
