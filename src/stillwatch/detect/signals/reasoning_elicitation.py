"""Prompts that ask the model for its hidden reasoning, in any of the published forms.

**Why it tells.** Traces are worth more to a student than answers. Campaigns ask for
them outright, ask for the reasoning of a finished answer, inject one fixed prompt for
inline tags, or ask for a translation or encoding of working memory.

**Formula.** ``s`` is the share of the group's exchanges that ask for hidden reasoning;
``p`` is the share of the population's accounts, the group left out, for which that
share is at least ``s`` (one is added to both counts). Bits are ``log2(0.25 / p)`` if
positive, since a campaign does this in one case of four, capped at 6, since users of
explainability tools ask for reasoning all day as well.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 6]; 0 up to a share of 1%. Never negative: a harvest of
answers needs no reasoning.

**Benign twin.** Audit, explainability and monitorability research: prompts phrased
for an audit carry a flag of their own and are not counted; agreed research is
disclosed.

**Evasion.** Phrase the request as an audit, or ask for so-called notes: answers get
shorter and less like the trace.

**Source.** Anthropic, Feb 2026; Anthropic, Sep 2026, pp. 147-151; Google GTIG AI
Threat Tracker, Feb 2026; NSA/CISA/FBI advisory AA26-251A, Sep 2026.

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
#: tools for explanation and tutoring ask for reasoning all day: one group in 64.
INNOCENT_SHARE = 2.0**-6


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(group, "reasoning", "ask for hidden reasoning", FLOOR, INNOCENT_SHARE)


SIGNAL = Signal(
    id="SWS-5",
    name="reasoning_elicitation",
    family="content",
    question="harvest",
    reads=(),
    twin="audit, explainability and monitorability work",
    weigh=weigh,
    techniques=("SWT-L2", "SWT-L3", "SWT-L5"),
    needs_any=("prompt", "prompt_facts"),
)
