"""Contest: an account that fits several campaigns belongs to the one that it fits best.

Campaigns are settled one by one, each against the crowd; operators that use one tool, one
reseller of addresses or one rate then fit each other's accounts a little. What is left to be
compared are the odds, which differ between two campaigns by what tells the account from one
of them to the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.belonging import are_two
from stillwatch.detect.membership import Members
from stillwatch.detect.state import State

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: a campaign that loses more than this share of its members to others was found in theirs.
LOST = 0.5
#: a campaign came in with a larger one if this share of its members did.
WITHIN = 0.6


@dataclass(frozen=True, slots=True)
class Contest:
    """Who belongs to which of several campaigns.

    Attributes:
        campaigns: members of each by itself, the surest campaign first.
        stands: ``(n,)`` whether each keeps its members but for those that others win.
        owner: ``(n_nodes,)`` the campaign that each node fits best among those that stand,
            -1 for none.
        odds: ``(n_nodes,)`` log2 odds that it is a member there, ``-inf`` where of none.
    """

    campaigns: list[Members]
    stands: Mask
    owner: I64
    odds: F64

    @classmethod
    def of(cls, state: State, campaigns: list[Members]) -> Contest:
        """Share out nodes.

        What had come in with a larger campaign is taken out of it first. Then the campaign
        that loses most of its members, if that is more than ``LOST``, stands down, one after
        another: parts of one campaign that were found several times do not cut it up.

        Args:
            state: what is known so far.
            campaigns: the surest first, which wins where the odds are equal.
        """
        campaigns = [_without_parts(state, one, campaigns) for one in campaigns]
        stands = np.array([one.nodes.size > 0 for one in campaigns], bool)
        while True:
            owner, odds = _shared_out(state.window.population.n, campaigns, stands)
            lost = np.zeros(len(campaigns))
            for nth in np.flatnonzero(stands):
                lost[nth] = (owner[campaigns[nth].nodes] != nth).mean()
            if not stands.any() or lost.max() <= LOST:
                return cls(campaigns, stands, owner, odds)
            stands[np.flatnonzero(lost == lost.max())[-1]] = False

    def won(self, nth: int) -> Members | None:
        """The members that a campaign keeps, None where it does not stand."""
        if not self.stands[nth]:
            return None
        mine = self.campaigns[nth]
        return mine.only(self.owner[mine.nodes] == nth)

    def free(self, nodes: I64) -> Mask:
        """``(n,)`` which nodes no campaign that stands has won."""
        return np.asarray(self.owner[nodes] < 0)

    def fits_best(self, members: Members) -> Mask:
        """``(n,)`` which members of another campaign fit it better than any that stands."""
        return np.asarray(members.odds > self.odds[members.nodes])


def _without_parts(state: State, whole: Members, campaigns: list[Members]) -> Members:
    """Members less those of smaller campaigns that had come in with them.

    Nothing tells a mixture of two campaigns from either by its own traits. So whoever is most
    of a smaller one is that one's, where the two share neither load nor topics and its
    evidence is as good there.
    """
    least, keep = state.window.settings.min_accounts, np.ones(whole.nodes.size, bool)
    for part in sorted(campaigns, key=lambda one: one.nodes.size):
        inner = np.isin(whole.nodes, part.nodes)
        n, size = int(inner.sum()), whole.nodes.size
        if not least <= n <= size / 2 or n < WITHIN * part.nodes.size:
            continue
        there = part.bits[np.isin(part.nodes, whole.nodes)]
        if np.median(there - whole.bits[inner]) < 0.0:
            continue
        if are_two(state, whole.nodes[inner], whole.nodes[keep & ~inner]):
            keep &= ~inner
    return whole.only(keep)


def _shared_out(n_nodes: int, campaigns: list[Members], stands: Mask) -> tuple[I64, F64]:
    """The campaign of each node and its odds there."""
    owner, odds = np.full(n_nodes, -1), np.full(n_nodes, -np.inf)
    for nth in np.flatnonzero(stands):
        nodes, mine = campaigns[nth].nodes, campaigns[nth].odds
        better = mine > odds[nodes]
        owner[nodes[better]], odds[nodes[better]] = nth, mine[better]
    return owner, odds
