"""Ties: what the traits that nodes share with a campaign weigh for belonging to it.

A campaign's traits are found once. Then either everybody who holds one of them is asked, or
some nodes by name, which costs no more than those have traits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.detect.links import FAMILY_OF
from stillwatch.detect.state import State

I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]

#: a trait counts as the campaign's from this share of members (and at least two).
CORE_TRAIT_SHARE: Final = 0.08
#: most that links of one family may add for one member.
LINK_BITS: Final = 8.0
#: where at most this share of members lack a trait, lacking it tells of an account with
#: so many exchanges, by so many bits at most.
LACKING: Final = 0.25
ENOUGH: Final = 20
LACKED_BITS: Final = 4.0

_FAMILIES = tuple(sorted(set(FAMILY_OF.values())))
_FAMILY = np.full(max(FAMILY_OF) + 1, -1, np.int8)
for _kind, _name in FAMILY_OF.items():
    _FAMILY[_kind] = _FAMILIES.index(_name)


@nb.njit(cache=True)
def _traits(nodes, offsets, trait_key):  # type: ignore[no-untyped-def]
    """Keys that nodes hold, ascending, each as often as it is held."""
    n = 0
    for node in nodes:
        n += offsets[node + 1] - offsets[node]
    out = np.empty(n, np.int64)
    at = 0
    for node in nodes:
        for i in range(offsets[node], offsets[node + 1]):
            out[at] = trait_key[i]
            at += 1
    out.sort()
    return out


@nb.njit(cache=True)
def _shared_keys(held, df, least):  # type: ignore[no-untyped-def]
    """The campaign's keys, and how many of it hold each."""
    keys, count = np.empty_like(held), np.empty_like(held)
    n = start = 0
    for i in range(1, held.size + 1):
        if i < held.size and held[i] == held[start]:
            continue
        times = i - start
        if times >= least or (times >= 2 and df[held[start]] <= 2 * times):
            keys[n], count[n] = held[start], times
            n += 1
        start = i
    return keys[:n], count[:n]


@nb.njit(cache=True)
def _holders(keys, offsets, node, place):  # type: ignore[no-untyped-def]
    """Who holds any of some keys, ascending; ``place`` of each becomes its position."""
    n = 0
    for key in keys:
        for i in range(offsets[key], offsets[key + 1]):
            if place[node[i]] < 0:
                place[node[i]] = 0
                n += 1
    out = np.empty(n, np.int64)
    n = 0
    for one in range(place.size):
        if place[one] == 0:
            place[one] = n
            out[n] = one
            n += 1
    return out


@nb.njit(cache=True)
def _rarest(keys, family, which, bits, offsets, node, inside, place, best):  # type: ignore[no-untyped-def]
    """Per node and family the most that a shared trait weighs."""
    for k in range(keys.size):
        for i in range(offsets[keys[k]], offsets[keys[k] + 1]):
            said = bits[which[k], 1 if inside[node[i]] else 0]
            at = place[node[i]]
            best[at, family[k]] = max(best[at, family[k]], said)


@nb.njit(cache=True)
def _rarest_of(asked, traits, keys, family, which, bits, inside, best):  # type: ignore[no-untyped-def]
    """The same for some nodes."""
    offsets, trait_key = traits
    for at in range(asked.size):
        node = asked[at]
        for i in range(offsets[node], offsets[node + 1]):
            k = np.searchsorted(keys, trait_key[i])
            if k < keys.size and keys[k] == trait_key[i]:
                said = bits[which[k], 1 if inside[node] else 0]
                best[at, family[k]] = max(best[at, family[k]], said)


@dataclass(frozen=True, slots=True)
class Ties:
    """What holds a campaign together.

    Attributes:
        inside: ``(n_nodes,)`` its nodes.
        n_core: how many they are.
        keys: ``(n,)`` its traits, positions in ``held.key``, ascending.
        n_inside: ``(n,)`` how many of its nodes hold each.
        family: ``(n,)`` family of each.
        which: ``(n,)`` row of ``bits`` of each; those that as many hold share one.
        bits: ``(n_rows, 2)`` what a trait weighs for a node outside, and for one inside.
    """

    inside: npt.NDArray[np.bool_]
    n_core: int
    keys: I32
    n_inside: I32
    family: npt.NDArray[np.int8]
    which: I32
    bits: F64

    @classmethod
    def of(cls, state: State, core: I64) -> Ties:
        """Find the traits of a campaign."""
        held = state.held
        inside = np.zeros(state.window.population.n, bool)
        inside[core] = True
        traits = _traits(core, held.trait_offsets, held.trait_key)
        keys, n_inside = _shared_keys(traits, state.df, max(2.0, CORE_TRAIT_SHARE * core.size))
        n_all = held.offsets[keys + 1] - held.offsets[keys]
        both, which = np.unique(n_all << 32 | n_inside, return_inverse=True)
        bits = _weights(state, core.size, both >> 32, both & 0xFFFFFFFF)
        narrow = keys.astype(np.int32), n_inside.astype(np.int32), _FAMILY[held.kind[keys]]
        return cls(inside, core.size, *narrow, which.astype(np.int32), bits)

    @property
    def n_bytes(self) -> int:
        """How much memory they take."""
        kept = self.inside, self.keys, self.n_inside, self.family, self.which, self.bits
        return sum(one.nbytes for one in kept)

    def everybody(self, state: State) -> tuple[I64, F64]:
        """Every node that holds a trait of the campaign, ascending, and what its traits weigh.

        Returns:
            ``(m,)`` nodes and ``(m, n_families)`` bits: per family the rarest shared trait,
            at most ``LINK_BITS``, less what it speaks against a node that it lacks the trait
            that most members share.
        """
        held, place = state.held, np.full(self.inside.size, -1, np.int32)
        nodes = _holders(self.keys, held.offsets, held.node, place)
        best = np.zeros((nodes.size, len(_FAMILIES)))
        rows = held.offsets, held.node
        told = self.keys, self.family, self.which, self.bits
        _rarest(*told, *rows, self.inside, place, best)
        return nodes, self._less_lacking(state, nodes, best)

    def some(self, state: State, nodes: I64) -> F64:
        """``(m, n_families)`` the same of some nodes, 0 for those without a trait of it."""
        held, best = state.held, np.zeros((nodes.size, len(_FAMILIES)))
        traits = held.trait_offsets, held.trait_key
        told = self.keys, self.family, self.which, self.bits
        _rarest_of(nodes, traits, *told, self.inside, best)
        return self._less_lacking(state, nodes, best)

    def _less_lacking(self, state: State, nodes: I64, best: F64) -> F64:
        """Bits of nodes, less what speaks against those that lack what most members share."""
        held, tells = state.held, state.of("exchanges")[nodes] >= ENOUGH
        for nth in range(len(_FAMILIES)):
            mine = np.flatnonzero(self.family == nth)
            if not mine.size:
                continue
            common = mine[np.argmax(self.n_inside[mine])]
            lacking = 1.0 - (self.n_inside[common] - 1.0) / self.n_core
            if lacking <= LACKING:
                has = np.zeros(self.inside.size, bool)
                lo, hi = held.offsets[self.keys[common]], held.offsets[self.keys[common] + 1]
                has[held.node[lo:hi]] = True
                best[~has[nodes] & tells, nth] += max(np.log2(lacking), -LACKED_BITS)
        return best


def _weights(state: State, n_core: int, n_all: I64, n_inside: I64) -> F64:
    """``(n_keys, 2)`` what each key weighs for a node outside, and for one inside."""
    others = n_inside[:, None] - np.array([0.0, 1.0])
    share_in = (others + 0.1) / n_core
    share_out = (n_all - n_inside + 0.5) / max(state.n_active - n_core, 1)
    bits: F64 = np.minimum(np.log2(np.maximum(share_in / share_out[:, None], 1e-6)), LINK_BITS)
    bits[others < 1] = -1.0
    return bits
