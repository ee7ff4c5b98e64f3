"""Candidates: groups worth testing, found through shared traits.

Every trait that enough nodes share is a candidate, popular ones too; of a group
whose openings bunch, the bunch is one as well, and of a group with members of an open
campaign those who are left without them. Groups whose members are the same are
tested once. What a first measurement of loads speaks strongly against is counted as
tested and goes no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.detect.asked import Asked, resized
from stillwatch.detect.ceilings import Ceilings
from stillwatch.detect.communities import searching
from stillwatch.detect.gathering import (
    N_BUNCHES,
    Packed,
    bunches,
    describe,
    gather,
    sign,
    trimmed,
)
from stillwatch.detect.group import Group, probe_groups
from stillwatch.detect.links import KINDS
from stillwatch.detect.regrowth import Volumes
from stillwatch.detect.signal import Signal
from stillwatch.detect.state import State
from stillwatch.detect.weighing import HARD, HOPELESS_BITS
from stillwatch.stats.graphs import components
from stillwatch.stats.pooled_load import VOLUME, load_bits

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
#: nodes of any other community are joined to one another again when their traffic has grown
#: by this factor.
RESEEN = 1.2
#: a community is not looked at again while this share of it is such nodes.
SETTLED = 0.8
#: with more links communities are searched for beside all else, with so many microseconds and
#: this growth of links between two searches; otherwise at every look.
FEW_LINKS = 1_500_000
COMMUNITY_EVERY_US = 6 * 3_600_000_000
LINKS_GROWN = 1.05
#: ways of finding whose groups are too loose for their bunches to mean anything.
UNBUNCHED = frozenset({"client_stack", "contact"})
#: nodes that are enough to weigh a group.
ENOUGH = 400
#: of the numbers of a trait's hypotheses, that of its holders without open campaigns.
REST = 2 * N_BUNCHES + 1
#: MinHash words of a key; keys that agree on an even-odd pair are taken together.
N_WORDS = 4


@dataclass(slots=True)
class Finder:
    """Gives candidate groups at each look and remembers what was weighed.

    Attributes:
        state: what is known so far.
        probing: whether loads are measured first.
        ceilings: gives the most that the scales could say; None where that is not asked.
        tested: way of finding to the hypotheses that were tested: a trait and which bunch
            of its holders. Holders may grow; it stays one hypothesis.
    """

    state: State
    probing: bool = True
    ceilings: Ceilings | None = None
    tested: dict[str, set[int]] = field(default_factory=dict)
    _word: U64 = field(init=False)
    _against: F64 = field(init=False)
    _seen: F64 = field(init=False)
    _asked: Callable[[], Asked | None] = field(init=False, default=lambda: None)
    _weighed: Volumes = field(default_factory=Volumes)
    _families: Volumes = field(default_factory=Volumes)
    _searched: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        """Draw the words that sign a set of nodes."""
        n = self.state.window.population.n
        self._word, self._against = _words(n, self.state), np.zeros(n)
        self._seen = np.zeros(n)

    def copy(self) -> Finder:
        """The same, to be gone on with by itself."""
        out = copy(self)
        out.tested = {found_by: set(ids) for found_by, ids in self.tested.items()}
        out._against, out._seen = self._against.copy(), self._seen.copy()
        out._weighed, out._families = self._weighed.copy(), self._families.copy()
        return out

    def go_on(self, state: State, ceilings: Ceilings | None) -> None:
        """Go on at a state of a window in which more is known."""
        n = state.window.population.n
        self.state, self.ceilings = state, ceilings
        self._word, self._against = _words(n, state), resized(self._against, n, 0.0)
        self._seen = resized(self._seen, n, 0.0)

    def look_at(
        self, state: State, looking: tuple[Signal, ...], asked: Callable[[], Asked | None]
    ) -> None:
        """Take the next state.

        Args:
            state: what is known at the look.
            looking: signals that can look.
            asked: gives who has been asked so far, None before the first campaign.
        """
        self.state, self._asked = state, asked
        if self.ceilings:
            self.ceilings.looking = looking

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

    def groups(self) -> Iterator[Group]:
        """Candidates of this look that are new or have grown, and are not hopeless."""
        state, links = self.state, self.state.held
        if links.key.size == 0:
            return
        beside = self._search() if self._is_their_turn() else None
        kin_offsets, kin = self._due()
        groups = gather(kin_offsets, kin, links.offsets, links.node, state.window.population.n)
        first = kin[kin_offsets[:-1]]
        yield from self._with_bunches(groups, links.kind[first].astype(np.int64), first)
        if beside or links.node.size <= FEW_LINKS:
            yield from self._heard(beside or self._search())

    def left_out(self) -> Iterator[Group]:
        """Candidates that were not searched for at this look since that costs much."""
        n_links = self.state.held.node.size
        if n_links > FEW_LINKS and self._searched != (self.state.looks, n_links):
            yield from self._heard(self._search())

    def _is_their_turn(self) -> bool:
        """Whether communities are searched for at this look, beside all else."""
        every, n_links = COMMUNITY_EVERY_US // self.state.window.step_us, self.state.held.node.size
        if n_links <= FEW_LINKS or self.state.looks % max(1, every):
            return False
        return n_links >= LINKS_GROWN * self._searched[1]

    def _search(self) -> Callable[[], Packed]:
        """Begin to search for communities, but among those of which volumes spoke lately."""
        sent = self.state.counts[:, 0]
        asleep = (sent < REGROWTH * self._against) | (sent < RESEEN * self._seen)
        if asked := self._asked():
            asleep |= asked.claimed
        self._searched = (self.state.looks, int(self.state.held.node.size))
        return searching(self.state, asleep)

    def _heard(self, communities: Callable[[], Packed]) -> Iterator[Group]:
        """Communities that were found, but those of which volumes spoke against nearly all."""
        found, sent = communities(), self.state.counts[:, 0]
        self._seen[found.nodes] = sent[found.nodes]
        against = sent < REGROWTH * self._against
        found = found.take(np.flatnonzero(found.sums(against) <= SETTLED * found.sizes))
        none = np.full(found.n, -1, np.int64)
        yield from self._with_bunches(found, none, none)

    def _due(self) -> tuple[I64, I64]:
        """Families of keys whose nodes are nearly the same, and which are new or have grown.

        Returns:
            ``(n_families + 1,)`` offsets and the keys of each family, packed.
        """
        state, links = self.state, self.state.held
        keys = np.flatnonzero(state.df >= state.window.settings.min_accounts)
        if keys.size == 0:
            return np.zeros(1, np.int64), keys
        words, volume = np.full((keys.size, N_WORDS), 2**64 - 1, np.uint64), np.zeros(keys.size)
        sent = state.of("exchanges").copy()
        sign(links.offsets, links.node, keys, self._word, sent, words, volume)
        label = self._alike(keys, words)
        order = np.argsort(label, kind="stable")
        starts = np.flatnonzero(np.diff(label[order], prepend=-1))
        first = words[order[starts]]
        total = np.maximum.reduceat(volume[order], starts)
        due = np.flatnonzero(self._families.grown(first[:, 0] ^ first[:, 1], total, GROWTH))
        families = Packed(np.append(starts, keys.size), keys[order]).take(due)
        return families.offsets, families.nodes

    def _alike(self, keys: I64, words: U64) -> I64:
        """``(n,)`` one label for keys of one kind whose nodes are nearly the same."""
        kind = self.state.window.links.kind[keys].astype(np.uint64)
        left, right = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for band in range(0, N_WORDS, 2):
            bucket = (words[:, band] ^ (words[:, band + 1] >> np.uint64(1))) + kind
            order = np.argsort(bucket, kind="stable")
            same = np.flatnonzero(bucket[order][1:] == bucket[order][:-1])
            left.append(order[same])
            right.append(order[same + 1])
        return components(keys.size, np.concatenate(left), np.concatenate(right))

    def _with_bunches(self, groups: Packed, kind: I64, key: I64) -> Iterator[Group]:
        """Groups, and of those that volumes speak against their bunches as well.

        So are those whom an open campaign leaves of a group.

        Args:
            groups: candidates.
            kind: ``(n,)`` index in ``KINDS`` of what each was found by, -1 for communities.
            key: ``(n,)`` the key, -1 for communities.
        """
        least = self.state.window.settings.min_accounts
        _, smallest, _ = self._described(groups)
        name = np.where(key >= 0, self.state.held.key[key], smallest) >> np.uint64(5)
        hypothesis = name.astype(np.int64) * 16
        large = self._unheard(groups, np.flatnonzero(groups.sizes >= least))
        fresh, load = self._fresh(groups, kind, hypothesis, large)
        for nth, row in zip(fresh, load, strict=True):
            if kind[nth] < 0 and row[VOLUME] < 0:
                self._against[groups.group(nth)] = self.state.counts[groups.group(nth), 0]
        for _, group in self._promising(groups, kind, key, fresh, load, cut=False):
            yield group
        if asked := self._asked():
            rest, of = groups.without(asked.claimed, least)
            named = hypothesis[of] + REST
            left, spread = self._fresh(rest, kind[of], named, np.arange(rest.n))
            for _, group in self._promising(rest, kind[of], key[of], left, spread, cut=False):
                yield group
        unbunched = np.isin(kind, [i for i, k in enumerate(KINDS) if k[0] in UNBUNCHED])
        loose = ~(load[:, VOLUME] > 0) & (groups.sizes[fresh] >= 2 * least) & ~unbunched[fresh]
        parents = fresh[loose]
        loose_groups = groups.take(parents)
        for axis, moments in enumerate((self.state.opened_rank, self._begun())):
            found, parent, turn = bunches(loose_groups, moments, least)
            of = parents[parent]
            named = hypothesis[of] + 1 + axis * N_BUNCHES + turn
            unheard = self._unheard(found, np.arange(found.n))
            fresh, load = self._fresh(found, kind[of], named, unheard)
            for nth, group in self._promising(found, kind[of], key[of], fresh, load, cut=True):
                group.parent = groups.group(int(of[nth]))
                yield group

    def _described(self, groups: Packed) -> tuple[U64, U64, F64]:
        """Per group the name of its node set, its least word and its volume."""
        name, least = np.zeros(groups.n, np.uint64), np.zeros(groups.n, np.uint64)
        volume = np.zeros(groups.n)
        word, sent = self._word[:, 0].copy(), self.state.of("exchanges").copy()
        describe(groups.offsets, groups.nodes, word, sent, name, least, volume)
        return name, least, volume

    def _unheard(self, groups: Packed, which: I64) -> I64:
        """Those of ``which`` for which no others have answered yet."""
        asked = self._asked()
        if asked is None:
            return which
        return which[asked.worth_hearing(groups.take(which), self.state.looks)]

    def _fresh(self, groups: Packed, kind: I64, hypothesis: I64, which: I64) -> tuple[I64, F64]:
        """Groups of ``which`` that were not weighed yet, or sent much more since; their loads."""
        name, _, volume = self._described(groups)
        fresh = which[self._weighed.grown(name[which], volume[which], GROWTH)]
        for nth in fresh:
            self.tested.setdefault(_found_by(kind[nth]), set()).add(int(hypothesis[nth]))
        if not self.probing:
            return fresh, np.full((fresh.size, 5), np.nan)
        hopeless = np.where(_is_hard(kind[fresh]), -np.inf, HOPELESS_BITS)
        return fresh, probe_groups(self.state, self._some(groups, fresh), hopeless)

    def _some(self, groups: Packed, which: I64) -> Packed:
        """Groups of ``which``, the large ones by a few of their nodes."""
        return trimmed(groups.take(which), ENOUGH, self.state.window.lot)

    def _promising(
        self, groups: Packed, kind: I64, key: I64, fresh: I64, load: F64, *, cut: bool
    ) -> Iterator[tuple[int, Group]]:
        """Those of ``fresh`` that loads do not speak strongly against, and their numbers."""
        bits = load_bits(load)
        hopeful = np.flatnonzero(~(bits < HOPELESS_BITS) | _is_hard(kind[fresh]))
        which, most = fresh[hopeful], np.full((hopeful.size, 2), np.inf)
        some = self._some(groups, which)
        if self.ceilings and hopeful.size:
            asked = (some, kind[which], key[which], load[hopeful])
            most = self.ceilings.of(*asked, cut=cut)
        for i, (left, operator) in enumerate(most.tolist()):
            nth = int(which[i])
            group = Group(self.state, some.group(i), _found_by(kind[nth]), int(key[nth]))
            group.whole = groups.group(nth)
            group.ceiling = (left, operator)
            if self.probing:
                group.know_load(load[hopeful[i]])
            yield nth, group

    def _begun(self) -> F64:
        """When each node was first seen, nan for those seen at the window's start."""
        window = self.state.window
        begun = (window.first_us - window.start_us) / window.step_us
        return np.where((begun < 4) | (window.first_us > self.state.now_us), np.nan, begun)


def _words(n: int, state: State) -> U64:
    """``(n, N_WORDS)`` words of nodes; a node that comes later changes none before it."""
    rng = np.random.default_rng(state.window.settings.seed)
    return rng.integers(1, 2**63, (n, N_WORDS), dtype=np.uint64)


def _found_by(kind: int) -> str:
    return KINDS[kind][0] if kind >= 0 else ""


def _is_hard(kind: I64) -> npt.NDArray[np.bool_]:
    return np.isin(kind, [i for i, k in enumerate(KINDS) if k[0] in HARD])
