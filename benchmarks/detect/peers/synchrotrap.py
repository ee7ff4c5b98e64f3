"""SynchroTrap: accounts that do the same thing at the same time, again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.detect.peers.columns import (
    Codes,
    accounts_of,
    by_name,
    incidence,
    times_us,
    trait,
)
from benchmarks.detect.peers.interface import World

#: an action of more accounts than this says nothing and is left out.
MOST_ACCOUNTS = 400


def linkage_level(
    left: Codes, right: Codes, weight: NDArray[np.float64], n: int, *, least: int
) -> NDArray[np.float64]:
    """Single linkage, read from the account's side.

    Args:
        left: one end of every edge.
        right: the other end.
        weight: similarity, higher = closer.
        n: number of accounts.
        least: members that a cluster must have.

    Returns:
        (n,): the highest threshold at which the account is in a cluster of ``least``
        members or more; 0 if there is none.
    """
    level = np.zeros(n)
    parent = list(range(n))
    members: list[list[int] | None] = [[i] for i in range(n)]

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for edge in np.argsort(-weight, kind="stable").tolist():
        a, b = root(int(left[edge])), root(int(right[edge]))
        if a == b:
            continue
        mine, other = members[a] or [], members[b] or []
        if len(mine) < len(other):
            a, b, mine, other = b, a, other, mine
        parent[b] = a
        members[b] = None
        small = [part for part in (mine, other) if len(part) < least]
        if len(mine) + len(other) >= least:
            for part in small:
                level[part] = weight[edge]
        mine.extend(other)
        members[a] = mine
    return level


@dataclass(frozen=True, slots=True)
class SynchroTrap:
    """Jaccard similarity of (object, hour) actions, then single linkage.

    An account's score is the Jaccard threshold at which it is in a cluster of
    ``least_members`` or more, so that a sweep over scores is the paper's sweep over its
    threshold. Each kind of object is clustered alone; the highest level counts.
    """

    objects: tuple[str, ...] = ("head", "tail")
    bin_s: int = 3600
    least_members: int = 5
    least_common: int = 3
    source: str = "Cao et al., SynchroTrap, CCS 2014"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"SynchroTrap ({'/'.join(self.objects)}, >={self.least_common} common)"

    def rank(self, world: World) -> dict[str, float]:
        """Score = highest Jaccard level of the account's cluster over the kinds of object."""
        account = accounts_of(world)
        n = len(account.values)
        hour = times_us(world) // (self.bin_s * 1_000_000)
        hour = hour - hour.min()
        level = np.zeros(n)
        for kind in self.objects:
            thing = trait(world, kind).codes
            action = np.where(thing >= 0, thing * (int(hour.max()) + 1) + hour, -1)
            action = np.where(thing >= 0, np.unique(action, return_inverse=True)[1], -1)
            level = np.maximum(level, self._levels(account.codes, action, n))
        return by_name(account.values, level)

    def _levels(self, accounts: Codes, actions: Codes, n: int) -> NDArray[np.float64]:
        known = actions >= 0
        accounts, actions = accounts[known], actions[known]
        if not len(actions):
            return np.zeros(n)
        width = int(actions.max()) + 1
        n_actions = np.bincount(np.unique(accounts * width + actions) // width, minlength=n)
        done = incidence(accounts, actions, n, df_least=2, df_most=MOST_ACCOUNTS)
        common = sparse.triu(sparse.coo_array(done @ done.T), k=1).tocoo()
        enough = common.data >= self.least_common
        left, right = common.row[enough], common.col[enough]
        both = common.data[enough]
        jaccard = both / (n_actions[left] + n_actions[right] - both)
        return linkage_level(
            left.astype(np.int64), right.astype(np.int64), jaccard, n, least=self.least_members
        )
