"""Candidates: groups worth testing, found through shared traits.

Every trait that enough nodes share is a candidate, popular ones too; of a group
whose openings bunch, the bunch is one as well. Groups whose members are the same are
tested once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.communities import find_communities
from stillwatch.detect.group import Group
from stillwatch.detect.links import KINDS
from stillwatch.detect.state import State
from stillwatch.stats.graphs import components

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: ways of finding among which the error budget is shared out evenly.
N_WAYS = len(KINDS) + 1
#: tests that are budgeted for in each way from the start, so that early looks are not
#: held to less than later ones.
LEAST_TESTS = 400
#: a group is weighed again when its traffic has grown by this factor.
GROWTH = 1.25
#: nodes of a community that volumes spoke against are looked at again in communities
#: when their traffic has grown by this factor.
REGROWTH = 1.3
#: microseconds between two searches for communities.
COMMUNITY_EVERY_US = 6 * 3_600_000_000
#: bunches of openings taken from one group, the densest first.
N_BUNCHES = 3
#: ways of finding whose groups are too loose for their bunches to mean anything.
UNBUNCHED = frozenset({"client_stack", "contact"})
#: MinHash words of a key; keys that agree on an even-odd pair are taken together.
N_WORDS = 4


@nb.njit(cache=True)
def _sign(offsets, node, known, now, word, total, n_out, sign_out, volume_out):  # type: ignore[no-untyped-def]
    """Per key: how many nodes hold it, MinHash words of them, and their volume."""
    for k in range(offsets.size - 1):
        n = 0
        volume = 0.0
        for j in range(sign_out.shape[1]):
            sign_out[k, j] = np.uint64(0xFFFFFFFFFFFFFFFF)
        for i in range(offsets[k], offsets[k + 1]):
            if known[i] < now:
                n += 1
                volume += total[node[i]]
                for j in range(sign_out.shape[1]):
                    h = word[node[i], j]
                    if h < sign_out[k, j]:
                        sign_out[k, j] = h
        n_out[k] = n
        volume_out[k] = volume


@nb.njit(cache=True)
def densest(sorted_times, least):  # type: ignore[no-untyped-def]
    """Window ``[lo, hi)`` of sorted times with the best burst score.

    The score is members times log of how much denser than the whole the window is.
    """
    n = sorted_times.size
    best = 0.0
    where = (0, n)
    span = sorted_times[n - 1] - sorted_times[0] + 1e-9
    for k in range(1, 16):
        width = span * 0.5**k
        lo = 0
        top = 0
        at = (0, n)
        for hi in range(n):
            while sorted_times[hi] - sorted_times[lo] > width:
                lo += 1
            if hi - lo + 1 > top:
                top = hi - lo + 1
                at = (lo, hi + 1)
        if top < least:
            break
        share = top / n
        if share <= 0.5**k:
            continue
        score = top * np.log(share / 0.5**k)
        if score > best:
            best = score
            where = at
    return where


@dataclass(slots=True)
class Finder:
    """Gives candidate groups at each look and remembers what was weighed."""

    state: State
    _word: U64 = field(init=False)
    _against: F64 = field(init=False)
    _weighed: dict[int, float] = field(default_factory=dict)
    _grown: dict[int, float] = field(default_factory=dict)
    tested: dict[str, set[int]] = field(default_factory=dict)

    @property
    def n_tested(self) -> int:
        """How many hypotheses have been put on the scales."""
        return sum(map(len, self.tested.values()))

    def share_of(self, found_by: str) -> int:
        """Tests among which a group found this way must stand out.

        Each way of finding has an equal part of the error budget (weights of e-BH that
        sum to the number of tests), so that rare traits do not pay for popular ones.
        """
        return N_WAYS * max(LEAST_TESTS, len(self.tested.get(found_by, ())))

    def __post_init__(self) -> None:
        """Draw the words that sign a set of nodes."""
        rng = np.random.default_rng(self.state.window.settings.seed)
        self._against = np.zeros(self.state.window.population.n)
        self._word = rng.integers(
            1, 2**63, (self.state.window.population.n, N_WORDS), dtype=np.uint64
        )

    def fresh(self, nodes: I64, found_by: str, hypothesis: int) -> bool:
        """Whether these nodes were not weighed yet, or sent much more since.

        ``hypothesis`` names what is tested: a trait and which bunch of its holders. Its
        holders may grow; it stays one hypothesis.
        """
        signature = int(self._word[nodes, 0].sum(dtype=np.uint64))
        volume = float(self.state.counts[nodes, 0].sum())
        if volume < GROWTH * self._weighed.get(signature, 0.0):
            return False
        self._weighed[signature] = volume
        self.tested.setdefault(found_by, set()).add(hypothesis)
        return True

    def groups(self) -> Iterator[Group]:
        """Candidates of this look that are new or have grown."""
        links, state = self.state.window.links, self.state
        n_keys = links.key.size
        if n_keys == 0:
            return
        count, volume = np.zeros(n_keys, np.int64), np.zeros(n_keys)
        sign = np.zeros((n_keys, N_WORDS), np.uint64)
        held = (links.offsets, links.node, links.known_us)
        sent = state.counts[:, 0].copy()
        _sign(*held, state.now_us, self._word, sent, count, sign, volume)
        keys = np.flatnonzero(count >= state.window.settings.min_accounts)
        for family in self._alike(keys, sign[keys]):
            name = int(sign[family[0], 0] ^ sign[family[0], 1])
            total = float(volume[family].max())
            if total < GROWTH * self._grown.get(name, 0.0):
                continue
            self._grown[name] = total
            kind = KINDS[links.kind[family[0]]][0]
            yield from self._with_bunch(self._holders(family), kind, int(family[0]))
        every = max(1, COMMUNITY_EVERY_US // state.window.step_us)
        if state.looks % every == 0 or state.looks == state.window.n_bins:
            for nodes in find_communities(state):
                if not self._settled_against(nodes):
                    yield from self._with_bunch(nodes, "", -1)

    def _settled_against(self, nodes: I64) -> bool:
        """Whether most members were in communities that volumes spoke against, lately."""
        volume = self.state.counts[nodes, 0]
        return bool((volume < REGROWTH * self._against[nodes]).mean() > 0.8)

    def _alike(self, keys: I64, sign: U64) -> Iterator[I64]:
        """Keys of one kind whose nodes are nearly the same, together."""
        if keys.size == 0:
            return
        kind = self.state.window.links.kind[keys].astype(np.uint64)
        left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for band in range(0, N_WORDS, 2):
            bucket = (sign[:, band] ^ (sign[:, band + 1] >> np.uint64(1))) + kind
            order = np.argsort(bucket, kind="stable")
            same = np.flatnonzero(bucket[order][1:] == bucket[order][:-1])
            left.append(order[same])
            right.append(order[same + 1])
        label = components(keys.size, np.concatenate(left), np.concatenate(right))
        order = np.argsort(label, kind="stable")
        yield from np.split(keys[order], np.flatnonzero(np.diff(label[order])) + 1)

    def _holders(self, keys: I64) -> I64:
        """Nodes that hold at least a quarter of the keys by now."""
        links = self.state.window.links
        held = [
            links.node[a:b][links.known_us[a:b] < self.state.now_us]
            for a, b in zip(links.offsets[keys], links.offsets[keys + 1], strict=True)
        ]
        nodes, times = np.unique(np.concatenate(held), return_counts=True)
        return nodes[times >= max(1, keys.size // 4)].astype(np.int64)

    def _with_bunch(self, nodes: I64, found_by: str, key: int) -> Iterator[Group]:
        """A group; where its volumes speak against it, its bunches as well.

        Whoever consumes this weighs each group before asking for the next.
        """
        least = self.state.window.settings.min_accounts
        name = key * 16 if key >= 0 else -int(self._word[nodes, 0].min() >> np.uint64(8)) * 16
        if nodes.size < least or not self.fresh(nodes, found_by, name):
            return
        group = Group(self.state, nodes, found_by, key)
        yield group
        if not found_by and group.notes.get("volume_bits", 0.0) < 0:
            self._against[nodes] = self.state.counts[nodes, 0]
        if (
            found_by in UNBUNCHED
            or nodes.size < 2 * least
            or group.notes.get("volume_bits", -1.0) > 0
        ):
            return
        for axis, moments in enumerate((self.state.opened_rank, self._begun())):
            rest = nodes
            for nth in range(N_BUNCHES):
                bunch = _bunch(rest, moments[rest], least)
                if bunch is None:
                    break
                if self.fresh(bunch, found_by, name + 1 + axis * N_BUNCHES + nth):
                    yield Group(self.state, bunch, found_by, key, nodes)
                rest = np.setdiff1d(rest, bunch, assume_unique=True)

    def _begun(self) -> F64:
        """When each node was first seen, nan for those seen at the window's start."""
        window = self.state.window
        begun = (window.first_us - window.start_us) / window.step_us
        return np.where((begun < 4) | (window.first_us > self.state.now_us), np.nan, begun)


def _bunch(nodes: I64, moments: F64, least: int) -> I64 | None:
    """The nodes whose moments bunch; None if that is nearly all or too few."""
    known = ~np.isnan(moments)
    if known.sum() < least:
        return None
    nodes, moments = nodes[known], moments[known]
    order = np.argsort(moments, kind="stable")
    lo, hi = densest(moments[order], least)
    if hi - lo > 0.9 * nodes.size and nodes.size == known.size:
        return None
    return np.sort(nodes[order[lo:hi]]) if hi - lo >= least else None
