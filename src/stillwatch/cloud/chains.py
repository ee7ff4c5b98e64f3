"""Chains: whether one job goes on where another stopped, weighed within the jobs of one size.

Jobs whose checkpoints are of one size make a group. Within it an end is followed either by the
run's own next part, after a gap with mean two hours, or by somebody else's start, at the rate at
which such starts come: strangers overlap, parts of one run do not. How many ends are followed at
once is estimated for each group (EM under a Beta prior that expects few): a run that was cut into
twenty parts shows a habit that strangers with one recipe do not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log2
from typing import Final

import numpy as np

from stillwatch.cloud.likeness import (
    SAME_LEVEL,
    SAME_SIZE,
    Likeness,
    Traits,
    same_recipe,
    same_size,
)

MEAN_GAP_S: Final = 2 * 3600.0
MOST_GAP_S: Final = 72 * 3600.0
#: how far ahead of an end a next part may begin: clocks differ.
EARLY_S: Final = 300.0
#: how much likelier an own next part is on the same account than a stranger's.
SAME_ACCOUNT: Final = 8.0
#: how seldom a run goes on with other devices, or on as many of which nothing was measured.
OTHER_DEVICES: Final = 0.1
_PRIOR: Final = (0.5, 5.0)
_LEVELS_BY_CHANCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class _Step:
    first: int
    second: int
    own: float
    other: float


def chains(traits: Sequence[Traits], window_s: float) -> list[Likeness]:
    """Every job with what may go on from it, in bits for that.

    Args:
        traits: of all jobs, in the order of their begin.
        window_s: seconds that the telemetry spans.

    Returns:
        For each job at most its likeliest successor; the bits are of posterior odds.
    """
    window_s = max(window_s, MOST_GAP_S)
    found = []
    restorers = [one for one in traits if np.isfinite(one.restored)]
    for group in _groups(traits):
        members = group.members
        steps = _steps(members, group.options, traits, window_s, len(restorers))
        habit = _habit(steps, len(members))
        for step in steps:
            found.append(
                Likeness(
                    first=step.first,
                    second=step.second,
                    mode="after",
                    bits={
                        "handover": log2(step.own / step.other),
                        "habit": log2(habit / (1 - habit)),
                    },
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    members: list[int]
    options: list[int]


def _groups(traits: Sequence[Traits]) -> list[_Group]:
    """Jobs on as many equal devices by the size of what they save, with those that read as much."""
    sized = sorted(
        (one.job.hardware, one.job.n_devices, one.saved, i)
        for i, one in enumerate(traits)
        if np.isfinite(one.saved)
    )
    runs: list[list[tuple[str, int, float, int]]] = []
    for entry in sized:
        last = runs[-1][-1] if runs else None
        if last and entry[:2] == last[:2] and entry[2] - last[2] < SAME_SIZE / 2:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    groups = []
    for run in (level for same in runs for level in _by_level(same, traits)):
        low, high = run[0][2], run[-1][2]
        options = [
            i for i, one in enumerate(traits) if low - one.width < one.restored < high + one.width
        ]
        groups.append(_Group([entry[3] for entry in run], options))
    return groups


def _by_level(
    run: list[tuple[str, int, float, int]], traits: Sequence[Traits]
) -> list[list[tuple[str, int, float, int]]]:
    """Jobs of one size, apart where their fabric stands at another level."""
    found: list[list[tuple[str, int, float, int]]] = []
    last = float("nan")
    for entry in sorted(run, key=lambda e: (traits[e[3]].levels[0], e[3])):
        level = traits[entry[3]].levels[0]
        if found and not level - last > 3 * SAME_LEVEL[0]:
            found[-1].append(entry)
        else:
            found.append([entry])
        last = level
    return found


def _steps(
    members: Sequence[int],
    group: Sequence[int],
    traits: Sequence[Traits],
    window_s: float,
    n_restorers: int,
) -> list[_Step]:
    rate = _strangers([traits[i] for i in members], window_s) / window_s
    steps = []
    for i in members:
        options = []
        for j in group:
            if i != j and (own := _own(traits[i], traits[j])) is not None:
                other = rate + _by_chance(traits[i], traits[j], traits, window_s, n_restorers)
                options.append(_Step(i, j, own, other))
        if options:
            steps.append(max(options, key=lambda s: (s.own / s.other, -s.second)))
    return steps


def _own(a: Traits, b: Traits) -> float | None:
    """Density of ``b`` beginning then, per second, as the next part of ``a``."""
    gap_s = (b.job.started_us - a.job.ended_us) / 1e6
    if not -EARLY_S <= gap_s <= MOST_GAP_S or not same_size(a, b):
        return None
    same = same_recipe(a, b)
    if same is False:
        return None
    density = 0.9 * exp(-max(gap_s, 0.0) / MEAN_GAP_S) / MEAN_GAP_S + 0.1 / MOST_GAP_S
    if same is None:
        density *= OTHER_DEVICES
    return density * (SAME_ACCOUNT if a.job.account == b.job.account else 1.0)


def _by_chance(
    a: Traits, b: Traits, traits: Sequence[Traits], window_s: float, n_restorers: int
) -> float:
    """Rate of unrelated starts that read as much by chance, per second."""
    near = sum(abs(one.saved - a.saved) < 1.0 for one in traits)
    p_size = min(1.0, (near + 1) / (len(traits) + 2) * b.width)
    p_levels = 1.0 if same_recipe(a, b) is None else _LEVELS_BY_CHANCE
    return n_restorers * p_size * p_levels / window_s


def _strangers(traits: Sequence[Traits], window_s: float) -> float:
    """How many of the jobs of a group begin on their own account of time.

    Jobs that began independently overlap as often as their lengths and number make it likely; the
    parts of one run never do. The number of jobs is scaled by overlaps seen over overlaps
    expected, and is never fewer than run at once.
    """
    n = len(traits)
    edges = [(one.job.started_us + 60_000_000, 1) for one in traits]
    edges += [(one.job.ended_us, -1) for one in traits]
    now = most = n_overlaps = 0
    for _, step in sorted(edges):
        n_overlaps += now if step > 0 else 0
        now += step
        most = max(most, now)
    length_s = float(np.mean([one.job.elapsed_s for one in traits]))
    expected = n * (n - 1) / 2 * min(1.0, 2 * length_s / window_s)
    return max(most, 1.0, n * min(1.0, (n_overlaps + 0.5) / (expected + 0.5)))


def _habit(steps: Sequence[_Step], n_ends: int) -> float:
    """Share of ends in a group that are followed by the run's own next part."""
    share = 0.1
    for _ in range(40):
        owned = sum(share * s.own / (share * s.own + (1 - share) * s.other) for s in steps)
        share = (_PRIOR[0] + owned) / (sum(_PRIOR) + max(n_ends, len(steps)))
    return share
