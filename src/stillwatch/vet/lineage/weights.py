"""Weights: were two sets of them trained independently of one another?

The units of a hidden layer can be put in any order without changing what a network does, and
training from a random start favours no order. If the suspect's weights were made independently
of ours, our units in any other order are therefore as good a match as in their own: the rank of
the true order among random ones is an exact p-value (Zhu et al. 2502.12292). It tells copies and
fine-tunes, also of a common ancestor; it does not tell distillation, which leaves no weights.
A suspect whose units were put in another order passes: then the match is the lead that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.stats import combine_pvalues

from stillwatch.model.errors import BadInput
from stillwatch.stats.coins import LEAST_P
from stillwatch.stats.decoys import rank_p

F64 = npt.NDArray[np.float64]

#: units of a layer that are compared; the first of an order drawn beforehand.
MOST_UNITS: Final = 1_024
N_ORDERS: Final = 9_999
#: units that are matched for the lead.
_MATCHED: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one hidden layer says.

    Args:
        name: of the tensor.
        n_units: compared.
        p_value: rank of the true order among random ones.
        likeness: mean cosine of units at the same place.
        matched: share of units whose best partner is at the same place; 1 / n by chance.
        best: mean cosine of units with their best partners, each once.
    """

    name: str
    n_units: int
    p_value: float
    likeness: float
    matched: float
    best: float


def layer_of(
    name: str, ours: F64, theirs: F64, rng: np.random.Generator, n_orders: int = N_ORDERS
) -> Layer:
    """Compare one layer.

    Args:
        name: of the tensor.
        ours, theirs: ``(n_units, n_inputs)`` a row for each hidden unit.
        rng: draws which units, and the orders.
        n_orders: how many orders, >= 99.

    Raises:
        BadInput: the shapes differ or a weight is not finite.
    """
    if ours.shape != theirs.shape or ours.ndim != 2 or min(ours.shape) < 2:
        raise BadInput(f"{ours.shape} and {theirs.shape} cannot be compared.", where=name)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise BadInput("a weight is not finite.", where=name)
    units = rng.permutation(ours.shape[0])[:MOST_UNITS]
    # On a grid of 2**-30, so that equal orders give equal sums.
    cosine = np.rint(_rows(ours[units]) @ _rows(theirs[units]).T * 2**30)
    place = np.arange(units.size)
    sums = np.empty(n_orders)
    for k in range(n_orders):
        sums[k] = cosine[place, rng.permutation(units.size)].sum()
    part = cosine[:_MATCHED, :_MATCHED] / 2**30
    rows, partners = linear_sum_assignment(part, maximize=True)
    return Layer(
        name=name, n_units=units.size, p_value=rank_p(float(np.trace(cosine)), sums),
        likeness=float(np.trace(cosine)) / 2**30 / units.size,
        matched=float((rows == partners).mean()), best=float(part[rows, partners].mean()),
    )  # fmt: skip


def together(layers: Mapping[str, Layer] | list[Layer]) -> float:
    """One p-value of all layers (Fisher 1925); orders were drawn for each on its own."""
    told = list(layers.values()) if isinstance(layers, Mapping) else layers
    if not told:
        raise BadInput("no layer could be compared.", where="weights")
    found = combine_pvalues([one.p_value for one in told], method="fisher")
    return min(1.0, max(float(found.pvalue), LEAST_P))


def _rows(weights: F64) -> F64:
    """Rows of length one, without what all have in common."""
    bare = weights - weights.mean(axis=0)
    length = np.sqrt((bare**2).sum(axis=1, keepdims=True))
    rows: F64 = bare / np.maximum(length, 1e-12)
    return rows
