"""Conversations that arrive with a past: the first exchange seen here is not the first.

**Why it tells.** Store-then-replay sends sessions of own users, recorded elsewhere,
with all their turns. Such a conversation enters the account in the middle.

**Formula.** ``s`` is the share of the group's exchanges that open a conversation that
already has a history; ``p`` is the share of the population's accounts, the group left
out, for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 4, since people who move from another product bring their history along.

**Reads.** turn, conversation; the first day of a window is left out, since sessions
were under way.

**Returns.** Bits in [0, 4]; 0 up to a share of 2%. Never negative: most campaigns
replay nothing.

**Benign twin.** Migration, A/B comparison: a move happens once, and few histories
make up little of an account.

**Evasion.** Send the history as one prompt: long prompts without turns, and tool
calls are lost.

**Source.** Anthropic, Sep 2026, pp. 151-152.

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 3.3, 4.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.02
#: migrations and comparisons of models bring histories along: one group in 16.
INNOCENT_SHARE = 2.0**-4


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "imported", "open a conversation that already has a history", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-19",
    name="imported_history",
    family="content",
    question="harvest",
    reads=("turn", "conversation"),
    twin="migration, A/B comparison",
    weigh=weigh,
    techniques=("SWT-H3",),
)
