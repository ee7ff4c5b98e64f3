"""When requests come: sittings of people, machines that never sleep, clocks, waves.

Every function gives times in microseconds since 1970 (UTC) and takes, per account, the
interval in which it may send. Hours of the day are the account's own and mean nothing
beyond a rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.lab.ragged import Bools, Ints, within

SECOND, MINUTE, HOUR, DAY = 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One entry an exchange: sender, time, sitting number and place in the sitting."""

    sender: Ints
    sent_us: Ints
    sitting: Ints
    place: Ints

    def __len__(self) -> int:
        """Number of exchanges."""
        return len(self.sender)

    def keep(self, mask: Bools) -> Arrivals:
        """Only the exchanges where ``mask``."""
        return Arrivals(self.sender[mask], self.sent_us[mask], self.sitting[mask], self.place[mask])


def heavy_counts(n: int, mean: float, rng: np.random.Generator, sigma: float = 1.35) -> Ints:
    """Volumes as people's are: lognormal with mean ``mean``, at least 1, shape (n,)."""
    draws = rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, n)
    return np.maximum(1, np.minimum(draws, mean * 60)).astype(np.int64)


def sittings(
    counts: Ints,
    since_us: Ints,
    until_us: Ints,
    peak_hour: Floats,
    rng: np.random.Generator,
    *,
    per_sitting: float = 5.0,
    spread_h: float = 3.2,
    weekend: float = 0.6,
) -> Arrivals:
    """People: sittings around a favourite hour, fewer at weekends, seconds to minutes apart."""
    n_sittings = 1 + rng.poisson(counts / per_sitting)
    sender = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    local = np.floor(rng.random(len(sender)) * n_sittings[sender]).astype(np.int64)
    first = np.cumsum(n_sittings) - n_sittings
    sitting = first[sender] + local
    owner = np.repeat(np.arange(len(counts), dtype=np.int64), n_sittings)
    start = _sitting_starts(
        since_us[owner], until_us[owner], peak_hour[owner], rng, spread_h, weekend
    )
    order = np.argsort(sitting, kind="stable")
    sitting, sender = sitting[order], sender[order]
    sizes = np.bincount(sitting, minlength=int(n_sittings.sum())).astype(np.int64)
    place = within(sizes)
    pace = rng.lognormal(np.log(70 * SECOND), 0.7, len(sizes))
    gaps = rng.exponential(1.0, len(sitting)) * pace[sitting] + 4 * SECOND
    total = np.cumsum(gaps)
    base = np.concatenate([[0.0], total])[np.cumsum(sizes) - sizes]
    sent = start[sitting] + (total - base[sitting]).astype(np.int64)
    return Arrivals(sender, np.minimum(sent, until_us[sender] - 1), sitting, place)


def _sitting_starts(
    since: Ints,
    until: Ints,
    peak: Floats,
    rng: np.random.Generator,
    spread_h: float,
    weekend: float,
) -> Ints:
    raw = since + (rng.random(len(since)) * (until - since)).astype(np.int64)
    day = raw // DAY
    free = ((day + 3) % 7 >= 5) & (rng.random(len(day)) > weekend)
    day = np.where(free, day - rng.integers(1, 4, len(day)), day)
    hour = rng.normal(peak, spread_h) % 24.0
    start = day * DAY + (hour * HOUR).astype(np.int64)
    slip = (rng.exponential(2.0, len(since)) * HOUR).astype(np.int64)
    start = np.where(start < since, since + slip % np.maximum(until - since, 1), start)
    return np.asarray(
        np.where(start >= until, until - 1 - slip % np.maximum(until - since, 1), start)
    )


def steady(counts: Ints, since_us: Ints, until_us: Ints, rng: np.random.Generator) -> Arrivals:
    """Machines: any moment of the interval, day and night alike."""
    sender = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    span = (until_us - since_us)[sender]
    sent = since_us[sender] + (rng.random(len(sender)) * span).astype(np.int64)
    return alone(sender, sent)


def alone(sender: Ints, sent_us: Ints) -> Arrivals:
    """Arrivals that belong to no sitting: each is its own."""
    n = len(sender)
    return Arrivals(sender, sent_us, np.arange(n, dtype=np.int64), np.zeros(n, dtype=np.int64))


def office_hours(
    counts: Ints, since_us: Ints, until_us: Ints, peak_hour: Floats, rng: np.random.Generator
) -> Arrivals:
    """Programs that follow their users: any second, denser by day, thin at weekends."""
    base = steady(counts, since_us, until_us, rng)
    hour = (rng.normal(peak_hour[base.sender], 3.6)) % 24.0
    sent = base.sent_us // DAY * DAY + (hour * HOUR).astype(np.int64)
    idle = ((sent // DAY + 3) % 7 >= 5) & (rng.random(len(sent)) < 0.5)
    sent = np.where(idle, sent - rng.integers(2, 4, len(sent)) * DAY, sent)
    low, high = since_us[base.sender], until_us[base.sender]
    sent = np.where((sent < low) | (sent >= high), base.sent_us, sent)
    return alone(base.sender, sent)


def peak_hours(n: int, rng: np.random.Generator) -> Floats:
    """Favourite hours of ``n`` accounts: three uneven clusters round the clock, shape (n,)."""
    centre = rng.choice([15.0, 20.5, 5.0], n, p=[0.45, 0.33, 0.22])
    return np.asarray(rng.normal(centre, 2.6) % 24.0)


def by_day(
    arrivals: Arrivals, since_us: Ints, until_us: Ints, rng: np.random.Generator
) -> Arrivals:
    """Move each exchange to an hour of its day at which some person of the crowd is awake."""
    hour = rng.normal(peak_hours(len(arrivals), rng), 3.2) % 24.0
    sent = arrivals.sent_us // DAY * DAY + (hour * HOUR).astype(np.int64)
    low, high = since_us[arrivals.sender], until_us[arrivals.sender]
    return alone(arrivals.sender, np.where((sent < low) | (sent >= high), arrivals.sent_us, sent))


def on_the_clock(
    counts: Ints,
    since_us: Ints,
    until_us: Ints,
    every_min: Ints,
    rng: np.random.Generator,
    *,
    lag_s: float = 3.0,
) -> Arrivals:
    """Cron: whole multiples of ``every_min`` minutes plus a few seconds of lag."""
    base = steady(counts, since_us, until_us, rng)
    step = every_min[base.sender] * MINUTE
    sent = (base.sent_us // step) * step
    sent = sent + (rng.exponential(lag_s, len(sent)) * SECOND).astype(np.int64)
    low = since_us[base.sender]
    return alone(base.sender, np.where(sent < low, sent + step, sent))


def nightly(
    counts: Ints,
    since_us: Ints,
    until_us: Ints,
    start_hour: Floats,
    length_h: Floats,
    rng: np.random.Generator,
) -> Arrivals:
    """A job that starts at its hour every night and runs ``length_h`` hours."""
    base = steady(counts, since_us, until_us, rng)
    into = (rng.random(len(base)) * length_h[base.sender] + start_hour[base.sender]) * HOUR
    sent = base.sent_us // DAY * DAY + into.astype(np.int64)
    low, high = since_us[base.sender], until_us[base.sender]
    outside = (sent < low) | (sent >= high)
    return alone(base.sender, np.where(outside, base.sent_us, sent))


def waves(
    n: int,
    since_us: int,
    until_us: int,
    jitter: float,
    rng: np.random.Generator,
    *,
    jobs: np.random.Generator | None = None,
    per_day: float = 9.0,
    length_min: float = 25.0,
) -> Ints:
    """Central dispatch: jobs of some minutes, blurred by ``jitter`` up to no pattern at all.

    Returns ``n`` times. At jitter 0 all requests lie in the jobs; each request escapes to
    any moment with probability ``jitter``, and the jobs' edges blur by jitter x 3 hours.
    The jobs themselves are drawn from ``jobs``, where it is given.
    """
    jobs = rng if jobs is None else jobs
    days = max((until_us - since_us) / DAY, 0.05)
    n_waves = max(1, int(per_day * days))
    start = jobs.integers(since_us, max(until_us - 40 * MINUTE, since_us + 1), n_waves)
    length = jobs.lognormal(np.log(length_min * MINUTE), 0.6, n_waves)
    which = rng.choice(n_waves, n, p=length / length.sum())
    sent = start[which] + (rng.random(n) * length[which]).astype(np.int64)
    sent = sent + (rng.normal(0.0, 1.0, n) * jitter * 3 * HOUR).astype(np.int64)
    free = rng.random(n) < jitter
    anywhere = rng.integers(since_us, until_us, n)
    sent = np.where(free | (sent < since_us) | (sent >= until_us), anywhere, sent)
    return np.asarray(sent, dtype=np.int64)
