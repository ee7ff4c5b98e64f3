"""Settling: who belongs to what was opened, the surest campaign first."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from stillwatch.detect.belonging import belong, is_tied, name_of, share_a_load
from stillwatch.detect.communities import weighted_edges
from stillwatch.detect.contest import Contest
from stillwatch.detect.group import Group
from stillwatch.detect.membership import Members, settle
from stillwatch.detect.opening import OVERLAP, Docket, Opened
from stillwatch.detect.signal import Signal
from stillwatch.detect.state import State
from stillwatch.detect.weighing import Weighing, weigh
from stillwatch.stats.graphs import components
from stillwatch.stats.sequential import discovery_fdr

I64 = npt.NDArray[np.int64]

#: members are joined by what weighs at least this much, bits.
JOINED_BITS = 6.0
#: the nodes of a campaign as it was opened.
NODES: Callable[[Opened], I64] = attrgetter("nodes")


@dataclass(frozen=True, slots=True)
class Settled:
    """A campaign at the end of the window.

    Attributes:
        opened: how it was opened.
        members: who belongs.
        weighing: the scales for the members as they stand, or those at the moment of
            most evidence where the members as they stand would no longer do.
        fdr: the false-discovery rate at which it would just have been opened.
        as_they_stand: whether the scales are those of the members as they stand.
        seen_at_look: the first look at which a group mostly of these members had
            passed; the last look where none had, since only the whole window told them
            from the others.
    """

    opened: Opened
    members: Members
    weighing: Weighing
    fdr: float
    as_they_stand: bool
    seen_at_look: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that a search found.

    Attributes:
        state: everything known at the end.
        campaigns: settled campaigns, the weightiest first.
        docket: what was opened and what was not, with reasons.
        looking: signals that could look.
        not_looked: signal name to why it could not.
        n_tested: groups put on the scales.
    """

    state: State
    campaigns: list[Settled]
    docket: Docket
    looking: tuple[Signal, ...]
    not_looked: dict[str, str]
    n_tested: int


def settle_all(
    state: State, docket: Docket, looking: tuple[Signal, ...], n_tested: int
) -> list[Settled]:
    """Members of every campaign, the surest first; what is left of the next must stand alone."""
    out: list[Settled] = []
    taken = np.zeros(state.window.population.n, bool)
    needed = docket.needed_bits(n_tested)
    known: dict[str, Members] = {}
    whole = whole_of(state, docket.opened)
    whole = whole_of(state, whole, lambda opened: _settled(state, opened, known).nodes)
    ordered = sorted(whole, key=lambda o: -o.bits)
    contest = Contest.of(state, [_settled(state, opened, known) for opened in ordered])
    for nth, opened in enumerate(ordered):
        rest = contest.won(nth)
        contested = rest is None
        if rest is None:
            left = opened.nodes[contest.free(opened.nodes) & ~taken[opened.nodes]]
            if left.size < docket.settings.min_accounts:
                continue
            again = settle(state, left)
            rest = again.only(contest.fits_best(again) & ~taken[again.nodes])
        if rest.nodes.size < docket.settings.min_accounts:
            continue
        state.window.traffic.room.rest()
        for part, weighing in _apart(state, rest, looking, needed):
            heard = [look for o in docket.opened if (look := o.heard_of(part.nodes)) is not None]
            stands = weighing.unexplained_bits >= needed
            if not stands and (contested or not heard):
                continue
            taken[part.nodes] = True
            shown = weighing if stands else opened.weighing
            fdr = discovery_fdr(opened.bits, n_tested, len(out) + 1)
            out.append(Settled(opened, part, shown, fdr, stands, min(heard, default=state.looks)))
    return sorted(out, key=lambda s: (-s.weighing.operator_bits, int(s.members.nodes[0])))


def whole_of(
    state: State, opened: list[Opened], nodes_of: Callable[[Opened], I64] = NODES
) -> list[Opened]:
    """Campaigns; parts that opened before the others had grown are joined to them.

    Args:
        state: what is known so far.
        opened: campaigns as opened; they stay as they are.
        nodes_of: by which nodes of each it is told whether they are parts of one.
    """
    out = [copy(one) for one in opened]
    for one in out:
        one.heard = list(one.heard)
    n = len(out) + 1
    while len(out) < n:
        n, out = len(out), _once_joined(state, out, nodes_of)
    return out


def _once_joined(
    state: State, opened: list[Opened], nodes_of: Callable[[Opened], I64]
) -> list[Opened]:
    out: list[Opened] = []
    inside = np.zeros(state.window.population.n, bool)
    for one in sorted(opened, key=lambda o: (-o.nodes.size, o.opened_at_look, int(o.nodes[0]))):
        mine = nodes_of(one)
        for host in out if mine.size else ():
            hosts = nodes_of(host)
            inside[hosts] = True
            common = float(inside[mine].mean())
            inside[hosts] = False
            small, large = sorted((mine, hosts), key=len)
            if small.size and _is_part(state, small, large, common):
                host.take_in(one)
                break
        else:
            out.append(one)
    return out


def _is_part(state: State, small: I64, large: I64, common: float) -> bool:
    """Whether a campaign is part of another: by its members, or by what it shares with them.

    Ties alone join nothing: those of a campaign that shares no load reach others that use the
    same means.
    """
    if common >= OVERLAP:
        return belong(state, small, large)
    if not (share_a_load(state, small, large) and is_tied(state, small, large)):
        return False
    return belong(state, small, large, tied=True)


def _settled(state: State, opened: Opened, known: dict[str, Members]) -> Members:
    """Members of a campaign by itself, found once."""
    name = name_of(opened.nodes)
    if name not in known:
        known[name] = settle(state, opened.nodes)
    return known[name]


def _apart(
    state: State,
    members: Members,
    looking: tuple[Signal, ...],
    needed: float,
) -> list[tuple[Members, Weighing]]:
    """Members and their scales; those that no rare trait joins to the others and that stand
    alone are a campaign of their own."""
    left, right = weighted_edges(state, JOINED_BITS, loose=False, among=members.nodes)[:2]
    place = np.searchsorted(members.nodes, (left, right))
    label = components(members.nodes.size, *place)
    sizes = np.bincount(label)
    own: list[tuple[Members, Weighing]] = []
    for part in np.argsort(-sizes, kind="stable")[1:]:
        if sizes[part] < state.window.settings.min_accounts:
            break
        some = members.only(label == part)
        weighing = weigh(Group(state, some.nodes), looking, 0.0)
        if weighing.unexplained_bits >= needed:
            own.append((some, weighing))
            label[label == part] = -1
    main = members.only(label >= 0)
    return [(main, weigh(Group(state, main.nodes), looking, 0.0)), *own]
