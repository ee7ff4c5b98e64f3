"""Prompts that carry a reasoning trace and have it cleaned, shortened or normalised.

**Why it tells.** Stolen traces are dirty: the teacher is asked to tidy them into
training data. One published pipeline sent three quarters of a million such requests
in ten days.

**Formula.** ``s`` is the share of the group's exchanges that have a reasoning trace
cleaned or normalised; ``p`` is the share of the population's accounts, the group left
out, for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 6, since researchers of reasoning tidy traces of their own models.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 6]; 0 up to a share of 1%. Never negative: most campaigns
clean their traces elsewhere.

**Benign twin.** A researcher who tidies traces of a model of their own: one account,
or a disclosed study.

**Evasion.** Clean with a weaker model: worse data.

**Source.** Anthropic, Sep 2026, pp. 150-151.

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 4.2, 6.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.01
#: researchers tidy the traces of their own models: one group in 64.
INNOCENT_SHARE = 2.0**-6


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "refine", "have a reasoning trace cleaned or normalised", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-6",
    name="trace_refining",
    family="content",
    question="harvest",
    reads=(),
    twin="researchers who tidy traces of their own models",
    weigh=weigh,
    techniques=("SWT-L11",),
    needs_any=("prompt", "prompt_facts"),
)
