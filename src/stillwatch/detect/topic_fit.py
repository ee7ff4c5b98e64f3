"""Topic fit: whether one node's prompts are drawn from the mix of a group."""

from __future__ import annotations

from math import lgamma

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.signals.interchangeability import population_mix, topics
from stillwatch.detect.state import State
from stillwatch.stats.likelihood import LN2, _mix_ln
from stillwatch.stats.topic_mix import KAPPA, N_POOL

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: prompts with text that a node needs to be asked.
FEWEST = 3


@nb.njit(cache=True)
def _ln_row(row, base, kappa):  # type: ignore[no-untyped-def]
    """ln P(row) around ``base`` up to a constant of the row, for each concentration."""
    out = np.zeros(kappa.size)
    size = 0.0
    for c in range(row.size):
        if row[c] > 0:
            size += row[c]
            for k in range(kappa.size):
                out[k] += lgamma(kappa[k] * base[c] + row[c]) - lgamma(kappa[k] * base[c])
    for k in range(kappa.size):
        out[k] += lgamma(kappa[k]) - lgamma(kappa[k] + size)
    return out


@nb.njit(cache=True)
def _fits(table, inside, total, mix, own, kappa, n_pool):  # type: ignore[no-untyped-def]
    """ln of "drawn from the group's mix" over "a mix of its own", per row."""
    out = np.zeros(table.shape[0])
    even = np.full(n_pool, 1.0 / n_pool)
    for i in range(table.shape[0]):
        row = table[i]
        if row.sum() < FEWEST:
            continue
        others = total - row if inside[i] else total
        size = others.sum()
        smooth = min(20.0, 0.1 * size + 1.0)
        base = (others + smooth * mix) / (size + smooth)
        pool = _mix_ln(_ln_row(row, base, kappa[-n_pool:]), even)
        out[i] = pool - _mix_ln(_ln_row(row, mix, kappa), own)
    return out


def topic_bits(state: State, core: I64, nodes: I64) -> F64:
    """How much better the mix of topics of a group fits each node than one of its own.

    The formula is that of the signal ``interchangeability`` for one node; what the node
    itself sent is left out of the group's mix.

    Args:
        state: what is known so far.
        core: nodes of the group, sorted.
        nodes: ``(n,)`` who is asked, sorted.

    Returns:
        ``(n,)`` bits, any sign; 0 for nodes with fewer than ``FEWEST`` prompts.
    """
    mix, own = population_mix(state)
    total = topics(state, core).sum(0).astype(np.float64)
    table = topics(state, nodes).astype(np.float64)
    bits: F64 = _fits(table, np.isin(nodes, core), total, mix, own, KAPPA, N_POOL) / LN2
    return bits
