"""Requests that were stripped of what clients usually say about themselves.

**Why it tells.** Automated sanitisation takes out user agents and organisation ids
before requests leave a pool. Ordinary clients do not bother.

**Formula.** ``s`` is the share of the group's exchanges that name neither a client nor
a TLS stack; ``p`` is the share of the population's accounts, the group left out, for
which that share is at least ``s`` (one is added to both counts). Bits are ``log2(0.25 /
p)`` if positive, since a campaign does this in one case of four, capped at 3, since
privacy gateways, old libraries and scripts say nothing about themselves either.

**Reads.** client, tls; one of them is enough to know that the window has such data.

**Returns.** Bits in [0, 3]; 0 up to a share of 20%. Never negative: a campaign may
look like any client.

**Benign twin.** A privacy gateway, a script with a bare HTTP library.

**Evasion.** Send the user agent of a mainstream SDK: costs nothing.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026 (metadata sanitisation).

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 2.6, 3.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.2
#: privacy gateways and plain scripts are many: one group in 8.
INNOCENT_SHARE = 2.0**-3


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "bare", "name neither a client nor a TLS stack", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-14",
    name="metadata_stripping",
    family="network",
    question="harvest",
    reads=(),
    twin="privacy gateway, a bare HTTP library",
    weigh=weigh,
    techniques=("SWT-E6",),
    needs_any=("client", "tls"),
)
