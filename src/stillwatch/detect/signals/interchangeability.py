"""The account tells nothing about the topic: members draw from one mix of topics.

**Why it tells.** Behind a load balancer any account may get any request, so that all
accounts show one mix of topics, mixed-in customers of other kinds included. People and
programs each have a mix of their own, however broad, and the account's name then says
what its next prompt is about.

**Formula.** A member's prompts in 64 topic cells are Dirichlet-multinomial around the mix
of the *other* members, smoothed by the population's. ``bits = log2 of (mean over k in
{60, 400, 20000} of prod_i P(row_i | k)) / (prod_i sum_k g_k P(row_i | k))``: one high
concentration ``k`` for all, against a concentration of each member's own, drawn from the
shares ``g_k`` that 300 accounts of the population have around the population's mix
(fitted by expectation maximisation). The positive part is capped at 6 bits: a group with
one narrow topic shares it trivially. At most 300 members are taken.

**Reads.** prompt, or prompt_facts (topic cell) in content-free mode.

**Returns.** Bits in [-8, 6].

**Benign twin.** Users of one narrow tool: within the cap, and explained by the rival
"popular harness". Users of a broad tool show what they work on, which speaks against.

**Evasion.** Persona-sticky routing, each topic to an account of its own: idle capacity,
slower harvest, and the sizes of the topics become the volumes of the accounts.

**Source.** Anthropic, Feb 2026 (hydra clusters that mix in unrelated customers).

>>> import numpy as np
>>> from stillwatch.stats.topic_mix import one_mix_bits
>>> mix, own = np.full(4, 0.25), np.full(KAPPA.size, 1 / KAPPA.size)
>>> alike = np.tile([9, 5, 3, 3], (6, 1))
>>> apart = np.tile(20 * np.eye(4, dtype=int), (2, 1))[:6]
>>> [round(one_mix_bits(table, mix, own), 1) for table in (alike, apart)]
[6.2, -197.3]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.counting import Counts, counted, nothing_counted
from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import sampled
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import State
from stillwatch.stats.pool_formulas import ONE_MIX
from stillwatch.stats.sketches import N_CELLS
from stillwatch.stats.topic_mix import KAPPA, ln_fits, own_shares

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
#: a narrow topic, one tool, one course: one innocent group in 64 shares a mix.
INNOCENT_SHARE = 2.0**-6
#: most that this may speak against, bits: one member with a topic of its own is enough.
AGAINST = -8.0
#: members that are taken at most, and accounts of the population for comparison.
MOST = 300
#: prompts that the group needs, and that an account needs to be compared with.
FEWEST = 20
#: smoothing of the population's mix, prompts a cell.
SMOOTHING = 0.5


def topics(state: State, nodes: I64) -> I64:
    """``(n, N_CELLS)`` prompts of each node in each topic cell so far."""
    out: I64 = _so_far(state)[nodes].astype(np.int64)
    return out


def _so_far(state: State) -> Counts:
    """``(n_nodes, N_CELLS)`` the same of all nodes; those since the last look are added."""
    w = state.window
    if "topics" not in state.lasting:
        state.lasting["topics"] = nothing_counted(w.population.n, N_CELLS)
        state.lasting["topics until"] = np.zeros(1, np.int64)
    table, done = state.lasting["topics"], state.lasting["topics until"]
    if done[0] < state.n_rows:
        rows = np.arange(done[0], state.n_rows)
        rows = rows[(w.traffic.digest[rows] > 0) & (w.node[rows] >= 0)]
        table = counted(table, w.node[rows], w.traffic.cell[rows])
        state.lasting["topics"] = table
        done[0] = state.n_rows
    return table


def population_mix(state: State) -> tuple[F64, F64]:
    """The population's mix ``(N_CELLS,)`` and its accounts' concentrations around it."""
    if "topic mix" not in state.cache:
        w = state.window
        total = _so_far(state).sum(0) + SMOOTHING
        mix = total / total.sum()
        busy = np.flatnonzero(state.of("with_text") >= FEWEST)
        by_time = busy[np.argsort(w.first_us[busy], kind="stable")]
        picked = np.sort(by_time[:: max(1, busy.size // MOST)])
        state.cache["topic mix"] = mix
        fit = ln_fits(topics(state, picked), False, mix, KAPPA)
        state.cache["topic own"] = own_shares(fit)
    return state.cache["topic mix"], state.cache["topic own"]


def weigh(group: Group) -> Reading:
    """Weigh whether the account tells the topic; see the module."""
    if group.n < 3 or group.of("with_text").sum() < max(FEWEST, 2 * group.n):
        return NOTHING
    table = topics(group.state, sampled(group, MOST))
    table = table[table.sum(1) > 0]
    if table.shape[0] < 3:
        return NOTHING
    mix, own = population_mix(group.state)
    inputs = {"table": table, "mix": mix, "own": own}
    inputs |= {"innocent_share": INNOCENT_SHARE, "least": AGAINST}
    said = ONE_MIX.run(**inputs)
    tells = "does not tell" if said["uncapped_bits"] > 0 else "tells"
    return Reading(
        said["bits"],
        f"{said['n_prompts']:.0f} prompts of {table.shape[0]} members in {said['n_cells']:.0f} of "
        f"{N_CELLS} topic cells; the account {tells} the topic",
        terms=terms_of(group, ONE_MIX, inputs),
    )


SIGNAL = Signal(
    id="SWS-1",
    name="interchangeability",
    family="content",
    question="operator",
    reads=(),
    twin="users of one narrow tool, homework on one topic",
    weigh=weigh,
    needs_any=("prompt", "prompt_facts"),
    techniques=("SWT-E2", "SWT-E3"),
    at_most=6.0,
)
