"""Fused similarity networks: TF-IDF cosine over several traces, pruned by centrality."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

from benchmarks.detect.peers.columns import (
    account_trait,
    accounts_of,
    by_name,
    incidence,
    trait,
)
from benchmarks.detect.peers.fraudar import OF_ACCOUNT
from benchmarks.detect.peers.interface import World
from stillwatch.model.errors import NotEnoughEvidence

#: a trait of more accounts than this is left out (its pairs grow with the square).
MOST_ACCOUNTS = 400
TRACES = ("address", "head", "tail", "stack", "system_prompt", "payment", "contact", "device")


def cosine_network(seen: sparse.csr_array) -> sparse.csr_array:
    """TF-IDF cosine of accounts (n, n), zero diagonal, from account x trait counts."""
    n = seen.shape[0]
    df = np.bincount(seen.indices, minlength=seen.shape[1])
    weighted = sparse.csr_array(seen @ sparse.diags_array(np.log(n / np.maximum(df, 1)) + 1.0))
    norm = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    unit = sparse.csr_array(sparse.diags_array(1.0 / np.maximum(norm, 1e-12)) @ weighted)
    network = sparse.csr_array(unit @ unit.T)
    network.setdiag(0.0)
    network.eliminate_zeros()
    return network


def centrality(network: sparse.csr_array, *, n_steps: int = 200) -> NDArray[np.float64]:
    """Eigenvector centrality (n,) by power iteration, largest value 1."""
    shifted = network + 0.1 * sparse.eye_array(network.shape[0])
    vector = np.asarray(network.sum(axis=1), dtype=np.float64).ravel()
    if vector.max(initial=0.0) <= 0:
        return np.zeros(network.shape[0])
    for _ in range(n_steps):
        vector = np.asarray(shifted @ vector, dtype=np.float64).ravel()
        vector = vector / vector.max()
    return np.where(np.asarray(network.sum(axis=1)).ravel() > 0, vector, 0.0)


@dataclass(frozen=True, slots=True)
class FusedNetworks:
    """Similarity networks of several traces, fused; nodes pruned by eigenvector centrality.

    ``best_trace`` scores with the highest rank in any single network instead of the rank in
    the fused one: eigenvector centrality of one network sees only its strongest component.
    """

    traces: tuple[str, ...] = TRACES
    best_trace: bool = False
    source: str = "Luceri et al., Unmasking the web of deceit, WWW 2024"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"similarity networks ({'best trace' if self.best_trace else 'fused'})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = eigenvector centrality, or its rank in (0, 1] in the best single network."""
        account = accounts_of(world)
        n = len(account.values)
        fused = sparse.csr_array((n, n))
        best = np.zeros(n)
        for name in self.traces:
            network = self._network(world, name, account.values)
            if network is None:
                continue
            if self.best_trace:
                central = centrality(network)
                best = np.maximum(best, np.where(central > 0, rankdata(central) / n, 0.0))
            else:
                fused = fused + network
        return by_name(account.values, best if self.best_trace else centrality(fused))

    def _network(self, world: World, name: str, names: list[str]) -> sparse.csr_array | None:
        who = np.arange(len(names), dtype=np.int64)
        try:
            if name in OF_ACCOUNT:
                codes = account_trait(world, name, names)
            else:
                codes, who = trait(world, name).codes, accounts_of(world).codes
        except NotEnoughEvidence:
            return None
        seen = incidence(who, codes, len(names), df_least=2, df_most=MOST_ACCOUNTS)
        return cosine_network(seen) if seen.nnz else None
