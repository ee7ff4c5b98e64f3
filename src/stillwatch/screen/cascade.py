"""Cascade: whom a rule of ownership reaches, through how many companies whatsoever.

A party is reached when those of its direct owners that are listed or reached themselves have, added
up, the rule's share. That is asked again until nothing changes: the least set that holds the
listed and is closed under the rule. Ownership passes whole through a company that is reached and
not at all through one that is not; shares along a chain are never multiplied. Rings of companies
that own one another reach nobody by themselves.

Where a share is known only as a range, the lower ends say who is reached for certain and the upper
ends who cannot be ruled out.

Source: Treasury, Revised Guidance of 13 August 2014 and FAQ 401.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from stillwatch.screen.holdings import Graph, Holding
from stillwatch.screen.regimes import Reach


@dataclass(frozen=True, slots=True)
class Cascade:
    """Whom a rule reaches.

    Args:
        listed: parties on the rule's lists.
        certain: reached parties, each with the share that reached it, in the order of reaching.
        possible: parties that cannot be ruled out and are not certain, with the most that
            listed or possible owners can have.
    """

    listed: frozenset[str]
    certain: Mapping[str, Fraction]
    possible: Mapping[str, Fraction]

    def tainted(self) -> frozenset[str]:
        """The listed and the reached."""
        return self.listed | frozenset(self.certain)


def cascade(graph: Graph, listed: Iterable[str], reach: Reach) -> Cascade:
    """Whom a rule reaches in a graph of one day.

    Args:
        graph: see :meth:`~stillwatch.screen.holdings.Graph.on`.
        listed: ids of parties on the rule's lists.
        reach: the rule.

    >>> from stillwatch.screen.holdings import Node
    >>> half = Fraction(1, 2)
    >>> held = (Holding(owner="x", owned="a", low=half, high=half),
    ...         Holding(owner="a", owned="b", low=half, high=half))
    >>> graph = Graph(nodes={i: Node(id=i, name=i) for i in "xab"}, holdings=held)
    >>> list(cascade(graph, ["x"], Reach()).certain)
    ['a', 'b']
    """
    seeds = frozenset(listed)
    certain = _closed(graph, seeds, reach, most=False)
    wide = _closed(graph, seeds, reach, most=True)
    possible = {name: share for name, share in wide.items() if name not in certain}
    return Cascade(seeds, certain, possible)


def share_held(
    holdings: Iterable[Holding], by: frozenset[str] | set[str], reach: Reach, *, most: bool
) -> Fraction:
    """What a set of owners has of one party under a rule.

    Args:
        holdings: all of that party.
        by: the owners who count.
        reach: whether shares of several are added.
        most: the upper end of what is known instead of the lower.
    """
    counted: dict[str, Fraction] = defaultdict(Fraction)
    others = Fraction(0)
    for one in holdings:
        if one.owner in by:
            counted[one.owner] += one.high if most else one.low
        else:
            others += one.low
    if not counted:
        return Fraction(0)
    total = sum(counted.values(), Fraction(0)) if reach.aggregate else max(counted.values())
    # What others have for certain, nobody else can have.
    return min(total, max(Fraction(0), 1 - others)) if most else total


def _closed(
    graph: Graph, seeds: frozenset[str], reach: Reach, *, most: bool
) -> dict[str, Fraction]:
    owners = graph.owners_of()
    owned_by: dict[str, set[str]] = defaultdict(set)
    for one in graph.holdings:
        owned_by[one.owner].add(one.owned)
    inside = set(seeds)
    told: dict[str, Fraction] = {}
    waiting = deque(sorted({name for seed in sorted(seeds) for name in owned_by[seed]}))
    while waiting:
        name = waiting.popleft()
        if name in inside:
            continue
        share = share_held(owners[name], inside, reach, most=most)
        if reach.met(share) and (share > 0):
            inside.add(name)
            told[name] = share
            waiting.extend(sorted(owned_by[name] - inside))
    return told
