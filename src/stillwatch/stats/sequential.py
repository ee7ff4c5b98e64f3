"""Looking again and again without paying for it: e-values, e-BH.

An e-value has mean at most 1 under its null; ``2 ** bits`` of a Bayes factor is
one. By Ville's inequality the running maximum of an e-process exceeds ``1 / a``
with probability at most ``a`` however often it is looked at.
"""

from __future__ import annotations

from math import log2

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]


def discovery_bits(n_hypotheses: int, fdr: float, rank: int) -> float:
    """Bits that the ``rank``-th discovery needs under e-Benjamini-Hochberg.

    Args:
        n_hypotheses: how many were tested in all, >= 1.
        fdr: tolerated false-discovery rate, in (0, 1).
        rank: 1 for the first discovery.
    """
    return log2(n_hypotheses / fdr) - log2(rank)


def discovery_fdr(bits: float, n_hypotheses: int, rank: int) -> float:
    """The false-discovery rate at which a discovery would just have been made, at most 1.

    Args:
        bits: log2 of its e-value.
        n_hypotheses: how many were tested in all.
        rank: 1 for the first discovery.
    """
    chance: float = 2.0 ** -min(max(bits, -900.0), 900.0)
    return min(1.0, n_hypotheses / rank * chance)


def e_bh(bits: F64, n_hypotheses: int, fdr: float) -> npt.NDArray[np.bool_]:
    """e-Benjamini-Hochberg (Wang and Ramdas 2022), valid under any dependence.

    Args:
        bits: ``(m,)`` log2 e-values of the hypotheses at hand.
        n_hypotheses: how many were tested in all, >= m (those not listed have e = 0).
        fdr: tolerated false-discovery rate, in (0, 1).

    Returns:
        ``(m,)`` which to reject.
    """
    if bits.size == 0:
        return np.zeros(0, bool)
    order = np.argsort(-bits, kind="stable")
    k = np.arange(1, bits.size + 1)
    need = np.array([discovery_bits(n_hypotheses, fdr, int(rank)) for rank in k])
    passing = np.flatnonzero(bits[order] >= need)
    out = np.zeros(bits.size, bool)
    if passing.size:
        out[order[: passing[-1] + 1]] = True
    return out


def p_to_bits(p: float) -> float:
    """log2 e-value of a p-value by the mixture calibrator (1 - p + p ln p) / (p ln^2 p)."""
    p = min(max(p, 1e-300), 1.0)
    if p > 0.9999:
        return -1.0
    ln = float(np.log(p))
    return log2((1.0 - p + p * ln) / (p * ln * ln))
