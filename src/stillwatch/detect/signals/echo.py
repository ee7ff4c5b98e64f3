"""Text that the model gave to one account alone and another account sends back.

**Why it tells.** Graders, refiners and reasoning-of-a-finished-answer prompts carry
an answer that another account of the pool received. A span of 24 words that the model
gave to a single account does not reach a stranger by chance: it is the text form of
replayed reasoning, and it survives paraphrased prompts, fresh cards and residential
proxies.

**Formula.** Fellegi-Sunter over members: a member that shares a span with another
member weighs ``log2(p / q)``, one that shares none ``log2((1 - p) / (1 - q))``, mixed
over p. ``q`` is the chance that a stranger shares one, from how common each span is
outside the group. The sum is capped at 20 bits, since published transcripts and
shared documents bring a span to a second account once in a million groups.

**Reads.** response or response_spans, against prompt or prompt_spans; keyed digests
of spans only.

**Returns.** Bits, at most 20; about -1 at the least, since an operator may buy or
make every span anew.

**Benign twin.** A text that many accounts received, such as a quotation or
boilerplate: only spans given to a single account are counted.

**Evasion.** Send an answer back only on the account that got it, or reword it first:
another model over every answer.

**Source.** Anthropic, Feb 2026 (reasoning of a completed answer); Anthropic, Sep
2026, pp. 150-151; OpenAI, Sep 2026.

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

#: published transcripts: the span was given to one account only, so one group in a million.
INNOCENT_SHARE = 2.0**-20
#: holders assumed outside; nobody comes upon such a thing by chance.
UNGUESSABLE = 0.05


def weigh(group: Group) -> Reading:
    """Weigh sharing of spans beyond chance; see the module."""
    return sharing(
        group, "echo", INNOCENT_SHARE, "spans that the model had given to another member"
    )


SIGNAL = Signal(
    id="SWS-16",
    name="echo",
    family="content",
    question="operator",
    reads=(),
    twin="a text that many accounts received",
    weigh=weigh,
    techniques=("SWT-L6", "SWT-L11"),
    needs_any=("response", "response_spans"),
)
