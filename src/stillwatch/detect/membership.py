"""Membership: how sure it is that each account belongs to an opened campaign.

Each member is put on the scales by itself, with its own contribution to the
campaign removed: does it share rare traits with the *other* members, does it carry
the load that a pool member carries, are its prompts drawn from the pool's topics, was
it opened with them? The sum of bits against
a prior of the campaign's share of all accounts gives a probability. Accounts that
only use the same tool fall out here, and members that no single link had caught come
in. Accounts of one verified organisation are an openly linked customer and are never
named as members of a hidden cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.group import Group
from stillwatch.detect.prevalence import sampled
from stillwatch.detect.signals.interchangeability import FEWEST, MOST
from stillwatch.detect.state import State
from stillwatch.detect.ties import LACKED_BITS, LINK_BITS, Ties
from stillwatch.detect.topic_fit import topic_bits
from stillwatch.stats.evidence import added_up, probability_of, strangers_bits, weighed_by_holding
from stillwatch.stats.likelihood import LN2
from stillwatch.stats.volumes import in_pool_ln, shared_rate, spread_of_pool

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: most that the load, the topics and the opening may each add for one member.
LOAD_BITS = 6.0
TOPIC_BITS = 6.0
OPENING_BITS = 6.0
#: members whose rates are so many spreads, and so much in natural logarithm, from the middle are
#: far from the others; at most this share of them is.
FAR_SPREADS = 4.0
NEAR_LN = 0.15
FEW_FAR = 0.25
#: from this fit of the typical core member on, topics tell who belongs.
TOPIC_TELLS_BITS = 1.0
#: strangers are asked about topics who said this share of what the typical member did.
AS_MUCH = 0.5
#: what the bits of a member are the sum of, in this order.
PARTS = ("links", "opening", "load", "topics")
#: least membership to be named.
NAMED = 0.9
#: odd is what fits this many spreads worse than the typical member, or this many bits worse
#: where all fit alike.
ODD_SPREADS = 6.0
ODD_BITS = 3.0
#: so is what has less than this share of the typical member's bits.
ODD_SHARE = 0.6
#: who is odd is named at a tenth of the errors, and only if its opening, load and topics together
#: do not speak against it by more than this: it lacks what others have, and is not unlike them.
NAMED_THOUGH_ODD = 0.99
UNLIKE_BITS = 3.0


@dataclass(frozen=True, slots=True)
class Members:
    """Who belongs, and how sure that is.

    Attributes:
        nodes: ``(n,)`` sorted.
        bits: ``(n,)`` weight for belonging, prior left out.
        probability: ``(n,)`` with the prior.
        told: ``(n, len(PARTS))`` bits of which ``bits`` is the sum.
        prior_bits: log2 of the campaign's share of all accounts.
    """

    nodes: I64
    bits: F64
    probability: F64
    told: F64
    prior_bits: float

    @property
    def odds(self) -> F64:
        """``(n,)`` log2 odds, with the prior."""
        return self.bits + self.prior_bits

    def only(self, keep: npt.NDArray[np.bool_]) -> Members:
        """The members for which ``keep`` is true."""
        kept = self.nodes[keep], self.bits[keep], self.probability[keep], self.told[keep]
        return Members(*kept, self.prior_bits)


def load_bits(state: State, core: I64, nodes: I64) -> F64:
    """How much better "carries the pool's load" fits each node than a volume of its own.

    A pool may be dealt to unevenly; how much so is taken from its core.

    Args:
        state: what is known so far.
        core: nodes that carry the load.
        nodes: ``(n,)`` who is asked.

    Returns:
        ``(n,)`` bits within ``LOAD_BITS``.
    """
    group = Group(state, core)
    first, last = group.alive()
    sent, n_alive = state.table[core].sum(0), np.zeros(state.looks + 1)
    np.add.at(n_alive, first, 1.0)
    np.add.at(n_alive, last + 1, -1.0)
    carried = np.zeros(state.looks + 1)
    np.cumsum(sent[: state.looks] / np.maximum(np.cumsum(n_alive[:-1]), 1), out=carried[1:])
    volumes = group.of("exchanges")
    expected = np.maximum(carried[last + 1] - carried[first], 1e-3)
    rate = shared_rate(volumes, expected)
    spread = spread_of_pool(volumes, rate * expected)
    mine = rate * _carried_by(state, nodes, carried, int(first.min()))
    bits = in_pool_ln(state.of("exchanges")[nodes], np.maximum(mine, 1e-3), spread) / LN2
    out: F64 = np.clip(bits, -LOAD_BITS, LOAD_BITS)
    return out


def _carried_by(state: State, nodes: I64, carried: F64, start: int) -> F64:
    """``(n,)`` load that comes to a member of a pool that lives as long as each node.

    Args:
        state: what is known so far.
        nodes: ``(n,)`` who is asked.
        carried: ``(looks + 1,)`` running sum of the load of a member.
        start: bin in which the pool begins.
    """
    opened = state.window.population.opened_us[nodes]
    begins = (opened - state.window.start_us) // state.window.step_us
    begins = np.where(opened >= 0, np.clip(begins, start, state.looks - 1), start)
    ends = np.where(state.shut[nodes], state.last_bin[nodes], state.looks - 1)
    out: F64 = carried[ends + 1] - carried[np.minimum(begins, ends + 1)]
    return out


def evenly_loaded(state: State, core: I64) -> I64:
    """The core without the few whose rates are far from those of all others.

    They would hide that the others share one load. Where more than a few are far, none is.
    """
    group = Group(state, core)
    first, last = group.alive()
    sent = group.of("exchanges")
    rate = np.log((sent + 0.5) / np.maximum(last - first + 1, 1))
    off = np.abs(rate - np.median(rate))
    near = off <= max(FAR_SPREADS * 1.4826 * float(np.median(off)), NEAR_LN)
    return core[near] if near.mean() >= 1.0 - FEW_FAR else core


def opening_bits(state: State, core: I64, nodes: I64) -> F64:
    """How much the core's spread of openings favours each node over anybody's."""
    ranks = state.opened_rank
    known = np.sort(ranks[core][~np.isnan(ranks[core])])
    if known.size < 5:
        return np.zeros(nodes.size)
    width = 0.02
    low = np.searchsorted(known, ranks[nodes] - width)
    high = np.searchsorted(known, ranks[nodes] + width)
    inside = (high - low - np.isin(nodes, core)).clip(0)
    density = (inside + 0.02 * known.size) / (known.size * (2 * width + 0.02))
    bits = np.clip(np.log2(density), -OPENING_BITS, OPENING_BITS)
    bits[np.isnan(ranks[nodes])] = 0.0
    return bits


def _link_bits(state: State, core: I64) -> tuple[I64, F64, float]:
    """Nodes with a trait of the core, what having traits or none weighs, and having none at all.

    Of a family the rarest trait counts, and the more traits a core has the more strangers
    have one of them: a tool has many.
    """
    ties = Ties.of(state, core)
    nodes, by_family = ties.everybody(state)
    inside, n_outside = ties.inside[nodes], state.n_active - core.size
    total = np.zeros(nodes.size + 1)
    for bits in by_family.T:
        sides = bits[inside], core.size, bits[~inside], n_outside
        total += weighed_by_holding(np.append(bits, 0.0), *sides, LACKED_BITS)
    return nodes, total[:-1], float(total[-1])


def calibrated_topics(state: State, core: I64, nodes: I64) -> F64:
    """How much the core's topics favour each node, less what strangers who say as much show.

    A broad mix is that of many: who resells what people ask for asks for what people do.
    """
    texts = state.of("with_text")
    about = texts >= max(FEWEST, AS_MUCH * float(np.median(texts[core])))
    about[core] = False
    strangers = sampled(Group(state, np.flatnonzero(about)), MOST)
    theirs = np.clip(topic_bits(state, core, strangers), -TOPIC_BITS, TOPIC_BITS)
    mine = np.clip(topic_bits(state, core, nodes), -TOPIC_BITS, TOPIC_BITS)
    out: F64 = mine - strangers_bits(theirs, strangers.size)
    return out


def settle(state: State, core: I64) -> Members:
    """Members of a campaign from its core.

    Whoever had come into the core with others hides what those share; so the members are
    asked once more, against one another.

    Args:
        state: what is known so far.
        core: nodes of the groups that opened it.
    """
    members = _fitting(state, core)
    if members.nodes.size < state.window.settings.min_accounts:
        return members
    return _fitting(state, members.nodes)


def _fitting(state: State, core: I64) -> Members:
    """Who fits a core."""
    nodes, bits, without = _link_bits(state, core)
    asked = np.union1d(core, nodes[bits >= LINK_BITS / 2])
    asked = asked[~state.window.population.collapsed[asked]]
    told = np.zeros((asked.size, len(PARTS)))
    found = np.isin(asked, nodes)
    told[:, 0] = without
    told[found, 0] = bits[np.searchsorted(nodes, asked[found])]
    inside = np.isin(asked, core)
    told[:, 1] = opening_bits(state, core, asked)
    told[:, 2] = load_bits(state, evenly_loaded(state, core), asked)
    topic = calibrated_topics(state, core, asked)
    if inside.any() and np.median(topic[inside]) >= TOPIC_TELLS_BITS:
        told[:, 3] = topic
    total = added_up(told)
    prior = float(np.log2(core.size / max(state.n_active, core.size + 1)))
    probability = probability_of(total, prior)
    all_asked = Members(asked, total, probability, told, prior)
    sure = probability >= NAMED
    inner = total[sure & inside]
    if not inner.size:
        return all_asked.only(np.zeros(asked.size, bool))
    typical = float(np.median(inner))
    spread = 1.4826 * float(np.median(np.abs(inner - typical)))
    least = max(typical - max(ODD_SPREADS * spread, ODD_BITS), ODD_SHARE * typical)
    unlike = added_up(np.minimum(told[:, 1:], 0.0)) < -UNLIKE_BITS
    lacking = (probability >= NAMED_THOUGH_ODD) & ~unlike
    return all_asked.only(sure & ((total >= least) | lacking))
