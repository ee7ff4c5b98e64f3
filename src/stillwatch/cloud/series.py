"""Series: an hourly volume made ready to be compared: what the hours and the days do not explain.

Everybody's traffic follows the clock, and today looks like yesterday. Ranks take the scale and the
outliers out; the hour of the day, a trend, and what the last hours and the hour a day before said
are taken off by least squares; what is left is close to white, so that two unrelated series agree
by chance only as often as two white ones do (Haugh 1976).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from stillwatch.cloud.telemetry import F64
from stillwatch.model.errors import BadInput

BUCKET_S: Final = 3600
#: fewest buckets, and fewest that hold anything, from which a series says something.
N_BUCKETS: Final = 96
N_BUSY: Final = 36


def bucketed(
    moments: Iterable[tuple[int, float]], from_us: int, until_us: int, bucket_s: int = BUCKET_S
) -> F64:
    """Volumes by bucket.

    Args:
        moments: time in microseconds since 1970-01-01 UTC, and volume.
        from_us: start of the window; a whole bucket.
        until_us: its end.
        bucket_s: width in seconds.

    Returns:
        Shape ``(n_buckets,)``.

    Raises:
        BadInput: the window holds no bucket.
    """
    n = (until_us - from_us) // (bucket_s * 1_000_000)
    if not 1 <= n <= 100_000:
        raise BadInput(f"a window of {n} buckets cannot be compared.", where="window")
    volumes = np.zeros(int(n))
    for moment, volume in moments:
        place = (moment - from_us) // (bucket_s * 1_000_000)
        if 0 <= place < n:
            volumes[place] += volume
    return volumes


def ready(volumes: F64) -> F64 | None:
    """What the clock and the past do not explain, of length 1; nothing where too little is there.

    Args:
        volumes: shape ``(n_buckets,)``, not negative.

    Returns:
        Shape ``(n_buckets,)``, mean about 0 and Euclidean length 1.
    """
    n = len(volumes)
    if n < N_BUCKETS or int((volumes > 0).sum()) < N_BUSY:
        return None
    scores = _scores(volumes)
    hours = np.arange(n) % 24
    wave = [f(2 * np.pi * k * hours / 24) for k in range(1, 5) for f in (np.sin, np.cos)]
    lagged = [_lagged(scores, k) for k in (1, 2, 3, 24)]
    design = np.column_stack([np.ones(n), np.linspace(-1, 1, n), *wave, *lagged])
    solved, *_ = np.linalg.lstsq(design, scores, rcond=None)
    left = scores - design @ solved
    if float(np.std(left)) < 1e-9:
        return None
    left = _scores(left)
    left -= left.mean()
    return np.asarray(left / np.linalg.norm(left))


def _scores(values: F64) -> F64:
    return np.asarray(ndtri(rankdata(values) / (len(values) + 1)))


def _lagged(values: F64, k: int) -> F64:
    return np.concatenate((np.zeros(k), values[:-k]))
