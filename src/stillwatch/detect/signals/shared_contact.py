"""Contact addresses of one make: the same mail host and the same naming pattern.

**Why it tells.** Accounts opened by a script get addresses from one disposable host,
named by one rule. The digest covers the host and the shape of the local part and not
a name.

**Formula.** Fellegi-Sunter over members: a member that shares a contact pattern with
another member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 -
q))``, mixed over p. ``q`` is the chance that a stranger shares one, from how common
each contact pattern is outside the group. The sum is capped at 6 bits, since people
of one town, firm or generation use one host and one habit of naming.

**Reads.** contact (digest of host and pattern) of the accounts table.

**Returns.** Bits, at most 6; about -1 at the least, since an operator may buy or make
every contact pattern anew.

**Benign twin.** A mail host of a firm or a school, a naming habit: common outside the
group as well, which lowers the weight, or explained by the rivals "firm" and
"cohort".

**Evasion.** Aged mailboxes of large hosts: cents to dollars an account.

**Source.** Anthropic, Sep 2026 (disposable e-mail); NSA/CISA/FBI advisory AA26-251A,
Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
6.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: one mail host and one naming habit are common among strangers: one group in 64.
INNOCENT_SHARE = 2.0**-6


def weigh(group: Group) -> Reading:
    """Weigh sharing of contact patterns beyond chance; see the module."""
    return sharing(group, "contact", INNOCENT_SHARE, "contact patterns")


SIGNAL = Signal(
    id="SWS-2",
    name="shared_contact",
    family="identity",
    question="operator",
    reads=("contact",),
    twin="one mail host, one naming habit of a firm",
    weigh=weigh,
    techniques=("SWT-A1",),
)
