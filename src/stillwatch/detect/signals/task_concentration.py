"""Self-contained tasks as of a data set, and little else.

**Why it tells.** A harvest consists of items: complete tasks with nothing before and
nothing after. People ask, correct and follow up, and what they leave unsaid stands in
their history.

**Formula.** ``s`` is the share of the group's exchanges that are self-contained,
data-set-like tasks; ``p`` is the share of the population's accounts, the group left
out, for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 5, since vertical services and data-set builders send nothing but items.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 5]; 0 up to a share of 20%. Never negative: rerouted traffic
is of real people and has no items.

**Benign twin.** Vertical SaaS, public benchmarks, data-set builders: one account with
much volume, or many with volumes of their own.

**Evasion.** Wrap each task in a made-up dialogue: several requests for one item.

**Source.** Anthropic, Feb 2026; H.R. 8283 (concentration on capabilities).

>>> from stillwatch.stats.rarity import capped, rarity_bits
>>> [round(capped(rarity_bits(p), INNOCENT_SHARE), 1) for p in (0.2, 0.01, 0.0001)]
[0.3, 3.8, 5.0]
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import unusual_share
from stillwatch.detect.signal import Reading, Signal

#: share of exchanges up to which there is nothing to weigh.
FLOOR = 0.2
#: vertical services, exam trainers, data-set builders send items only: one group in 32.
INNOCENT_SHARE = 2.0**-5


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "task", "are self-contained, data-set-like tasks", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-4",
    name="task_concentration",
    family="content",
    question="harvest",
    reads=(),
    twin="vertical SaaS, data-set builders",
    weigh=weigh,
    techniques=("SWT-L1", "SWT-L9"),
    needs_any=("prompt", "prompt_facts"),
)
