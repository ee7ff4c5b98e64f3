"""Volumes and rhythm that are as equal as only a shared load makes them.

**Why it tells.** A pool behind a load balancer gives every request to any free
account: account volumes are equal up to chance, and every account follows the
pool's clock, nights and pauses included. People, and scripts of different people,
differ in volume by far more than chance and each keeps hours of its own. Mixing in
other customers' traffic does not help the pool, since it is balanced as well.

**Formula.** ``bits = B_volume + B_rhythm``. ``B_volume`` is the log2 Bayes factor of
negative-binomial volumes with dispersion at most 0.015 against dispersions 0.03 to 3
(3% of innocent groups are granted the least); dispersions of 0.03 and 0.08 are granted to
both as often, so that quotas which vary by up to a third say nothing. ``B_rhythm`` is that of
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
>>> from stillwatch.stats.volumes import equal_volume_bits
>>> even = np.full(20, 400.0)
>>> uneven = np.array([20.0, 50, 900, 30, 4000] * 4)
>>> bool(equal_volume_bits(even, np.ones(20)) > 20 > 0 > equal_volume_bits(uneven, np.ones(20)))
True
"""

from __future__ import annotations

from typing import Any

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.stats.pool_formulas import ONE_LOAD
from stillwatch.stats.pooled_load import CHANCE, RHYTHM, SPREAD, VOLUME, load_bits


def weigh(group: Group) -> Reading:
    """Weigh equality of volumes and of rhythm; see the module."""
    load = group.load
    if load is None:
        return NOTHING
    return Reading(
        float(load_bits(load)),
        f"{group.n} members, volumes vary by {load[SPREAD]:.0%} where chance alone gives "
        f"{load[CHANCE]:.0%}; volume {load[VOLUME]:+.1f}, rhythm {load[RHYTHM]:+.1f} bits",
        terms=terms_of(group, ONE_LOAD, _inputs(group)) if group.keeps_terms else (),
    )


def _inputs(group: Group) -> dict[str, Any]:
    """What the bits follow from: who sent how much when, and what others do."""
    state = group.state
    first, last = group.alive()
    told = {"table": group.table.astype(np.int32), "first": first, "last": last}
    return told | {"profile": state.profile[: state.looks], "own_share": state.own_share}


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
