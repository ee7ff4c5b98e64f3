"""Near-identical prompts: runs of words that members share and strangers do not.

**Why it tells.** Harvesting at scale fills templates: the frame of the prompt is the
same across accounts, only the slot differs. Winnowed shingles meet wherever nine
words in a row are the same. A template is weighed by its rarity outside the group and
never struck from a list for being popular, since the largest campaign has the most
popular template.

**Formula.** Fellegi-Sunter over members: a member that shares a template with another
member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 - q))``, mixed
over p. ``q`` is the chance that a stranger shares one, from how common each template
is outside the group. The sum is capped at 12 bits, since homework, public benchmarks
and little-known tools give strangers one frame.

**Reads.** prompt, or prompt_shingles in content-free mode.

**Returns.** Bits, at most 12; about -1 at the least, since an operator may buy or
make every template anew.

**Benign twin.** A popular harness or open-source tool, course homework: frames that
are common outside the group weigh little, and the rivals "popular harness" and
"cohort" take the rest.

**Evasion.** Paraphrase every prompt with another model: its tokens for each prompt,
and yield falls as the frame drifts.

**Source.** Anthropic, Feb 2026 ("tens of thousands of times across hundreds of
coordinated accounts").

>>> import numpy as np
>>> from stillwatch.stats.likelihood import shared_trait_bits
>>> rare, common = np.full(10, 0.001), np.full(10, 0.6)
>>> round(float(shared_trait_bits(np.ones(10), rare, INNOCENT_SHARE)), 1)
12.0
>>> bool(shared_trait_bits(np.ones(10), common, INNOCENT_SHARE) < 7)
True
"""

from __future__ import annotations

from stillwatch.detect.group import Group
from stillwatch.detect.shared import sharing
from stillwatch.detect.signal import Reading, Signal

#: homework, public benchmarks, little-known tools: one group in 4,096 beyond their popularity.
INNOCENT_SHARE = 2.0**-12


def weigh(group: Group) -> Reading:
    """Weigh sharing of templates beyond chance; see the module."""
    return sharing(group, "template", INNOCENT_SHARE, "prompt templates")


SIGNAL = Signal(
    id="SWS-3",
    name="shared_template",
    family="content",
    question="operator",
    reads=(),
    twin="a popular harness or open-source tool, homework",
    weigh=weigh,
    techniques=("SWT-L1",),
    needs_any=("prompt", "prompt_shingles"),
)
