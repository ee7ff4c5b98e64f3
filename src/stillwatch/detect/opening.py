"""Opening: which groups become campaigns, at which moment, and how they grow.

The null of a group is that *some* rival is the whole story. Its e-value is two to the
power of the bits that the best rival leaves; the running maximum over looks stays
valid by Ville's inequality, and e-BH over all groups tested so far keeps the share of
false campaigns under ``fdr`` whatever their dependence. Groups that overlap an open
campaign extend it and count as no discovery of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.membership import LOAD_TELLS_BITS, TOPIC_TELLS_BITS, link_bits
from stillwatch.detect.prevalence import sampled
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.signal import Family, Signal
from stillwatch.detect.signals import interchangeability, load_balance
from stillwatch.detect.state import State
from stillwatch.detect.topic_fit import topic_bits
from stillwatch.detect.weighing import Weighing
from stillwatch.stats.sequential import discovery_bits

I64 = npt.NDArray[np.int64]

#: a group may belong to a campaign from this share of the smaller of the two.
OVERLAP = 0.3
#: a group is about some members if this share of it is theirs.
MOSTLY = 0.6
#: from this share on, a group adds nobody.
COVERED = 0.8
#: a group that was heard is heard again when the replay is this much further on.
AGAIN = 1.5
#: a node of one campaign is tied to another by this many bits in this many families.
TIED_BITS = 3.0
TIED_FAMILIES = 2
#: harvest evidence that a campaign needs from at least one family, bits.
HARVEST_BITS = 0.5
#: operator signals that show harvesting by themselves, and from which weight on.
SHOWS_HARVEST = ("reasoning_replay", "echo", "sharding")
SHOWN_BITS = 3.0


def shows_harvest(weighing: Weighing) -> bool:
    """Whether anything says that answers are collected."""
    if max(weighing.harvest.values(), default=0.0) >= HARVEST_BITS:
        return True
    readings = weighing.readings
    return any(name in readings and readings[name].bits >= SHOWN_BITS for name in SHOWS_HARVEST)


@dataclass(slots=True)
class Opened:
    """A campaign while the window is replayed.

    Attributes:
        nodes: members so far.
        opened_at_look: the look at which it was opened.
        bits: most bits that the best rival has left so far.
        weighing: the scales at that moment.
        n_parts: groups that were merged into it.
        heard: every group of it that passed, with the look.
    """

    nodes: I64
    opened_at_look: int
    bits: float
    weighing: Weighing
    n_parts: int = 1
    heard: list[tuple[int, I64]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Remember the group that opened it."""
        self.heard.append((self.opened_at_look, self.nodes))

    def heard_of(self, members: I64) -> int | None:
        """The first look at which a group that is mostly of these members had passed."""
        looks = [look for look, nodes in self.heard if _share(nodes, members) >= MOSTLY]
        return min(looks, default=None)

    def take_in(self, other: Opened, *, members_too: bool = True) -> None:
        """Join another group to this campaign; the earliest moment stays."""
        if members_too:
            self.nodes = np.union1d(self.nodes, other.nodes)
        self.n_parts += other.n_parts
        self.heard += other.heard
        self.opened_at_look = min(self.opened_at_look, other.opened_at_look)
        if other.bits > self.bits:
            self.bits, self.weighing = other.bits, other.weighing


@dataclass(frozen=True, slots=True)
class Waiting:
    """A group that was not opened.

    Attributes:
        bits: weight for "one hand".
        why: why it was not opened.
        nodes: its members.
        operator: family to bits for "one hand".
    """

    bits: float
    why: str
    nodes: I64
    operator: dict[Family, float]


@dataclass(slots=True)
class Docket:
    """Everything that was opened, and what nearly was."""

    settings: DetectSettings
    looking: tuple[Signal, ...]
    opened: list[Opened] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    _owner: I64 | None = None

    def needed_bits(self, n_tested: int) -> float:
        """Bits that the next discovery needs under e-BH."""
        return discovery_bits(max(n_tested, 1), self.settings.fdr, len(self.opened) + 1)

    def heard_lately(self, group: Group) -> bool:
        """Whether nearly this group has passed as part of an open campaign not long ago."""
        if self._owner is None:
            return False
        owners = self._owner[group.nodes]
        known = owners[owners >= 0]
        if known.size < COVERED * group.n:
            return False
        campaign = self.opened[int(np.bincount(known).argmax())]
        inside = np.zeros(self._owner.size, bool)
        inside[group.nodes] = True
        for look, nodes in campaign.heard:
            alike = COVERED * group.n <= nodes.size <= group.n / MOSTLY
            if alike and group.state.looks < AGAIN * look:
                common = float(inside[nodes].sum())
                if common >= max(COVERED * group.n, MOSTLY * nodes.size):
                    return True
        return False

    def hear(self, group: Group, weighing: Weighing, n_tested: int) -> None:
        """Open a campaign, extend one, or remember why not."""
        why = self._why_not(weighing, n_tested)
        if why:
            self._wait(why, group, weighing)
            return
        new = Opened(group.nodes, group.state.looks, weighing.unexplained_bits, weighing)
        host = self._nearest(new)
        if host is not None and _share(new.nodes, host.nodes) >= COVERED:
            host.take_in(new, members_too=False)
        elif host is not None and _belong(group.state, *sorted((new.nodes, host.nodes), key=len)):
            host.take_in(new)
        elif not self._known(new.nodes):
            self._open(group.state, new)
        else:
            return
        self._mark(group.state)

    def _mark(self, state: State) -> None:
        """Note which campaign each node belongs to; the first one, where there are several."""
        self._owner = np.full(state.window.population.n, -1, np.int64)
        for nth in range(len(self.opened) - 1, -1, -1):
            self._owner[self.opened[nth].nodes] = nth

    def _nearest(self, new: Opened) -> Opened | None:
        """The campaign that shares most of a group, if that is a fair part of either."""
        best, most = None, 0.0
        inside = np.zeros(0 if self._owner is None else self._owner.size, bool)
        for campaign in self.opened:
            inside[campaign.nodes] = True
            common = float(inside[new.nodes].mean())
            inside[campaign.nodes] = False
            if common > most and common * new.nodes.size >= OVERLAP * min(
                new.nodes.size, campaign.nodes.size
            ):
                best, most = campaign, common
        return best

    def _known(self, nodes: I64) -> bool:
        """Whether a group is a mixture of campaigns that are open already."""
        if not self.opened:
            return False
        every = np.unique(np.concatenate([o.nodes for o in self.opened]))
        return _share(nodes, every) >= COVERED

    def _open(self, state: State, new: Opened) -> None:
        """Open a campaign, or add it to one whose traits and load it shares."""
        for campaign in self.opened:
            small, large = sorted((new.nodes, campaign.nodes), key=len)
            if _tied(state, small, large) and _belong(state, small, large, tied=True):
                campaign.take_in(new)
                return
        self.opened.append(new)

    def _why_not(self, weighing: Weighing, n_tested: int) -> str:
        if weighing.hopeless:
            return "volumes and rhythm are those of people with a life of their own"
        if weighing.unexplained_bits < self.needed_bits(n_tested):
            rival = min(weighing.rivals, key=lambda r: weighing.rivals[r])
            return f"{rival} is not excluded"
        if len(weighing.support) < self.settings.min_families:
            return "one family only"
        if not shows_harvest(weighing):
            return "one operator, but no sign that answers are collected"
        return ""

    def _wait(self, why: str, group: Group, weighing: Weighing) -> None:
        total = max(weighing.operator.values(), default=0.0)
        if total >= 6.0 and weighing.operator_bits > 0:
            bits = weighing.operator_bits
            self.waiting.append(Waiting(bits, why, group.nodes, weighing.operator))


def _share(nodes: I64, of: I64) -> float:
    """Share of ``nodes`` that stand in ``of``."""
    return float(np.isin(nodes, of).mean())


def are_two(state: State, small: I64, large: I64) -> bool:
    """Whether each of two groups shares a load, or topics, that both together do not."""
    whole, parts = _loads(state, small, large)
    return (max(parts) >= LOAD_TELLS_BITS and whole < _still(parts)) or _two_topics(
        state, small, large
    )


def _two_topics(state: State, small: I64, large: I64) -> bool:
    """Whether each of two groups has a mix of topics, and both together have not.

    The mix of the one may also be strange to the typical member of the other.
    """
    one, other = (Group(state, nodes) for nodes in (small, large))
    if min(interchangeability.weigh(group).bits for group in (one, other)) > 0.0:
        both = Group(state, np.union1d(small, large))
        if interchangeability.weigh(both).bits < 0.0:
            return True
    mine, theirs = sampled(one, interchangeability.MOST), sampled(other, interchangeability.MOST)
    fits_own = np.median(topic_bits(state, mine, mine)) >= TOPIC_TELLS_BITS
    return bool(fits_own and np.median(topic_bits(state, theirs, mine)) < 0.0)


def _belong(state: State, small: I64, large: I64, *, tied: bool | None = None) -> bool:
    """Whether two groups taken together share one load nearly as well as the better one.

    Where neither shares one, most of the smaller group must be tied to the larger. In
    either case the topics of the larger must not be strange to the smaller.

    Args:
        state: what is known so far.
        small, large: nodes of the two.
        tied: whether they are, where that is known.
    """
    whole, parts = _loads(state, small, large)
    if max(parts) >= LOAD_TELLS_BITS:
        fits = whole >= _still(parts)
    else:
        fits = _tied(state, small, large) if tied is None else tied
    return fits and not _two_topics(state, small, large)


def _loads(state: State, a: I64, b: I64) -> tuple[float, tuple[float, float]]:
    """Weight of load balance of two groups together, and of each."""
    groups = (Group(state, np.union1d(a, b)), Group(state, a), Group(state, b))
    whole, one, other = (float(load_balance.weigh(group).bits) for group in groups)
    return whole, (one, other)


def _still(parts: tuple[float, float]) -> float:
    """Bits of load that two groups together must have to share one."""
    return max(0.6 * max(parts), max(parts) - 12.0)


def _tied(state: State, small: I64, large: I64) -> bool:
    """Whether most of a group share rare traits of several families with a campaign."""
    nodes, bits = link_bits(state, large)
    both = (bits >= TIED_BITS).sum(1) >= TIED_FAMILIES
    return bool(np.isin(small, nodes[both]).mean() >= 0.5)
