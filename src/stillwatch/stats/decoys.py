"""Decoys: the rank of a true key among keys that were drawn the same way and never used.

The back-stop for every statistic: it asks nothing of it but that true key and decoys are
exchangeable under the null, as keys drawn from one source are for whoever saw none of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.model.errors import BadInput

F64 = npt.NDArray[np.float64]


def rank_p(true: float, decoys: F64) -> float:
    """(1 + decoys that reach as much) / (decoys + 1), exact (Barnard 1963, Dwass 1957).

    Args:
        true: the statistic under the true key.
        decoys: ``(n_decoys,)`` the same statistic under each decoy.

    >>> rank_p(3.0, np.array([1.0, 2.0, 3.0]))
    0.5
    """
    if not np.isfinite(true) or not np.isfinite(decoys).all():
        raise BadInput("a statistic is not finite.", where="decoys")
    return (1 + int((decoys >= true).sum())) / (decoys.size + 1)
