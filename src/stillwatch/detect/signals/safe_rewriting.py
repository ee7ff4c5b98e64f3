"""Prompts that have sensitive queries reworded so that a filter lets them pass.

**Why it tells.** One published campaign had the model write censorship-safe
alternatives to sensitive queries, to teach a student to steer round such topics. Few
other uses want this in series.

**Formula.** ``s`` is the share of the group's exchanges that ask for a censorship-safe
rewording of a sensitive query; ``p`` is the share of the population's accounts, the
group left out, for which that share is at least ``s`` (one is added to both counts).
Bits are ``log2(0.25 / p)`` if positive, since a campaign does this in one case of four,
capped at 5, since editors and moderation teams reword sensitive texts in series.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 5]; 0 up to a share of 1%. Never negative: most campaigns
reword nothing.

**Benign twin.** Editors, translators, moderation teams: few and with volumes of their
own.

**Evasion.** Ask for the topic by hints: needs a prompt writer for each topic.

**Source.** Anthropic, Feb 2026.

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 3.8, 5.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.01
#: editors and moderation teams reword sensitive texts in series: one group in 32.
INNOCENT_SHARE = 2.0**-5


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group,
        "rewrite",
        "ask for a censorship-safe rewording of a sensitive query",
        FLOOR,
        INNOCENT_SHARE,
    )


SIGNAL = Signal(
    id="SWS-5",
    name="safe_rewriting",
    family="content",
    question="harvest",
    reads=(),
    twin="editors, translators",
    weigh=weigh,
    techniques=("SWT-L10",),
    needs_any=("prompt", "prompt_facts"),
)
