"""Members that are as active at any time of day as at any other.

**Why it tells.** People sleep. Their accounts keep to a part of the day, whichever it
is; an account fed from a queue does not. Only flatness is measured: the parts of the
day are bins of UTC, and which of them are busy is never read.

**Formula.** For each member, of all pairs of its exchanges on *different* days, ``r``
is the share that falls into the same quarter of the day, times 4: 1 when flat, 4 when
it keeps to one quarter. Pairs of all members are pooled. ``p`` is the share of the
population's accounts (200 pairs or more, the group left out) whose ``r`` is as low (one
is added to both counts); bits are ``log2(0.25 / p)`` if positive, capped at 3, since
services and batch jobs run day and night too.

**Reads.** sent_at, account.

**Returns.** Bits in [0, 3]; 0 while fewer than 3 days were seen, or where a bin of the
clock is longer than 6 hours. Never negative: a pool may keep office hours.

**Benign twin.** Nightly evaluations and batches keep to their part of the day and are
not flat; services with users everywhere are flat, and many, which is what ``p`` counts.

**Evasion.** Send in waves like a person does: half the day is lost.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> import numpy as np
>>> days = np.full((1, 32), 5), np.tile([20, 0, 0, 0], (1, 8))
>>> [float((4 * same / pairs)[0]) for same, pairs in (day_pairs(t, 8, 4, 4) for t in days)]
[1.0, 4.0]
"""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import bins_a_day
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import State
from stillwatch.stats.chance_formulas import EVEN_DAYS

F64 = npt.NDArray[np.float64]
#: services and batch jobs run day and night: one innocent group in 8.
INNOCENT_SHARE = 2.0**-3
#: quarters of a day, days and pairs that are needed.
N_PARTS = 4
FEWEST_DAYS = 3
FEWEST_PAIRS = 200


@nb.njit(cache=True, nogil=True)
def day_pairs(table, n_days, width, n_parts):  # type: ignore[no-untyped-def]
    """Pairs of exchanges on different days: in the same part of the day, and all.

    Args:
        table: ``(n, n_bins)`` exchanges, ``n_days * width`` bins or more.
        n_days, width: days that count, and bins a day.
        n_parts: parts of a day.

    Returns:
        two arrays ``(n,)``.
    """
    same, every = np.zeros(table.shape[0]), np.zeros(table.shape[0])
    by_part, squared = np.empty(n_parts), np.empty(n_parts)
    long = width // n_parts
    for i in range(table.shape[0]):
        by_part[:] = 0.0
        squared[:] = 0.0
        total = 0.0
        total_squared = 0.0
        for day in range(n_days):
            daily = 0.0
            for part in range(n_parts):
                sent = 0.0
                begin = day * width + part * long
                for b in range(begin, begin + long):
                    sent += table[i, b]
                by_part[part] += sent
                squared[part] += sent**2
                daily += sent
            total += daily
            total_squared += daily**2
        same[i] = (by_part**2 - squared).sum() / 2.0
        every[i] = (total**2 - total_squared) / 2.0
    return same, every


def told(state: State) -> bool:
    """Whether the clock divides days, and enough of them are over."""
    width = bins_a_day(state)
    return width > 0 and width % N_PARTS == 0 and state.looks // width >= FEWEST_DAYS


def pairs_of(state: State) -> tuple[F64, F64, F64]:
    """Pairs of every node on the days that are over, and the population's flatness, ascending.

    Kept until the next day is over.
    """
    width = bins_a_day(state)
    days = state.looks // width
    if state.lasting.get("days", np.zeros(1, np.int64))[0] != days:
        same, pairs = day_pairs(state.table, days, width, N_PARTS)
        enough = pairs >= FEWEST_PAIRS
        state.lasting["days"] = np.array([days])
        state.lasting["same part"], state.lasting["day pairs"] = same, pairs
        state.lasting["flatness"] = np.sort(N_PARTS * same[enough] / pairs[enough])
    return state.lasting["same part"], state.lasting["day pairs"], state.lasting["flatness"]


def weigh(group: Group) -> Reading:
    """Weigh how flat members' days are; see the module."""
    state = group.state
    if not told(state):
        return NOTHING
    every_same, every_pair, others = pairs_of(state)
    same, pairs = every_same[group.nodes], every_pair[group.nodes]
    n_same, n_pairs = float(same.sum()), float(pairs.sum())
    if n_pairs < FEWEST_PAIRS:
        return NOTHING
    flatness = N_PARTS * n_same / n_pairs
    enough = pairs >= FEWEST_PAIRS
    own = N_PARTS * same[enough] / pairs[enough]
    below = int(np.searchsorted(others, flatness, "right")) - int((own <= flatness).sum())
    inputs = {
        "same": n_same,
        "pairs": n_pairs,
        "n_parts": N_PARTS,
        "n_as_even": max(below, 0),
        "n_others": others.size - own.size,
        "innocent_share": INNOCENT_SHARE,
    }
    said = EVEN_DAYS.run(**inputs)
    return Reading(
        said["bits"],
        f"exchanges of two days fall into one quarter of the day {flatness:.2f} times as often "
        f"as without any rhythm; {said['as_even']:.1%} of the population is as flat",
        said["percentile"],
        terms=terms_of(group, EVEN_DAYS, inputs),
    )


SIGNAL = Signal(
    id="SWS-9",
    name="round_the_clock",
    family="timing",
    question="harvest",
    reads=("sent_at", "account"),
    twin="nightly evaluations, batches, services",
    weigh=weigh,
    techniques=("SWT-E2",),
)
