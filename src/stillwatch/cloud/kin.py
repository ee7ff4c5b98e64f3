"""Kin: accounts that one run is known by, and what the account of a next part says.

A run mostly stays on its account. Where it does not, it goes to an account that it is known by
rather than to any other: whoever spreads a run has so many accounts and no more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.cloud.candidates import Columns, Pairs
from stillwatch.cloud.marginals import I64
from stillwatch.cloud.telemetry import F64

#: how often a next account is one that the run is known by.
_KNOWN_BY: Final = 0.8
#: how many sure pairs it takes for accounts to be known by one run.
_LINKS: Final = 3
#: how many of these each of the accounts must stand in.
_TIES: Final = 2


class Accounts:
    """What it says that the later job of a pair is on the account that it is on.

    Args:
        jobs: all of them.
        pairs: that are weighed.

    Attributes:
        same: whether both jobs of a pair are on one account, shape ``(n_pairs,)``.
        n: accounts, each counted in every class of size that it has jobs in.
    """

    def __init__(self, jobs: Columns, pairs: Pairs) -> None:
        n_accounts = int(jobs.account.max()) + 1
        keys = jobs.size * n_accounts + jobs.account
        self._keys = keys
        listed, counts = np.unique(keys[jobs.size >= 0], return_counts=True)
        size = jobs.size[pairs.first]
        self._u = np.searchsorted(listed, size * n_accounts + jobs.account[pairs.first])
        wanted = size * n_accounts + jobs.account[pairs.second]
        self._v = np.minimum(np.searchsorted(listed, wanted), len(listed) - 1)
        self._met = listed[self._v] == wanted
        n_of = np.bincount(listed // n_accounts)
        n_jobs = np.bincount(listed // n_accounts, counts)
        #: accounts of the class, one that is not seen yet among them.
        self._n = n_of[size] + 1.0
        held = np.where(self._met, counts[self._v], 0)
        # An account that is new to the class is as new to a stranger of it.
        usual = (held + 0.5) / (n_jobs[size] + 0.5 * self._n)
        self._usual = np.where(self._met, usual, 1.0)
        self.same = jobs.account[pairs.first] == jobs.account[pairs.second]
        self.n = len(listed)
        self._listed = listed

    def bits(self, stayed: F64, kin: I64) -> F64:
        """Bits for each pair, given the share that stays and who is known by one run."""
        mine = kin[self._u]
        known = self._met & (mine >= 0) & (mine == kin[self._v])
        n_kin = np.append(np.bincount(kin[kin >= 0], minlength=1).astype(float), 0.0)[mine]
        among = np.where(
            known,
            _KNOWN_BY / np.maximum(n_kin - 1, 1),
            (1 - _KNOWN_BY) / np.maximum(self._n - n_kin, 1),
        )
        among = np.where(mine < 0, 1 / (self._n - 1), among)
        return np.asarray(np.log2(np.where(self.same, stayed, (1 - stayed) * among) / self._usual))

    def of_jobs(self, kin: I64) -> I64:
        """What :meth:`known_by` gave, for each job; -1 for none."""
        at = np.minimum(np.searchsorted(self._listed, self._keys), self.n - 1)
        return np.where(self._listed[at] == self._keys, kin[at], -1)

    def known_by(self, sure: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> I64:
        """Number of the run that an account of a class is known by; -1 for none."""
        use = sure & self._met & ~self.same
        # A pair must not be what it is itself judged by: one tie makes nobody known.
        ties = np.bincount(self._u[use], minlength=self.n)
        ties = ties + np.bincount(self._v[use], minlength=self.n)
        use &= (ties[self._u] >= _TIES) & (ties[self._v] >= _TIES)
        graph = coo_array(
            (np.ones(int(use.sum())), (self._u[use], self._v[use])),
            shape=(self.n, self.n),
        )
        _, label = connected_components(graph, directed=False)
        large = np.bincount(label[self._u[use]], minlength=self.n)[label] >= _LINKS
        return np.asarray(np.where(large, label, -1), np.int64)
