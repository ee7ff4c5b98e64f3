"""One key that keeps turning up at new addresses and clients.

**Why it tells.** A key behind rotating proxies, or shared by the customers of a
reseller, is seen at a new place again and again. A person has few places, a server
one.

**Formula.** ``s`` is the share of the group's exchanges that come from a new address or
client of a key in use; ``p`` is the share of the population's accounts, the group left
out, for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 4, since runners of continuous integration start on a new machine for every job.

**Reads.** credential, and address or client.

**Returns.** Bits in [0, 4]; 0 up to a share of 5%. Never negative: a pool may leave
through one machine.

**Benign twin.** CI with ephemeral runners, mobile carriers: common enough to stand in
the reference, and explained by the rival "continuous integration".

**Evasion.** A fixed exit per key: proxies rented by the address.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 3.3, 4.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.05
#: ephemeral runners and mobile carriers change addresses all day: one group in 16.
INNOCENT_SHARE = 2.0**-4


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "moved", "come from a new address or client of a key in use", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-10",
    name="credential_spread",
    family="network",
    question="harvest",
    reads=("credential",),
    twin="CI with ephemeral runners, mobile carriers",
    weigh=weigh,
    techniques=("SWT-A4", "SWT-E1"),
    needs_any=("address", "client"),
)
