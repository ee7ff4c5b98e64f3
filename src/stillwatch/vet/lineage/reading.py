"""Reading: what one statistic says of one model about one key or cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp
from scipy.stats import norm

from stillwatch.model.quantity import Quantity
from stillwatch.stats.coins import Coins
from stillwatch.stats.intervals import clopper_pearson

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """What a look adds to those before.

    Args:
        names: of the slots, pairs or tokens that were not looked at before.
        log_e: ``(n_grid,)`` natural logarithms of their e-values.
    """

    names: tuple[str, ...]
    log_e: F64 = field(compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One statistic of one model.

    Args:
        statistic: name in the list.
        about: key or cluster.
        n: how much was looked at, in the statistic's unit.
        n_counted: of how much the effect is a share: pairs that lean, distinct tokens.
        p_value: exact or an upper bound, in (0, 1].
        seen: the effect, with its interval.
        chance: what the effect is under the null.
        power: chance to come to ``look_closer``, had the smallest effect been there.
        n_needed: about how much it takes to accuse at that effect.
        is_committed: False where its key is not in the log from before its use.
        wrong: ``(n_wrong,)`` p-values under wrong keys; empty where there is no key.
        naive_p: of the common test that counts repeats; None where there is none.
        fresh: for looking again; None where the statistic has no e-value.
    """

    statistic: str
    about: str
    n: int
    n_counted: int
    p_value: float
    seen: Quantity
    chance: float
    power: float
    n_needed: int
    is_committed: bool = True
    wrong: F64 = field(default_factory=lambda: np.zeros(0), compare=False)
    naive_p: float | None = None
    fresh: Fresh | None = field(default=None, compare=False)


def share_of(hits: int, n: int) -> Quantity:
    """A counted share with its exact interval."""
    low, high = clopper_pearson(hits, n)
    best = hits / n if n else 0.0
    return Quantity(best=best, low=min(low, best), high=max(high, best), unit="share")


def power_of(
    null: Coins, other: Coins, level: float, *, bets: F64 | None = None, bound: F64 | None = None
) -> float:
    """Chance that a sum of other coins reaches a level by the test that decides.

    Args:
        null: the coins where there is nothing.
        other: the same coins where there is the effect.
        level: the p-value.
        bets: lambdas of the e-value, where that decides; a p-value reaches more.
        bound: lambdas of Chernoff's bound, where that stands in for the exact tail.
    """
    if not null.most:
        return 0.0
    totals = np.arange(null.most + 1)
    grid = bets if bets is not None else bound
    if grid is None:
        reached = null.tails(totals) <= level
    else:
        log_e = np.outer(totals, grid) - null.log_mgf(grid)
        best = log_e.max(axis=1) if bets is None else logsumexp(log_e, axis=1) - np.log(grid.size)
        reached = best >= -np.log(level)
    return float(other.tails(np.array([np.argmax(reached)]))[0]) if reached.any() else 0.0


def needed(null: Coins, other: Coins, n: int, level: float, power: float) -> int:
    """About how much has to be looked at, by the normal approximation.

    Args:
        null, other: coins without and with the effect.
        n: what they are made of.
        level: the p-value that is wanted.
        power: with this chance.
    """
    gain = other.mean - null.mean
    if gain <= 0 or not n:
        return 0
    reach = float(norm.isf(level)) * null.sd + float(norm.isf(1 - power)) * other.sd
    return ceil(n * (reach / gain) ** 2) if reach > 0 else 1


def spread_of(share: float, sd: float) -> Quantity:
    """A share with the interval of a normal error, kept within 0 and 1."""
    reach = 1.96 * sd if sd < sqrt(2) else 1.0
    low, high = max(share - reach, 0.0), min(share + reach, 1.0)
    return Quantity(best=share, low=min(low, share), high=max(high, share), unit="share")
