"""Bayes factors in bits for groups: equal volumes, a shared profile, a common burst.

Every function compares "these members draw from one pool" with "each member has a
character of its own" and integrates both over a grid of dispersions, so that a
positive number is log2 odds for the pool and a negative one against it.
"""

from __future__ import annotations

from math import lgamma, log

import numba as nb
import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

LN2 = log(2.0)


#: share of a pool's members that may be strays with a character of their own.
STRAY_SHARE = 0.04


#: concentration of a member's profile around the group's, inside a pool.
POOL_KAPPA = np.array([60.0, 400.0, 20000.0])
#: the same among unrelated members; :func:`fit_concentration` measures the shares.
OWN_KAPPA = np.array([0.3, 1.0, 3.0, 10.0, 30.0, 200.0, 3000.0])
#: least share granted to each: groups of jobs that keep one clock are never rare.
OWN_KAPPA_LEAST = 0.05


@nb.njit(cache=True)
def _mix_ln(terms, shares):  # type: ignore[no-untyped-def]
    top = terms.max()
    total = 0.0
    for i in range(terms.size):
        total += shares[i] * np.exp(terms[i] - top)
    return top + log(total)


@nb.njit(cache=True)
def _or_stray(pool, own, stray_share):  # type: ignore[no-untyped-def]
    """ln of a member's likelihood when it may be a stray that only looks alike."""
    top = max(pool, own)
    return top + log((1.0 - stray_share) * np.exp(pool - top) + stray_share * np.exp(own - top))


@nb.njit(cache=True)
def _either(together, each):  # type: ignore[no-untyped-def]
    """ln of the null: members alike in how they differ, or every one differently."""
    top = max(together, each)
    return top + log(0.5 * np.exp(together - top) + 0.5 * np.exp(each - top))


@nb.njit(cache=True)
def _dirichlet_multinomial(row, base, kappa, scale):  # type: ignore[no-untyped-def]
    """ln P(row) up to the multinomial coefficient, for base measure ``base / scale``."""
    total = 0.0
    out = 0.0
    for b in range(row.size):
        c = row[b]
        if c > 0:
            a = kappa * base[b] / scale
            if c == 1:
                out += log(a)
            elif kappa > 1e4:
                out += c * log(a + 0.5 * (c - 1))
            else:
                out += lgamma(a + c) - lgamma(a)
            total += c
    return out + lgamma(kappa) - lgamma(kappa + total)


@nb.njit(cache=True)
def shared_profile_bits(table, first, last, prior, own_share, stray_share=STRAY_SHARE):  # type: ignore[no-untyped-def]
    """Weight for "members draw from one profile" from a table of counts.

    Each member is compared with the profile of the *other* members, smoothed by the
    population's.

    Args:
        table: ``(n, n_bins)`` counts of each member in each bin.
        first, last: ``(n,)`` first and last bin in which the member could have acted.
        prior: ``(n_bins,)`` the population's profile, sums to 1, all > 0.
        own_share: ``(OWN_KAPPA.size,)`` how often unrelated members have each
            concentration; sums to 1.
        stray_share: share of members that may be strays, in (0, 1).

    Returns:
        bits; negative when the member's name tells its bins.
    """
    n, n_bins = table.shape
    total = np.zeros(n_bins)
    for i in range(n):
        for b in range(n_bins):
            total[b] += table[i, b]
    pool = np.zeros(POOL_KAPPA.size)
    own = np.zeros(OWN_KAPPA.size)
    terms = np.empty(OWN_KAPPA.size)
    each = 0.0
    base = np.empty(n_bins)
    weight = min(20.0, 0.1 * total.sum() + 1.0)
    for i in range(n):
        scale = 0.0
        for b in range(n_bins):
            if b < first[i] or b > last[i]:
                base[b] = 1e-6
            else:
                base[b] = total[b] - table[i, b] + weight * prior[b]
            scale += base[b]
        for j in range(OWN_KAPPA.size):
            terms[j] = _dirichlet_multinomial(table[i], base, OWN_KAPPA[j], scale)
            own[j] += terms[j]
        alone = _mix_ln(terms, own_share)
        each += alone
        for j in range(POOL_KAPPA.size):
            pool[j] += _or_stray(
                _dirichlet_multinomial(table[i], base, POOL_KAPPA[j], scale), alone, stray_share
            )
    even = np.full(POOL_KAPPA.size, 1.0 / POOL_KAPPA.size)
    return (_mix_ln(pool, even) - _either(_mix_ln(own, own_share), each)) / LN2


@nb.njit(cache=True)
def fit_concentration(table, prior):  # type: ignore[no-untyped-def]
    """How often members of a population have each concentration of ``OWN_KAPPA``.

    Args:
        table: ``(n, n_bins)`` counts of a sample of members.
        prior: ``(n_bins,)`` the population's profile.

    Returns:
        ``(OWN_KAPPA.size,)`` shares, each at least about ``OWN_KAPPA_LEAST``, sum 1.
    """
    votes = np.ones(OWN_KAPPA.size)
    for i in range(table.shape[0]):
        best = 0
        top = -np.inf
        for j in range(OWN_KAPPA.size):
            value = _dirichlet_multinomial(table[i], prior, OWN_KAPPA[j], 1.0)
            if value > top:
                top = value
                best = j
        votes[best] += 1.0
    votes /= votes.sum()
    votes = np.maximum(votes, OWN_KAPPA_LEAST)
    return votes / votes.sum()


@nb.njit(cache=True)
def burst_ln(ranks, stray_share):  # type: ignore[no-untyped-def]
    """ln of the odds for "members appeared in one burst" from their ranks in the population.

    A window of width ``2 ** -k`` on the rank scale holds most members under the
    burst, each member is uniform otherwise; the weight pays for choosing the window's
    width and place.

    Args:
        ranks: ``(n,)`` positions in (0, 1) among all openings, sorted ascending.
        stray_share: share of members that may lie outside the burst, in (0, 1).

    Returns:
        natural logarithm of the odds, before innocent cohorts are granted.
    """
    n = ranks.size
    best = -np.inf
    n_widths = 12
    for k in range(2, 2 + n_widths):
        width = 0.5**k
        inside = 0
        lo = 0
        for hi in range(n):
            while ranks[hi] - ranks[lo] > width:
                lo += 1
            inside = max(inside, hi - lo + 1)
        value = inside * log((1 - stray_share) / width + stray_share)
        value += (n - inside) * log(stray_share) + log(width) - log(float(n_widths))
        best = max(best, value)
    return best


@nb.njit(cache=True)
def granted_bits(ln, innocent_share):  # type: ignore[no-untyped-def]
    """Bits of odds after granting that a share of innocent groups looks alike.

    Args:
        ln: natural logarithm of the odds, any sign.
        innocent_share: in (0, 1).
    """
    ratio = np.exp(min(ln, 600.0))
    return (
        log(ratio / (1.0 - innocent_share + innocent_share * ratio)) / LN2 if ratio > 0 else -50.0
    )


@nb.njit(cache=True)
def burst_bits(ranks, stray_share, innocent_share):  # type: ignore[no-untyped-def]
    """Weight for "members appeared in one burst", see ``burst_ln``, as innocent cohorts allow.

    Args:
        ranks: ``(n,)`` positions in (0, 1) among all openings, sorted ascending.
        stray_share: share of members that may lie outside the burst, in (0, 1).
        innocent_share: how often an innocent group is a cohort, in (0, 1).

    Returns:
        bits, at most ``-log2(innocent_share)``.
    """
    return granted_bits(burst_ln(ranks, stray_share), innocent_share)


def scan_bits(inside: int, total: int, width: float, innocent_share: float) -> float:
    """Weight for a burst that was *chosen* among a larger group's members.

    The scan statistic ``n KL(k / n || w)`` of the whole group, less what choosing the
    window's width and place costs.

    Args:
        inside: members of the larger group in the window, ``k``.
        total: members of the larger group, ``n`` >= ``k``.
        width: share of the population that the window holds, in (0, 1).
        innocent_share: how often an innocent group is a cohort, in (0, 1).
    """
    share = inside / total
    if share <= width:
        return 0.0
    ln = inside * log(share / width)
    if inside < total:
        ln += (total - inside) * log((1.0 - share) / (1.0 - width))
    ln += log(width) - log(12.0)
    ratio = float(np.exp(min(ln, 600.0)))
    return max(0.0, float(np.log2(ratio / (1.0 - innocent_share + innocent_share * ratio))))


def poisson_deficit_bits(observed: int, expected: float) -> float:
    """Weight for "fewer than chance" of a Poisson count: log2 of its likelihood ratio.

    The alternative draws without replacement (rate ``expected / 20``).
    """
    if expected <= 0:
        return 0.0
    low = expected / 20.0
    return float((observed * log(low / expected) - (low - expected)) / LN2)


@nb.njit(cache=True)
def shared_trait_ln(has, by_chance):  # type: ignore[no-untyped-def]
    """ln of the odds for "members share traits from one stock", Fellegi-Sunter over members.

    Args:
        has: ``(n,)`` 1 where a member shares a trait with another member.
        by_chance: ``(n,)`` how probable that is for a stranger, in (0, 1].
    """
    rates = (0.05, 0.2, 0.5, 0.9)
    terms = np.zeros(5)
    for i in range(has.size):
        q = min(max(by_chance[i], 1e-9), 1.0)
        for j in range(4):
            p = rates[j] + (1.0 - rates[j]) * q
            if has[i] > 0:
                terms[j] += log(p / q)
            elif q < 1.0:
                terms[j] += log((1.0 - p) / (1.0 - q))
    shares = np.array([0.125, 0.125, 0.125, 0.125, 0.5])
    return _mix_ln(terms, shares)


@nb.njit(cache=True)
def shared_trait_bits(has, by_chance, innocent_share):  # type: ignore[no-untyped-def]
    """Weight for "members share traits from one stock", see ``shared_trait_ln``.

    Args:
        has: ``(n,)`` 1 where a member shares a trait with another member.
        by_chance: ``(n,)`` how probable that is for a stranger, in (0, 1].
        innocent_share: how often innocent groups share such traits all the same.

    Returns:
        bits between about -1 and ``-log2(innocent_share)``. Sharing nothing is no
        evidence against: an operator may buy every trait anew.
    """
    ln = min(shared_trait_ln(has, by_chance), 600.0)
    ratio = np.exp(ln)
    return log(ratio / (1.0 - innocent_share + innocent_share * ratio)) / LN2


def chance_of_sharing(held: F64, unseen: float, n_members: int, n_strangers: int) -> F64:
    """``(n,)`` how probable it is that a stranger shares one of a member's traits.

    Args:
        held: ``(n,)`` holders outside of each member's traits, summed.
        unseen: holders assumed outside of what nobody outside was seen with, > 0.
        n_members: members of the group.
        n_strangers: accounts that a member might have met by chance, > 0.
    """
    out: F64 = 1.0 - np.exp(-(n_members - 1) * (held + unseen) / n_strangers)
    return out


def more_than_chance(
    hits: npt.NDArray[np.bool_] | I64, by_chance: float | F64, innocent_share: float
) -> float:
    """Weight for "members do this because of one hand" from who does it.

    Args:
        hits: ``(n,)`` which members do it.
        by_chance: how probable that is for others, in (0, 1); one number or ``(n,)``.
        innocent_share: how often innocent groups do it all the same, in (0, 1).

    Returns:
        bits between -1 and ``-log2(innocent_share)``.
    """
    chance = np.broadcast_to(np.asarray(by_chance, np.float64), hits.shape).copy()
    return float(shared_trait_bits(hits.astype(np.float64), chance, innocent_share))
