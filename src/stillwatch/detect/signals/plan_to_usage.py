"""More use than the plan's other accounts make of it.

**Why it tells.** Pools are built from the cheapest plans that serve and run each at
what the plan allows. Most customers of such a plan use little of it.

**Formula.** An account's rate is its exchanges a day since its first one (at least a
day). It is heavy if its rate exceeds the 95th percentile of the rates of its plan;
plans with fewer than 40 accounts in use, and enterprise plans, are left out. ``q`` is
the share of heavy ones outside the group; the weight is that of ``k`` of ``m`` members
against ``q``, mixed over rates 0.05 to 0.9, capped at 4 bits.

**Reads.** sent_at, account; plan of the accounts table.

**Returns.** Bits in [0, 4]. Never negative: a pool may keep within its plans.

**Benign twin.** A small team with much to do, an enterprise whose contract is not signed
yet, a back-fill of embeddings: few accounts each.

**Evasion.** More accounts at a lower rate each, which costs an account's price per rate
given up, or bigger plans.

**Source.** NSA/CISA/FBI advisory AA26-251A, Sep 2026.

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> round(more_than_chance(np.arange(10) < 8, 0.05, INNOCENT_SHARE), 1)
4.0
>>> more_than_chance(np.arange(10) < 0, 0.05, INNOCENT_SHARE) < 0
True
"""

from __future__ import annotations

import numpy as np

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import DAY_US, chance, keep_marks, read_marks
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.state import State

#: small teams and back-fills outgrow their plan together: one innocent group in 16.
INNOCENT_SHARE = 2.0**-4
#: of a plan's accounts, those above this quantile of rates are heavy.
HEAVY = 0.95
#: accounts that a plan needs to be judged by.
FEWEST = 40
#: plan with no bound that could be exceeded.
UNBOUNDED = "enterprise"


def mark_heavy(state: State) -> None:
    """Keep, for this look, who is heavy for its plan among those that can be judged."""
    people = state.window.population
    plan = people.codes["plan"]
    sent = state.of("exchanges")
    days = np.maximum((state.now_us - state.window.first_us) / DAY_US, 1.0)
    rate = sent / days
    judged, above = np.zeros(people.n, bool), np.zeros(people.n, bool)
    for code, name in enumerate(people.values["plan"]):
        on_plan = (plan == code) & (sent > 0)
        if name == UNBOUNDED or on_plan.sum() < FEWEST:
            continue
        judged |= on_plan
        above |= on_plan & (rate > np.quantile(rate[on_plan], HEAVY))
    keep_marks(state, "heavy", above, judged)


def marks(state: State) -> str:
    """Under which key the marks of this look are kept."""
    if "heavy" not in state.cache:
        mark_heavy(state)
    return "heavy"


def weigh(group: Group) -> Reading:
    """Weigh how many members outgrow their plan; see the module."""
    marked = read_marks(group.state, marks(group.state), group.nodes)
    if marked.hits.size < 3:
        return NOTHING
    said, terms = chance(group, marked, INNOCENT_SHARE)
    return Reading(
        said["bits"],
        f"{said['n_hits']:.0f} of {marked.hits.size} members send more than {HEAVY:.0%} of the "
        f"accounts of their plan do, {said['by_chance']:.1%} of others",
        terms=terms,
    )


SIGNAL = Signal(
    id="SWS-8",
    name="plan_to_usage",
    family="lifecycle",
    question="harvest",
    reads=("plan",),
    twin="small team, procurement lag, embedding back-fill",
    weigh=weigh,
    techniques=("SWT-A6",),
)
