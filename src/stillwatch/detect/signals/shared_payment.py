"""Accounts that claim to be strangers and are paid for with the same cards.

**Why it tells.** Campaigns pay for many accounts with few instruments: stolen,
virtual or simply shared cards. A card is private: people who have never met do not
hold the same one, however many accounts look at the same page.

**Formula.** Fellegi-Sunter over members: a member that shares a payment instrument
with another member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 -
q))``, mixed over p. ``q`` is the chance that a stranger shares one, from how common
each payment instrument is outside the group. The sum is capped at 10 bits, since one
group in about a thousand is a firm, a faculty or a family that pays with one card and
did not say so.

**Reads.** payment (digest of the instrument) of the accounts table.

**Returns.** Bits, at most 10; about -1 at the least, since an operator may buy or
make every payment instrument anew.

**Benign twin.** A company card, university purchasing: declared organisations are one
node and drop out; for those that are not declared, the rivals "firm" and "household"
take this weight away.

**Evasion.** A fresh virtual card per account; it costs a fee an account and leaves
the issuer to be asked.

**Source.** Anthropic, Feb 2026 ("shared payment methods"); NSA/CISA/FBI advisory
AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
10.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: firms and faculties that pay with one card without declaring themselves: one group in a thousand.
INNOCENT_SHARE = 2.0**-10


def weigh(group: Group) -> Reading:
    """Weigh sharing of payment instruments beyond chance; see the module."""
    return sharing(group, "payment", INNOCENT_SHARE, "payment instruments")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_payment",
    family="payment",
    question="operator",
    reads=("payment",),
    twin="company card, university purchasing",
    weigh=weigh,
    techniques=("SWT-A3",),
)
