"""A new model gets much of the members' traffic within a day, and not that of others.

**Why it tells.** A published campaign moved half of its traffic to a new model within 24
hours of its release: what is harvested is the newest teacher. Products stay on the
model that they were tested with.

**Formula.** For each release, an account counts if it sent 3 exchanges in the 24 hours
before and 3 in the 24 after (so far). Its rise is the new model's share of the 24 hours
after, or of their second half if that is more, less its share before; it pivoted if that
is 0.4 or more. With the members' pooled rise at 0.4 as well, and that of the accounts
outside below half of it, the weight is that of ``k`` of ``m`` members against the share
``q`` of pivots outside, mixed over rates 0.05 to 0.9, capped at 6 bits. The strongest
release counts.

**Reads.** sent_at, account, model; the releases that the caller names.

**Returns.** Bits in [0, 6]; 0 without a release or without enough exchanges around it.
Never negative: most campaigns have no new model to go to.

**Benign twin.** Everybody benchmarks on day one: ``q`` is high then; evaluators who do
so alone are explained by the rival "evaluators on release day".

**Evasion.** Move slowly: the lead over others is lost.

**Source.** Anthropic, Feb 2026 ("nearly half of their traffic" within 24 hours).

>>> import numpy as np
>>> from stillwatch.stats.likelihood import more_than_chance
>>> [round(more_than_chance(np.ones(8, bool), q, INNOCENT_SHARE), 1) for q in (0.02, 0.9)]
[6.0, 0.3]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import DAY_US, keep_marks, read_marks
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import State
from stillwatch.model.release import Release
from stillwatch.stats.chance_formulas import RISEN_TOGETHER, rise_of_share

F64 = npt.NDArray[np.float64]
#: evaluators and enthusiasts pivot on day one: one innocent group in 64.
INNOCENT_SHARE = 2.0**-6
#: rise of the new model's share that makes a pivot.
PIVOT = 0.4
#: exchanges on either side of the release that an account needs.
FEWEST = 3


def around(state: State, release: Release) -> F64:
    """Exchanges of every node around a release, so far.

    Returns:
        ``(3, 2, n_nodes)``: in the day before, in the day after and in its second half;
        all of them, and those on the model.
    """
    key = f"pivot {release.model} {release.released_at_us}"
    if key in state.cache:
        return state.cache[key]
    if key in state.lasting:
        return state.lasting[key]
    w, at = state.window, release.released_at_us
    names = w.traffic.names["model"]
    code = names.index(release.model) if release.model in names else -2
    out = np.zeros((3, 2, w.population.n))
    spans = ((at - DAY_US, at), (at, at + DAY_US), (at + DAY_US // 2, at + DAY_US))
    for i, span in enumerate(spans):
        lo, hi = np.searchsorted(w.traffic.sent_us, np.minimum(span, state.now_us))
        node = w.node[lo:hi]
        on = w.traffic.codes["model"][lo:hi] == code
        out[i, 0] = np.bincount(node[node >= 0], minlength=w.population.n)
        out[i, 1] = np.bincount(node[(node >= 0) & on], minlength=w.population.n)
    (state.lasting if at + DAY_US <= state.now_us else state.cache)[key] = out
    return out


def past(state: State) -> list[Release]:
    """Releases so far."""
    return [r for r in state.window.releases if r.released_at_us < state.now_us]


def mark_pivots(state: State, release: Release) -> str:
    """Keep, for this look, who pivoted among those with traffic on both sides; under which key."""
    key = f"pivoted to {release.model} {release.released_at_us}"
    if key not in state.cache:
        counts = around(state, release)
        counted = (counts[0, 0] >= FEWEST) & (counts[1, 0] >= FEWEST)
        keep_marks(state, key, rise_of_share(counts, FEWEST) >= PIVOT, counted)
        state.cache[f"{key}, sums"] = counts[:, :, counted].sum(2)
    return key


def _of_release(group: Group, release: Release) -> Reading:
    state, counts = group.state, around(group.state, release)
    key = mark_pivots(state, release)
    marked = read_marks(state, key, group.nodes)
    if marked.hits.size < 3:
        return NOTHING
    mine = group.nodes[state.cache[key][1, group.nodes]]
    inside = counts[:, :, mine].sum(2)
    inputs = {**marked.inputs, "innocent_share": INNOCENT_SHARE}
    inputs |= {"inside": inside, "outside": state.cache[f"{key}, sums"] - inside}
    inputs |= {"least_rise": PIVOT, "fewest": FEWEST}
    said = RISEN_TOGETHER.run(**inputs)
    return Reading(
        said["bits"],
        f"{said['rise']:.0%} of the members' traffic moved to {release.model} within 24 hours of "
        f"its release, {said['rise_outside']:.0%} of others'; {said['n_hits']:.0f} of "
        f"{marked.hits.size} members",
        said.get("percentile"),
        terms=terms_of(group, RISEN_TOGETHER, inputs),
    )


def weigh(group: Group) -> Reading:
    """Weigh the strongest pivot to a released model; see the module."""
    return max(
        (_of_release(group, r) for r in past(group.state)), key=lambda r: r.bits, default=NOTHING
    )


SIGNAL = Signal(
    id="SWS-12",
    name="release_pivot",
    family="timing",
    question="harvest",
    reads=("sent_at", "model"),
    twin="everybody benchmarks on day one",
    weigh=weigh,
    techniques=("SWT-H7",),
)
