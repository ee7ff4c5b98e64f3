"""Many tests at once, and tests that go on: Holm, and e-values that add up.

An e-value has mean at most 1 under its null, so that it reaches 1 / a with a chance of at most
a (Markov). E-values of independent data multiply; of any data they average. Along a grid of
lambda fixed beforehand exp(lambda S) / E exp(lambda S) is one for each lambda, products over
batches stay martingales, and their mixture may be looked at after every batch (Ville 1939;
Ramdas et al. 2023, "Game-theoretic statistics and safe anytime-valid inference").
"""

from __future__ import annotations

from math import exp2
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from stillwatch.model.errors import BadInput
from stillwatch.stats.proportions import holm as adjusted

F64 = npt.NDArray[np.float64]

_LN2: Final = float(np.log(2.0))
#: lambdas for a unit of the statistic; part of every promise that was made with them.
GRID: Final[F64] = np.array([0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0])


def holm(p_values: F64) -> F64:
    """``(n,)`` p-values adjusted by Holm 1979: valid whatever their dependence, in their order.

    Args:
        p_values: ``(n,)`` in (0, 1], of all tests that were made, those of other suspects too.

    >>> holm(np.array([0.01, 0.5, 0.02])).round(3).tolist()
    [0.03, 0.5, 0.04]
    """
    if not ((p_values > 0) & (p_values <= 1)).all():
        raise BadInput("a p-value lies in (0, 1].", where="Holm")
    return np.array(adjusted(p_values.tolist()), np.float64)


def mixed_bits(log_e: F64) -> float:
    """log2 of the e-value that is the even mixture over the grid.

    Args:
        log_e: ``(n_grid,)`` natural logarithms, one for each lambda.
    """
    return (float(logsumexp(log_e)) - float(np.log(log_e.size))) / _LN2


def multiplied(bits: F64) -> float:
    """log2 e-value of the product: for tests on data that are independent under the null.

    Args:
        bits: ``(n,)`` log2 e-values.
    """
    return float(bits.sum())


def averaged(bits: F64) -> float:
    """log2 e-value of the mean: valid under any dependence (Vovk and Wang 2021).

    Args:
        bits: ``(n,)`` log2 e-values, n >= 1.
    """
    if not bits.size:
        raise BadInput("there is nothing to average.", where="e-values")
    return (float(logsumexp(bits * _LN2)) - float(np.log(bits.size))) / _LN2


def p_of_bits(bits: float) -> float:
    """The p-value that an e-value stands for at least: 1 / e, at most 1, never 0."""
    return min(1.0, max(exp2(-min(bits, 996.0)), 1e-300))
