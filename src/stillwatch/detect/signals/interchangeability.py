"""The account tells nothing about the topic: members draw from one mix of topics.

**Why it tells.** Behind a load balancer any account may get any request, so that all
accounts show one mix of topics, mixed-in customers of other kinds included. People and
programs each have a mix of their own, however broad, and the account's name then says
what its next prompt is about.

**Formula.** ``bits`` is the log2 Bayes factor of members x 64 topic cells: multinomial
rows around the mix of the *other* members (smoothed by the population's mix), with
concentration at least 60, against the concentrations that are measured on accounts of
the population. The positive part is capped at 6 bits: a group with one narrow topic
shares it trivially. At most 300 members are taken.

**Reads.** prompt, or prompt_facts (topic cell) in content-free mode.

**Returns.** Bits, at most 6, without bound below.

**Benign twin.** Users of one narrow tool: within the cap, and explained by the rival
"popular harness". Users of a broad tool show what they work on, which speaks against.

**Evasion.** Persona-sticky routing, each topic to an account of its own: idle capacity,
slower harvest, and the sizes of the topics become the volumes of the accounts.

**Source.** Anthropic, Feb 2026 (hydra clusters that mix in unrelated customers).

>>> import numpy as np
>>> from stillwatch.stats.likelihood import OWN_KAPPA, shared_profile_bits
>>> prior, own = np.full(4, 0.25), np.full(OWN_KAPPA.size, 1 / OWN_KAPPA.size)
>>> first, last = np.zeros(6, np.int64), np.full(6, 3)
>>> alike, apart = np.tile([9, 5, 3, 3], (6, 1)), np.tile(20 * np.eye(4, dtype=int), (2, 1))[:6]
>>> [bool(shared_profile_bits(t, first, last, prior, own) > 0) for t in (alike, apart)]
[True, False]
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import capped, sampled
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.state import State, rows_of
from stillwatch.stats.likelihood import fit_concentration, shared_profile_bits
from stillwatch.stats.sketches import N_CELLS

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
#: a narrow topic, one tool, one course: one innocent group in 64 shares a mix.
INNOCENT_SHARE = 2.0**-6
#: members that are taken at most, and accounts of the population for comparison.
MOST = 300
#: prompts that the group needs, and that an account needs to be compared with.
FEWEST = 20
#: smoothing of the population's mix, prompts a cell.
SMOOTHING = 0.5


def topics(state: State, nodes: I64) -> I64:
    """``(n, N_CELLS)`` prompts of each node in each topic cell so far."""
    traffic = state.window.traffic
    rows = rows_of(state.window, nodes, state.now_us)
    rows = rows[traffic.digest[rows] > 0]
    place = np.searchsorted(nodes, state.window.node[rows])
    flat = np.bincount(place * N_CELLS + traffic.cell[rows], minlength=nodes.size * N_CELLS)
    return flat.reshape(nodes.size, N_CELLS).astype(np.int64)


def population_mix(state: State) -> tuple[F64, F64]:
    """The population's mix ``(N_CELLS,)`` and its accounts' concentrations around it."""
    if "topic mix" not in state.cache:
        w = state.window
        hi = int(np.searchsorted(w.traffic.sent_us, state.now_us))
        told = (w.traffic.digest[:hi] > 0) & (w.node[:hi] >= 0)
        total = np.bincount(w.traffic.cell[:hi][told], minlength=N_CELLS) + SMOOTHING
        mix = total / total.sum()
        busy = np.flatnonzero(state.of("with_text") >= FEWEST)
        by_time = busy[np.argsort(w.first_us[busy], kind="stable")]
        picked = np.sort(by_time[:: max(1, busy.size // MOST)])
        state.cache["topic mix"] = mix
        state.cache["topic own"] = np.asarray(fit_concentration(topics(state, picked), mix))
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
    first = np.zeros(table.shape[0], np.int64)
    last = np.full(table.shape[0], N_CELLS - 1)
    bits = float(shared_profile_bits(table, first, last, mix, own))
    n_cells = int((table.sum(0) > 0).sum())
    return Reading(
        capped(bits, INNOCENT_SHARE),
        f"{int(table.sum())} prompts of {table.shape[0]} members in {n_cells} of {N_CELLS} "
        f"topic cells; the account {'does not tell' if bits > 0 else 'tells'} the topic",
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
    costly=True,
)
