"""Marginals: how sure each pair of a one-to-one assignment is, all assignments weighed together.

Each thing on one side goes with one on the other side at most. The chance of a pair is its share of
the weight of all assignments; adding those up is hard (permanents), so messages are passed between
the sides until they stand still (Williams and Lau 2014, IEEE Transactions on Aerospace and
Electronic Systems 50(4), which shows that they do). It is exact where pairs make no circle.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.cloud.telemetry import F64

I64 = npt.NDArray[np.int64]
#: most rounds of messages, and the change of a message at which they stand still.
MOST_ROUNDS: Final = 100
STILL: Final = 1e-7


def marginals(
    first: I64, second: I64, odds: F64, n_first: int, n_second: int, back: F64 | None = None
) -> tuple[F64, F64]:
    """Chance of each pair.

    Args:
        first: number of the pair's member on one side, shape ``(n_pairs,)``.
        second: number of its member on the other side.
        odds: of the pair over both staying alone, zero or more.
        n_first: members on one side.
        n_second: members on the other.
        back: messages of an earlier call with the same pairs, to begin from.

    Returns:
        Chances, and the messages; both of shape ``(n_pairs,)``.

    >>> import numpy as np
    >>> one = np.zeros(1, np.int64)
    >>> float(marginals(one, one, np.array([3.0]), 1, 1)[0][0])
    0.75
    """
    back = np.ones_like(odds) if back is None else back
    for _ in range(MOST_ROUNDS):
        offered = odds * back
        total = 1.0 + np.bincount(first, offered, n_first)
        ahead = odds / np.maximum(total[first] - offered, 1.0)
        asked = 1.0 + np.bincount(second, ahead, n_second)
        new = 1.0 / np.maximum(asked[second] - ahead, 1.0)
        change = float(np.max(np.abs(new - back) / back, initial=0.0))
        back = new
        if change < STILL:
            break
    offered = odds * back
    return offered / (1.0 + np.bincount(first, offered, n_first))[first], back
