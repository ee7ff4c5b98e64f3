"""Made jobs of every kind, with what they truly computed, for the estimator and the score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillwatch.cloud.telemetry import Job, Trace
from stillwatch.lab.compute.shapes import KIND_OF, draw_shape, make_trace

FROM_US = 1_767_225_600_000_000


@dataclass(frozen=True, slots=True)
class Made:
    """A made job, its counters, its hidden kind and its true FLOP."""

    job: Job
    trace: Trace
    kind: str
    flop: float


def made_jobs(n_each: int, seed: int, *, shift: float) -> list[Made]:
    """``n_each`` jobs of every hidden kind.

    Args:
        n_each: jobs of a kind.
        seed: of the dice.
        shift: how far the laws are moved from those that the score was fitted on.
    """
    rng = np.random.default_rng([seed, 17])
    found = []
    for kind in KIND_OF:
        for _ in range(n_each):
            hardware, peak = (("A100", 312e12), ("H100", 989.4e12))[int(rng.integers(2))]
            shape = draw_shape(kind, rng, shift=shift, peak_flop_s=peak)
            n_bins = int(rng.integers(180, 4000))
            columns, flop = make_trace(shape, FROM_US, n_bins, rng)
            job = Job(
                job=str(len(found)), account="a", started_us=FROM_US,
                ended_us=FROM_US + n_bins * 60_000_000, n_devices=shape.n_devices,
                hardware=hardware, precision="bf16",
            )  # fmt: skip
            trace = Trace(from_us=FROM_US, step_s=60.0, columns=columns)
            found.append(Made(job, trace, kind, flop))
    return found
