"""Keys that were seen on the accounts of several members.

**Why it tells.** A key belongs to one account. Where the same key, or a token of one
login, is used on several, either one hand holds them all or the key was stolen.

**Formula.** Fellegi-Sunter over members: a member that shares a key with another
member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 - q))``, mixed
over p. ``q`` is the chance that a stranger shares one, from how common each key is
outside the group. The sum is capped at 8 bits, since keys move between accounts of
one team and gateways put a key of their own in front.

**Reads.** credential (digest of the key used).

**Returns.** Bits, at most 8; about -1 at the least, since an operator may buy or make
every key anew.

**Benign twin.** A key moved between the accounts of one team; a gateway that stamps
its own key on the traffic of many, which makes the key common outside the group.

**Evasion.** One key an account, which costs nothing; only careless or stolen pools
show this.

**Source.** Anthropic, Sep 2026 (stolen keys); NSA/CISA/FBI advisory AA26-251A, Sep
2026.

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

#: teams that move a key between accounts, gateways with a key of their own: one in 256.
INNOCENT_SHARE = 2.0**-8


def weigh(group: Group) -> Reading:
    """Weigh sharing of keys beyond chance; see the module."""
    return sharing(group, "credential", INNOCENT_SHARE, "credentials")


SIGNAL = Signal(
    id="SWS-10",
    name="shared_credential",
    family="identity",
    question="operator",
    reads=("credential",),
    twin="a key moved between accounts of one team",
    weigh=weigh,
    techniques=("SWT-A4",),
)
