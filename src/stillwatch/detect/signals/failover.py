"""A refusal on one pathway is followed at once by a request on another.

**Why it tells.** Software of a pool moves on when it is turned away: a 401, 403 or 429
on one cloud and the next request comes through another. Who is merely resilient does so
when a service fails (5xx), and waits or stops when told to.

**Formula.** Of a member's exchanges that were turned away and followed by another of
its own within 10 minutes, ``k`` of ``m`` are followed on another pathway. ``q`` is the
greatest of three rates of such changes: the members' own after answered exchanges, the
members' own after a 5xx, and that after being turned away outside the group. The weight
is that of ``k`` of ``m`` against ``q``, mixed over rates 0.05 to 0.9, capped at 6 bits;
0 while m is below 3.

**Reads.** sent_at, account, pathway, status.

**Returns.** Bits in [0, 6]. Never negative: a pool may have one pathway.

**Benign twin.** Resilience with several providers changes on 5xx as well, which is one
of the three rates.

**Evasion.** Wait before moving on, or move at random at all times: throughput after each
refusal, or every pathway kept warm.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> round(more_than_chance(np.arange(12) < 9, 0.1, INNOCENT_SHARE), 1)
6.0
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.room import blocks
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import TURNED_AWAY, State
from stillwatch.stats.chance_formulas import MOVES_ON

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
#: gateways that spread load over providers on any trouble: one innocent group in 64.
INNOCENT_SHARE = 2.0**-6
#: a change later than this is no answer to the refusal.
SOON_US = 600_000_000
FEWEST = 3


def steps(state: State, rows: I32) -> F64:
    """How often a node's next exchange, if soon, takes another pathway.

    Args:
        state: what is known so far.
        rows: exchanges, node by node in order of time.

    Returns:
        ``(n_bins, 3, 2)`` by the bin of the next exchange: after being turned away, after a
        failure, after an answer; each the number of next exchanges and of those on another
        pathway.
    """
    total = np.zeros((state.window.n_bins, 3, 2))
    for block in blocks(rows.size):
        total += _steps(state, rows[block.start : block.stop + 1])
    return total


def _steps(state: State, rows: I32) -> F64:
    """What ``steps`` gives, of rows that are few."""
    w = state.window
    here, after = rows[:-1], rows[1:]
    soon = _soon(state)[here] & (w.node[here] == w.node[after])
    here, after = here[soon], after[soon]
    pathway, status = w.traffic.codes["pathway"], w.traffic.status[here]
    changed = (pathway[here] != pathway[after]) & (pathway[here] >= 0) & (pathway[after] >= 0)
    turned, failed = np.isin(status, TURNED_AWAY), status >= 500
    out = np.empty((w.n_bins, 3, 2))
    for nth, kind in enumerate((turned, failed, (status < 400))):
        for which, rows in enumerate((kind, kind & changed)):
            out[:, nth, which] = np.bincount(w.bin[after[rows]], minlength=w.n_bins)
    return out


def _soon(state: State) -> npt.NDArray[np.bool_]:
    """``(n,)`` whether the next exchange of its node follows soon; kept for the window."""
    if "soon" not in state.lasting:
        w = state.window
        out, order = w.traffic.room.column(w.traffic.n, np.bool_), w.row_order
        out[:] = False
        for block in blocks(order.size):
            rows = order[block.start : block.stop + 1]
            sent_us = w.traffic.sent_us[rows]
            follows = (np.diff(sent_us) <= SOON_US) & (w.node[rows[:-1]] == w.node[rows[1:]])
            out[rows[:-1][follows]] = True
        state.lasting["soon"] = out
    return state.lasting["soon"]


def _population(state: State) -> F64:
    """What ``steps`` gives for all nodes so far; counted once for the window."""
    if "pathway steps" not in state.lasting:
        total = steps(state, state.window.row_order)
        state.lasting["pathway steps"] = np.concatenate((np.zeros((1, 3, 2)), np.cumsum(total, 0)))
    so_far: F64 = state.lasting["pathway steps"][state.looks]
    return so_far


def weigh(group: Group) -> Reading:
    """Weigh changes of pathway right after being turned away; see the module."""
    if group.n < 3 or group.of("blocked").sum() < FEWEST:
        return NOTHING
    inside = steps(group.state, group.rows).sum(0)
    n_turned, n_changed = (int(x) for x in inside[0])
    if n_turned < FEWEST:
        return NOTHING
    outside = np.zeros(2)
    if n_changed > 0:
        outside = np.maximum(_population(group.state) - inside, 0.0)[0]
    inputs = {"inside": inside, "outside": outside, "fewest": FEWEST}
    inputs |= {"innocent_share": INNOCENT_SHARE}
    said, seen = (
        MOVES_ON.run(**inputs),
        f"none of {n_turned} refusals is followed on another pathway",
    )
    if n_changed > 0:
        seen = (
            f"{n_changed} of {n_turned} exchanges that were turned away are followed within 10 "
            f"minutes on another pathway, {said['by_chance']:.0%} otherwise"
        )
    return Reading(said["bits"], seen, terms=terms_of(group, MOVES_ON, inputs))


SIGNAL = Signal(
    id="SWS-13",
    name="failover",
    family="timing",
    question="harvest",
    reads=("pathway", "status"),
    twin="resilience with several providers on 5xx",
    weigh=weigh,
    techniques=("SWT-E5", "SWT-A7"),
    at_most=6.0,
)
