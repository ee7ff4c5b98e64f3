"""Members that are turned away, and within a day new members that do the same.

**Why it tells.** A pool that loses accounts opens others and points the same software
at them. The successors appear within hours, with the template and the manner of those
they replace.

**Formula.** A member is lost if its last exchange was turned away and two bins of the
clock passed since. A newcomer is a member opened after the first loss; it succeeds a
lost one if it was opened within 24 hours after a loss and shares a template or a manner
with a lost member, the one that brought the group together left out. ``q`` is the share
of all openings after the first loss, members left out, that fall within 24 hours after
one of these losses. The weight is that of ``k`` of ``m`` newcomers against ``q``, mixed
over rates 0.05 to 0.9, capped at 7 bits.

**Reads.** status, opened_at; prompt, system_prompt or the request's parameters.

**Returns.** Bits in [0, 7]; 0 with fewer than 3 losses or 3 newcomers, or when half of
all openings follow a loss. Never negative: an operator may have accounts in reserve.

**Benign twin.** Ordinary churn after an outage: everybody loses and opens at once then,
so that ``q`` is high.

**Evasion.** Keep a second pool of accounts ready and idle: paid for in advance, and
seen as a cohort.

**Source.** Anthropic, Feb 2026 ("when one account is banned, a new one takes its
place"); Anthropic, Sep 2026, p. 148.

>>> import numpy as np
>>> follows(np.array([5, 30, 50]), lost=np.array([4, 49]), within=3).tolist()
[True, False, True]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import DAY_US, Marks, Mask, chance
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.stats.rarity import smoothed_share

I64 = npt.NDArray[np.int64]
#: firms that open accounts anew after a mistaken refusal: one innocent group in 128.
INNOCENT_SHARE = 2.0**-7
FEWEST = 3
#: share of all openings after losses from which on nothing can be told.
TOO_MANY = 0.5
#: kinds of traits that a successor inherits.
INHERITED = ("template", "manner")


def follows(opened: I64, lost: I64, within: int) -> Mask:
    """``(n,)`` whether a moment lies within ``within`` after one of the moments ``lost``.

    Args:
        opened: ``(n,)`` moments.
        lost: ``(m,)`` ascending moments, m > 0.
        within: in the same unit.
    """
    before = np.searchsorted(lost, opened, "right") - 1
    out: Mask = (before >= 0) & (opened - lost[np.maximum(before, 0)] <= within)
    return out


def _inherits(group: Group, lost: Mask) -> Mask:
    """``(n,)`` which members share a template or a manner with a lost one."""
    out = np.zeros(group.n, bool)
    for kind in INHERITED:
        who, key = group.traits(kind)
        out[who[np.isin(key, np.unique(key[lost[who]]))]] = True
    return out


def weigh(group: Group) -> Reading:
    """Weigh whether newcomers succeed those turned away; see the module."""
    state, w = group.state, group.state.window
    lost = state.shut[group.nodes] & (state.last_bin[group.nodes] < state.looks - 2)
    if lost.sum() < FEWEST:
        return NOTHING
    ends = np.sort(w.start_us + state.last_bin[group.nodes[lost]].astype(np.int64) * w.step_us)
    every = w.population.opened_us
    later = (every > ends[0]) & (every < state.now_us) & (state.last_bin >= 0)
    mine = later[group.nodes]
    if mine.sum() < FEWEST:
        return NOTHING
    outside = later.copy()
    outside[group.nodes] = False
    n_near = int(follows(every[outside], ends, DAY_US).sum())
    n_outside = int(outside.sum())
    if smoothed_share(n_near, n_outside) > TOO_MANY:
        return NOTHING
    opened = every[group.nodes]
    hits = (follows(opened, ends, DAY_US) & _inherits(group, lost))[mine]
    said, terms = chance(group, Marks(hits, n_near, n_outside), INNOCENT_SHARE)
    return Reading(
        said["bits"],
        f"{said['n_hits']:.0f} of {hits.size} newcomers were opened within 24 hours after one of "
        f"{int(lost.sum())} members was turned away and do the same, {said['by_chance']:.0%} by "
        "chance",
        terms=terms,
    )


SIGNAL = Signal(
    id="SWS-15",
    name="replacement",
    family="lifecycle",
    question="operator",
    reads=("status", "opened_at"),
    twin="ordinary churn after an outage",
    weigh=weigh,
    techniques=("SWT-E4", "SWT-A2"),
)
