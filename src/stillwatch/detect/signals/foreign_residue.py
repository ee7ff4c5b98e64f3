"""Traces of another vendor's product in the prompts.

**Why it tells.** Rerouted traffic is of another product's users: their requests keep
that product's system prompt, its name for itself and strings of its harness. In what
tongue people write is not read.

**Formula.** ``s`` is the share of the group's exchanges that carry the system prompt or
harness of another product; ``p`` is the share of the population's accounts, the group
left out, for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 5, since honest aggregators and people who compare products paste such prompts too.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 5]; 0 up to a share of 1%. Never negative: residue is easy to
strip.

**Benign twin.** An honest aggregator: its tenants are disclosed, and disclosed
accounts are no nodes.

**Evasion.** Strip names and harness strings before forwarding: a filter per product,
and tools that rely on those strings break.

**Source.** Anthropic, Sep 2026, pp. 148-150.

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
#: aggregators that did not declare themselves, people who compare products: one group in 32.
INNOCENT_SHARE = 2.0**-5


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group,
        "residue",
        "carry the system prompt or harness of another product",
        FLOOR,
        INNOCENT_SHARE,
    )


SIGNAL = Signal(
    id="SWS-18",
    name="foreign_residue",
    family="content",
    question="harvest",
    reads=(),
    twin="honest aggregator with disclosed tenants",
    weigh=weigh,
    techniques=("SWT-H2", "SWT-H5", "SWT-L12"),
    needs_any=("prompt", "prompt_facts"),
)
