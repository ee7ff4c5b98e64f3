"""Signed reasoning blocks that turn up in the requests of more than one account.

**Why it tells.** A signed or encrypted reasoning block is given to one account. It
can reach another only if somebody carries it there, which replay across sessions,
accounts and models does and nothing else needs.

**Formula.** Fellegi-Sunter over members: a member that shares a reasoning block with
another member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 -
q))``, mixed over p. ``q`` is the chance that a stranger shares one, from how common
each reasoning block is outside the group. The sum is capped at 20 bits, since a
project handed over between accounts, or a shared transcript, carries a block along
once in a million groups.

**Reads.** replayed_reasoning (ids of the blocks in the request).

**Returns.** Bits, at most 20; about -1 at the least, since an operator may buy or
make every reasoning block anew.

**Benign twin.** Session resume sends the block back on the same account, which is not
counted; a hand-off inside a declared organisation is one node.

**Evasion.** Replay each block on the account that got it: the pool becomes sticky,
which its volumes and its content show.

**Source.** Anthropic, Sep 2026, pp. 148-150; OpenAI, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
20.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: transcripts handed from one account to another: a unique block, so one group in a million.
INNOCENT_SHARE = 2.0**-20
#: holders assumed outside; nobody comes upon such a thing by chance.
UNGUESSABLE = 0.05


def weigh(group: Group) -> Reading:
    """Weigh sharing of reasoning blocks beyond chance; see the module."""
    return sharing(
        group, "replayed_reasoning", INNOCENT_SHARE, "replayed reasoning blocks", UNGUESSABLE
    )


SIGNAL = Signal(
    id="SWS-16",
    name="reasoning_replay",
    family="content",
    question="operator",
    reads=("replayed_reasoning",),
    twin="session resume, shared-project hand-off inside one organisation",
    weigh=weigh,
    techniques=("SWT-L6",),
)
