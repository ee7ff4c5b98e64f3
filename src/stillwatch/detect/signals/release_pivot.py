"""A new model gets much of the members' traffic within a day, and not that of others.

**Why it tells.** A published campaign moved half of its traffic to a new model within 24
hours of its release: what is harvested is the newest teacher. Products stay on the
model that they were tested with.

**Formula.** For each release, an account counts if it sent 3 exchanges in the 24 hours
before and 3 in the 24 after (so far). It pivoted if the new model's share rose by at
least 0.4. With the members' pooled share risen by 0.4 as well, and the pooled share of
the accounts outside by less than half of that, the weight is that of ``k`` of ``m``
members against the share ``q`` of pivots outside, mixed over rates 0.05 to 0.9, capped
at 6 bits. The strongest release counts.

**Reads.** sent_at, account, model; the releases that the caller names.

**Returns.** Bits in [0, 6]; 0 without a release or without enough exchanges around it.
Never negative: most campaigns have no new model to go to.

**Benign twin.** Everybody benchmarks on day one: ``q`` is high then; evaluators who do
so alone are explained by the rival "evaluators on release day".

**Evasion.** Move slowly: the lead over others is lost.

**Source.** Anthropic, Feb 2026 ("nearly half of their traffic" within 24 hours).

>>> import numpy as np
>>> from stillwatch.detect.prevalence import more_than_chance
>>> [round(more_than_chance(np.ones(8, bool), q, INNOCENT_SHARE), 1) for q in (0.02, 0.9)]
[6.0, 0.1]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import DAY_US, more_than_chance, rate_outside
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.state import State
from stillwatch.model.release import Release

F64 = npt.NDArray[np.float64]
#: evaluators and enthusiasts pivot on day one: one innocent group in 64.
INNOCENT_SHARE = 2.0**-6
#: rise of the new model's share that makes a pivot.
PIVOT = 0.4
#: exchanges on either side of the release that an account needs.
FEWEST = 3


def around(state: State, release: Release) -> F64:
    """Exchanges of every node around a release, so far.

    Returns:
        ``(4, n_nodes)``: in the day before, of these on the model, in the day after, of
        these on the model.
    """
    key = f"pivot {release.model} {release.released_at_us}"
    if key in state.cache:
        return state.cache[key]
    if key in state.lasting:
        return state.lasting[key]
    w, at = state.window, release.released_at_us
    names = w.traffic.names["model"]
    code = names.index(release.model) if release.model in names else -2
    until = min(at + DAY_US, state.now_us)
    cuts = np.searchsorted(w.traffic.sent_us, [at - DAY_US, at, max(until, at)])
    out = np.zeros((4, w.population.n))
    for i in range(2):
        rows = np.arange(cuts[i], cuts[i + 1])
        rows = rows[w.node[rows] >= 0]
        on = w.traffic.codes["model"][rows] == code
        out[2 * i] = np.bincount(w.node[rows], minlength=w.population.n)
        out[2 * i + 1] = np.bincount(w.node[rows][on], minlength=w.population.n)
    (state.lasting if at + DAY_US <= state.now_us else state.cache)[key] = out
    return out


def _rise(counts: F64) -> float:
    before, before_on, after, after_on = counts
    return float(after_on / max(after, 1.0) - before_on / max(before, 1.0))


def _of_release(group: Group, release: Release) -> Reading:
    counts = around(group.state, release)
    counted = (counts[0] >= FEWEST) & (counts[2] >= FEWEST)
    share = counts[[1, 3]] / np.maximum(counts[[0, 2]], 1.0)
    pivoted = counted & (share[1] - share[0] >= PIVOT)
    mine = group.nodes[counted[group.nodes]]
    if mine.size < 3:
        return NOTHING
    inside = counts[:, mine].sum(1)
    rise, outside = _rise(inside), _rise(counts[:, counted].sum(1) - inside)
    by_chance = rate_outside(pivoted, counted, group.nodes)
    observed = (
        f"{rise:.0%} of the members' traffic moved to {release.model} within 24 hours of its "
        f"release, {outside:.0%} of others'; {int(pivoted[mine].sum())} of {mine.size} members"
    )
    if rise < PIVOT or outside > rise / 2.0:
        return Reading(0.0, observed)
    bits = more_than_chance(pivoted[mine], by_chance, INNOCENT_SHARE)
    return Reading(max(bits, 0.0), observed, 1.0 - by_chance)


def weigh(group: Group) -> Reading:
    """Weigh the strongest pivot to a released model; see the module."""
    past = [r for r in group.state.window.releases if r.released_at_us < group.state.now_us]
    return max((_of_release(group, r) for r in past), key=lambda r: r.bits, default=NOTHING)


SIGNAL = Signal(
    id="SWS-12",
    name="release_pivot",
    family="timing",
    question="harvest",
    reads=("sent_at", "model"),
    twin="everybody benchmarks on day one",
    weigh=weigh,
    techniques=("SWT-H7",),
)
