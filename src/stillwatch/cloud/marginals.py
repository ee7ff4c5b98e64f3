"""Marginals: how sure each pair of a one-to-one assignment is, all assignments weighed together.

Each thing on one side goes with one on the other side at most. The chance of a pair is its share of
the weight of all assignments; adding those up is hard (permanents), so messages are passed between
the sides until they stand still (Williams and Lau 2014, IEEE Transactions on Aerospace and
Electronic Systems 50(4), which shows that they do). That is exact where pairs make no circle, and
too sure where they do; small circles are therefore added up in full afterwards.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.cloud.telemetry import F64

I64 = npt.NDArray[np.int64]
#: most rounds of messages, and the change of a message at which they stand still.
MOST_ROUNDS: Final = 100
STILL: Final = 1e-7
#: pairs below this chance do not make a circle; members of its smaller side that are added up.
_TOO_FEW: Final = 0.003
_MOST_ADDED: Final = 10


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
    chance: F64 = offered / (1.0 + np.bincount(first, offered, n_first))[first]
    return chance, back


def exact(
    first: I64, second: I64, odds: F64, n_first: int, n_second: int, back: F64
) -> F64:  # fmt: skip
    """Chance of each pair, small circles added up in full.

    Args:
        first: see :func:`marginals`, as the next four.
        second: likewise.
        odds: likewise.
        n_first: likewise.
        n_second: likewise.
        back: messages that stand still.

    Returns:
        Chances, shape ``(n_pairs,)``. Pairs of next to no chance, and circles with more than ten
        members on both sides, keep what the messages said.
    """
    offered = odds * back
    total = 1.0 + np.bincount(first, offered, n_first)
    chance: F64 = np.asarray(offered / total[first])
    ahead = odds / np.maximum(total[first] - offered, 1.0)
    kept = np.flatnonzero(chance > _TOO_FEW)
    # What is left out still takes its share of either member.
    left = chance <= _TOO_FEW
    aside_first = 1.0 + np.bincount(first[left], offered[left], n_first)
    aside_second = 1.0 + np.bincount(second[left], ahead[left], n_second)
    size = n_first + n_second
    ends = (first[kept], second[kept] + n_first)
    graph = coo_array((np.ones(len(kept)), ends), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    n_members = np.bincount(label)
    n_pairs = np.bincount(label[ends[0]], minlength=len(n_members))
    for circle in np.flatnonzero(n_pairs >= n_members):
        mine = kept[label[ends[0]] == circle]
        rows, row = np.unique(first[mine], return_inverse=True)
        columns, column = np.unique(second[mine], return_inverse=True)
        if min(len(rows), len(columns)) > _MOST_ADDED:
            continue
        table = np.zeros((len(rows), len(columns)))
        table[row, column] = odds[mine] / (aside_first[first[mine]] * aside_second[second[mine]])
        turned = len(columns) > len(rows)
        found = _added_up(table.T).T if turned else _added_up(table)
        chance[mine] = found[row, column]
    return chance


def _added_up(odds: F64) -> F64:
    """Chances in a table of odds, over all ways to pair rows with columns."""
    n, m = odds.shape
    used = np.arange(2**m)
    ahead = np.zeros((n + 1, 2**m))
    ahead[0, 0] = 1.0
    behind = np.ones((n + 1, 2**m))
    free = [used[(used >> j) & 1 == 0] for j in range(m)]
    for i in range(n):
        ahead[i + 1] = ahead[i]
        for j in range(m):
            ahead[i + 1, free[j] | (1 << j)] += ahead[i, free[j]] * odds[i, j]
    for i in reversed(range(n)):
        behind[i] = behind[i + 1]
        for j in range(m):
            behind[i, free[j]] += behind[i + 1, free[j] | (1 << j)] * odds[i, j]
    found = np.zeros_like(odds)
    for i in range(n):
        for j in range(m):
            found[i, j] = odds[i, j] * (ahead[i, free[j]] @ behind[i + 1, free[j] | (1 << j)])
    chances: F64 = found / behind[0, 0]
    return chances
