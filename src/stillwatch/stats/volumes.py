"""Equal volumes: how much likelier members' request counts are if they share one load."""

from __future__ import annotations

from math import exp, lgamma, log, log1p

import numba as nb
import numpy as np

from stillwatch.stats.likelihood import LN2, STRAY_SHARE, _either, _mix_ln, _or_stray

#: from this expected count on, that a member was seen at all tells nothing.
SURELY_SEEN = 60.0
#: dispersion (squared coefficient of variation) of member volumes inside a pool.
POOL_PHI = np.array([0.0003, 0.003, 0.015])
#: the same among unrelated members, and how often; equal volumes do occur innocently.
OWN_PHI = np.array([0.03, 0.08, 0.2, 0.5, 1.2, 3.0])
OWN_PHI_SHARE = np.array([0.03, 0.07, 0.15, 0.25, 0.25, 0.25])
#: of those, the first ones that an operator gives its accounts who deals unevenly. That is
#: granted as often as people are so much alike, so that it speaks neither for nor against.
N_UNEVEN = 2
#: every dispersion, from the least.
PHI = np.concatenate((POOL_PHI, OWN_PHI))


@nb.njit(cache=True)
def _ln_coefficient(count, r):  # type: ignore[no-untyped-def]
    """ln of the negative binomial's coefficient."""
    return lgamma(count + r) - lgamma(r) - lgamma(count + 1.0)


@nb.njit(cache=True)
def _negative_binomial(count, mean, phi):  # type: ignore[no-untyped-def]
    """ln P(count) for mean ``mean`` and dispersion ``phi``; natural log."""
    r = 1.0 / phi
    return _ln_coefficient(count, r) + r * log(r / (r + mean)) + count * log(mean / (r + mean))


@nb.njit(cache=True)
def _ln_seen(mean, phi, least):  # type: ignore[no-untyped-def]
    """ln of the chance that a member sent ``least`` or more, without which it is not known."""
    unseen = 0.0
    for fewer in range(least):
        unseen += exp(_negative_binomial(float(fewer), mean, phi))
    return log1p(-min(unseen, 1.0 - 1e-12))


@nb.njit(cache=True)
def _known_from(counts):  # type: ignore[no-untyped-def]
    """Requests that every member had to send before it could be known: at most three."""
    return int(max(min(counts.min(), 3.0), 0.0))


@nb.njit(cache=True)
def shared_rate(counts, exposure):  # type: ignore[no-untyped-def]
    """Requests per unit of exposure of the typical member; strays do not move it."""
    middle = np.median(counts / exposure)
    near = (counts <= 3.0 * middle * exposure + 3.0) & (3.0 * counts + 3.0 >= middle * exposure)
    if near.sum() == 0:
        return counts.sum() / exposure.sum()
    return counts[near].sum() / exposure[near].sum()


#: a member is a stray where a volume of its own fits this much better, natural log.
STRAY_LN = 2.08
_R = 1.0 / PHI
_LN_R = np.log(_R)
#: counts below this have their coefficients in a table.
_MANY = 2048


_LN_COEFFICIENT = np.array(
    [[_ln_coefficient.py_func(n, r) for r in _R.tolist()] for n in range(_MANY)]
)


@nb.njit(cache=True, nogil=True)
def volume_fits(counts, exposure):  # type: ignore[no-untyped-def]
    """How well members' volumes fit the group's rate and volumes of their own.

    Args:
        counts: ``(n,)`` requests of each member, >= 0. Nobody is known who sent nothing, nor linked
            by a habit who sent one or two: where no member sent fewer than three, that is
            held against the equality of small counts.
        exposure: ``(n,)`` how long each member could have been used, > 0, any unit.

    Returns:
        ln likelihoods: ``(n, POOL_PHI.size)`` in a pool of each dispersion, ``(n,)`` alone, and
        ``(OWN_PHI.size,)`` of all members together where all differ alike.
    """
    rate = shared_rate(counts, exposure)
    least = _known_from(counts)
    pool = np.empty((counts.size, POOL_PHI.size))
    alone = np.empty(counts.size)
    together = np.zeros(OWN_PHI.size)
    terms = np.empty(OWN_PHI.size)
    for i in range(counts.size):
        mean = max(rate * exposure[i], 1e-9)
        ln_mean, count = log(mean), int(counts[i])
        is_tabled = count < _MANY and count == counts[i]
        for j in range(PHI.size):
            ln_sum = log(_R[j] + mean)
            ln = _R[j] * (_LN_R[j] - ln_sum) + counts[i] * (ln_mean - ln_sum)
            ln += _LN_COEFFICIENT[count, j] if is_tabled else _ln_coefficient(counts[i], _R[j])
            if mean < SURELY_SEEN:
                ln -= _ln_seen(mean, PHI[j], least)
            if j < POOL_PHI.size:
                pool[i, j] = ln
            else:
                terms[j - POOL_PHI.size] = ln
                together[j - POOL_PHI.size] += ln
        alone[i] = _mix_ln(terms, OWN_PHI_SHARE)
    return pool, alone, together


@nb.njit(cache=True, nogil=True)
def strays_of(pool, alone):  # type: ignore[no-untyped-def]
    """How many members fit a volume of their own at least 8 times better than the load."""
    return (alone > pool[:, -1] + STRAY_LN).sum()


@nb.njit(cache=True, nogil=True)
def bits_of_fits(pool, alone, together, stray_share):  # type: ignore[no-untyped-def]
    """Weight for "members share one load equally" from what ``volume_fits`` gives."""
    total = np.zeros(POOL_PHI.size)
    each = 0.0
    for i in range(alone.size):
        each += alone[i]
        for j in range(POOL_PHI.size):
            total[j] += _or_stray(pool[i, j], alone[i], stray_share)
    uneven = OWN_PHI_SHARE[:N_UNEVEN] / 2.0
    even = np.full(POOL_PHI.size, (1.0 - uneven.sum()) / POOL_PHI.size)
    shared = _mix_ln(np.append(total, together[:N_UNEVEN]), np.append(even, uneven))
    return (shared - _either(_mix_ln(together, OWN_PHI_SHARE), each)) / LN2


@nb.njit(cache=True)
def equal_volume_bits(counts, exposure, stray_share=STRAY_SHARE):  # type: ignore[no-untyped-def]
    """Weight for "members share one load equally" from their volumes.

    Args:
        counts: ``(n,)`` requests of each member, >= 0; see ``volume_fits``.
        exposure: ``(n,)`` how long each member could have been used, > 0, any unit.
        stray_share: share of members that may be strays, in (0, 1).

    Returns:
        bits; positive when volumes are as equal as a shared load makes them, a few
        strays aside.
    """
    pool, alone, together = volume_fits(counts, exposure)
    return bits_of_fits(pool, alone, together, stray_share)


@nb.njit(cache=True)
def spread_of_pool(counts, expected):  # type: ignore[no-untyped-def]
    """How probable each dispersion of ``PHI`` is for a pool, all being as probable before.

    Args:
        counts: ``(n,)`` requests of its members, of which a few may be strays.
        expected: ``(n,)`` what each would have sent of an even load, > 0.

    Returns:
        ``(PHI.size,)`` probabilities.
    """
    ln = np.zeros(PHI.size)
    for i in range(counts.size):
        fits = _fits(counts[i], expected[i])
        own = _mix_ln(fits[POOL_PHI.size :], OWN_PHI_SHARE)
        for j in range(PHI.size):
            ln[j] += _or_stray(fits[j], own, STRAY_SHARE)
    chance = np.exp(ln - ln.max())
    return chance / chance.sum()


@nb.njit(cache=True)
def in_pool_ln(counts, expected, spread):  # type: ignore[no-untyped-def]
    """How much likelier each count is of a member of a pool than of anybody, natural log.

    Args:
        counts: ``(n,)`` requests.
        expected: ``(n,)`` what each would have sent of an even load, > 0.
        spread: ``(PHI.size,)`` what ``spread_of_pool`` gives.
    """
    out = np.empty(counts.size)
    for i in range(counts.size):
        fits = _fits(counts[i], expected[i])
        out[i] = _mix_ln(fits, spread) - _mix_ln(fits[POOL_PHI.size :], OWN_PHI_SHARE)
    return out


@nb.njit(cache=True)
def _fits(count, expected):  # type: ignore[no-untyped-def]
    """ln of the chance of a count under each dispersion of ``PHI``."""
    fits = np.empty(PHI.size)
    for j in range(PHI.size):
        fits[j] = _negative_binomial(count, expected, PHI[j])
    return fits
