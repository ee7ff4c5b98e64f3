"""A rare combination of client and TLS stack that members share.

**Why it tells.** One program drives the whole pool, so that its members show one user
agent together with one TLS fingerprint, where the population shows many. A copied
user agent does not bring the TLS stack of the client that it names.

**Formula.** Fellegi-Sunter over members: a member that shares a client stack with
another member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 -
q))``, mixed over p. ``q`` is the chance that a stranger shares one, from how common
each client stack is outside the group. The sum is capped at 4 bits, since tools set
both for everybody who runs them, and a new release of a tool is rare on its first
days.

**Reads.** client, tls; one of them is enough.

**Returns.** Bits, at most 4; about -1 at the least, since an operator may buy or make
every client stack anew.

**Benign twin.** Users of one SDK or tool of the same version: common outside the
group, or explained by the rival "popular harness".

**Evasion.** Drive a mainstream SDK unchanged: costs nothing.

**Source.** Anthropic, Feb 2026; NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
4.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: the tool sets the stack, not its user: one group in 16 shares a rare one innocently.
INNOCENT_SHARE = 2.0**-4


def weigh(group: Group) -> Reading:
    """Weigh sharing of client stacks beyond chance; see the module."""
    return sharing(group, "client_stack", INNOCENT_SHARE, "client stacks")


SIGNAL = Signal(
    id="SWS-11",
    name="shared_client",
    family="network",
    question="operator",
    reads=(),
    twin="users of one SDK, one tool, one release of it",
    weigh=weigh,
    techniques=("SWT-E1",),
    needs_any=("client", "tls"),
)
