"""Opening: which groups become campaigns, at which moment, and how they grow.

The null of a group is that *some* rival is the whole story. Its e-value is two to the
power of the bits that the best rival leaves; the running maximum over looks stays
valid by Ville's inequality, and e-BH over all groups tested so far keeps the share of
false campaigns under ``fdr`` whatever their dependence. Groups that overlap an open
campaign extend it and count as no discovery of their own.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.detect.asked import COVERED, MOSTLY, Asked, resized
from stillwatch.detect.belonging import belong, is_tied
from stillwatch.detect.group import Group
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.signal import Family
from stillwatch.detect.state import State
from stillwatch.detect.weighing import Weighing
from stillwatch.stats.sequential import discovery_bits

F64 = npt.NDArray[np.float64]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]

#: a group may belong to a campaign from this share of the smaller of the two.
OVERLAP = 0.3
#: groups that were not opened and are remembered, those of most weight.
REMEMBERED = 100
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
    heard: list[tuple[int, I32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Remember the group that opened it."""
        self.heard.append((self.opened_at_look, self.nodes.astype(np.int32)))

    def heard_of(self, members: I64) -> int | None:
        """The first look at which a group that is mostly of these members had passed."""
        if not members.size:
            return None
        last = max(int(members[-1]), *(int(nodes[-1]) for _, nodes in self.heard))
        inside = np.zeros(last + 1, bool)
        inside[members] = True
        return min((look for look, n in self.heard if inside[n].mean() >= MOSTLY), default=None)

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
    nodes: I32
    operator: dict[Family, float]


@dataclass(slots=True)
class Docket:
    """Everything that was opened, and what nearly was."""

    settings: DetectSettings
    opened: list[Opened] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    asked: Asked | None = None
    _waiting: F64 | None = None
    _least: float = 0.0

    def copy(self) -> Docket:
        """The same, to be gone on with by itself."""
        out = copy(self)
        out.opened, out.waiting = [copy(one) for one in self.opened], list(self.waiting)
        for one in out.opened:
            one.heard = list(one.heard)
        out._waiting = None if self._waiting is None else self._waiting.copy()
        out.asked = self.asked and self.asked.of_more(self.asked.owner.size)
        return out

    def go_on(self, n_nodes: int) -> None:
        """Go on with a population of more nodes."""
        if self._waiting is not None:
            self._waiting = resized(self._waiting, n_nodes, 0.0)
        self.asked = self.asked and self.asked.of_more(n_nodes)

    def needed_bits(self, n_tested: int) -> float:
        """Bits that the next discovery needs under e-BH."""
        return discovery_bits(max(n_tested, 1), self.settings.fdr, len(self.opened) + 1)

    def out_of_reach(self, group: Group, n_tested: int) -> bool:
        """Whether a group can neither be opened nor be worth remembering."""
        left, operator = group.ceiling
        if left >= self.needed_bits(n_tested):
            return False
        if operator <= self._least:
            return True
        better = self._waits(group.state)[group.nodes] >= operator
        if self.asked:
            better |= self.asked.owner[group.nodes] >= 0
        return bool(better.mean() > 1.0 - COVERED)

    def _waits(self, state: State) -> F64:
        """``(n_nodes,)`` the most bits of a group that waits with each node."""
        if self._waiting is None:
            self._waiting = np.zeros(state.window.population.n)
        return self._waiting

    def hear(self, group: Group, weighing: Weighing, n_tested: int) -> None:
        """Open a campaign, extend one, or remember why not."""
        why = self._why_not(weighing, n_tested)
        if why:
            self._wait(why, group, weighing)
            if self.asked:
                self.asked.failed(group.every, group.state.looks)
            return
        # a copy, for the group stands among all that were found together
        mine, bits = group.every.copy(), weighing.unexplained_bits
        new = Opened(mine, group.state.looks, bits, weighing)
        host = self._nearest(new)
        if host is not None and _share(new.nodes, host.nodes) >= COVERED:
            host.take_in(new, members_too=False)
        elif host is not None and belong(group.state, *sorted((new.nodes, host.nodes), key=len)):
            host.take_in(new)
        elif not self._known(new.nodes):
            self._open(group.state, new)
        else:
            if self.asked:
                self.asked.failed(group.every, group.state.looks)
            return
        if self.asked is None:
            self.asked = Asked.of(group.state.window.population.n)
        self.asked.mark([campaign.nodes for campaign in self.opened], group.state.looks)
        self.asked.passed(group.every)

    def _nearest(self, new: Opened) -> Opened | None:
        """The campaign that shares most of a group, if that is a fair part of either."""
        best, most = None, 0.0
        inside = np.zeros(0 if self.asked is None else self.asked.owner.size, bool)
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
            if is_tied(state, small, large) and belong(state, small, large, tied=True):
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
            mine = group.every.astype(np.int32)
            self.waiting.append(Waiting(bits, why, mine, weighing.operator))
            waits = self._waits(group.state)
            waits[group.every] = np.maximum(waits[group.every], bits)
            if len(self.waiting) >= 4 * REMEMBERED:
                self._forget(group.state.window.population.n)

    def _forget(self, n_nodes: int) -> None:
        """Drop what waits with fewer bits than others of nearly its nodes, and the least."""
        taken, kept = np.zeros(n_nodes, bool), []
        for one in sorted(self.waiting, key=lambda waiting: -waiting.bits):
            if taken[one.nodes].mean() <= 1.0 - COVERED:
                taken[one.nodes] = True
                kept.append(one)
        self.waiting = kept[:REMEMBERED]
        if len(self.waiting) == REMEMBERED:
            self._least = self.waiting[-1].bits


def _share(nodes: I64, of: I64) -> float:
    """Share of ``nodes`` that stand in ``of``."""
    return float(np.isin(nodes, of).mean())
