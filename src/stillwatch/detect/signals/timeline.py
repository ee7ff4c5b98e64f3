"""Members that begin right after a release, more than other accounts do.

**Why it tells.** Campaigns start when there is something new to harvest or when a trial
ends. A coincidence in time is no evidence by itself: it only corroborates.

**Formula.** Of the members that began after the first look at the window, ``k`` of ``m``
sent their first exchange within 48 hours after one of the releases. ``q`` is the same
share outside the group. The weight is that of ``k`` of ``m`` against ``q``, mixed over
rates 0.05 to 0.9, capped at 2 bits.

**Reads.** sent_at, account; the releases that the caller names.

**Returns.** Bits in [0, 2]; 0 without a release. Never negative.

**Benign twin.** Coincidence, and everybody who came for the new model: the latter raises
``q``, and the rival "evaluators on release day" takes this weight away.

**Evasion.** Start a few days later: the lead over others is lost.

**Source.** Anthropic, Feb and Sep 2026; H.R. 8283 (correlation with a development
timeline).

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> [round(more_than_chance(np.ones(9, bool), q, INNOCENT_SHARE), 1) for q in (0.1, 0.95)]
[2.0, 0.1]
"""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import DAY_US, chance, keep_marks, read_marks
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.signals.release_pivot import past
from stillwatch.detect.signals.replacement import follows
from stillwatch.detect.state import State

#: coincidences in time are common: one innocent group in 4.
INNOCENT_SHARE = 2.0**-2
FEWEST = 3


def marks(state: State) -> str:
    """Keep, for this look, who began after a release among all who began; under which key."""
    key, w = "began after release", state.window
    if key in state.cache:
        return key
    moments = sorted(r.released_at_us for r in past(state))
    began = (w.first_us < state.now_us) & (w.first_us >= w.start_us + w.step_us)
    after = follows(w.first_us, np.array(moments, np.int64), 2 * DAY_US)
    keep_marks(state, key, after, began)
    return key


def weigh(group: Group) -> Reading:
    """Weigh how many members began right after a release; see the module."""
    state = group.state
    if not past(state):
        return NOTHING
    marked = read_marks(state, marks(state), group.nodes)
    if marked.hits.size < FEWEST:
        return NOTHING
    said, terms = chance(group, marked, INNOCENT_SHARE)
    return Reading(
        said["bits"],
        f"{said['n_hits']:.0f} of {marked.hits.size} members began within 48 hours after a "
        f"release, {said['by_chance']:.0%} of others",
        terms=terms,
    )


SIGNAL = Signal(
    id="SWS-21",
    name="timeline",
    family="lifecycle",
    question="harvest",
    reads=("sent_at", "account"),
    twin="coincidence; only ever corroborating",
    weigh=weigh,
    techniques=("SWT-H7",),
)
