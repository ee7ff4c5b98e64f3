"""Served pairs: does somebody lean to the answer that was served, over its unserved twin?

For one prompt the same model drew two answers in the same way, and only one of them was served.
For whoever never learned from what was served the two are exchangeable, so that any score's
difference (served minus unserved) is as likely to be positive as negative: its sign is a fair
coin, independent from prompt to prompt. Null: the suspect is independent of which of the two
was served, given both. Needs one pair for each distinct prompt and no answer at temperature 0.
Relatives: STAMP (2504.13416); Fisher 1935 for the permutation; Wilcoxon 1945 for the ranks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from stillwatch.model.errors import BadInput
from stillwatch.stats.coins import Coins, grouped
from stillwatch.stats.decoys import rank_p

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: levels that the ranks of differences are rounded to.
N_LEVELS: Final = 32
#: characters of an answer that are compared.
LONGEST: Final = 20_000
#: words in a row that count as one shared thing.
_RUN_WORDS: Final = (1, 2, 3, 5)
#: characters of a text whose runs are kept at hand.
_SHORT: Final = 400
#: a word, or one character of a script that is written without blanks.
_WORD: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|\w+|[^\w\s]")


def sign_p(differences: F64, coin: np.random.Generator) -> tuple[int, int, float]:
    """Sign test: wins, pairs, and P(at least so many wins) under Bin(n, 1/2), exact.

    Args:
        differences: ``(n_pairs,)`` score of the served answer minus that of its twin.
        coin: decides ties, each by a fair coin.
    """
    _finite(differences)
    tied = differences == 0
    wins = int((differences > 0).sum() + (coin.random(differences.size) < 0.5)[tied].sum())
    return wins, differences.size, sign_coins(differences.size).tail(wins)


def sign_coins(n_pairs: int) -> Coins:
    """The coins that wins are under the null."""
    return Coins(np.array([1]), np.array([0.5]), np.array([n_pairs]))


def ranked(differences: F64) -> tuple[int, Coins]:
    """The signed-rank statistic and the coins that it is made of under the null.

    Large differences weigh more: a pair weighs by the rank of its size, rounded to
    :data:`N_LEVELS` levels. Given the sizes the signs are fair coins, so that the tail of the
    coins is exact for any number of pairs, ties among them; pairs without difference are out.

    Args:
        differences: ``(n_pairs,)`` score of the served answer minus that of its twin.
    """
    _finite(differences)
    told = differences[differences != 0]
    if not told.size:
        return 0, grouped(np.zeros(0, np.int64), 0.5)
    ranks = rankdata(np.abs(told), method="average") / told.size
    weights = np.ceil(ranks * N_LEVELS).astype(np.int64)
    return int(weights[told > 0].sum()), grouped(weights, 0.5)


def ranked_p(differences: F64) -> float:
    """Signed-rank test of :func:`ranked`, exact; in (0, 1].

    Args:
        differences: ``(n_pairs,)`` score of the served answer minus that of its twin.
    """
    total, coins = ranked(differences)
    return coins.tail(total)


def flip_p(differences: F64, rng: np.random.Generator, n_flips: int) -> float:
    """Permutation test of the mean difference by flipped signs: (1 + #) / (n_flips + 1).

    Args:
        differences: ``(n_pairs,)`` score of the served answer minus that of its twin.
        rng: draws the flips.
        n_flips: how many, >= 1; the floor of p is one in ``n_flips + 1``.
    """
    _finite(differences)
    if not differences.size:
        return 1.0
    scale = float(np.abs(differences).max()) or 1.0
    # On a grid of 2**-30 sums are exact in any order, so that equal sums compare as equal.
    told = np.rint(differences / scale * 2**30)
    sums = np.empty(n_flips)
    step = max(1, 4_000_000 // told.size)
    for start in range(0, n_flips, step):
        n = min(step, n_flips - start)
        signs = rng.integers(0, 2, (n, told.size), np.int8) * 2.0 - 1.0
        sums[start : start + n] = signs @ told
    return rank_p(float(told.sum()), sums)


def runs_of(text: str) -> frozenset[tuple[str, ...]]:
    """All runs of one, two, three and five words of a text, case folded."""
    return _kept_runs(text) if len(text) <= _SHORT else _runs(text)


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = _WORD.findall(text[:LONGEST].casefold())
    runs: set[tuple[str, ...]] = set()
    for n in _RUN_WORDS:
        runs.update(zip(*(words[k:] for k in range(n)), strict=False))
    return frozenset(runs)


_kept_runs = lru_cache(maxsize=2048)(_runs)


def lean(samples: Sequence[str], served: str, unserved: str) -> float:
    """How much more of the served answer than of its twin comes back, in [-1, 1].

    The share of the runs of words that only the served answer has, and that a sample repeats,
    minus the same for its twin, on average over samples. Swapping the twins changes the sign
    and nothing else, which is all that the test needs.

    Args:
        samples: answers of the suspect to the same prompt, at least one.
        served: the answer that was served.
        unserved: its twin.

    >>> lean(["a red fox"], "a red fox", "a red hen")
    1.0
    """
    one, other = runs_of(served), runs_of(unserved)
    only, others = one - other, other - one
    if not samples:
        raise BadInput("a score needs a sample.", where="served pairs")
    if not only and not others:
        return 0.0
    told = [runs_of(text) for text in samples]
    ours = sum(len(only & runs) for runs in told) / (len(only) or 1)
    theirs = sum(len(others & runs) for runs in told) / (len(others) or 1)
    return (ours - theirs) / len(told)


def _finite(differences: F64) -> None:
    if differences.ndim != 1 or not np.isfinite(differences).all():
        raise BadInput("differences are a finite row of numbers.", where="served pairs")
