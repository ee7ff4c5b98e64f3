"""creation burst"""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.stats.likelihood import burst_bits

STRAY_SHARE = 0.1
INNOCENT_SHARE = 2.0**-9


def weigh(group: Group) -> Reading:
    """Weigh whether members were opened in one burst."""
    ranks = group.state.window.population.opened_rank[group.nodes]
    ranks = np.sort(ranks[~np.isnan(ranks)])
    if ranks.size < 3:
        return NOTHING
    bits = float(burst_bits(ranks, STRAY_SHARE, INNOCENT_SHARE))
    opened = np.sort(group.state.window.population.opened_us[group.nodes])
    opened = opened[opened >= 0]
    lo, hi = np.quantile(opened, [0.1, 0.9])
    return Reading(
        max(bits, -1.0),
        f"the middle 80% of {ranks.size} members were opened within {(hi - lo) / 3.6e9:.1f} hours, "
        f"a span that holds {float(np.quantile(ranks, 0.9) - np.quantile(ranks, 0.1)):.1%} of all openings",
    )


SIGNAL = Signal(
    id="SWS-20",
    name="creation_cohort",
    family="lifecycle",
    question="operator",
    reads=("opened_at",),
    twin="a real cohort from one school, a launch day",
    weigh=weigh,
    techniques=("SWT-A1",),
)
