"""Likeness: what a job shows of the run that it may be a part of, and what two jobs share.

Benign twins: sweeps (many runs of one team at once), a team's next run, strangers with one recipe
and one clock, work that is preempted and goes on (which is one run, honestly).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Final

import numpy as np
from scipy.stats import norm

from stillwatch.cloud.evidence import bits_of_p
from stillwatch.cloud.rhythm import bursts, busy
from stillwatch.cloud.telemetry import F64, Job, Trace

#: half-widths in which two sizes, or two levels, are taken for the same.
SAME_SIZE: Final = 0.03
#: how far that may be widened where samples are coarse.
MOST_WIDE: Final = 0.18
SAME_LEVEL: Final = (0.06, 0.06, 0.03)
_FIRST_S: Final = 45 * 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What of a job is compared; NaN where it was not measured.

    Args:
        job: the entry of the scheduler.
        saved: natural logarithm of the bytes of a checkpoint.
        restored: natural logarithm of the bytes read when it began; ``-inf`` where it read none.
        restored_sd: standard deviation of that, from what is read beside it all along.
        restored_slack: half of what may have been read beside it, as a share.
        levels: logarithm of fabric bytes/s per device, logarithm of use, share of memory.
        beats_us: when its bursts to outside began, shape ``(n,)``, microseconds.
        step_s: width of the bins behind it, seconds.
    """

    job: Job
    saved: float
    restored: float
    levels: tuple[float, float, float]
    beats_us: F64
    step_s: float
    restored_sd: float = 0.0
    restored_slack: float = 0.0

    @property
    def width(self) -> float:
        """Half-width in which what it read is taken for what another saved."""
        beside = 2.5 * self.restored_sd + self.restored_slack
        return min(MOST_WIDE, max(SAME_SIZE, SAME_SIZE / 2 + beside))


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What speaks for two jobs being one run, in bits.

    Args:
        first: the earlier job's place in the list.
        second: the later one's.
        mode: ``after`` (one follows the other) or ``beside`` (both at once, on one beat).
        bits: by kind of evidence.
        among: number of the class that it was weighed in; -1 for none.
    """

    first: int
    second: int
    mode: str
    bits: dict[str, float]
    among: int = -1

    @property
    def total(self) -> float:
        """Sum over the kinds."""
        return sum(self.bits.values())


def traits_of(job: Job, trace: Trace | None) -> Traits:
    """What of a job is compared with others."""
    nan = float("nan")
    if trace is None or not len(trace):
        return Traits(
            job=job,
            saved=nan,
            restored=nan,
            levels=(nan, nan, nan),
            beats_us=np.zeros(0),
            step_s=60,
        )
    saved = nan
    if (out := trace.get("storage_out_bytes_s")) is not None:
        sizes, _ = bursts(out, trace.step_s, usual_share=0.1)
        saved = log(_one_burst(sizes)) if len(sizes) >= 2 else nan
    restored, spread, slack = _read_first(trace)
    use, memory = busy(trace), trace.get("memory_used_share")
    fabric = trace.get("fabric_bytes_s")
    levels = (
        log(max(_at_work(fabric), 1.0)) if fabric is not None else nan,
        log(max(_at_work(use), 1e-4)) if use is not None else nan,
        float(np.nanmedian(memory)) if memory is not None else nan,
    )
    sent = trace.get("outside_out_bytes_s")
    beats = _beats(sent, trace) if sent is not None else np.zeros(0)
    return Traits(
        job=job,
        saved=saved,
        restored=restored,
        levels=levels,
        beats_us=beats,
        step_s=trace.step_s,
        restored_sd=spread,
        restored_slack=slack,
    )


def _read_first(trace: Trace) -> tuple[float, float, float]:
    """Logarithm of the bytes that were read to begin with, its spread and its slack.

    What is read all along, the data that is trained on, may already be read in the samples of the
    beginning or not yet; the middle of the two is taken, and half of the difference is slack.
    """
    read = trace.get("storage_in_bytes_s")
    if read is None:
        return float("nan"), 0.0, 0.0
    n_first = max(1, min(round(_FIRST_S / trace.step_s), len(read) // 2))
    rest = read[n_first:][np.isfinite(read[n_first:])]
    usual = float(np.median(rest)) if len(rest) else 0.0
    begin = np.nan_to_num(read[:n_first])
    high = begin > 5 * usual
    beside = usual * int(high.sum()) * trace.step_s
    first = float(begin[high].sum() * trace.step_s) - beside / 2
    if not first > 1e8:
        return float("-inf"), 0.0, 0.0
    low, top = np.percentile(rest, [16, 84]) if len(rest) > 8 else (0.0, 0.0)
    spread = float((top - low) / 2 * trace.step_s * np.sqrt(high.sum()) / first)
    return log(first), spread, beside / 2 / first


def _one_burst(sizes: F64) -> float:
    """Bytes of one burst: where samples are coarse two may run into one, and weigh twice."""
    return float(np.median(sizes[sizes <= 1.5 * np.percentile(sizes, 10)]))


def _at_work(values: F64) -> float:
    """The level at which a job works, whatever share of the samples holds a stop.

    Stops to save fill a whole sample where samples are coarse, and how deep they look is the
    sampler's; so it is the median of the samples that are above half of a high one.
    """
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0
    return float(np.median(known[known >= 0.5 * np.percentile(known, 95)]))


def beside(a: Traits, b: Traits) -> dict[str, float] | None:
    """Bits for two jobs at once being one run that keeps a beat; nothing where they are not."""
    start = max(a.job.started_us, b.job.started_us)
    end = min(a.job.ended_us, b.job.ended_us)
    shorter = min(a.job.ended_us - a.job.started_us, b.job.ended_us - b.job.started_us)
    if shorter <= 0 or (end - start) < 0.5 * shorter:
        return None
    beat = _one_beat(a, b, start, end)
    if beat is None:
        return None
    bits = {"beat": beat}
    if (same := same_recipe(a, b)) is not None:
        bits["recipe"] = 3.0 if same else -3.0
    return bits


def same_recipe(a: Traits, b: Traits) -> bool | None:
    """Whether two jobs stand at the same levels; nothing where that cannot be compared."""
    if a.job.n_devices != b.job.n_devices or a.job.hardware != b.job.hardware:
        return None
    apart = [abs(x - y) / s for x, y, s in zip(a.levels, b.levels, SAME_LEVEL, strict=True)]
    if any(np.isnan(x) for x in apart):
        return None
    return max(apart) < 3.0


def _beats(sent: F64, trace: Trace) -> F64:
    known = np.nan_to_num(sent)
    top = float(known.max(initial=0.0))
    if top < 1e6 or float(np.median(known)) > 0.25 * top:
        return np.zeros(0)
    high = known > 0.3 * top
    starts = np.flatnonzero(np.diff(np.concatenate(([0], high.astype(np.int8)))) == 1)
    return np.asarray(trace.from_us + starts * trace.step_s * 1e6, np.float64)


def _one_beat(a: Traits, b: Traits, start_us: float, end_us: float) -> float | None:
    """Bits from the unevenness of two beats going together.

    Two clocks of one period say nothing (everybody saves on the hour); that the same gaps are
    long and the same are short does.
    """
    x = a.beats_us[(a.beats_us >= start_us) & (a.beats_us < end_us)]
    y = b.beats_us[(b.beats_us >= start_us) & (b.beats_us < end_us)]
    if min(len(x), len(y)) < 20:
        return None
    near = np.searchsorted(y, x)
    near = np.clip(near, 1, len(y) - 1)
    near = np.where(np.abs(y[near - 1] - x) < np.abs(y[near] - x), near - 1, near)
    ok = np.abs(y[near] - x) <= 1.5e6 * max(a.step_s, b.step_s)
    if ok.mean() < 0.8:
        return None
    one, other = np.diff(x[ok]), np.diff(y[near[ok]])
    one, other = one - np.median(one), other - np.median(other)
    if min(one.std(), other.std()) < 0.5e6 * max(a.step_s, b.step_s):
        return None
    # Marking the same bin twice makes shared rounding; half of it is taken off.
    r = float(np.corrcoef(one, other)[0, 1])
    p = float(norm.sf(max(r - 0.25, 0.0) * np.sqrt(len(one)))) if r > 0 else 1.0
    return bits_of_p(p)
