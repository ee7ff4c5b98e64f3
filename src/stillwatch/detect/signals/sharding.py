"""Prompts dealt out to members as by one dealer: no member's own, and none twice.

**Why it tells.** A pool has one queue. Where prompts repeat in it (samples, retries of
a run), a repeat lands on any member by chance; where the queue was freed of repeats, no
prompt appears on two members although outsiders do send the same ones. People repeat
*themselves*, which speaks against. Evaluators send every item of a benchmark
once each, so that all members have the same items and nobody repeats; a pool that takes
care not to ask one member twice looks like that as well, so that it is no evidence.

**Formula.** Over opening prompts of at least 8 tokens that were answered. (a) ``S`` is
the number of pairs of one prompt on one member, ``E = sum_p C(m_p, 2) sum_i s_i^2``
what dealing by volume (shares ``s_i`` among those in use at the time) gives for ``m_p``
uses of prompt ``p``; prompts that are over a fifth of the traffic are left out. With
``P(x)`` the negative-binomial probability of ``S`` at mean ``x E`` (dispersion 0.05) and
``x`` log-normal (median 1, sd 2 in ln), the weight is log2 of ``P(1) / 2`` plus half the
mean of ``P(x)`` over ``x <= 1``, over the mean of ``P(x)`` over all x. (b) Where
hardly anything repeats (``S + E`` below 3): with ``d_p`` how many outside accounts sent
a prompt, as a share of all long openings outside, the ``D`` distinct (account, prompt)
pairs of the members should meet ``M = 1/2 sum d_p (D - D_i)`` times; log2 of the Poisson
likelihood ratio of rate ``M / 20`` against ``M``. At most 10 bits.

**Reads.** prompt, or prompt_digest and prompt_facts in content-free mode.

**Returns.** Bits, at most 10; strongly negative for independent people (``S`` far above
``E``), about 0 for evaluators (``S`` far below).

**Benign twin.** Runners of one public benchmark, homework: all have the same items once,
which says nothing in (a) and is never counted in (b).

**Evasion.** Give every account a subset of its own, repeats included: (a) turns
against, at the price of sticky routing.

**Source.** Anthropic, Feb 2026 (variants "across hundreds of coordinated accounts").

>>> from stillwatch.stats.dealing import dealt_bits
>>> [round(dealt_bits(s, 50.0), 1) for s in (50, 0, 400)]
[2.1, 0.0, -111.3]
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.held import spread
from stillwatch.detect.ordering import ascending
from stillwatch.detect.pairs import Pairs
from stillwatch.detect.room import AT_A_TIME, blocks, made, places_where
from stillwatch.detect.sights import some_groups
from stillwatch.detect.signal import NOTHING, Reading, Signal, terms_of
from stillwatch.detect.state import State
from stillwatch.stats.dealing import expected_pairs
from stillwatch.stats.pool_formulas import DEALT, DEFICIT, dealt_as_expected

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
#: batch tools that deal out work for several undeclared users: one group in 1,024.
INNOCENT_SHARE = 2.0**-10
MOST_BITS = 10.0
#: shorter prompts ("go on") repeat by themselves, tokens.
LONG = 8
#: a prompt that is more of the traffic than this was not dealt but set, a health check.
FIXED = 0.2
#: spans of time in which members' shares of the load are told apart, at most.
MOST_SPANS = 60
LEAST_EXPECTED = 0.05
#: pairs to expect before a lack or a surplus of them says anything.
FEWEST_PAIRS = 3.0


@nb.njit(cache=True, nogil=True)
def _number(digest, order, starts, prompt):  # type: ignore[no-untyped-def]
    """Number rows in order of their prompts; gives how many prompts there are."""
    n = 0
    for i in range(order.size):
        if i == 0 or digest[order[i]] != digest[order[i - 1]]:
            starts[n] = i
            n += 1
        prompt[order[i]] = n - 1
    return n


def _by_digest(state: State) -> tuple[I32, I32, I32]:
    """Rows by their prompt; kept for the window.

    Returns:
        ``(n,)`` rows in order of their prompt's digest, ``(n_prompts + 1,)`` where each prompt
        starts there, and ``(n,)`` the prompt of each row.
    """
    if "by digest" not in state.lasting:
        t = state.window.traffic
        order = ascending(t.digest, t.room)
        starts, prompt = (t.room.column(n, np.int32) for n in (t.n + 1, t.n))
        n_prompts = int(_number(t.digest, order, starts, prompt))
        starts[n_prompts] = t.n
        state.lasting["by digest"] = order
        state.lasting["prompt starts"] = starts[: n_prompts + 1]
        state.lasting["prompt"] = prompt
    names = ("by digest", "prompt starts", "prompt")
    order, starts, prompt = (state.lasting[name] for name in names)
    return order, starts, prompt


def _eligible(state: State, rows: npt.NDArray[np.integer]) -> npt.NDArray[np.integer]:
    """Those of some rows that count; which of all do is kept for the window."""
    if "counts" not in state.lasting:
        t = state.window.traffic
        state.lasting["counts"] = made(
            t.room,
            t.n,
            np.bool_,
            lambda b: (
                (t.digest[b] > 0) & (t.n_tokens[b] >= LONG) & (t.turn[b] <= 0) & (t.status[b] < 400)
            ),
        )
    out: npt.NDArray[np.integer] = rows[state.lasting["counts"][rows]]
    return out


def so_far(state: State) -> int:
    """Eligible exchanges of all nodes so far."""
    w = state.window
    if "eligible" not in state.lasting:
        n_in_bin = np.zeros(w.n_bins, np.int64)
        for rows in places_where(w.traffic.n, lambda block: w.node[block] >= 0):
            n_in_bin += np.bincount(w.bin[_eligible(state, rows)], minlength=w.n_bins)
        state.lasting["eligible"] = np.concatenate(([0], np.cumsum(n_in_bin)))
    return int(state.lasting["eligible"][state.looks])


def repeated(state: State) -> tuple[I64, I32, npt.NDArray[np.int16], I64]:
    """Eligible exchanges of the window whose prompt is met more than once; kept for it.

    Returns:
        ``(n_nodes + 1,)`` where each node's start, in order of time; which prompt each has and
        in which bin it was sent; ``(n_prompts,)`` how often each prompt was met so far, 0 if once.
    """
    if "repeated" not in state.lasting:
        w = state.window
        _, begin, of_row = _by_digest(state)

        def again(prompts: I32) -> npt.NDArray[np.bool_]:
            return begin[prompts + 1] - begin[prompts] > 1

        found: list[npt.NDArray[np.integer]] = [np.zeros(0, np.int32)]
        for block in blocks(w.row_order.size):
            rows = w.row_order[block]
            found.append(_eligible(state, rows[again(of_row[rows])]))
        rows = np.concatenate(found)
        met, prompt = np.unique(of_row[rows], return_inverse=True)
        sizes = np.bincount(w.node[rows], minlength=w.population.n)
        state.lasting["repeated starts"] = np.concatenate(([0], np.cumsum(sizes)))
        state.lasting["repeated bins"] = w.bin[rows]
        state.lasting["repeated"] = prompt.astype(np.int32)
        nth = w.traffic.room.column(begin.size - 1, np.int32)
        nth[:] = -1
        nth[met] = np.arange(met.size)
        met_at = list(places_where(of_row.size, lambda block: nth[of_row[block]] >= 0))
        meetings = np.concatenate([np.zeros(0, np.int32), *met_at]).astype(np.int32)
        state.lasting["meetings"], state.lasting["met"] = meetings, nth[of_row[meetings]]
        state.lasting["met so far"] = np.zeros(met.size, np.int64)
        state.lasting["n meetings"] = np.zeros(1, np.int64)
    if "times met" not in state.cache:
        times, done = state.lasting["met so far"], state.lasting["n meetings"]
        until = np.searchsorted(state.lasting["meetings"], state.n_rows)
        times += np.bincount(state.lasting["met"][done[0] : until], minlength=times.size)
        done[0] = until
        state.cache["times met"] = np.where(times > 1, times, 0)
    names = ("repeated starts", "repeated", "repeated bins")
    starts, which, bins = (state.lasting[name] for name in names)
    return starts, which, bins, state.cache["times met"]


def most_bits(n_pairs: F64, n_met: F64, with_text: F64, n_so_far: int) -> F64:
    """``(n,)`` at least the bits of groups of which only the repeats were counted.

    Args:
        n_pairs: pairs of exchanges of a group with one prompt.
        n_met: for its exchanges, how often their prompt was met so far, summed; 0 for once.
        with_text: its exchanges with a prompt.
        n_so_far: eligible exchanges of all nodes so far.
    """
    due = 0.5 * with_text * n_met / np.maximum(n_so_far - with_text, 1.0)
    out: F64 = np.where((2.0 * n_pairs >= FEWEST_PAIRS) | (due >= FEWEST_PAIRS), MOST_BITS, 0.0)
    return out


def met_outside(group: Group, prompts: I32) -> F64:
    """``(m,)`` nodes outside the group that sent each of some prompts so far."""
    state = group.state
    order, starts, _ = _by_digest(state)
    lo = starts[prompts]
    sizes = starts[prompts + 1] - lo
    n_nodes = state.window.population.n
    member = np.zeros(n_nodes + 1, bool)
    member[group.nodes] = True
    out = np.zeros(prompts.size)
    for begin, end in some_groups(np.concatenate(([0], np.cumsum(sizes))), AT_A_TIME):
        rows = order[spread(lo[begin:end], sizes[begin:end])]
        which = np.repeat(np.arange(begin, end), sizes[begin:end])
        sent = rows < state.n_rows
        which, node = which[sent], state.window.node[rows[sent]]
        keep = (node >= 0) & ~member[node]
        pairs = np.unique(which[keep] * n_nodes + node[keep])
        out += np.bincount(pairs // n_nodes, minlength=out.size)
    return out


def dealing(group: Group, prompt: I32, bins: npt.NDArray[np.int16], sent: I64) -> dict[str, Any]:
    """What tells how often two uses of a prompt meet if every exchange were dealt by volume.

    Members are dealt to between their first exchange and their end, see ``Group.alive``.

    Args:
        group: who is tested.
        prompt, bins: ``(m,)`` prompt and bin of each exchange.
        sent: ``(n,)`` exchanges of each member.

    Returns:
        the arguments of :func:`stillwatch.stats.dealing.expected_pairs`.
    """
    w = group.state.window
    _, last = group.alive()
    first = (w.first_us[group.nodes] - w.start_us) // w.step_us
    width = -(-group.state.looks // MOST_SPANS)
    n_spans = -(-group.state.looks // width)
    pairs = Pairs.of(prompt, bins // width, n_spans)
    return {
        "sent": sent,
        "first": first // width,
        "last": last // width,
        "together": pairs.together(n_spans),
    }


def weigh(group: Group) -> Reading:
    """Weigh how prompts are dealt to members; see the module."""
    state, w = group.state, group.state.window
    if group.n < 3 or group.of("with_text").sum() < 2 * group.n:
        return NOTHING
    rows = _eligible(state, group.rows)
    n_outside = so_far(state) - rows.size
    prompt = _by_digest(state)[2][rows]
    member = np.zeros(w.population.n, np.int32)
    member[group.nodes] = np.arange(group.n)
    every = Pairs.of(prompt, member[w.node[rows]], group.n)
    uses = np.bincount(every.place, weights=every.times)
    fixed = uses > max(FIXED * rows.size, 2.0)
    if uses[~fixed].sum() < 2 * group.n:
        return NOTHING
    pairs = every.without(fixed)
    if fixed.any():
        mine = ~np.isin(prompt, every.values[fixed])
        prompt, rows = prompt[mine], rows[mine]
    sent = np.bincount(pairs.others, weights=pairs.times, minlength=group.n).astype(np.int64)
    how = dealing(group, prompt, w.bin[rows], sent)
    own_pairs = float((pairs.times * (pairs.times - 1.0)).sum() / 2.0)
    expected = expected_pairs(**how)
    if expected + own_pairs >= FEWEST_PAIRS:
        told = {"own_pairs": own_pairs, "least_expected": LEAST_EXPECTED}
        told["innocent_share"] = INNOCENT_SHARE
        return Reading(
            dealt_as_expected(expected, **told)["bits"],
            f"{own_pairs:.0f} repeats of a prompt on one member where dealing by volume "
            f"gives {expected:.1f}",
            terms=terms_of(group, DEALT, how | told),
        )
    return _freed(group, pairs, n_outside)


def _freed(group: Group, pairs: Pairs, n_outside: int) -> Reading:
    """Weigh that no prompt is on two members; part (b) of the module.

    Args:
        group: who is tested.
        pairs: their prompts, and the members that sent them.
        n_outside: exchanges of others so far that could have had one of them.
    """
    prompt, member = pairs.place, pairs.others
    distinct = np.bincount(member, minlength=group.n)
    popular = met_outside(group, pairs.values) / max(n_outside, 1)
    due = float((popular[prompt] * (prompt.size - distinct[member])).sum() / 2.0)
    if due < FEWEST_PAIRS:
        return NOTHING
    holders = np.bincount(prompt)
    met = int((holders * (holders - 1)).sum() // 2)
    inputs = {"met": met, "due": due, "innocent_share": INNOCENT_SHARE}
    return Reading(
        DEFICIT.run(**inputs)["bits"],
        f"prompts meet {met} times on two members where outsiders' use of them gives {due:.1f}",
        terms=terms_of(group, DEFICIT, inputs),
    )


SIGNAL = Signal(
    id="SWS-4",
    name="sharding",
    family="content",
    question="operator",
    reads=(),
    twin="runners of one public benchmark, homework",
    weigh=weigh,
    needs_any=("prompt", "prompt_digest"),
    techniques=("SWT-E2", "SWT-L1"),
    at_most=MOST_BITS,
)
