"""FRAUDAR: dense blocks of accounts x traits, popular traits weighing less."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from benchmarks.detect.peers.columns import (
    account_trait,
    accounts_of,
    by_name,
    encode,
    incidence,
    trait,
)
from benchmarks.detect.peers.interface import World
from scipy import sparse

#: the paper's c in the column weight 1 / log(df + c).
SOFTENING = 5.0
#: traits of the account table; the others are traits of exchanges.
OF_ACCOUNT = ("payment", "contact", "device", "organisation")


def peel(block: sparse.csr_array) -> tuple[list[int], list[int], float]:
    """The densest block that greedy peeling meets.

    Args:
        block: weighted rows x columns (n_rows, n_columns), weights > 0.

    Returns:
        Its rows, its columns and its density: total weight / (rows + columns).
    """
    n_rows = block.shape[0]
    columns = block.tocsc()
    degree = np.r_[block.sum(axis=1), columns.sum(axis=0)].tolist()
    ends = [part.tolist() for part in (block.indptr, block.indices, block.data)]
    turned = [part.tolist() for part in (columns.indptr, columns.indices, columns.data)]
    alive = [weight > 0 for weight in degree]
    heap = [(weight, node) for node, weight in enumerate(degree) if weight > 0]
    heapq.heapify(heap)
    total, left = float(block.sum()), len(heap)
    best, best_after, removed = (total / left if left else 0.0), 0, list[int]()
    while heap:
        weight, node = heapq.heappop(heap)
        if not alive[node] or weight != degree[node]:
            continue
        alive[node] = False
        removed.append(node)
        total, left = total - weight, left - 1
        pointer, index, value = ends if node < n_rows else turned
        here, shift = (node, n_rows) if node < n_rows else (node - n_rows, 0)
        for at in range(pointer[here], pointer[here + 1]):
            other = index[at] + shift
            if alive[other]:
                degree[other] -= value[at]
                heapq.heappush(heap, (degree[other], other))
        if left and total / left > best:
            best, best_after = total / left, len(removed)
    kept = removed[best_after:]
    rows = [node for node in kept if node < n_rows]
    return rows, [node - n_rows for node in kept if node >= n_rows], best


@dataclass(frozen=True, slots=True)
class Fraudar:
    """Peels ``n_blocks`` blocks one after another; the edges of a block found are removed.

    Traits of one account only are left out: they cannot join anybody and would make a block
    of every account that sends many distinct prompts.
    """

    traits: tuple[str, ...]
    label: str
    n_blocks: int = 10
    source: str = "Hooi et al., FRAUDAR, KDD 2016"

    @property
    def name(self) -> str:
        """Name in the results table."""
        return f"FRAUDAR ({self.label})"

    def rank(self, world: World) -> dict[str, float]:
        """Score = density of the densest block that holds the account, 0 in none."""
        account = accounts_of(world)
        graph = self._graph(world, account.values)
        scores = np.zeros(len(account.values))
        for _ in range(self.n_blocks):
            if graph.nnz == 0:
                break
            rows, columns, density = peel(graph)
            if not rows:
                break
            scores[rows] = np.maximum(scores[rows], density)
            entries = sparse.coo_array(graph)
            inside = np.isin(entries.row, rows) & np.isin(entries.col, columns)
            keep = ~inside
            graph = sparse.csr_array(
                (entries.data[keep], (entries.row[keep], entries.col[keep])), shape=graph.shape
            )
        return by_name(account.values, scores)

    def _graph(self, world: World, names: list[str]) -> sparse.csr_array:
        of_exchange = encode(world.exchanges["account"]).codes
        parts = []
        for name in self.traits:
            if name in OF_ACCOUNT:
                seen = account_trait(world, name, names)
                who = np.arange(len(names), dtype=np.int64)
            else:
                seen, who = trait(world, name).codes, of_exchange
            parts.append(incidence(who, seen, len(names), df_least=2, df_most=len(names)))
        graph = sparse.csr_array(sparse.hstack(parts))
        df = np.asarray(graph.sum(axis=0))
        return sparse.csr_array(graph @ sparse.diags_array(1.0 / np.log(df + SOFTENING)))
