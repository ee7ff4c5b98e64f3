"""Tallies: what the signals that read running sums say of many groups, compiled.

Groups are packed as in :mod:`stillwatch.detect.gathering`; every function fills ``out`` with
bits that the signal of one group reaches as well, or falls short of.
"""

from __future__ import annotations

from math import exp, log, log2

import numba as nb
import numpy as np

from stillwatch.detect.prevalence import CAMPAIGN_SHARE, ENOUGH
from stillwatch.detect.shared import FEWEST_STRANGERS
from stillwatch.stats.likelihood import LN2, burst_bits

#: a group with a family of this weight for one hand is remembered though it was not opened.
REMEMBERED = 6.0
_RATES = (0.05, 0.2, 0.5, 0.9)
_N_RATES = len(_RATES)
_LN_WITHOUT = np.log(1.0 - np.array(_RATES))


@nb.njit(cache=True, nogil=True)
def _mixed(terms, innocent):  # type: ignore[no-untyped-def]
    """Bits from ln ratios at each rate, see ``likelihood.shared_trait_bits``."""
    top = max(terms.max(), 0.0)
    total = 0.5 * exp(-top)
    for j in range(_N_RATES):
        total += 0.125 * exp(terms[j] - top)
    ratio = exp(min(top + log(total), 600.0))
    return log(ratio / (1.0 - innocent + innocent * ratio)) / LN2


@nb.njit(cache=True, nogil=True)
def _shared(terms, has, q):  # type: ignore[no-untyped-def]
    """Add one member's ln ratio at each rate."""
    q = min(max(q, 1e-9), 1.0)
    for j in range(_N_RATES):
        if has:
            terms[j] += log((_RATES[j] + (1.0 - _RATES[j]) * q) / q)
        elif q < 1.0:
            terms[j] += _LN_WITHOUT[j]


@nb.njit(cache=True, nogil=True)
def share_bits(offsets, nodes, counts, columns, least, floors, innocent, refs, ends, n_refs, out):  # type: ignore[no-untyped-def]
    """As ``prevalence.unusual_share``, for several running counts.

    Args:
        offsets, nodes: packed groups.
        counts: ``(n_nodes, n_counts)``, exchanges first.
        columns: ``(m,)`` counts that are asked about.
        least: exchanges of a node that stands in the reference.
        floors, innocent: ``(m,)`` share up to which there is nothing to weigh, cap.
        refs, ends: ascending shares above 0 in the reference, packed; ``(m + 1,)`` ends.
        n_refs: nodes in the reference.
        out: ``(n_groups, m)``.
    """
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        sent = 0.0
        n_own = 0
        for node in mine:
            sent += counts[node, 0]
            n_own += counts[node, 0] >= least
        for j in range(columns.size):
            total = 0.0
            for node in mine:
                total += counts[node, columns[j]]
            if sent < ENOUGH or total <= floors[j] * sent:
                continue
            share = total / sent
            others = refs[ends[j] : ends[j + 1]]
            above = others.size - np.searchsorted(others, share)
            for node in mine:
                if counts[node, 0] >= least and counts[node, columns[j]] / counts[node, 0] >= share:
                    above -= 1
            p = (1.0 + max(above, 0)) / (n_refs - n_own + 1.0)
            bits = max(log2(CAMPAIGN_SHARE / p), 0.0)
            out[g, j] = bits - log2(1.0 - innocent[j] + innocent[j] * 2.0**bits)


@nb.njit(cache=True, nogil=True)
def mark_bits(offsets, nodes, marked, totals, innocent, out):  # type: ignore[no-untyped-def]
    """As ``prevalence.more_than_chance`` of marks kept for the look; never negative.

    Args:
        offsets, nodes: packed groups.
        marked: ``(m, 2, n_nodes)`` who is marked and who counts.
        totals: ``(m, 2)`` how many are.
        innocent: ``(m,)`` caps.
        out: ``(n_groups, m)``.
    """
    terms = np.empty(_N_RATES)
    one = np.empty(_N_RATES)
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        for j in range(totals.shape[0]):
            n_counted = 0
            n_hits = 0
            for node in mine:
                n_counted += marked[j, 1, node]
                n_hits += marked[j, 0, node]
            if n_counted < 3:
                continue
            by_chance = (totals[j, 0] - n_hits + 1.0) / (totals[j, 1] - n_counted + 2.0)
            terms[:] = 0.0
            one[:] = 0.0
            _shared(one, True, by_chance)
            terms += n_hits * one
            one[:] = 0.0
            _shared(one, False, by_chance)
            terms += (n_counted - n_hits) * one
            out[g, j] = max(_mixed(terms, innocent[j]), 0.0)


@nb.njit(cache=True, nogil=True)
def _meet(mine, left_out, traits, column, inside, n_sharing):  # type: ignore[no-untyped-def]
    """Count members on each key, and in each column how often one meets another there."""
    starts, keys = traits
    for node in mine:
        for i in range(starts[node], starts[node + 1]):
            key = keys[i]
            if key != left_out and column[key] >= 0:
                inside[key] += 1
                n_sharing[column[key]] += inside[key] > 1


@nb.njit(cache=True, nogil=True)
def _hold(node, traits, df, column, inside, held, has):  # type: ignore[no-untyped-def]
    """In each column: holders outside of a member's keys, and whether it shares one inside."""
    starts, keys = traits
    held[:] = 0.0
    has[:] = False
    for i in range(starts[node], starts[node + 1]):
        key = keys[i]
        if inside[key] > 0 and df[key] > 1:
            held[column[key]] += max(df[key] - inside[key], 0)
            has[column[key]] |= inside[key] > 1


@nb.njit(cache=True, nogil=True)
def trait_bits(offsets, nodes, left_out, traits, df, n_active, column, caps, inside, out):  # type: ignore[no-untyped-def]
    """As ``shared.sharing``, for several kinds of traits; 0 where nobody shares one.

    Args:
        offsets, nodes: packed groups.
        left_out: ``(n_groups,)`` the key that brought each together, -1 for none.
        traits: per node where its traits start, and their keys.
        df: ``(n_keys,)`` holders of each key.
        n_active: nodes with traffic.
        column: ``(n_keys,)`` column of ``out``, -1 for kinds that are not asked about.
        caps: ``(2, m)`` how often innocent groups share, holders assumed outside.
        inside: ``(n_keys,)`` zeros, and zeros again afterwards.
        out: ``(n_groups, m)``.
    """
    starts, keys = traits
    n_columns = out.shape[1]
    n_sharing = np.zeros(n_columns, np.int64)
    terms = np.zeros((n_columns, _N_RATES))
    held = np.zeros(n_columns)
    has = np.zeros(n_columns, np.bool_)
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        strangers = max(n_active - mine.size, mine.size, FEWEST_STRANGERS)
        n_sharing[:] = 0
        terms[:] = 0.0
        _meet(mine, left_out[g], traits, column, inside, n_sharing)
        asked = np.flatnonzero(n_sharing)
        for node in mine:
            if asked.size:
                _hold(node, traits, df, column, inside, held, has)
            for at in asked:
                mean = (mine.size - 1) * (held[at] + caps[1, at]) / strangers
                _shared(terms[at], has[at], 1.0 - exp(-mean))
        for at in asked:
            out[g, at] = _mixed(terms[at], caps[0, at])
        for node in mine:
            inside[keys[starts[node] : starts[node + 1]]] = 0


@nb.njit(cache=True, nogil=True)
def cohort_bits(offsets, nodes, ranks, stray_share, innocent, out):  # type: ignore[no-untyped-def]
    """As ``creation_cohort`` of groups that are no bunch; ``out`` is ``(n_groups,)``."""
    for g in range(offsets.size - 1):
        mine = ranks[nodes[offsets[g] : offsets[g + 1]]]
        mine = np.sort(mine[~np.isnan(mine)])
        if mine.size >= 3:
            out[g] = max(burst_bits(mine, stray_share, innocent), -1.0)


@nb.njit(cache=True, nogil=True)
def flat_bits(offsets, nodes, same, pairs, flatness, fewest, n_parts, innocent, out):  # type: ignore[no-untyped-def]
    """As ``round_the_clock``: pairs of each node, flatness of the population ascending."""
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        all_same = 0.0
        all_pairs = 0.0
        for node in mine:
            all_same += same[node]
            all_pairs += pairs[node]
        if all_pairs < fewest:
            continue
        flat = n_parts * all_same / all_pairs
        below = np.searchsorted(flatness, flat, "right")
        n_own = 0
        for node in mine:
            if pairs[node] >= fewest:
                n_own += 1
                below -= n_parts * same[node] / pairs[node] <= flat
        p = (1.0 + max(below, 0)) / (flatness.size - n_own + 1.0)
        bits = max(log2(CAMPAIGN_SHARE / p), 0.0)
        out[g] = bits - log2(1.0 - innocent + innocent * 2.0**bits)


@nb.njit(cache=True, nogil=True)
def repeats(offsets, nodes, starts, prompt, bins, looks, times, own, out):  # type: ignore[no-untyped-def]
    """Pairs of one prompt within each group so far, and exchanges whose prompt repeats at all.

    Args:
        offsets, nodes: packed groups.
        starts, prompt, bins: per node where its exchanges with a prompt that is met more than
            once start, which prompt, and in which bin, ascending.
        looks: only exchanges in so many bins count.
        times: ``(n_prompts,)`` zeros, and zeros again afterwards.
        own: ``(n_prompts,)`` how often each was met so far.
        out: ``(n_groups, 2)``: pairs, and the sum of ``own`` over exchanges.
    """
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        for node in mine:
            for i in range(starts[node], starts[node + 1]):
                if bins[i] >= looks:
                    break
                out[g, 0] += times[prompt[i]]
                out[g, 1] += own[prompt[i]]
                times[prompt[i]] += 1
        for node in mine:
            for i in range(starts[node], starts[node + 1]):
                if bins[i] >= looks:
                    break
                times[prompt[i]] = 0


@nb.njit(cache=True, nogil=True)
def add_up(bits, found, family, kept, fits, operator, out):  # type: ignore[no-untyped-def]
    """Add bits up by family, as ``weighing.weigh`` does.

    Args:
        bits: ``(n_groups, n_signals)``, capped.
        found: ``(n_groups,)`` the signal that says again what brought a group together, or -1.
        family: ``(n_signals,)``.
        kept: ``(n_rivals, n_signals)`` what each rival does not explain.
        fits: ``(n_rivals,)`` whether a rival fits every group; the others are not asked.
        operator: ``(n_signals,)`` whether a signal is about one hand.
        out: ``(n_groups, 2)``: the least that a rival leaves, and the weight for one hand,
            ``-inf`` where no family has ``REMEMBERED`` bits for it.
    """
    n_families = family.max() + 1
    best = np.empty(n_families)
    worst = np.empty(n_families)
    for g in range(bits.shape[0]):
        out[g, 0] = np.inf
        for r in range(kept.shape[0] + 1):
            last = r == kept.shape[0]
            if not last and not fits[r]:
                continue
            best[:] = 0.0
            worst[:] = 0.0
            for s in range(family.size):
                if operator[s] if last else kept[r, s] and s != found[g]:
                    best[family[s]] = max(best[family[s]], bits[g, s])
                    worst[family[s]] = min(worst[family[s]], bits[g, s])
            total = (best + worst).sum()
            if last:
                out[g, 1] = total if (best + worst).max() >= REMEMBERED else -np.inf
            else:
                out[g, 0] = min(out[g, 0], total)
