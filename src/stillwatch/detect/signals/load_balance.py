"""Volumes and rhythm that are as equal as only a shared load makes them.

**Why it tells.** A pool behind a load balancer gives every request to any free
account: account volumes are equal up to chance, and every account follows the
pool's clock, nights and pauses included. People, and scripts of different people,
differ in volume by far more than chance and each keeps hours of its own. Mixing in
other customers' traffic does not help the pool, since it is balanced as well.

**Formula.** ``bits = B_volume + B_rhythm``. ``B_volume`` is the log2 Bayes factor of
negative-binomial volumes with dispersion at most 0.012 against dispersions 0.03 to 3
(3% of innocent groups are granted the least). ``B_rhythm`` is that of
Dirichlet-multinomial rows over clock bins around the profile of the *other* members,
concentration at least 60 against the concentrations measured on the population.
A member is only expected to carry load from its opening until it is turned away.

**Reads.** sent_at, account; opened_at and status sharpen it.

**Returns.** Bits, any sign; strongly negative for groups of people.

**Benign twin.** Cron jobs at :00, CI matrices, a back-fill with one volume: equal
volumes, but each active at times of its own, so that the rhythm speaks against.

**Evasion.** Persona-sticky routing with unequal quotas: idle capacity, slower harvest.

**Source.** Anthropic, Feb 2026 ("load balancing"); weights as in docs/theory/detection.md.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import equal_volume_bits
>>> even = np.full(20, 400.0)
>>> uneven = np.array([20.0, 50, 900, 30, 4000] * 4)
>>> bool(equal_volume_bits(even, np.ones(20)) > 20 > 0 > equal_volume_bits(uneven, np.ones(20)))
True
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import SILENT, Group
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.stats.likelihood import (
    LN2,
    STRAY_SHARE,
    count_strays,
    equal_volume_bits,
    shared_profile_bits,
)

F64 = npt.NDArray[np.float64]
#: dispersion, relative to chance, under which load is dealt out in turn.
TURNS = 0.05
#: jobs of strangers often keep one clock, so that a shared rhythm alone says little.
RHYTHM_CAP = 3.0
#: with more strays than this share of members, strays are no excuse.
MOST_STRAYS = 0.08
STRICT = 1e-9
#: prior odds, in nats, that a pool member ends in silence rather than by a refusal.
_SILENT_END = float(np.log(20.0))


def _too_even(counts: F64, exposure: F64) -> bool:
    """Whether volumes are more equal than chance, yet not dealt out in turn.

    A shared load gives the spread of chance, or none at all when it is dealt out in
    turn. What lies between is a quota that each member meets for itself: homework.
    """
    spread = float(((counts - exposure) ** 2 / exposure).sum() / max(counts.size - 1, 1))
    return bool(TURNS < spread < 1.0 - 2.0 * np.sqrt(2.0 / max(counts.size - 1, 1)))


def weigh(group: Group) -> Reading:
    """Weigh equality of volumes and of rhythm; see the module."""
    table = group.table
    counts = table.sum(1).astype(np.float64)
    if group.n < 3 or counts.sum() < 2 * group.n:
        return NOTHING
    first, last = group.alive()
    bins = np.arange(table.shape[1])
    alive = (bins >= first[:, None]) & (bins <= last[:, None])
    rate = table.sum(0) / np.maximum(alive.sum(0), 1)
    charge = 0.0
    seen = np.where(table > 0, bins, -1).max(1)
    silence = ((bins > seen[:, None]) & alive) @ rate
    quiet = silence > SILENT
    if quiet.any():
        last = np.where(quiet, seen, last)
        charge = quiet.sum() * (_SILENT_END + np.log(bins.size)) / LN2
        alive = (bins >= first[:, None]) & (bins <= last[:, None])
        rate = table.sum(0) / np.maximum(alive.sum(0), 1)
    exposure = np.maximum(alive @ rate, 1e-6)
    strays = STRAY_SHARE if count_strays(counts, exposure) <= MOST_STRAYS * group.n else STRICT
    volume = float(equal_volume_bits(counts, exposure, strays))
    state = group.state
    rhythm = float(
        shared_profile_bits(
            table, first, last, state.profile[: state.looks], state.own_share, strays
        )
    )
    if volume > 0 and _too_even(counts, exposure):
        volume = 0.0
    rhythm = min(rhythm, RHYTHM_CAP)
    group.notes["volume_bits"], group.notes["rhythm_bits"] = volume, rhythm
    spread = float(np.std(counts / exposure) / max(np.mean(counts / exposure), 1e-9))
    return Reading(
        volume + rhythm - charge,
        f"{group.n} members, volumes vary by {spread:.0%} where chance alone gives "
        f"{float(np.mean(1 / np.sqrt(np.maximum(exposure, 1e-6)))):.0%}; "
        f"volume {volume:+.1f}, rhythm {rhythm:+.1f} bits",
    )


SIGNAL = Signal(
    id="SWS-1",
    name="load_balance",
    family="timing",
    question="operator",
    reads=("sent_at", "account"),
    twin="cron jobs at :00, CI matrices, back-fills of one volume",
    weigh=weigh,
    techniques=("SWT-E2",),
)
