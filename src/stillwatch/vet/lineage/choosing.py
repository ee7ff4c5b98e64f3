"""Choosing: does a model pick what a cluster's key picked?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.stats.coins import LEAST_P, Coins
from stillwatch.stats.decoys import rank_p
from stillwatch.stats.keyed_choices import slot_coins
from stillwatch.stats.many_tests import GRID
from stillwatch.vet.lineage.heard import Heard, chosen_way
from stillwatch.vet.lineage.material import Choices
from stillwatch.vet.lineage.reading import Fresh, Reading, needed, power_of, share_of, spread_of
from stillwatch.vet.lineage.statistics import Terms

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: decoys with which a rank is worth telling: its floor is one in as many and one.
LEAST_DECOYS: Final = 999
_LAMBDAS: Final[F64] = np.geomspace(0.05, 60.0, 60)


def choice_readings(
    heard: Heard, choices: Choices, terms: Terms, level: float, known: Collection[str] | None = None
) -> list[Reading]:
    """Hits of the key's ways, and the rank of the key among its decoys.

    Args:
        heard: the model.
        choices: the slots and what keys pick.
        terms: the bar.
        level: the p-value that one statistic must reach to be looked at closer.
        known: slots that were looked at before; they count in this reading, not again in its
            e-value. None for one planned look, which p-values decide.
    """
    shown = np.array(
        [chosen_way(heard.slots.get(s, ()), w) for s, w in zip(choices.slots, choices.ways,
                                                                 strict=True)], np.int64
    )  # fmt: skip
    found = _hits("choices", shown, choices, terms, level, known)
    out = [found] if found else []
    if found and choices.picks.shape[0] > LEAST_DECOYS:
        shares = [_shares(heard.slots.get(s, ()), w)
                  for s, w in zip(choices.slots, choices.ways, strict=True)]  # fmt: skip
        out.append(_rank("choices_rank", shares, shown >= 0, choices, terms, level))
    return out


def open_readings(
    heard: Heard, choices: Choices, terms: Terms, level: float, known: Collection[str] | None = None
) -> list[Reading]:
    """Probability of the key's ways under open weights, by Chernoff's bound.

    A key picks evenly, so that the sum over slots of the probability of its ways has a known
    distribution whatever the model prefers; min over lambda of E exp(lambda (sum - seen)).
    """
    ways = heard.numbers.ways if heard.numbers else {}
    told = [
        (k, one)
        for k, slot in enumerate(choices.slots)
        if (one := ways.get(slot)) is not None
        and one.size == len(choices.ways[k])
        and bool(np.isfinite(one).all() and (one >= 0).all() and one.sum() > 0)
    ]
    if not told:
        return []
    at = np.array([k for k, _ in told])
    rows = [one / one.sum() for _, one in told]
    seen = sum(row[choices.picks[:, k]] for k, row in zip(at, rows, strict=True))
    log_mgf = _log_mgf(rows, _LAMBDAS)
    p_values = np.exp(np.clip((log_mgf - np.outer(seen, _LAMBDAS)).min(axis=1), -690.0, 0.0))
    null, n = slot_coins(choices.n_ways[at]), len(rows)
    share = terms.smallest_of("choices_open")
    other = Coins(null.weights, null.chances + share * (1 - null.chances), null.counts)
    fresh = [
        (k, row) for k, row in zip(at, rows, strict=True) if choices.slots[k] not in (known or ())
    ]
    new_seen = sum(float(row[choices.picks[0, k]]) for k, row in fresh)
    return [Reading(
        statistic="choices_open", about=choices.about, n=n, n_counted=n,
        p_value=max(float(p_values[0]), LEAST_P), chance=null.mean / n,
        seen=spread_of(float(seen[0]) / n, (0.25 / n) ** 0.5),
        power=power_of(null, other, level, bets=None if known is None else GRID, bound=_LAMBDAS),
        is_committed=choices.is_committed,
        n_needed=needed(null, other, n, terms.accusing(level), terms.least_power),
        wrong=p_values[1:],
        fresh=Fresh(names=tuple(choices.slots[k] for k, _ in fresh),
                    log_e=GRID * new_seen - _log_mgf([row for _, row in fresh], GRID)),
    )]  # fmt: skip


def _log_mgf(rows: list[F64], grid: F64) -> F64:
    """``(n_grid,)`` ln E exp(lambda sum of q(o)) where each o is picked evenly."""
    total = np.zeros(grid.size)
    for row in rows:
        total += np.log(np.exp(np.outer(grid, row - 1.0)).mean(axis=1)) + grid
    return total


def _hits(
    name: str,
    shown: I64,
    choices: Choices,
    terms: Terms,
    level: float,
    known: Collection[str] | None,
) -> Reading | None:
    told = shown >= 0
    if not told.any():
        return None
    ways, picks = choices.n_ways[told], choices.picks[:, told]
    hits = (picks == shown[told]).sum(axis=1)
    null, n = slot_coins(ways), int(told.sum())
    share = terms.smallest_of(name)
    other = Coins(null.weights, null.chances + share * (1 - null.chances), null.counts)
    fresh = [k for k in np.flatnonzero(told) if choices.slots[k] not in (known or ())]
    new_hits = int((choices.picks[0, fresh] == shown[fresh]).sum())
    log_e = slot_coins(choices.n_ways[fresh]).log_e(new_hits, GRID) if fresh else 0.0 * GRID
    return Reading(
        statistic=name, about=choices.about, n=n, n_counted=n, p_value=null.tail(int(hits[0])),
        seen=share_of(int(hits[0]), n), chance=null.mean / n,
        power=power_of(null, other, level, bets=None if known is None else GRID),
        is_committed=choices.is_committed,
        n_needed=needed(null, other, n, terms.accusing(level), terms.least_power),
        wrong=null.tails(hits[1:]), fresh=Fresh(names=tuple(choices.slots[k] for k in fresh),
                                                log_e=log_e),
    )  # fmt: skip


def _shares(texts: Sequence[str], ways: tuple[str, ...]) -> F64:
    told = np.zeros(len(ways))
    for text in texts:
        place = chosen_way((text,), ways)
        if place >= 0:
            told[place] += 1
    shares: F64 = told / max(told.sum(), 1.0)
    return shares


def _rank(
    name: str, shares: list[F64], told: npt.NDArray[np.bool_], choices: Choices, terms: Terms,
    level: float,
) -> Reading:  # fmt: skip
    """The rank of the key by how often its ways are shown over all answers to a slot."""
    sums = np.zeros(choices.picks.shape[0])
    for k in np.flatnonzero(told):
        sums += shares[k][choices.picks[:, k]]
    sums = np.rint(sums * 2**30)
    n = int(told.sum())
    # Each decoy against the others, which are exchangeable too.
    above = np.sort(sums)
    ranks = (sums.size - np.searchsorted(above, sums, "left")) / sums.size
    floor = 1 / sums.size
    null = slot_coins(choices.n_ways[told])
    share = terms.smallest_of(name)
    other = Coins(null.weights, null.chances + share * (1 - null.chances), null.counts)
    return Reading(
        statistic=name, about=choices.about, n=n, n_counted=n,
        p_value=rank_p(float(sums[0]), sums[1:]),
        seen=share_of(round(sums[0] / 2**30), n), chance=null.mean / n,
        power=power_of(null, other, level) if floor <= level else 0.0, n_needed=0,
        is_committed=choices.is_committed, wrong=ranks[1:],
    )  # fmt: skip
