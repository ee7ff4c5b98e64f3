"""EvilCohort: communities of accounts that are reached from the same addresses."""

from __future__ import annotations

from dataclasses import dataclass

import graspologic_native
import numpy as np
from scipy import sparse

from benchmarks.detect.peers.columns import accounts_of, by_name, incidence, trait
from benchmarks.detect.peers.interface import World

#: an address with more accounts than this is left out (all its pairs would be made).
MOST_ACCOUNTS = 1000


@dataclass(frozen=True, slots=True)
class EvilCohort:
    """Accounts joined by ``least_shared`` addresses or more, split by modularity (Leiden).

    The score of a community is its mean weighted degree (shared addresses within it, per
    member); with ``agree`` it is multiplied by the share of members on the community's most
    common client, the paper's user-agent check.
    """

    least_shared: int = 2
    agree: bool = False
    source: str = "Stringhini et al., EvilCohort, USENIX Security 2015"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"EvilCohort (>={self.least_shared}{', one client' if self.agree else ''})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = mean weighted degree of the account's community, 0 outside of any."""
        account = accounts_of(world)
        n = len(account.values)
        address = trait(world, "address")
        shared = incidence(account.codes, address.codes, n, df_least=2, df_most=MOST_ACCOUNTS)
        weights = sparse.triu(sparse.coo_array(shared @ shared.T), k=1).tocoo()
        heavy = weights.data >= self.least_shared
        left, right = weights.row[heavy], weights.col[heavy]
        weight = weights.data[heavy]
        scores = np.zeros(n)
        if not len(weight):
            return by_name(account.values, scores)
        edges = list(
            zip(map(str, left.tolist()), map(str, right.tolist()), weight.tolist(), strict=True)
        )
        _, found = graspologic_native.leiden(edges, seed=world.seed)
        community = np.full(n, -1, dtype=np.int64)
        for node, number in found.items():
            community[int(node)] = number
        inside = community[left] == community[right]
        size = np.bincount(community[community >= 0])
        total = np.bincount(community[left[inside]], weight[inside], minlength=len(size))
        density = 2 * total / np.maximum(size, 1)
        if self.agree:
            density = density * self._agreement(world, community, len(size))
        scores[community >= 0] = density[community[community >= 0]]
        return by_name(account.values, scores)

    def _agreement(self, world: World, community: np.ndarray, n_groups: int) -> np.ndarray:
        """Share of each community's exchanges that its most common client sent (n_groups,)."""
        client = trait(world, "client").codes
        group = community[accounts_of(world).codes]
        known = (group >= 0) & (client >= 0)
        table = sparse.coo_array(
            (np.ones(int(known.sum())), (group[known], client[known])),
            shape=(n_groups, int(client.max()) + 1),
        ).tocsr()
        most = table.max(axis=1).toarray().ravel()
        return np.asarray(most / np.maximum(table.sum(axis=1), 1))
