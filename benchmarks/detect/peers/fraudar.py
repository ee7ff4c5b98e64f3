"""FRAUDAR: dense blocks of accounts x traits, popular traits weighing less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from benchmarks.detect.peers.columns import (
    account_trait,
    accounts_of,
    by_name,
    encode,
    incidence,
    trait,
)
from benchmarks.detect.peers.interface import World
from stillwatch.model.errors import NotEnoughEvidence

#: the paper's c in the column weight 1 / log(df + c).
SOFTENING = 5.0
#: traits of the account table; the others are traits of exchanges.
OF_ACCOUNT = ("payment", "contact", "device", "organisation")


@nb.njit(cache=True)  # type: ignore[untyped-decorator]
def _removal_order(
    pointer: NDArray[np.int64],
    index: NDArray[np.int64],
    value: NDArray[np.float64],
    degree: NDArray[np.float64],
) -> tuple[NDArray[np.int64], int, float]:
    """Remove the node of least degree again and again, held in a tree of minima.

    The graph is symmetric, in compressed rows. Returns the nodes in order of removal, how
    many to remove, and the density that is left then.
    """
    n = len(degree)
    width = 1
    while width < n:
        width *= 2
    tree = np.full(2 * width, np.inf)
    tree[width : width + n] = degree
    for at in range(width - 1, 0, -1):
        tree[at] = min(tree[2 * at], tree[2 * at + 1])
    order = np.empty(n, dtype=np.int64)
    total = degree.sum() / 2.0
    best, best_after = total / n, 0
    for step in range(n):
        leaf = 1
        while leaf < width:
            leaf = 2 * leaf if tree[2 * leaf] == tree[leaf] else 2 * leaf + 1
        node = leaf - width
        order[step] = node
        total -= tree[leaf]
        tree[leaf] = np.inf
        for edge in range(pointer[node] - 1, pointer[node + 1]):
            at = leaf
            if edge >= pointer[node]:
                at = width + index[edge]
                if tree[at] == np.inf:
                    continue
                tree[at] -= value[edge]
            at //= 2
            while at:
                tree[at] = min(tree[2 * at], tree[2 * at + 1])
                at //= 2
        left = n - step - 1
        if left and total / left > best:
            best, best_after = total / left, step + 1
    return order, best_after, best


def peel(block: sparse.csr_array) -> tuple[list[int], list[int], float]:
    """The densest block that greedy peeling meets.

    Args:
        block: weighted rows x columns (n_rows, n_columns), weights > 0.

    Returns:
        Its rows, its columns and its density: total weight / (rows + columns).
    """
    n_rows = block.shape[0]
    parts: Any = [[None, block], [block.T, None]]
    both = sparse.csr_array(sparse.block_array(parts))
    degree = np.asarray(both.sum(axis=1), dtype=np.float64).ravel()
    live = np.flatnonzero(degree > 0)
    if not len(live):
        return [], [], 0.0
    small = sparse.csr_array(both[live][:, live])
    order, after, density = _removal_order(
        small.indptr.astype(np.int64), small.indices.astype(np.int64), small.data, degree[live]
    )
    kept = np.sort(live[order[after:]])
    rows, columns = kept[kept < n_rows], kept[kept >= n_rows] - n_rows
    return rows.tolist(), columns.tolist(), float(density)


@dataclass(frozen=True, slots=True)
class Fraudar:
    """Peels ``n_blocks`` blocks one after another; the edges of a block found are removed.

    Traits of one account only are left out: they cannot join anybody and would make a block
    of every account that sends many distinct prompts.
    """

    traits: tuple[str, ...]
    label: str
    n_blocks: int = 25
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
        parts, absent = [], []
        for name in self.traits:
            try:
                if name in OF_ACCOUNT:
                    seen = account_trait(world, name, names)
                    who = np.arange(len(names), dtype=np.int64)
                else:
                    seen, who = trait(world, name).codes, of_exchange
            except NotEnoughEvidence:
                absent.append(name)
                continue
            parts.append(incidence(who, seen, len(names), df_least=2, df_most=len(names)))
        if not parts:
            raise NotEnoughEvidence(f"no column of {absent} is there", needed=1, had=0)
        graph = sparse.csr_array(sparse.hstack(parts))
        df = np.asarray(graph.sum(axis=0))
        return sparse.csr_array(graph @ sparse.diags_array(1.0 / np.log(df + SOFTENING)))
