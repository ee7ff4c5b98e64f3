"""What others do: a plain chi-square, a kernel test with looks that are not paid for, agreement."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.stats import chi2_contingency, norm

from stillwatch.stats.exchangeable import Strata

EVERY: Final = 100
N_DEALS: Final = 999


def chi_square(strata: Strata) -> float:
    """Asymptotic p of one table of answers by side, as a script would make it."""
    marked = np.zeros(strata.kind.size, bool)
    marked[strata.starts[:-1]] = True
    n_kinds = strata.group.size
    table = np.array([
        np.bincount(strata.kind[marked], minlength=n_kinds),
        np.bincount(strata.kind[~marked], minlength=n_kinds),
    ])  # fmt: skip
    return float(chi2_contingency(table[:, table.sum(axis=0) > 0], correction=False).pvalue)


def mmd_each_look(strata: Strata, rng: np.random.Generator) -> float:
    """Least p of a permutation test with a Hamming kernel, made after every hundred questions.

    The kernel test of model equality (arXiv 2410.20247) is exact once; here it is made again as
    answers come in, and the least p counts, as in a dashboard that is looked at.
    """
    least = 1.0
    for n in range(EVERY, strata.n + 1, EVERY):
        part = strata.first(n)
        n_kinds, size = part.group.size, int(part.starts[1])
        items = part.kind.reshape(n, size)
        total = np.bincount(part.kind, minlength=n_kinds)
        at = rng.integers(size, size=(N_DEALS, n))
        at = np.concatenate([np.zeros((1, n), np.int64), at])
        marked = items[np.arange(n), at] + n_kinds * np.arange(N_DEALS + 1)[:, None]
        hits = np.bincount(marked.ravel(), minlength=n_kinds * (N_DEALS + 1))
        hits = hits.reshape(N_DEALS + 1, n_kinds)
        apart = ((hits / n - (total - hits) / (part.kind.size - n)) ** 2).sum(axis=1)
        least = min(least, (1 + int((apart[1:] >= apart[0] - 1e-12).sum())) / (N_DEALS + 1))
    return least


def agreement(strata: Strata) -> float:
    """Agreement of the route with the reference beside the reference's with itself, by a z-test.

    Both rest on the same first answer of the reference; the test takes them for independent.
    """
    first = strata.starts[:-1]
    mine = strata.kind[first] == strata.kind[first + 1]
    theirs = strata.kind[first + 2] == strata.kind[first + 1]
    n = strata.n
    pooled = (mine.mean() + theirs.mean()) / 2.0
    spread = np.sqrt(max(2.0 * pooled * (1.0 - pooled) / n, 1e-12))
    return float(norm.sf((theirs.mean() - mine.mean()) / spread))
