"""Topic mix: whether members draw from one mix of topics, or each from one of its own."""

from __future__ import annotations

from math import lgamma

import numba as nb
import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from stillwatch.stats.likelihood import LN2

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: concentrations that members may have; the last three are those of a pool.
KAPPA = np.array([1.0, 3.0, 8.0, 20.0, 60.0, 400.0, 20000.0])
N_POOL = 3
N_STEPS = 30


@nb.njit(cache=True)
def ln_fits(table, own, mix, kappa):  # type: ignore[no-untyped-def]
    """ln P of each member's row at each concentration, up to a constant of the row.

    Args:
        table: ``(n, n_cells)`` prompts.
        own: whether the base is the mix of the other members, or ``mix`` alone.
        mix: ``(n_cells,)`` the population's mix.
        kappa: ``(k,)`` concentrations.

    Returns:
        ``(n, k)``.
    """
    n, n_cells = table.shape
    out = np.zeros((n, kappa.size))
    total = np.zeros(n_cells)
    for i in range(n):
        for c in range(n_cells):
            total[c] += table[i, c]
    everything = total.sum()
    smooth = min(20.0, 0.1 * everything + 1.0)
    for i in range(n):
        size = 0.0
        for c in range(n_cells):
            size += table[i, c]
        scale = everything - size + smooth
        for c in range(n_cells):
            m = table[i, c]
            if m == 0:
                continue
            base = (total[c] - m + smooth * mix[c]) / scale if own else mix[c]
            for k in range(kappa.size):
                a = kappa[k] * base
                out[i, k] += lgamma(a + m) - lgamma(a)
        for k in range(kappa.size):
            out[i, k] += lgamma(kappa[k]) - lgamma(kappa[k] + size)
    return out


def own_shares(ln_fit: F64) -> F64:
    """``(k,)`` how common each concentration is among the rows of ``ln_fits``."""
    shares = np.full(ln_fit.shape[1], 1.0 / ln_fit.shape[1])
    fit = np.exp(ln_fit - ln_fit.max(1, keepdims=True, initial=-np.inf))
    for _ in range(N_STEPS):
        part = fit * shares
        part /= part.sum(1, keepdims=True)
        shares = (part.sum(0) + 1.0) / (part.shape[0] + shares.size)
    return shares


def one_mix_bits(table: I64, mix: F64, own: F64) -> float:
    """Weight for "all members draw from one mix" against "each has one of its own".

    Args:
        table: ``(n, n_cells)`` prompts.
        mix: ``(n_cells,)`` the population's mix, all > 0.
        own: ``(k,)`` how common each concentration of ``KAPPA`` is.
    """
    fit = ln_fits(table, True, mix, KAPPA)
    each = float(logsumexp(fit + np.log(own), axis=1).sum())
    pool = float(logsumexp(fit[:, -N_POOL:].sum(0)) - np.log(N_POOL))
    return (pool - each) / LN2
