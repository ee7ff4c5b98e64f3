"""Rejoin: one run that was cut into jobs, over accounts and in time, put together again.

By the scheduler: it put a job back into its queue and started it again. In time: a job reads, when
it begins, as much as another saved, stands at the same levels, and comes soon after it, more often
than such starts come by chance. At once: two jobs keep one uneven beat to the outside. A job goes
on from one job at most, and one goes on from it. Who the accounts' owners are, or whence, is not
read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, Final

from stillwatch.cloud.chains import chains
from stillwatch.cloud.likeness import Likeness, Traits, beside, traits_of
from stillwatch.cloud.telemetry import Job, Trace
from stillwatch.model.canonical import digest_of

#: posterior bits that a pair needs; a beat needs those of all pairs on top.
LEAST_BITS: Final = 5.5
#: wrong joins of different accounts that are expected at most in one class of jobs.
WRONG_A_CLASS: Final = 0.1
#: for two entries that the scheduler itself says are one job.
_REQUEUED_BITS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training job, put together from its parts.

    Args:
        id: digest of the ids of its jobs.
        jobs: in the order of their begin.
        links: what holds it together; empty for a single job.
    """

    id: str
    jobs: tuple[Job, ...]
    links: tuple[tuple[str, str, Likeness], ...] = ()

    @property
    def accounts(self) -> tuple[str, ...]:
        """Accounts that it ran on."""
        return tuple(sorted({job.account for job in self.jobs}))

    def links_json(self) -> list[dict[str, Any]]:
        """Plain values."""
        return [
            {
                "first": a,
                "second": b,
                "mode": like.mode,
                "bits": {kind: round(value, 2) for kind, value in like.bits.items()},
            }
            for a, b, like in self.links
        ]


def rejoin(
    jobs: Sequence[Job],
    traces: Mapping[str, Trace],
    *,
    least_bits: float = LEAST_BITS,
) -> list[Run]:
    """Put jobs together into runs.

    Args:
        jobs: those that train; others only make chance look larger.
        traces: by id of the job.
        least_bits: bits that a pair needs; more joins less.

    Returns:
        Runs, each job in one, in the order of their first begin.
    """
    ordered = sorted(jobs, key=lambda job: (job.started_us, job.job))
    traits = [traits_of(job, traces.get(job.job)) for job in ordered]
    within: list[Likeness] = []
    across: list[Likeness] = []
    for pair in likenesses(traits):
        if pair.total >= least_bits:
            same = ordered[pair.first].account == ordered[pair.second].account
            (within if same else across).append(pair)
    return _runs(ordered, _chosen([*within, *_within_budget(across)]))


def _within_budget(pairs: Sequence[Likeness]) -> list[Likeness]:
    """The surest pairs of each class, until so many of them are expected to be wrong."""
    spent: dict[int, float] = {}
    kept = []
    for pair in sorted(pairs, key=lambda p: (-p.total, p.first, p.second)):
        if pair.among >= 0:
            spent[pair.among] = spent.get(pair.among, 0.0) + 1 / (1 + 2**pair.total)
            if spent[pair.among] > WRONG_A_CLASS:
                continue
        kept.append(pair)
    return kept


def likenesses(traits: Sequence[Traits]) -> list[Likeness]:
    """All pairs that could be one run, with what speaks for them.

    Args:
        traits: of all jobs, in the order of their begin.
    """
    if not traits:
        return []
    ends_us = max(one.job.ended_us for one in traits)
    found = chains(traits, (traits[0].job.started_us / 1e6, ends_us / 1e6))
    found += _requeued(traits)
    keeping = [i for i, one in enumerate(traits) if len(one.beats_us)]
    prior = -2 * log2(max(len(keeping), 2))
    for n, i in enumerate(keeping):
        for j in keeping[n + 1 :]:
            if traits[j].job.started_us >= traits[i].job.ended_us:
                break
            bits = beside(traits[i], traits[j])
            if bits is not None:
                bits["pairs tried"] = prior
                found.append(Likeness(first=i, second=j, mode="beside", bits=bits))
    return found


def _requeued(traits: Sequence[Traits]) -> list[Likeness]:
    places = {one.job.job: i for i, one in enumerate(traits)}
    return [
        Likeness(first=places[before], second=i, mode="after", bits={"scheduler": _REQUEUED_BITS})
        for i, one in enumerate(traits)
        if (before := one.job.again_of) in places and places[before] < i
    ]


def _chosen(pairs: Sequence[Likeness]) -> list[Likeness]:
    """The strongest first; each job has one before it and one after it."""
    followed: set[int] = set()
    following: set[int] = set()
    chosen = []
    for pair in sorted(pairs, key=lambda p: (-p.total, p.first, p.second)):
        if pair.mode == "after":
            if pair.first in followed or pair.second in following:
                continue
            followed.add(pair.first)
            following.add(pair.second)
        chosen.append(pair)
    return chosen


def _runs(ordered: Sequence[Job], chosen: Sequence[Likeness]) -> list[Run]:
    root = list(range(len(ordered)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for pair in chosen:
        a, b = find(pair.first), find(pair.second)
        root[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for i in range(len(ordered)):
        members.setdefault(find(i), []).append(i)
    links: dict[int, list[tuple[str, str, Likeness]]] = {}
    for pair in chosen:
        told = (ordered[pair.first].job, ordered[pair.second].job, pair)
        links.setdefault(find(pair.first), []).append(told)
    return [
        Run(
            id=digest_of("run", sorted(ordered[i].job for i in parts)),
            jobs=tuple(ordered[i] for i in parts),
            links=tuple(links.get(top, ())),
        )
        for top, parts in sorted(members.items())
    ]
