"""Accounts that come from the same addresses more than strangers would.

**Why it tells.** A pool leaves through few machines or through one proxy service, so
that its members turn up behind the same rare addresses. Which address, and where it
lies, is not read.

**Formula.** Fellegi-Sunter over members: a member that shares a address with another
member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 - q))``, mixed
over p. ``q`` is the chance that a stranger shares one, from how common each address
is outside the group. The sum is capped at 8 bits, since campuses, offices and carrier
NAT put unrelated people behind one address.

**Reads.** address (or a keyed digest of its /24 or /48).

**Returns.** Bits, at most 8; about -1 at the least, since an operator may buy or make
every address anew.

**Benign twin.** CGNAT, campus, VPN, cloud NAT: such addresses are common outside the
group, so that sharing them is no surprise; use of a VPN alone weighs nothing.

**Evasion.** Residential proxies with an exit per account: dollars a gigabyte.

**Source.** Anthropic, Feb 2026; NSA/CISA/FBI advisory AA26-251A, Sep 2026.

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

#: campuses, offices, carrier NAT and VPN exits: one group in 256.
INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing of addresses beyond chance; see the module."""
    return sharing(group, "address", INNOCENT_SHARE, "addresses")


SIGNAL = Signal(
    id="SWS-11",
    name="shared_address",
    family="network",
    question="operator",
    reads=("address",),
    twin="CGNAT, campus, VPN, cloud NAT",
    weigh=weigh,
    techniques=("SWT-E1",),
)
