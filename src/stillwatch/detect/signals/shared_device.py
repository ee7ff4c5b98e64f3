"""Accounts that were registered from the same machines.

**Why it tells.** Whoever opens accounts by the hundred does so from few machines or
browser profiles. The fingerprint of a registration says little about use but much
about who sat there.

**Formula.** Fellegi-Sunter over members: a member that shares a registration device
with another member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 -
q))``, mixed over p. ``q`` is the chance that a stranger shares one, from how common
each registration device is outside the group. The sum is capped at 8 bits, since
laboratories, libraries, resold machines and families register several people on one.

**Reads.** device (digest of the registration device) of the accounts table.

**Returns.** Bits, at most 8; about -1 at the least, since an operator may buy or make
every registration device anew.

**Benign twin.** A computer room, a library, a family: few accounts a machine and
spread over years, so that the volumes and the rhythm speak against one hand.

**Evasion.** Anti-detect browsers or device farms: some cents an account.

**Source.** Anthropic, Feb 2026 (registration fingerprints); NSA/CISA/FBI advisory
AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
8.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: rooms and families with one machine, and fingerprints that merge alike machines: one in 256.
INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing of registration devices beyond chance; see the module."""
    return sharing(group, "device", INNOCENT_SHARE, "registration devices")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_device",
    family="identity",
    question="operator",
    reads=("device",),
    twin="a laboratory, a library, a family",
    weigh=weigh,
    techniques=("SWT-A1",),
)
