"""Dealing: how often things repeat on one member if each was dealt out by volume."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp

from stillwatch.stats.likelihood import LN2

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

#: squared coefficient of variation of repeats in a pool: members that come and go.
DISPERSION = 0.05
#: spread of the repeat factor among independent groups, in ln.
OWN_SD = 2.0
_Z = np.linspace(-3.0, 3.0, 61)
_LN_SHARE = -0.5 * _Z**2 - np.log(np.exp(-0.5 * _Z**2).sum())


def _ln_counts(observed: float, mean: F64) -> F64:
    """ln P(observed) of a negative binomial with ``DISPERSION``."""
    r = 1.0 / DISPERSION
    out: F64 = (
        gammaln(observed + r)
        - gammaln(r)
        - gammaln(observed + 1.0)
        + r * np.log(r / (r + mean))
        + observed * np.log(mean / (r + mean))
    )
    return out


def dealt_bits(observed: float, expected: float) -> float:
    """Weight for "repeats are dealt by volume" from pairs on one member.

    Half of the pools deal at random, the other half takes care in some measure not to
    ask one member twice, so that fewer pairs than by volume never speak against a pool
    by more than a bit.

    Args:
        observed: pairs of one prompt on one member, >= 0.
        expected: what dealing by volume gives, > 0.
    """
    fewer = _Z <= 0.0
    passes = logsumexp(
        _ln_counts(observed, expected * np.exp(OWN_SD * _Z[fewer])) + _LN_SHARE[fewer]
    )
    pool = np.logaddexp(_ln_counts(observed, np.array([expected]))[0], passes + LN2) - LN2
    own = logsumexp(_ln_counts(observed, expected * np.exp(OWN_SD * _Z)) + _LN_SHARE)
    return float((pool - own) / LN2)


def expected_pairs(sent: I64, first: I64, last: I64, together: F64) -> float:
    """Pairs of one thing on one member to expect if each was dealt by volume.

    Args:
        sent: ``(n,)`` things on each member.
        first, last: ``(n,)`` spans of time between which each member is dealt to.
        together: ``(n_spans, n_spans)`` pairs of one thing dealt in these two spans, each
            counted from both sides.
    """
    spans = np.arange(together.shape[0])
    alive = (spans >= first[:, None]) & (spans <= last[:, None])
    volume = sent / np.maximum(alive.sum(1), 1)
    shares = alive * volume[:, None]
    shares /= np.maximum(shares.sum(0), 1e-12)
    return float((together * (shares.T @ shares)).sum() / 2.0)
