"""The common tests of marked tokens on a model's text, as others publish them."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from stillwatch.stats.coins import LEAST_P
from stillwatch.stats.radioactivity import Pairs, green, naive_p, windows_of
from stillwatch.stats.siphash import Key

I64 = npt.NDArray[np.int64]


def first_of_windows(answers: Sequence[I64]) -> Pairs:
    """Each window once, with the token that came first after it (Sander et al. 2402.14904)."""
    windows = np.concatenate([np.zeros(0, np.uint64), *(windows_of(a) for a in answers)])
    tokens = np.concatenate([np.zeros(0, np.int64), *(a[2:] for a in answers)])
    _, first = np.unique(windows, return_index=True)
    first.sort()
    return Pairs(windows[first], tokens[first], np.ones(first.size, np.int64))


def window_p(told: Pairs, key: Key) -> float:
    """Exact binomial over windows, once each."""
    hits = int(green(told.windows, told.tokens, key).sum())
    return max(float(binom.sf(hits - 1, told.counts.size, 0.5)), LEAST_P)


def hoeffding_p(pairs: Pairs, key: Key) -> float:
    """exp(-2 n (mean - 1/2)^2) over distinct (window, token), once each (ADFP, 2602.03812)."""
    n = pairs.counts.size
    mean = float(green(pairs.windows, pairs.tokens, key).mean()) if n else 0.5
    return max(exp(-min(2 * n * max(mean - 0.5, 0.0) ** 2, 690.0)), LEAST_P)


__all__ = ["first_of_windows", "hoeffding_p", "naive_p", "window_p"]
