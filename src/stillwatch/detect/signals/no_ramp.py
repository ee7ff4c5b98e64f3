"""New accounts that run at full rate from their first day.

**Why it tells.** People and projects try things out first: the first day of a new
account is small and use grows. An account opened for a harvest gets its full share of
the load as soon as it exists.

**Formula.** An account counts if it was opened at most 7 days before its first exchange,
is at least 3 days in use and sent 10 exchanges. It has no ramp if its first 24 hours
hold at least 0.7 of its fullest 24 hours, and at least as much as half of the accounts
that count send in theirs. ``q`` is the share without ramp among such accounts outside
the group; the weight is that of ``k`` of ``m`` members against ``q``, mixed over rates
0.05 to 0.9, capped at 4 bits.

**Reads.** sent_at, account; opened_at of the accounts table.

**Returns.** Bits in [0, 4]. Never negative: a pool may be warmed up.

**Benign twin.** A workload migrated to a new key or account: on old accounts it is not
counted, and single migrations do not fill a group.

**Evasion.** Warm up every account for days, or buy aged ones: money and lead time.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> round(more_than_chance(np.ones(10, bool), 0.2, INNOCENT_SHARE), 1)
4.0
>>> more_than_chance(np.arange(10) < 2, 0.2, INNOCENT_SHARE) < 0
True
"""

from __future__ import annotations

import numba as nb
import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import (
    DAY_US,
    bins_a_day,
    chance,
    keep_marks,
    read_marks,
)
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.state import State

#: migrations and launches start at full rate: one innocent group in 16.
INNOCENT_SHARE = 2.0**-4
#: of the fullest day, what the first day must hold.
FLAT = 0.7
NEW_DAYS = 7
LEAST_DAYS = 3
FEWEST = 10


@nb.njit(cache=True, nogil=True)
def days_of(who, table, looks, width, begun):  # type: ignore[no-untyped-def]
    """Exchanges of some nodes on their first day and on the fullest, at any bin it may start.

    Args:
        who: ``(n,)`` nodes.
        table: ``(n_nodes, n_bins)`` exchanges in each bin.
        looks: bins so far.
        width: bins of a day.
        begun: ``(n_nodes,)`` bin of each node's first exchange, below ``looks``.

    Returns:
        two arrays ``(n,)``.
    """
    first = np.zeros(who.size, np.int64)
    fullest = np.zeros(who.size, np.int64)
    for i in range(who.size):
        row, begin = table[who[i]], begun[who[i]]
        day = 0
        for b in range(begin, looks):
            day += row[b]
            if b >= begin + width:
                day -= row[b - width]
            if b < begin + width:
                first[i] = day
            fullest[i] = max(fullest[i], day)
    return first, fullest


def mark_ramps(state: State) -> None:
    """Keep, for this look, who has no ramp among the new accounts in use for long enough."""
    n = state.window.population.n
    flat, counted = np.zeros(n, bool), np.zeros(n, bool)
    days = bins_a_day(state)
    opened, first = state.window.population.opened_us, state.window.first_us
    begun = (first - state.window.start_us) // state.window.step_us
    new = (opened >= 0) & (first < state.now_us) & (first - opened <= NEW_DAYS * DAY_US)
    new &= (state.looks - begun >= LEAST_DAYS * days) & (state.of("exchanges") >= FEWEST)
    who = np.flatnonzero(new)
    if days > 0 and who.size > 0:
        first_day, fullest = days_of(who, state.table, state.looks, days, begun)
        counted[who] = True
        flat[who] = (first_day >= FLAT * fullest) & (first_day >= np.median(fullest))
    keep_marks(state, "no ramp", flat, counted)


def marks(state: State) -> str:
    """Under which key the marks of this look are kept."""
    if "no ramp" not in state.cache:
        mark_ramps(state)
    return "no ramp"


def weigh(group: Group) -> Reading:
    """Weigh how many new members run at full rate at once; see the module."""
    marked = read_marks(group.state, marks(group.state), group.nodes)
    if marked.hits.size < 3:
        return NOTHING
    said, terms = chance(group, marked, INNOCENT_SHARE)
    return Reading(
        said["bits"],
        f"{said['n_hits']:.0f} of {marked.hits.size} new members ran at full rate from the first "
        f"day, {said['by_chance']:.0%} of other new accounts do",
        terms=terms,
    )


SIGNAL = Signal(
    id="SWS-7",
    name="no_ramp",
    family="lifecycle",
    question="harvest",
    reads=("sent_at", "opened_at"),
    twin="a workload migrated to a new key",
    weigh=weigh,
    techniques=("SWT-A1",),
)
