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
>>> mix, own = np.full(4, 0.25), np.full(KAPPA.size, 1 / KAPPA.size)
>>> alike = np.tile([9, 5, 3, 3], (6, 1))
>>> apart = np.tile(20 * np.eye(4, dtype=int), (2, 1))[:6]
>>> [round(one_mix_bits(table, mix, own), 1) for table in (alike, apart)]
[6.2, -197.3]
"""

from __future__ import annotations

from math import lgamma

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import capped, sampled
from stillwatch.detect.signal import NOTHING, Reading, Signal
from stillwatch.detect.state import State, rows_of
from stillwatch.stats.likelihood import LN2
from stillwatch.stats.sketches import N_CELLS

F64 = npt.NDArray[np.float64]
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
#: concentrations that members may have; the last three are those of a pool.
KAPPA = np.array([1.0, 3.0, 8.0, 20.0, 60.0, 400.0, 20000.0])
N_POOL = 3
N_STEPS = 30


@nb.njit(cache=True)
def ln_fits(table, own, mix, kappa):  # type: ignore[no-untyped-def]
    """ln P of each member's row at each concentration, up to a constant of the row.

    Args:
        table: ``(n, n_cells)`` prompts.
        own: whether the base is the mix of the other members, or ``mix`` alone.
        mix: ``(n_cells,)`` the population's mix.
        kappa: ``(k,)`` concentrations.

    Returns:
        ``(n, k)``.
    """
    n, n_cells = table.shape
    out = np.zeros((n, kappa.size))
    total = np.zeros(n_cells)
    for i in range(n):
        for c in range(n_cells):
            total[c] += table[i, c]
    everything = total.sum()
    smooth = min(20.0, 0.1 * everything + 1.0)
    for i in range(n):
        size = 0.0
        for c in range(n_cells):
            size += table[i, c]
        scale = everything - size + smooth
        for c in range(n_cells):
            m = table[i, c]
            if m == 0:
                continue
            base = (total[c] - m + smooth * mix[c]) / scale if own else mix[c]
            for k in range(kappa.size):
                a = kappa[k] * base
                out[i, k] += lgamma(a + m) - lgamma(a)
        for k in range(kappa.size):
            out[i, k] += lgamma(kappa[k]) - lgamma(kappa[k] + size)
    return out


def own_shares(ln_fit: F64) -> F64:
    """``(k,)`` how common each concentration is among the rows of ``ln_fits``."""
    shares = np.full(ln_fit.shape[1], 1.0 / ln_fit.shape[1])
    fit = np.exp(ln_fit - ln_fit.max(1, keepdims=True, initial=-np.inf))
    for _ in range(N_STEPS):
        part = fit * shares
        part /= part.sum(1, keepdims=True)
        shares = (part.sum(0) + 1.0) / (part.shape[0] + shares.size)
    return shares


def one_mix_bits(table: I64, mix: F64, own: F64) -> float:
    """Weight for "all members draw from one mix" against "each has one of its own".

    Args:
        table: ``(n, n_cells)`` prompts.
        mix: ``(n_cells,)`` the population's mix, all > 0.
        own: ``(k,)`` how common each concentration of ``KAPPA`` is.
    """
    fit = ln_fits(table, True, mix, KAPPA)
    each = float(logsumexp(fit + np.log(own), axis=1).sum())
    pool = float(logsumexp(fit[:, -N_POOL:].sum(0)) - np.log(N_POOL))
    return (pool - each) / LN2


def topics(state: State, nodes: I64) -> I64:
    """``(n, N_CELLS)`` prompts of each node in each topic cell so far."""
    traffic = state.window.traffic
    rows = rows_of(state.window, nodes, state.now_us)
    rows = rows[traffic.digest[rows] > 0]
    place = np.searchsorted(nodes, state.window.node[rows])
    flat = np.bincount(place * N_CELLS + traffic.cell[rows], minlength=nodes.size * N_CELLS)
    return flat.reshape(nodes.size, N_CELLS).astype(np.int64)


def cells_so_far(state: State) -> I64:
    """``(n_bins + 1, N_CELLS)`` prompts of all nodes in each topic cell before each bin."""
    if "cells" not in state.lasting:
        w = state.window
        told = np.flatnonzero((w.traffic.digest > 0) & (w.node >= 0))
        place = w.bin[told].astype(np.int64) * N_CELLS + w.traffic.cell[told]
        table = np.bincount(place, minlength=w.n_bins * N_CELLS).reshape(w.n_bins, N_CELLS)
        state.lasting["cells"] = np.concatenate((table[:1] * 0, np.cumsum(table, 0)))
    return state.lasting["cells"]


def population_mix(state: State) -> tuple[F64, F64]:
    """The population's mix ``(N_CELLS,)`` and its accounts' concentrations around it."""
    if "topic mix" not in state.cache:
        w = state.window
        total = cells_so_far(state)[state.looks] + SMOOTHING
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
    bits = one_mix_bits(table, mix, own)
    n_cells = int((table.sum(0) > 0).sum())
    return Reading(
        max(capped(bits, INNOCENT_SHARE), AGAINST),
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
    at_most=6.0,
)
