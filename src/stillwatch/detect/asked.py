"""Asked: which groups have answered for a node, so that few like them are heard again.

A large campaign is met in hundreds of small groups at every look, and each says what
others of its size have said of the same accounts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.gathering import Packed

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: a group is about some members if this share of it is theirs.
MOSTLY = 0.6
#: from this share on, a group adds nobody.
COVERED = 0.8
#: a group that was heard is heard again when the replay is this much further on.
AGAIN = 1.5
#: up to this share of a campaign's nodes a group is a small part of it.
PART = 0.5
#: groups up to this share of a campaign's nodes are not told apart by their size.
FINE = 0.05
#: parts of one campaign that are heard of those that come together.
PARTS = 4

#: nodes of the smallest group that passed, where none did.
NOBODY = 2**62


def resized(values: npt.NDArray[Any], n: int, new: float) -> npt.NDArray[Any]:
    """A copy of values of nodes for ``n`` nodes; of those that came since it is ``new``."""
    out = np.full(n, new, values.dtype)
    n = min(n, values.size)
    out[:n] = values[:n]
    return out


@nb.njit(cache=True)
def _answers(offsets, nodes, owner, size, smallest, latest, until, look, whose, whole, new):  # type: ignore[no-untyped-def]
    """Per group: the campaign that most of its nodes are of, -1 where it could add nodes;
    whether it is most of that campaign; and the nodes for which no group like it answered."""
    times = np.zeros(size.size, np.int64)
    for g in range(offsets.size - 1):
        members = nodes[offsets[g] : offsets[g + 1]]
        claimed = 0
        most = -1
        for node in members:
            o = owner[node]
            if o >= 0:
                claimed += 1
                times[o] += 1
                if most < 0 or times[o] > times[most]:
                    most = o
        n_most = 0 if most < 0 else times[most]
        for node in members:
            if owner[node] >= 0:
                times[owner[node]] = 0
        n = members.size
        whose[g] = -1
        if most < 0 or claimed < COVERED * n:
            continue
        whose[g] = most
        inner = n_most >= COVERED * n
        whole[g] = inner and n > PART * size[most]
        up_to = max(n / MOSTLY, FINE * size[most])
        told = 0
        for node in members:
            alike = MOSTLY * n <= latest[node] <= up_to
            if (look < until[node] and alike) or (inner and smallest[node] <= up_to):
                told += 1
        new[g] = n - told if told < COVERED * n else 0


@dataclass(slots=True)
class Asked:
    """For each node the groups with it that were heard, so that few like them are heard again.

    Attributes:
        smallest: ``(n_nodes,)`` nodes of the smallest group that passed.
        latest, until: ``(n_nodes,)`` nodes of the last group that did not, and the look
            before which a group of that size is not asked again.
        owner: ``(n_nodes,)`` the open campaign of each, -1 for none.
        size: nodes of each open campaign.
        wholes: look at which each campaign was last heard as a whole.
    """

    smallest: I64
    latest: I64
    until: F64
    owner: I64
    size: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    wholes: I64 = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, n_nodes: int) -> Asked:
        """Nobody was asked."""
        none = np.zeros(n_nodes)
        return cls(np.full(n_nodes, NOBODY), none.astype(np.int64), none, np.full(n_nodes, -1))

    @property
    def claimed(self) -> npt.NDArray[np.bool_]:
        """``(n_nodes,)`` members of open campaigns."""
        return self.owner >= 0

    def mark(self, campaigns: list[I64], look: int) -> None:
        """Note which campaign each node belongs to; the first one, where there are several."""
        self.owner[:] = -1
        for nth in range(len(campaigns) - 1, -1, -1):
            self.owner[campaigns[nth]] = nth
        self.size = np.array([nodes.size for nodes in campaigns])
        n_new = self.size.size - self.wholes.size
        self.wholes = np.append(self.wholes, np.full(n_new, look))

    def of_more(self, n_nodes: int) -> Asked:
        """The same of a population to which others may have come, to be gone on with by itself."""
        return Asked(
            resized(self.smallest, n_nodes, NOBODY),
            resized(self.latest, n_nodes, 0),
            resized(self.until, n_nodes, 0.0),
            resized(self.owner, n_nodes, -1),
            self.size.copy(),
            self.wholes.copy(),
        )

    def passed(self, nodes: I64) -> None:
        """A group passed."""
        self.smallest[nodes] = np.minimum(self.smallest[nodes], nodes.size)

    def failed(self, nodes: I64, look: int) -> None:
        """A group did not pass."""
        self.latest[nodes] = nodes.size
        self.until[nodes] = AGAIN * look

    def worth_hearing(self, groups: Packed, look: int) -> npt.NDArray[np.bool_]:
        """``(n,)`` which groups might say what none like them has said.

        Groups that could add nobody to a campaign are heard where they are most of it and it
        was not heard so for long, or where no group about as small has answered for their
        nodes; of those only the ones with the most such nodes.
        """
        whose, new = np.full(groups.n, -1), np.zeros(groups.n, np.int64)
        whole = np.zeros(groups.n, bool)
        if self.size.size == 0 or groups.n == 0:
            return whose < 0
        told = (self.owner, self.size, self.smallest, self.latest, self.until)
        _answers(groups.offsets, groups.nodes, *told, look, whose, whole, new)
        worth = whose < 0
        for campaign in np.unique(whose[~worth]).tolist():
            of = whose == campaign
            if look >= AGAIN * self.wholes[campaign] and (of & whole).any():
                worth[int(np.argmax(np.where(of & whole, groups.sizes, 0)))] = True
                self.wholes[campaign] = look
            parts = np.flatnonzero(of & ~whole & (new > 0))
            worth[parts[np.argsort(-new[parts], kind="stable")[:PARTS]]] = True
        return worth
