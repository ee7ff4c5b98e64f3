"""Lots: a large campaign is played a few of its accounts at a time, as one campaign.

What makes it one campaign (jobs, templates, subjects, quotas) is drawn alike in each lot;
see :func:`stillwatch.lab.attacker.shared`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from stillwatch.lab.attacker import Knobs
from stillwatch.lab.harvest import alive_days
from stillwatch.lab.rows import Group
from stillwatch.lab.stage import Stage

#: exchanges that are made at once.
LOT = 150_000


def lots(
    stage: Stage, settled: Knobs, group: Group, rng: np.random.Generator
) -> Iterator[tuple[Knobs, Group]]:
    """The campaign whole, or in lots of accounts where the world has a given size.

    Where it has, the rate is settled so that all lots together send the campaign's quota.
    Lots take every k-th account, so that each is like the whole.
    """
    quota = stage.quotas.get(settled.plan.campaign)
    if quota is None:
        yield settled, group
        return
    rate = quota / max(float(alive_days(settled, group).sum()), 1e-9)
    lot = replace(settled, rate_per_day=rate, shared=int(rng.integers(0, 2**62)))
    n_lots = min(-(-quota // LOT), len(group) // 2)
    for first in range(n_lots):
        yield lot, group.take(np.arange(first, len(group), n_lots))
