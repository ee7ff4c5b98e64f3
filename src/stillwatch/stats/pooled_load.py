"""How equally accounts share one load: volumes and rhythm of many groups in one go.

The arithmetic of the ``load_balance`` signal, compiled, so that thousands of candidate
groups a look can be probed before anything else is asked about them.
"""

from __future__ import annotations

from math import log

import numba as nb
import numpy as np
import numpy.typing as npt

from stillwatch.stats.likelihood import LN2, STRAY_SHARE, shared_profile_bits
from stillwatch.stats.volumes import bits_of_fits, strays_of, volume_fits

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: expected exchanges in a silence after which a pool member counts as ended.
SILENT = 12.0
#: prior odds, in nats, that a pool member ends in silence rather than by a refusal.
SILENT_END = float(np.log(20.0))
#: jobs of strangers often keep one clock, so that a shared rhythm alone says little.
RHYTHM_CAP = 3.0
#: with more strays than this share of members, strays are no excuse.
MOST_STRAYS = 0.08
STRICT = 1e-9
#: dispersion, relative to chance, under which load is dealt out in turn.
TURNS = 0.05
#: members of a large group that are asked first whether the rest need be.
FIRST_ASKED = 400
#: what :func:`probe` gives for each group.
VOLUME, RHYTHM, CHARGE, SPREAD, CHANCE = range(5)


@nb.njit(cache=True)
def too_even(counts, exposure):  # type: ignore[no-untyped-def]
    """Whether volumes are more equal than chance, yet not dealt out in turn.

    A shared load gives the spread of chance, or none at all when it is dealt out in
    turn. What lies between is a quota that each member meets for itself: homework.

    Args:
        counts: ``(n,)`` exchanges of each member.
        exposure: ``(n,)`` exchanges to expect of it, > 0.
    """
    spread = 0.0
    for i in range(counts.size):
        spread += (counts[i] - exposure[i]) ** 2 / exposure[i]
    freedom = max(counts.size - 1, 1)
    spread /= freedom
    return TURNS < spread < 1.0 - 2.0 * np.sqrt(2.0 / freedom)


@nb.njit(cache=True)
def expected_load(table, nodes, looks, first, last):  # type: ignore[no-untyped-def]
    """What each member would have carried of the group's load, by when it could.

    Args:
        table: ``(n_nodes, n_bins)`` exchanges of each node in each bin.
        nodes: ``(n,)`` members.
        looks: bins that count.
        first, last: ``(n,)`` first and last bin in which each could have acted.

    Returns:
        ``(n,)`` exchanges, at least 1e-6, and ``(looks + 1,)`` the running sum of the
        load that each living member carries per bin.
    """
    living = np.zeros(looks + 1)
    total = np.zeros(looks)
    for i in range(nodes.size):
        living[first[i]] += 1.0
        living[last[i] + 1] -= 1.0
        row = table[nodes[i]]
        for b in range(looks):
            total[b] += row[b]
    sums = np.zeros(looks + 1)
    alive = 0.0
    for b in range(looks):
        alive += living[b]
        sums[b + 1] = sums[b] + total[b] / max(alive, 1.0)
    out = np.empty(nodes.size)
    for i in range(nodes.size):
        out[i] = max(sums[last[i] + 1] - sums[first[i]], 1e-6)
    return out, sums


@nb.njit(cache=True)
def weigh_load(table, first, last, profile, own_share, hopeless, out):  # type: ignore[no-untyped-def]
    """Fill ``out`` for one group, ``table`` being ``(n, n_bins)`` exchanges of its members."""
    n, n_bins = table.shape
    counts = np.zeros(n)
    seen = np.full(n, -1)
    for i in range(n):
        for b in range(n_bins):
            if table[i, b] > 0:
                counts[i] += table[i, b]
                seen[i] = b
    nodes = np.arange(n)
    _weigh(table, nodes, counts, seen, first, last, profile, own_share, hopeless, out)


@nb.njit(cache=True)
def _weigh(table, nodes, counts, seen, first, last, profile, own_share, hopeless, out):  # type: ignore[no-untyped-def]
    """The same for some nodes of a table.

    What each sent in all and when it was last seen is known, so that the table is gone through
    once; rhythm is left out where volumes alone settle it.
    """
    n, looks = nodes.size, profile.size
    exposure, sums = expected_load(table, nodes, looks, first, last)
    n_quiet = 0
    for i in range(n):
        if last[i] > seen[i] and sums[last[i] + 1] - sums[seen[i] + 1] > SILENT:
            n_quiet += 1
            last[i] = max(seen[i], first[i])
    charge = 0.0
    if n_quiet:
        charge = n_quiet * (SILENT_END + log(float(looks))) / LN2
        exposure, _ = expected_load(table, nodes, looks, first, last)
    pool, alone, together = volume_fits(counts, exposure)
    strays = STRAY_SHARE if strays_of(pool, alone) <= MOST_STRAYS * n else STRICT
    volume = bits_of_fits(pool, alone, together, strays)
    rhythm = 0.0
    if volume + RHYTHM_CAP - charge >= hopeless:
        rows = table[nodes, :looks]
        rhythm = min(shared_profile_bits(rows, first, last, profile, own_share, strays), RHYTHM_CAP)
    if volume > 0 and too_even(counts, exposure):
        volume = 0.0
    ratio = counts / exposure
    out[VOLUME], out[RHYTHM], out[CHARGE] = volume, rhythm, charge
    out[SPREAD] = np.std(ratio) / max(np.mean(ratio), 1e-9)
    out[CHANCE] = np.mean(1.0 / np.sqrt(exposure))


@nb.njit(cache=True)
def lifetimes(nodes, begun, opened, ended, looks):  # type: ignore[no-untyped-def]
    """First and last bin ``(n,)`` in which each of some nodes could have carried load.

    A member starts with the group or when it was opened; it ends when it was turned
    away for good.

    Args:
        nodes: ``(n,)`` positions of nodes.
        begun: ``(n_nodes,)`` bin of the first exchange.
        opened: ``(n_nodes,)`` bin of the opening, may be negative; ``UNKNOWN_BIN`` if unknown.
        ended: ``(n_nodes,)`` last bin of a node that was turned away, else at least ``looks``.
        looks: bins so far.
    """
    start = looks - 1
    for node in nodes:
        start = min(start, max(begun[node], 0))
    first = np.empty(nodes.size, np.int64)
    last = np.empty(nodes.size, np.int64)
    for i in range(nodes.size):
        node = nodes[i]
        at = start if opened[node] == UNKNOWN_BIN else min(max(opened[node], start), looks - 1)
        first[i] = min(at, max(begun[node], 0), looks - 1)
        last[i] = max(min(ended[node], looks - 1), first[i])
    return first, last


#: stands for a bin that is not known.
UNKNOWN_BIN = -(2**31)


def load_bits(load: F64) -> F64:
    """``(...)`` weight for one shared load, from what ``probe`` gives, ``(..., 5)``; nan stays."""
    bits: F64 = load[..., VOLUME] + load[..., RHYTHM] - load[..., CHARGE]
    return bits


@nb.njit(cache=True, nogil=True)
def probe(offsets, nodes, table, sent, seen, lives, lot, profile, own_share, hopeless, out):  # type: ignore[no-untyped-def]
    """Weigh the load of many groups.

    Args:
        offsets: ``(n_groups + 1,)`` where each group's nodes start in ``nodes``.
        nodes: positions of nodes.
        table: ``(n_nodes, n_bins)`` exchanges per node and bin.
        sent: ``(n_nodes,)`` exchanges of each so far.
        seen: ``(n_nodes,)`` last bin with any, -1 without.
        lives: ``(3, n_nodes)`` begun, opened and ended, see :func:`lifetimes`.
        lot: ``(n_nodes,)`` uniform words by which some members of a large group are asked
            first.
        profile: ``(looks,)`` the population's share of traffic per bin so far.
        own_share: how common each concentration of rhythm is, see ``likelihood``.
        hopeless: ``(n_groups,)`` bits under which nothing more is asked about a group.
        out: ``(n_groups, 5)`` is filled: bits of volume and of rhythm, bits charged for
            members that fell silent, spread of volumes and the spread that chance gives;
            nan where a group sent too little.
    """
    looks = profile.size
    for g in range(offsets.size - 1):
        mine = nodes[offsets[g] : offsets[g + 1]]
        if mine.size < 3 or sent[mine].sum() < 2 * mine.size:
            out[g, :] = np.nan
            continue
        least = hopeless[g]
        if mine.size > 2 * FIRST_ASKED and least > -np.inf:
            drawn = np.uint64(FIRST_ASKED / mine.size * 2.0**63) << np.uint64(1)
            some = mine[lot[mine] < drawn]
            if some.size >= FIRST_ASKED // 2:
                first, last = lifetimes(some, lives[0], lives[1], lives[2], looks)
                told = sent[some], seen[some], first, last, profile, own_share
                _weigh(table, some, *told, np.inf, out[g])
                if out[g, VOLUME] + RHYTHM_CAP < 2.0 * least:
                    continue
        first, last = lifetimes(mine, lives[0], lives[1], lives[2], looks)
        told = sent[mine], seen[mine], first, last, profile, own_share
        _weigh(table, mine, *told, least, out[g])
