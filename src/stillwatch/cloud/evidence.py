"""Evidence: from a p-value to bits that may be added, and from pairs to what may be said.

A p-value becomes an e-value by Vovk and Wang's calibrator without a tuning number,
``e(p) = (1 - p + p ln p) / (p (ln p)^2)`` (Annals of Statistics 2021): its mean is at most 1 under
the null, whatever the truth of the rest. E-values of independent families multiply, and those of
all pairs that were looked at are judged together by e-BH (Wang and Ramdas 2022), which holds the
share of false matches under any dependence.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, log2


def e_of_p(p: float) -> float:
    """The e-value of a p-value in (0, 1]; at most 1e12.

    >>> round(e_of_p(1.0), 2), round(e_of_p(1e-6))
    (0.5, 5239)
    """
    p = min(max(p, 1e-300), 1.0)
    if p > 0.999:
        return 0.5
    return min((1 - p + p * log(p)) / (p * log(p) ** 2), 1e12)


def bits_of_p(p: float) -> float:
    """Base-2 logarithm of the e-value of a p-value: weight of evidence against chance.

    >>> round(bits_of_p(1e-6), 1)
    12.4
    """
    return log2(e_of_p(p))


def rank_p(value: float, others: Sequence[float]) -> float:
    """P-value of being as high as ``value`` among others that are exchangeable with it.

    >>> rank_p(3.0, [1.0, 2.0, 2.0])
    0.25
    """
    return (1 + sum(other >= value for other in others)) / (1 + len(others))


def kept(e_values: Sequence[float], share: float) -> list[bool]:
    """Which of all that were looked at may be said, so that the expected share of false ones
    among them is at most ``share`` (e-BH).

    >>> kept([1000.0, 3.0, 0.5], 0.01)
    [True, False, False]
    """
    n = len(e_values)
    order = sorted(range(n), key=lambda i: -e_values[i])
    last = max((k for k, i in enumerate(order, 1) if e_values[i] * k * share >= n), default=0)
    said = set(order[:last])
    return [i in said for i in range(n)]
