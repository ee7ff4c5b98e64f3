"""More members in one programme than its share of the population explains.

**Why it tells.** Education, research and startup programmes give credits and higher
limits for a form that is easy to fill in. A pool that lives on such credits has its
members in one programme.

**Formula.** ``q`` is a programme's share of the population's accounts, the group left
out. The weight is that of ``k`` of ``n`` members against ``q``, mixed over rates 0.05 to
0.9, less log2 of the number of programmes tried, capped at 3 bits.

**Reads.** programme of the accounts table.

**Returns.** Bits in [0, 3]. Never negative: most pools are in no programme.

**Benign twin.** A real cohort from one school: the rival "cohort" fits any group with a
third of its members in programmes and takes this weight away.

**Evasion.** Forms for several programmes, or none: the credits.

**Source.** Anthropic, Feb 2026 (abuse of educational, research and startup programmes).

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> [round(more_than_chance(np.arange(10) < k, 0.05, INNOCENT_SHARE), 1) for k in (1, 8)]
[-0.4, 3.0]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import State
from stillwatch.stats.chance_formulas import ONE_CLASS

I64 = npt.NDArray[np.int64]
#: classes and laboratories are in one programme together: one innocent group in 8.
INNOCENT_SHARE = 2.0**-3


def in_use(state: State) -> I64:
    """Nodes that have sent something: in no programme, then in each by its code."""
    if "programmes" not in state.cache:
        people = state.window.population
        codes = people.codes["programme"][state.last_bin >= 0] + 1
        state.cache["programmes"] = np.bincount(
            codes, minlength=len(people.values["programme"]) + 1
        )
    return state.cache["programmes"]


def weigh(group: Group) -> Reading:
    """Weigh the programme that most members are in; see the module."""
    people = group.state.window.population
    codes = people.codes["programme"][group.nodes]
    if group.n < 3 or (codes >= 0).sum() < 3:
        return NOTHING
    sizes = in_use(group.state)
    inputs = {"codes": codes, "sizes": sizes[1:], "n_active": int(sizes.sum())}
    inputs |= {"innocent_share": INNOCENT_SHARE}
    said = ONE_CLASS.run(**inputs)
    observed = "no programme stands out"
    if said["code"] >= 0:
        name = people.values["programme"][int(said["code"])]
        observed = (
            f"{said['n_hits']:.0f} of {group.n} members are in one programme ({name}), "
            f"{said['by_chance']:.0%} of others are"
        )
    return Reading(said["bits"], observed, terms=terms_of(group, ONE_CLASS, inputs))


SIGNAL = Signal(
    id="SWS-20",
    name="programme_cluster",
    family="lifecycle",
    question="operator",
    reads=("programme",),
    twin="a real cohort from one school",
    weigh=weigh,
    techniques=("SWT-A5",),
)
