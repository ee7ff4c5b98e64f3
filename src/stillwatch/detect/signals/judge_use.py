"""Prompts that use the model as a grader: rubrics, scores, pairwise verdicts.

**Why it tells.** Reward models are trained on grades. A campaign sends its own
candidates in a rubric and keeps the score; at scale this is a training signal and not
an evaluation.

**Formula.** ``s`` is the share of the group's exchanges that use the model as a judge
or reward model; ``p`` is the share of the population's accounts, the group left out,
for which that share is at least ``s`` (one is added to both counts). Bits are
``log2(0.25 / p)`` if positive, since a campaign does this in one case of four, capped
at 5, since grading by a model is the usual way to evaluate anything.

**Reads.** prompt, or prompt_facts (class flags) in content-free mode.

**Returns.** Bits in [0, 5]; 0 up to a share of 1%. Never negative: most campaigns
grade nothing.

**Benign twin.** LLM-as-judge evaluations, which ask for grades in bursts and each
item once; their volumes differ and their prompts are not dealt out.

**Evasion.** Ask for prose reviews and grade those with a model of their own: noisier
rewards.

**Source.** Anthropic, Feb 2026 (rubric-based grading); Anthropic, Sep 2026, p. 151.

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
#: evaluation by a model is everyday work: one group in 32.
INNOCENT_SHARE = 2.0**-5


def weigh(group: Group) -> Reading:
    """Weigh the group's share against the population's; see the module."""
    return unusual_share(
        group, "judge", "use the model as a judge or reward model", FLOOR, INNOCENT_SHARE
    )


SIGNAL = Signal(
    id="SWS-6",
    name="judge_use",
    family="content",
    question="harvest",
    reads=(),
    twin="LLM-as-judge evaluations",
    weigh=weigh,
    techniques=("SWT-L8",),
    needs_any=("prompt", "prompt_facts"),
)
