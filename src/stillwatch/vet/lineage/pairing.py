"""Pairing: does a model lean to what was served, over its twin that nobody was served?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from stillwatch.stats.coins import Coins
from stillwatch.stats.many_tests import GRID
from stillwatch.stats.served_pairs import N_LEVELS, lean, ranked
from stillwatch.vet.lineage.heard import LONGEST, Heard
from stillwatch.vet.lineage.material import ServedPair
from stillwatch.vet.lineage.reading import Fresh, Reading, needed, power_of, share_of
from stillwatch.vet.lineage.statistics import Terms

F64 = npt.NDArray[np.float64]


def pair_readings(
    heard: Heard, pairs: Sequence[ServedPair], terms: Terms, level: float,
    known: Collection[str] | None = None, *, is_sealed: bool = True,
) -> list[Reading]:  # fmt: skip
    """Signed ranks of how much more of the served answer comes back, a cluster at a time.

    Args:
        heard: the model.
        pairs: those of one cluster, one for each prompt.
        terms: the bar.
        level: the p-value that one statistic must reach to be looked at closer.
        known: ids that were looked at before; None for one planned look, which p-values decide.
        is_sealed: whether the twins lay sealed; else it is a lead.
    """
    told = [(one, texts) for one in pairs if (texts := heard.pairs.get(one.name))]
    gaps = np.array(
        [lean([text[:LONGEST] for text in texts], one.served, one.unserved) for one, texts in told]
    )
    found = _reading("pairs", [one for one, _ in told], gaps, terms, level, known, is_sealed)
    return [found] if found else []


def open_readings(
    heard: Heard, pairs: Sequence[ServedPair], terms: Terms, level: float,
    known: Collection[str] | None = None, *, is_sealed: bool = True,
) -> list[Reading]:  # fmt: skip
    """The same from likelihoods by the token: length is no advantage to either twin."""
    told = heard.numbers.pairs if heard.numbers else {}
    kept = [one for one in pairs if one.name in told and np.isfinite(told[one.name]).all()]
    gaps = np.array([told[one.name][0] - told[one.name][1] for one in kept])
    found = _reading("pairs_open", kept, gaps, terms, level, known, is_sealed)
    return [found] if found else []


def _reading(
    name: str, pairs: Sequence[ServedPair], gaps: F64, terms: Terms, level: float,
    known: Collection[str] | None, is_sealed: bool,
) -> Reading | None:  # fmt: skip
    if not gaps.size:
        return None
    total, null = ranked(gaps)
    decided = gaps != 0
    n, wins = int(decided.sum()), int((gaps > 0).sum())
    other = Coins(null.weights, np.full(null.counts.size, terms.smallest_of(name)), null.counts)
    fresh = np.array([one.name not in (known or ()) for one in pairs])
    part, coins = ranked(gaps[fresh])
    return Reading(
        statistic=name, about=pairs[0].about, n=gaps.size, n_counted=n, p_value=null.tail(total),
        seen=share_of(wins, n), chance=0.5, is_committed=is_sealed,
        power=power_of(null, other, level, bets=None if known is None else GRID / N_LEVELS),
        n_needed=needed(null, other, gaps.size, terms.accusing(level), terms.least_power),
        fresh=Fresh(names=tuple(one.name for one, new in zip(pairs, fresh, strict=True) if new),
                    log_e=coins.log_e(part, GRID / N_LEVELS) if coins.most else 0.0 * GRID),
    )  # fmt: skip
