"""Marking: does a model lean to the tokens that a cluster's key called green?"""

from __future__ import annotations

from collections.abc import Collection
from math import ceil, log

import numpy as np
from scipy.stats import norm

from stillwatch.stats.coins import Coins, chernoff_ps, grouped
from stillwatch.stats.many_tests import GRID
from stillwatch.stats.radioactivity import (
    Pairs,
    gated,
    green,
    naive_p,
    pairs_of,
)
from stillwatch.vet.lineage.heard import Heard
from stillwatch.vet.lineage.material import Greens
from stillwatch.vet.lineage.reading import Fresh, Reading, needed, power_of, share_of, spread_of
from stillwatch.vet.lineage.statistics import Terms


def green_readings(
    heard: Heard,
    greens: Greens,
    terms: Terms,
    level: float,
    known: Collection[str] | None = None,
) -> list[Reading]:
    """Weight on green tokens after distinct windows, by text.

    Args:
        heard: the model.
        greens: the mark.
        terms: the bar.
        level: the p-value that one statistic must reach to be looked at closer.
        known: digests of (window, token) that were looked at before; None for one planned look,
            which p-values decide.
    """
    pairs = pairs_of(heard.prompts, heard.answers, greens.n_window)
    if not pairs.counts.size:
        return []
    weights = pairs.weights()
    null, n = grouped(weights, greens.gamma), int(weights.size)
    totals, distinct = [], []
    for key in greens.keys:
        hit = green(pairs.windows, pairs.tokens, key, greens.gamma)
        totals.append(int(weights[hit].sum()))
        distinct.append(int(hit.sum()))
    other = Coins(null.weights, np.full(null.counts.size, terms.smallest_of("green")), null.counts)
    n_tokens, wanted = int(pairs.counts.sum()), terms.accusing(level)
    return [Reading(
        statistic="green", about=greens.about, n=n_tokens, n_counted=n,
        p_value=null.tail(totals[0]), seen=share_of(distinct[0], n), chance=greens.gamma,
        is_committed=greens.is_committed,
        power=power_of(null, other, level, bets=None if known is None else GRID),
        n_needed=needed(null, other, n_tokens, wanted, terms.least_power),
        wrong=null.tails(np.array(totals[1:], np.int64)),
        naive_p=naive_p(heard.answers, greens.keys[0], n_window=greens.n_window,
                        gamma=greens.gamma),
        fresh=_fresh(pairs, greens, known or ()),
    )]  # fmt: skip


def _fresh(pairs: Pairs, greens: Greens, known: Collection[str]) -> Fresh:
    seen = np.array([int(one, 16) for one in known], np.uint64)
    new = pairs.without(seen)
    weights = new.weights()
    hit = green(new.windows, new.tokens, greens.keys[0], greens.gamma)
    coins = grouped(weights, greens.gamma)
    log_e = coins.log_e(int(weights[hit].sum()), GRID) if coins.most else 0.0 * GRID
    return Fresh(names=tuple(f"{int(one):x}" for one in new.names()), log_e=log_e)


def open_readings(heard: Heard, greens: Greens, terms: Terms, level: float) -> list[Reading]:
    """Probability on green tokens, one forward pass for each distinct window."""
    told = heard.numbers
    if told is None or told.probs is None or told.windows is None or not told.windows.size:
        return []

    doubts = gated(told.probs, told.windows, told.tokens)
    if not doubts.probs.size:
        return []
    sums = np.array([
        doubts.probs[green(doubts.windows, doubts.tokens, key, greens.gamma)].sum()
        for key in greens.keys[: 1 + terms.n_wrong]
    ])  # fmt: skip
    p_values = chernoff_ps(doubts.probs, greens.gamma, sums)
    mass, whole = float(sums[0]), float(doubts.probs.sum())
    squares = float((doubts.probs**2).sum())
    sd = (squares * greens.gamma * (1 - greens.gamma)) ** 0.5
    gain = (terms.smallest_of("green_open") - greens.gamma) * whole
    reach = (log(1 / level) * squares / 2) ** 0.5
    n = int(np.unique(doubts.windows).size)
    wanted = (log(1 / terms.accusing(level)) * squares / 2) ** 0.5 + sd
    return [Reading(
        statistic="green_open", about=greens.about, n=n, n_counted=n, p_value=float(p_values[0]),
        seen=spread_of(min(mass / whole, 1.0), sd / whole), chance=greens.gamma,
        power=float(norm.sf((reach - gain) / sd)) if sd else 0.0,
        n_needed=ceil(n * (wanted / gain) ** 2) if gain > 0 else 0,
        is_committed=greens.is_committed,
        wrong=p_values[1:],
    )]  # fmt: skip
