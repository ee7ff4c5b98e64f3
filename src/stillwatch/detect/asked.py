"""Asked: which groups have answered for a node, so that few like them are heard again.

A large campaign is met in hundreds of small groups at every look, and each says what
others of its size have said of the same accounts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: a group is about some members if this share of it is theirs.
MOSTLY = 0.6
#: from this share on, a group adds nobody.
COVERED = 0.8
#: a group that was heard is heard again when the replay is this much further on.
AGAIN = 1.5
#: nodes of the smallest group that passed, where none did.
NOBODY = 2**62


def resized(values: npt.NDArray[Any], n: int, new: float) -> npt.NDArray[Any]:
    """A copy of values of nodes for ``n`` nodes; of those that came since it is ``new``."""
    out = np.full(n, new, values.dtype)
    n = min(n, values.size)
    out[:n] = values[:n]
    return out


@dataclass(slots=True)
class Asked:
    """For each node the groups with it that were heard, so that few like them are heard again.

    Attributes:
        smallest: ``(n_nodes,)`` nodes of the smallest group that passed.
        latest, until: ``(n_nodes,)`` nodes of the last group that did not, and the look
            before which a group of that size is not asked again.
    """

    smallest: I64
    latest: I64
    until: F64

    @classmethod
    def of(cls, n_nodes: int) -> Asked:
        """Nobody was asked."""
        nobody = np.full(n_nodes, NOBODY)
        return cls(nobody, np.zeros(n_nodes, np.int64), np.zeros(n_nodes))

    def of_more(self, n_nodes: int) -> Asked:
        """The same of a population to which others have come."""
        return Asked(
            resized(self.smallest, n_nodes, NOBODY),
            resized(self.latest, n_nodes, 0),
            resized(self.until, n_nodes, 0.0),
        )

    def passed(self, nodes: I64) -> None:
        """A group passed."""
        self.smallest[nodes] = np.minimum(self.smallest[nodes], nodes.size)

    def failed(self, nodes: I64, look: int) -> None:
        """A group did not pass."""
        self.latest[nodes] = nodes.size
        self.until[nodes] = AGAIN * look

    def answered(self, group: Group, fine: float, *, part: bool) -> bool:
        """Whether groups about as small as this one have answered for most of its nodes.

        Args:
            group: who is tested.
            fine: nodes up to which groups need not be told apart by their size.
            part: whether it is a small part of one campaign, of which a group that passed
                may answer; one that did not answers for a while for any.
        """
        nodes, least, most = group.nodes, MOSTLY * group.n, max(group.n / MOSTLY, fine)
        latest = self.latest[nodes]
        told = (group.state.looks < self.until[nodes]) & (latest >= least) & (latest <= most)
        if part:
            told |= self.smallest[nodes] <= most
        return bool(told.mean() >= COVERED)
