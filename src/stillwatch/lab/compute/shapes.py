"""Shapes: counters of a made job, by the kind of its work, with what it truly computed.

The laws of the counters are drawn, not those that the estimator assumes: the share of the peak
that a unit of tensor-pipe activity reaches is Beta, and the sampler has holes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
RNG = np.random.Generator

#: hidden kinds; the room knows training, inference and batch.
KIND_OF = {
    "pretrain": "training",
    "finetune": "training",
    "rl": "training",
    "starved": "training",
    "serving": "inference",
    "offline": "inference",
    "agents": "inference",
    "simulation": "batch",
    "render": "batch",
    "notebook": "batch",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a made job is like.

    Args:
        kind: one of ``KIND_OF``.
        n_devices: accelerators.
        peak_flop_s: dense peak of one.
        level: mean activity of the tensor pipe while it computes, in (0, 1).
        reach: share of the peak reached for a unit of that.
        memory: share of the memory in use.
        fabric_bytes_s: per device, while it computes.
        checkpoint_bytes: written at each checkpoint; 0 for none.
        checkpoint_s: between two of them.
        restore_bytes: read when it begins.
        wobble: how uneven the work is.
        phase_h: hour of the day at which those who ask are most.
        beats_us: moments of synchronisation with jobs elsewhere.
        beat_bytes: sent to outside at each.
    """

    kind: str
    n_devices: int
    peak_flop_s: float
    level: float
    reach: float
    memory: float
    fabric_bytes_s: float
    checkpoint_bytes: float = 0.0
    checkpoint_s: float = 1800.0
    restore_bytes: float = 0.0
    wobble: float = 0.04
    phase_h: float = 14.0
    beats_us: tuple[int, ...] = ()
    beat_bytes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTruth:
    """What a made job truly was.

    Args:
        job: its id.
        account: who is billed.
        kind: hidden kind.
        run: which run it is a part of; empty where it trains nothing.
        flop: what it computed.
        started_us: when it began.
        ended_us: when it ended.
        n_devices: accelerators.
    """

    job: str
    account: str
    kind: str
    run: str
    flop: float
    started_us: int
    ended_us: int
    n_devices: int


def draw_shape(kind: str, rng: RNG, *, shift: float = 0.0, peak_flop_s: float = 312e12) -> Shape:
    """A shape of a kind.

    Args:
        kind: one of ``KIND_OF``.
        rng: dice.
        shift: how far the laws are moved from those that the score was fitted on, in [0, 1].
        peak_flop_s: dense peak of a device.
    """
    n = int(2 ** rng.integers(2, 7))
    model_bytes = float(2 ** rng.uniform(30, 38))
    reach = float(rng.beta(40, 7) * (1 - 0.08 * shift))
    base = Shape(
        kind=kind, n_devices=n, peak_flop_s=peak_flop_s,
        level=float(np.clip(rng.normal(0.46 - 0.06 * shift, 0.08), 0.12, 0.85)),
        reach=reach, memory=float(rng.uniform(0.7, 0.97)),
        fabric_bytes_s=float(np.exp(rng.normal(23.2 - 0.6 * shift, 0.5))),
        checkpoint_bytes=7 * model_bytes, checkpoint_s=float(rng.uniform(600, 5400)),
        restore_bytes=model_bytes, wobble=float(rng.uniform(0.02, 0.07) * (1 + shift)),
        phase_h=float(rng.uniform(0, 24)),
    )  # fmt: skip
    if kind in ("pretrain", "finetune"):
        return base
    if kind == "rl":
        return replace(base, level=base.level * 0.6, wobble=0.3)
    if kind == "starved":
        return replace(base, level=base.level * 0.45, wobble=0.35)
    if kind == "simulation":
        return replace(
            base, level=float(rng.uniform(0.0, 0.12)), reach=0.5,
            fabric_bytes_s=float(np.exp(rng.normal(21.5, 0.8))),
            memory=float(rng.uniform(0.1, 0.6)),
        )  # fmt: skip
    quiet = replace(base, checkpoint_bytes=0.0, restore_bytes=model_bytes)
    if kind == "serving":
        return replace(quiet, level=float(rng.uniform(0.05, 0.3)), fabric_bytes_s=3e9)
    if kind == "offline":
        return replace(quiet, level=float(rng.uniform(0.2, 0.5)), fabric_bytes_s=4e9, wobble=0.12)
    if kind == "agents":
        return replace(quiet, level=float(rng.uniform(0.02, 0.15)), fabric_bytes_s=2e9, wobble=0.5)
    if kind == "render":
        return replace(quiet, level=0.01, fabric_bytes_s=2e6, memory=0.3, wobble=0.4)
    return replace(quiet, level=float(rng.uniform(0.01, 0.1)), fabric_bytes_s=1e7, wobble=1.0)


def make_trace(
    shape: Shape, from_us: int, n_bins: int, rng: RNG, *, step_s: float = 60.0, holes: float = 0.03
) -> tuple[dict[str, F64], float]:
    """Counters of a job, and what it computed in FLOP.

    Args:
        shape: what it is like.
        from_us: when it began.
        n_bins: how long it ran.
        rng: dice.
        step_s: seconds between samples.
        holes: share of samples that were lost.
    """
    t = np.arange(n_bins, dtype=np.float64) * step_s
    work = _work(shape, t, from_us, rng)
    tensor = np.clip(shape.level * work, 0.0, 1.0)
    flop = float(
        tensor.sum() * step_s * shape.reach * shape.peak_flop_s * shape.n_devices
        * np.exp(rng.normal(0, 0.03))
    )  # fmt: skip
    training = KIND_OF[shape.kind] == "training" or shape.kind == "simulation"
    out = np.abs(rng.normal(2e4, 1e4, n_bins))
    read = np.abs(rng.normal(3e6, 1e6, n_bins)) * (work > 0.1)
    if shape.checkpoint_bytes and training:
        _spread_bursts(out, shape, step_s, rng)
    if shape.restore_bytes:
        n_first = max(1, round(min(600.0, 60 + shape.restore_bytes / 5e9) / step_s))
        read[:n_first] += shape.restore_bytes * _noise(rng) / (n_first * step_s)
    sent = np.abs(rng.normal(1e4, 5e3, n_bins))
    if shape.beats_us:
        for beat in shape.beats_us:
            place = int((beat - from_us) / 1e6 // step_s)
            if 0 <= place < n_bins:
                sent[place] += shape.beat_bytes / step_s
    asked = KIND_OF[shape.kind] == "inference"
    came = np.abs(rng.normal(4e4, 2e4, n_bins)) * (np.exp(rng.normal(3, 1)) * work if asked else 1)
    if shape.kind == "agents":
        came *= 5
    sm = np.clip(tensor * rng.uniform(1.6, 2.2) + 0.05 * (work > 0.05), 0, 1)
    util = np.clip(
        np.where(work > 0.05, 0.9 + 0.1 * rng.random(n_bins), 0.3 * rng.random(n_bins)), 0, 1
    )
    if KIND_OF[shape.kind] != "training":
        util = np.clip(work * rng.uniform(0.4, 1.0), 0, 1)
    drift = np.cumsum(rng.normal(0, 0.02, n_bins)) if shape.kind == "notebook" else 0.0
    columns = {
        "tensor_active_share": tensor * np.exp(rng.normal(0, 0.02, n_bins)),
        "sm_active_share": sm,
        "gpu_util_share": util,
        "memory_used_share": np.clip(shape.memory + rng.normal(0, 0.004, n_bins) + drift, 0, 1),
        "power_w": 90 + 320 * np.clip(work * (0.4 + shape.level), 0, 1),
        "fabric_bytes_s": shape.fabric_bytes_s * work * np.exp(rng.normal(0, 0.02, n_bins)),
        "outside_in_bytes_s": came,
        "outside_out_bytes_s": sent,
        "storage_in_bytes_s": read,
        "storage_out_bytes_s": out,
    }
    lost = rng.random(n_bins) < holes
    for name in ("tensor_active_share", "sm_active_share", "gpu_util_share", "memory_used_share"):
        columns[name] = np.where(lost, np.nan, np.clip(columns[name], 0, 1))
    return columns, flop


def _work(shape: Shape, t: F64, from_us: int, rng: RNG) -> F64:
    """How much of its usual work a job does in each bin, about 1."""
    n = len(t)
    step_s = t[1] - t[0] if n > 1 else 60.0
    noise = np.exp(rng.normal(0, shape.wobble, n) - shape.wobble**2 / 2)
    kind = KIND_OF[shape.kind]
    if kind == "training" or shape.kind == "simulation":
        work = noise
        dip = (t % shape.checkpoint_s) < max(step_s, 90.0)
        dip[: max(1, round(120 / step_s))] = True
        work = np.where(dip, work * rng.uniform(0.05, 0.3), work)
        if shape.kind == "rl":
            work = work * np.where((t // 420).astype(int) % 2 == 0, 0.35, 1.4)
        if rng.random() < 0.25 and n > 200:
            at = int(rng.integers(50, n - 40))
            work[at : at + int(rng.integers(5, 30))] = 0.0
        return np.asarray(work)
    hour = (from_us / 1e6 + t) / 3600
    swing = 1 + 0.75 * np.cos(2 * np.pi * (hour - shape.phase_h) / 24)
    if shape.kind == "offline":
        swing = np.ones(n) * np.where(rng.random(n) < 0.03, 0.2, 1.0)
    if shape.kind in ("notebook", "render", "agents"):
        length = max(1, round(1800 / step_s))
        on = np.repeat(rng.random(n // length + 1) < 0.45, length)[:n]
        swing = swing * on if shape.kind == "notebook" else np.where(on, swing, 0.15 * swing)
    return np.asarray(np.clip(swing * noise, 0, 3))


def _spread_bursts(out: F64, shape: Shape, step_s: float, rng: RNG) -> None:
    """Write a checkpoint at each of its times, for a minute or a few, over the bins it falls in."""
    n = len(out)
    for begin in np.arange(shape.checkpoint_s, n * step_s, shape.checkpoint_s):
        size = shape.checkpoint_bytes * _noise(rng)
        lasts_s = float(rng.uniform(20, 90)) + min(240.0, shape.checkpoint_bytes / 2e10)
        first, last = int(begin // step_s), int((begin + lasts_s) // step_s)
        for place in range(first, min(last, n - 1) + 1):
            inside_s = min(begin + lasts_s, (place + 1) * step_s) - max(begin, place * step_s)
            out[place] += size * inside_s / lasts_s / step_s


def _noise(rng: RNG) -> float:
    """Logs, metrics and metadata beside the bytes of a checkpoint."""
    return float(1 + abs(rng.normal(0, 0.004)))
