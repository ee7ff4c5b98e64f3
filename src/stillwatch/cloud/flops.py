"""FLOP: how much a run computed, from two sides, each with its interval.

From the hardware: peak x devices x time x the share of the peak that was reached. From the recipe:
6 N D, N active parameters on D tokens (Kaplan et al. 2020; Hoffmann et al. 2022), where the
customer told both. Both are log-normal: a product of doubts. Where they agree they are put
together; where they do not, the interval holds both and says so.

What share was reached is read from the best counter there is; without any, from what published
runs reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, Final

import numpy as np

from stillwatch.cloud.hardware import HardwareTable
from stillwatch.cloud.telemetry import Job, Trace
from stillwatch.model.errors import BadInput
from stillwatch.model.quantity import Quantity

_Z95: Final = 1.959964
#: counters from the surest to the least sure.
COUNTERS: Final = ("tensor_active_share", "sm_active_share", "gpu_util_share", "none")


@dataclass(frozen=True, slots=True)
class Reach:
    """Share of the peak that is reached for each unit of a counter, log-normal.

    Args:
        median: of (share of peak) / (mean of the counter).
        log_sd: standard deviation of its natural logarithm.
    """

    median: float
    log_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Flop:
    """What a job or a run computed.

    Args:
        value: FLOP with its 95% interval; nothing where it could not be looked at.
        way: ``hardware``, ``recipe``, ``both``, ``apart`` (the two disagree) or ``none``.
        counter: which of :data:`COUNTERS` the hardware side rests on.
        why_not: why there is no value; empty where there is one.
        caveats: sentences that travel with it.
    """

    value: Quantity | None
    way: str
    counter: str = "none"
    why_not: str = ""
    caveats: tuple[str, ...] = ()


def reach_from(told: Mapping[str, Any]) -> dict[str, Reach]:
    """How far counters tell what was reached, from a parsed TOML file.

    Raises:
        BadInput: a counter is missing or a number is out of range.
    """
    try:
        found = {
            name: Reach(float(told[name]["median"]), float(told[name]["log_sd"]))
            for name in COUNTERS
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"is no table of reach: {error}.", where="reach") from error
    if any(not (0 < one.median <= 2 and 0 < one.log_sd <= 3) for one in found.values()):
        raise BadInput("a number is out of range.", where="reach")
    return found


def from_hardware(
    job: Job, trace: Trace | None, table: HardwareTable, reach: Mapping[str, Reach]
) -> Flop:
    """What the hardware says.

    Args:
        job: what ran, where, for how long.
        trace: its counters, if any.
        table: peaks.
        reach: see :class:`Reach`.

    Returns:
        No value where the accelerator is not in the table, or there was none.
    """
    if job.n_devices < 1 or job.elapsed_s <= 0:
        return Flop(value=None, way="none", why_not="no accelerator was at work")
    kind = table.find(job.hardware)
    if kind is None:
        named = job.hardware[:60] or "no name was told"
        return Flop(
            value=None,
            way="none",
            why_not=f"the accelerator is not in the table of {table.as_of} ({named})",
        )
    precision, known = (job.precision, True) if job.precision else ("bf16", False)
    peak = kind.peak(precision) or (kind.peak("fp16") if not known else None)
    if peak is None:
        return Flop(
            value=None, way="none", why_not=f"the table has no peak of {kind.name} at {precision}"
        )
    counter, level = _level(trace)
    covered = _covered(trace, job) if counter != "none" else 0.0
    if counter != "none" and covered < 0.5:
        counter, level = "none", 1.0
    spread = reach[counter].log_sd
    caveats: list[str] = []
    if not known:
        caveats.append("precision is not known; bf16 was taken")
    if kind.doubt:
        caveats.append(f"peak of {kind.name}: {kind.doubt}")
    if counter == "none":
        caveats.append("no counter covers half of the job; the reach of published runs was taken")
    best = peak * job.n_devices * job.elapsed_s * min(level * reach[counter].median, 1.0)
    if best <= 0:
        return Flop(value=None, way="none", why_not="the counters say that nothing was computed")
    ceiling = peak * job.n_devices * job.elapsed_s
    value = _lognormal(best, spread)
    if not known and (fp8 := kind.peak("fp8")):
        # The counters do not say in which precision the pipe was at work.
        ceiling *= fp8 / peak
        value = Quantity(best=value.best, low=value.low, high=value.high * 1.3, unit="flop")
    high = max(min(value.high, ceiling), value.best)
    return Flop(
        value=Quantity(best=value.best, low=value.low, high=high, unit="flop"),
        way="hardware",
        counter=counter,
        caveats=tuple(caveats),
    )


def from_recipe(parameters: float, tokens: float, *, log_sd: float = 0.12) -> Flop:
    """6 N D, with what it leaves out (attention, recomputation, evaluation) as doubt.

    >>> from_recipe(70e9, 15e12).value.best
    6.3e+24
    """
    if not (0 < parameters < 1e18 and 0 < tokens < 1e20):
        return Flop(value=None, way="none", why_not="parameters and tokens are not both known")
    return Flop(value=_lognormal(6.0 * parameters * tokens, log_sd), way="recipe")


def both(hardware: Flop, recipe: Flop) -> Flop:
    """Put the two sides together, or say that they disagree.

    Returns:
        The side that has a value where one has none; the weighted mean of the logarithms where
        they are within three standard deviations of each other; else the hardware's value, with
        an interval that holds both.
    """
    if hardware.value is None or recipe.value is None:
        return hardware if recipe.value is None else recipe
    centre, spread = zip(*(_log_of(side.value) for side in (hardware, recipe)), strict=True)
    apart = abs(centre[0] - centre[1]) / sqrt(spread[0] ** 2 + spread[1] ** 2)
    told = (*hardware.caveats, *recipe.caveats)
    if apart <= 3.0:
        weight = [1 / s**2 for s in spread]
        mean = sum(w * c for w, c in zip(weight, centre, strict=True)) / sum(weight)
        value = _lognormal(exp(mean), sqrt(1 / sum(weight)))
        return Flop(value=value, way="both", counter=hardware.counter, caveats=told)
    low = min(hardware.value.low, recipe.value.low)
    high = max(hardware.value.high, recipe.value.high)
    more = "more" if centre[0] > centre[1] else "less"
    return Flop(
        value=Quantity(best=hardware.value.best, low=low, high=high, unit="flop"),
        way="apart",
        counter=hardware.counter,
        caveats=(*told, f"the hardware did {more} than the recipe that was told needs"),
    )


def summed(parts: Sequence[Flop]) -> Flop:
    """What several jobs computed together.

    Their doubts are taken to go together (one recipe, one reach), so the intervals' ends add.
    A part without a value makes the sum a lower bound, which the caveats say.
    """
    known = [part.value for part in parts if part.value is not None]
    if not known:
        why = parts[0].why_not if parts else "there is no job"
        return Flop(value=None, way="none", why_not=why)
    told = tuple(dict.fromkeys(c for part in parts for c in part.caveats))
    n_blind = len(parts) - len(known)
    if n_blind:
        told = (*told, f"{n_blind} of {len(parts)} jobs could not be looked at; this is a floor")
    ways = {part.way for part in parts if part.value is not None}
    counters = [part.counter for part in parts if part.value is not None]
    return Flop(
        value=Quantity(
            best=sum(v.best for v in known),
            low=sum(v.low for v in known),
            high=sum(v.high for v in known),
            unit="flop",
        ),
        way=ways.pop() if len(ways) == 1 else "hardware",
        counter=max(counters, key=COUNTERS.index),
        caveats=told,
    )


def estimate(
    job: Job, trace: Trace | None, table: HardwareTable, reach: Mapping[str, Reach]
) -> Flop:
    """What one job computed, from both sides."""
    return both(from_hardware(job, trace, table, reach), from_recipe(job.parameters, job.tokens))


def _level(trace: Trace | None) -> tuple[str, float]:
    for name in COUNTERS[:-1]:
        values = trace.get(name) if trace is not None else None
        if values is not None:
            return name, float(np.nanmean(np.clip(values, 0.0, 1.0)))
    return "none", 1.0


def _covered(trace: Trace | None, job: Job) -> float:
    """Share of the job's time of which there are samples."""
    if trace is None:
        return 0.0
    for name in COUNTERS[:-1]:
        values = trace.get(name)
        if values is not None:
            return float(np.isfinite(values).sum() * trace.step_s / max(job.elapsed_s, 1.0))
    return 0.0


def _lognormal(median: float, log_sd: float) -> Quantity:
    factor = exp(_Z95 * log_sd)
    return Quantity(best=median, low=median / factor, high=median * factor, unit="flop")


def _log_of(value: Quantity | None) -> tuple[float, float]:
    assert value is not None
    return log(value.best), max(log(value.high / value.low) / (2 * _Z95), 1e-3)
