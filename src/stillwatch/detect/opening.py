"""Opening: which groups become campaigns, at which moment, and how they grow.

The null of a group is that *some* rival is the whole story. Its e-value is two to the
power of the bits that the best rival leaves; the running maximum over looks stays
valid by Ville's inequality, and e-BH over all groups tested so far keeps the share of
false campaigns under ``fdr`` whatever their dependence. Groups that overlap an open
campaign extend it and count as no discovery of their own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from math import log2

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.membership import link_bits
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.signal import Signal
from stillwatch.detect.signals import load_balance
from stillwatch.detect.state import State
from stillwatch.detect.weighing import Weighing

I64 = npt.NDArray[np.int64]

#: a group joins a campaign from this share of the smaller of the two.
OVERLAP = 0.3
#: a group may not be more than this many times as large as what it joins.
DILUTION = 4.0
#: two campaigns are one from this share of the smaller.
MERGE_OVERLAP = 0.5
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
    """

    nodes: I64
    opened_at_look: int
    bits: float
    weighing: Weighing
    n_parts: int = 1

    def take_in(self, other: Opened) -> None:
        """Join another group to this campaign; the earliest moment stays."""
        self.nodes = np.union1d(self.nodes, other.nodes)
        self.n_parts += other.n_parts
        self.opened_at_look = min(self.opened_at_look, other.opened_at_look)
        if other.bits > self.bits:
            self.bits, self.weighing = other.bits, other.weighing


@dataclass(slots=True)
class Docket:
    """Everything that was opened, and what nearly was."""

    settings: DetectSettings
    looking: tuple[Signal, ...]
    opened: list[Opened] = field(default_factory=list)
    waiting: list[tuple[float, str, Group, Weighing]] = field(default_factory=list)

    def needed_bits(self, n_tested: int) -> float:
        """Bits that the next discovery needs under e-BH."""
        return log2(max(n_tested, 1) / self.settings.fdr) - log2(len(self.opened) + 1)

    def hear(self, group: Group, weighing: Weighing, n_tested: int) -> None:
        """Open a campaign, extend one, or remember why not."""
        why = self._why_not(weighing, n_tested)
        if why:
            self._wait(why, group, weighing)
            return
        new = Opened(group.nodes, group.state.looks, weighing.unexplained_bits, weighing)
        host = self._host(group.nodes)
        if host is not None:
            host.take_in(new)
            return
        self.opened.append(new)
        self.merge(group.state)

    def merge(self, state: State) -> None:
        """Join campaigns that are one: much shared membership, or shared traits and load."""
        again = True
        while again and len(self.opened) > 1:
            again = False
            for i, j in combinations(range(len(self.opened)), 2):
                if self._are_one(state, self.opened[i], self.opened[j]):
                    self.opened[i].take_in(self.opened.pop(j))
                    again = True
                    break

    def _are_one(self, state: State, a: Opened, b: Opened) -> bool:
        small, large = sorted((a, b), key=lambda o: o.nodes.size)
        common = np.intersect1d(small.nodes, large.nodes, assume_unique=True).size
        if common >= MERGE_OVERLAP * small.nodes.size:
            return True
        nodes, bits = link_bits(state, large.nodes)
        both = (bits >= TIED_BITS).sum(1) >= TIED_FAMILIES
        tied = np.isin(small.nodes, nodes[both]).mean()
        if tied < 0.5:
            return False
        parts = [load_balance.weigh(Group(state, o.nodes)).bits for o in (small, large)]
        whole = load_balance.weigh(Group(state, np.union1d(small.nodes, large.nodes))).bits
        return bool(whole >= max(0.6 * max(parts), max(parts) - 12.0))

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

    def _host(self, nodes: I64) -> Opened | None:
        best, share = None, OVERLAP
        for campaign in self.opened:
            common = np.intersect1d(nodes, campaign.nodes, assume_unique=True).size
            smaller = min(nodes.size, campaign.nodes.size)
            if common / smaller >= share and nodes.size <= DILUTION * campaign.nodes.size:
                best, share = campaign, common / smaller
        return best

    def _wait(self, why: str, group: Group, weighing: Weighing) -> None:
        total = max(weighing.operator.values(), default=0.0)
        if total >= 6.0 and weighing.operator_bits > 0:
            self.waiting.append((weighing.operator_bits, why, group, weighing))
