"""Members that were opened in one burst, as a share of all openings.

**Why it tells.** A pool is opened by a script or bought in a lot: most of its accounts
appear within hours, however long they wait before they are used. Time is measured in
openings and not in hours, so that a launch day, when everybody signs up, is no burst.

**Formula.** Members are placed at their mid-ranks in (0, 1) among all openings. With a
window of width ``2 ** -k`` on that scale holding ``m`` of ``n`` members, the likelihood
ratio against uniform places is ``((1 - e) 2 ** k + e) ** m * e ** (n - m)``, with a
share ``e`` = 0.1 of strays, times the window's width for choosing its place and over 12
for choosing k (2 to 13). The best is capped at 9 bits, since one innocent group in 512
is a class or a team that signed up together. Where the group was cut out of a larger one
by its openings, the larger group is what is scanned: ``n KL(k / n || w)`` for ``k`` of its
``n`` members in a window that holds a share ``w`` of all openings.

**Reads.** opened_at of the accounts table.

**Returns.** Bits in [-1, 9]; an aged pool says nothing against one hand.

**Benign twin.** A real cohort from one school, a workshop, a launch day: the rivals
"cohort" and "household" take this weight away.

**Evasion.** Open or buy accounts over months: the pool has to be paid for in advance.

**Source.** Anthropic, Feb 2026; OpenAI, Sep 2026 (one wave of new accounts).

>>> import numpy as np
>>> from stillwatch.stats.likelihood import burst_bits
>>> together, spread = np.linspace(0.5, 0.502, 10), np.linspace(0.05, 0.95, 10)
>>> round(float(burst_bits(together, STRAY_SHARE, INNOCENT_SHARE)), 1)
9.0
>>> bool(burst_bits(spread, STRAY_SHARE, INNOCENT_SHARE) < 0)
True
"""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.stats.pool_formulas import BURST, CHOSEN_BURST

#: members that may lie outside the burst.
STRAY_SHARE = 0.1
#: share of members whose tightest span of openings is told.
MOST = 0.8
#: classes, workshops and teams that sign up together: one innocent group in 512.
INNOCENT_SHARE = 2.0**-9


def weigh(group: Group) -> Reading:
    """Weigh whether members were opened in one burst; see the module."""
    ranks = group.state.opened_rank[group.nodes]
    ranks = np.sort(ranks[~np.isnan(ranks)])
    if ranks.size < 3:
        return NOTHING
    if group.parent is None:
        formula, inputs = BURST, {"ranks": ranks, "stray_share": STRAY_SHARE, "least": -1.0}
    else:
        every = group.state.opened_rank[group.parent]
        every = every[~np.isnan(every)]
        inside = int(((every >= ranks[0]) & (every <= ranks[-1])).sum())
        width = max(float(ranks[-1] - ranks[0]), 1.0 / group.state.n_active)
        formula, inputs = CHOSEN_BURST, {"inside": inside, "total": every.size}
        inputs["width"] = min(width, 0.999)
    inputs["innocent_share"] = INNOCENT_SHARE
    opened = np.sort(group.state.window.population.opened_us[group.nodes])
    opened = opened[(opened >= 0) & (opened < group.state.now_us)]
    most = max(2, int(np.ceil(MOST * ranks.size)))
    tight = int(np.argmin(ranks[most - 1 :] - ranks[: ranks.size - most + 1]))
    hours = float(opened[tight + most - 1] - opened[tight]) / 3.6e9
    share = float(ranks[tight + most - 1] - ranks[tight])
    return Reading(
        formula.run(**inputs)["bits"],
        f"{most} of {ranks.size} members were opened within {hours:.1f} hours, "
        f"a span that holds {share:.1%} of all openings",
        terms=terms_of(group, formula, inputs),
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
