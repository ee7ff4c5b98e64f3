"""Rhythm: training told from inference and batch work by how the counters move.

Training keeps the devices busy and even, stops for checkpoints and evaluations at regular times,
exchanges gradients over the fabric at a steady rate and holds its memory. Inference follows
whoever asks: hours of the day, uneven fabric, traffic from outside. Batch work is neither.

The score is a multinomial logistic regression over the features below; its numbers are data, with
the day and the way they were fitted, and its error rates are measured on worlds it never saw.

Evasion: a training loop can be made to idle and burst like inference; every idle second costs the
sender a second of its devices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import Any, Final

import numpy as np

from stillwatch.cloud.telemetry import F64, Trace
from stillwatch.model.errors import BadInput

KINDS: Final = ("training", "inference", "batch")
FEATURES: Final = (
    "tensor_level", "evenness", "idle_share", "dip_period", "fabric_level", "fabric_evenness",
    "memory_drift", "write_bursts", "write_regularity", "hour_of_day", "outside_level",
)  # fmt: skip
#: fewest bins with a counter of use from which a rhythm can be told.
N_BINS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmModel:
    """The numbers of the score.

    Args:
        mean: of each feature, shape ``(n_features,)``.
        scale: standard deviation of each, same shape.
        weights: shape ``(n_kinds, n_features)``.
        bias: shape ``(n_kinds,)``.
        errors: measured: share of each true kind that was called training, and of training that
            was missed; with how it was measured.
    """

    mean: F64
    scale: F64
    weights: F64
    bias: F64
    errors: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a job's rhythm says.

    Args:
        p: probability by kind; empty where it could not be looked at.
        why_not: why not; empty where it could.
        n_absent: features that nothing was measured for; each was taken as average.
    """

    p: Mapping[str, float]
    why_not: str = ""
    n_absent: int = 0

    @property
    def best(self) -> str:
        """The likeliest kind, or ``unknown``."""
        return max(self.p, key=lambda kind: self.p[kind]) if self.p else "unknown"


def rhythm_model_from(told: Mapping[str, Any]) -> RhythmModel:
    """The numbers that a parsed TOML file holds.

    Raises:
        BadInput: a number is missing, or the features are not ours.
    """
    try:
        if tuple(told["features"]) != FEATURES or tuple(told["kinds"]) != KINDS:
            raise ValueError("features or kinds are not those of this version")
        model = RhythmModel(
            mean=np.array(told["mean"], float),
            scale=np.array(told["scale"], float),
            weights=np.array(told["weights"], float),
            bias=np.array(told["bias"], float),
            errors=dict(told.get("errors", {})),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no score of rhythm: {error}.", where="rhythm") from error
    shapes = {model.mean.shape, model.scale.shape, model.weights.shape[1:]}
    if shapes != {(len(FEATURES),)} or model.bias.shape != (len(KINDS),):
        raise BadInput("numbers of a score of rhythm have the wrong shape.", where="rhythm")
    return model


def kind_of(trace: Trace | None, model: RhythmModel) -> Kind:
    """What kind of work a job's counters show."""
    told = features(trace)
    if isinstance(told, str):
        return Kind(p={}, why_not=told)
    absent = ~np.isfinite(told)
    scaled = np.where(absent, 0.0, (told - model.mean) / model.scale)
    scores = model.weights @ np.clip(scaled, -6, 6) + model.bias
    raised = np.exp(scores - scores.max())
    shares = raised / raised.sum()
    return Kind(
        p={kind: float(p) for kind, p in zip(KINDS, shares, strict=True)},
        n_absent=int(absent.sum()),
    )


def features(trace: Trace | None) -> F64 | str:
    """The features in the order of :data:`FEATURES`, NaN where nothing was measured; or why not.

    Returns:
        Shape ``(n_features,)``, or a sentence.
    """
    use = busy(trace)
    if trace is None or use is None:
        return "no counter of the devices' use"
    n_seen = int(np.isfinite(use).sum())
    if n_seen < N_BINS:
        return f"only {n_seen} samples of the devices' use; {N_BINS} are needed"
    seen = use[np.isfinite(use)]
    active = seen[seen > 0.02]
    level = float(active.mean()) if len(active) else 0.0
    fabric = trace.get("fabric_bytes_s")
    memory = trace.get("memory_used_share")
    out = trace.get("storage_out_bytes_s")
    outside = trace.get("outside_in_bytes_s")
    tensor = trace.get("tensor_active_share")
    sizes, gaps = bursts(out, trace.step_s) if out is not None else (None, None)
    nan = float("nan")
    return np.array([
        float(np.nanmean(tensor)) if tensor is not None else nan,
        _spread(active) if len(active) > 5 else 2.0,
        float((seen <= 0.02).mean()),
        _periodic(seen),
        _log10(float(np.nanmean(fabric))) if fabric is not None else nan,
        _spread(fabric[np.isfinite(fabric)]) if fabric is not None and level > 0 else nan,
        float(np.nanstd(memory)) if memory is not None else nan,
        log(1 + len(sizes)) if sizes is not None else nan,
        _regularity(gaps) if gaps is not None else nan,
        _hour_share(use, trace),
        _log10(float(np.nanmean(outside))) if outside is not None else nan,
    ])  # fmt: skip


def busy(trace: Trace | None) -> F64 | None:
    """The surest counter of use that there is."""
    if trace is None:
        return None
    for name in ("tensor_active_share", "sm_active_share", "gpu_util_share"):
        if (values := trace.get(name)) is not None:
            return values
    return None


def bursts(rate: F64, step_s: float, *, usual_share: float = 0.5) -> tuple[F64, F64]:
    """Bytes of each burst of a rate, and seconds between their starts.

    A burst is a run of bins well above the usual rate.

    Args:
        rate: bytes/s, shape ``(n_bins,)``.
        step_s: width of a bin, seconds.
        usual_share: share of the bins that are at the usual rate or below.

    Returns:
        Shapes ``(n_bursts,)`` and ``(n_bursts - 1,)``.
    """
    known = np.nan_to_num(rate)
    usual = float(np.quantile(known, usual_share)) if len(known) else 0.0
    top = float(known.max(initial=0.0))
    if top <= 0 or top < 4 * usual + 1:
        return np.zeros(0), np.zeros(0)
    high = known > max(3 * usual, 0.02 * top)
    edges = np.diff(np.concatenate(([0], high.astype(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    sizes = np.array(
        [(known[a:b] - usual).sum() * step_s for a, b in zip(starts, ends, strict=True)]
    )
    keep = sizes > 0.05 * sizes.max()
    return sizes[keep], np.diff(starts[keep]) * step_s


def _spread(values: F64) -> float:
    """Distance of the 90th from the 10th percentile, over the median; at most 3."""
    low, middle, high = np.percentile(values, [10, 50, 90])
    return float(min((high - low) / max(middle, 1e-9), 3.0))


def _periodic(use: F64) -> float:
    """Highest autocorrelation of the dips below the usual level, at lags above two bins."""
    dips = np.clip(np.median(use) - use, 0.0, None)
    dips = dips - dips.mean()
    power = float((dips**2).sum())
    n = len(dips)
    if power <= 1e-12 or n < 16:
        return 0.0
    spectrum = np.fft.rfft(dips, 2 * n)
    lags = np.fft.irfft(spectrum * spectrum.conj())[: n // 2] / power
    return float(np.clip(lags[3:].max(initial=0.0), 0.0, 1.0))


def _regularity(gaps: F64) -> float:
    """1 where gaps between bursts are all alike, towards 0 where they are not."""
    if len(gaps) < 3:
        return 0.0
    middle = float(np.median(gaps))
    return exp(-float(np.median(np.abs(gaps - middle))) / max(middle, 1e-9))


def _hour_share(use: F64, trace: Trace) -> float:
    """Share of the variance that the hour of the day explains; NaN below a day and a half."""
    if len(use) * trace.step_s < 36 * 3600:
        return float("nan")
    hours = ((trace.from_us / 1e6 + np.arange(len(use)) * trace.step_s) // 3600 % 24).astype(int)
    ok = np.isfinite(use)
    values, hours = use[ok], hours[ok]
    n = np.bincount(hours, minlength=24)
    means = np.bincount(hours, values, 24) / np.maximum(n, 1)
    total = float(values.var())
    return float(np.clip(means[hours].var() / total, 0, 1)) if total > 1e-12 else 0.0


def _log10(value: float) -> float:
    return float(np.log10(max(value, 0.0) + 1e3))
