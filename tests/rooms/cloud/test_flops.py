"""Estimates of FLOP: two sides, their intervals, and what could not be looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cloud.flops.made import made_jobs
from stillwatch.adapters.cloud.shipped import hardware, reach, rhythm_model
from stillwatch.cloud.flops import both, estimate, from_hardware, from_recipe, summed
from stillwatch.cloud.rhythm import kind_of
from stillwatch.cloud.telemetry import Job, Trace
from stillwatch.lab.compute.shapes import KIND_OF
from stillwatch.model.errors import BadInput


def job(**changed: object) -> Job:
    told: dict[str, object] = {
        "job": "1", "account": "a", "started_us": 0, "ended_us": 36_000_000_000, "n_devices": 8,
        "hardware": "NVIDIA H100 80GB HBM3", "precision": "bf16",
    }  # fmt: skip
    return Job(**{**told, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("NVIDIA A100-SXM4-80GB", "A100"), ("h100", "H100 SXM"), ("NVIDIA H100 PCIe", "H100 PCIe"),
        ("Tesla V100-PCIE-16GB", "V100 PCIe"), ("V100M32", None), ("a10", "A10"), ("", None),
        ("NVIDIA H200", "H200"), ("A1000", None), ("gres/gpu:h800", "H800"),
    ],
)  # fmt: skip
def test_names_of_accelerators_are_known_or_not_guessed(told: str, name: str | None) -> None:
    found = hardware().find(told)
    assert (found.name if found else None) == name


def test_unknown_hardware_could_not_be_looked_at() -> None:
    told = from_hardware(job(hardware="Frobnicator 9"), None, hardware(), reach())
    assert told.value is None
    assert "not in the table" in told.why_not


def test_a_counter_that_covers_little_is_not_believed() -> None:
    few = Trace(from_us=0, step_s=60.0, columns={"tensor_active_share": np.full(10, 0.9)})
    assert from_hardware(job(), few, hardware(), reach()).counter == "none"


def test_what_fits_is_put_together_and_what_does_not_is_held_apart() -> None:
    near = from_hardware(job(), None, hardware(), reach())
    assert near.value is not None
    fits = both(near, from_recipe(near.value.best / 6e12, 1e12))
    assert fits.way == "both"
    assert fits.value is not None
    assert fits.value.high / fits.value.low < near.value.high / near.value.low
    apart = both(near, from_recipe(near.value.best * 100 / 6e12, 1e12))
    assert apart.way == "apart"
    assert apart.value is not None
    assert apart.value.high >= near.value.best * 100


def test_a_sum_with_a_blind_part_says_that_it_is_a_floor() -> None:
    seen = estimate(job(), None, hardware(), reach())
    blind = estimate(job(hardware="?"), None, hardware(), reach())
    assert any("floor" in caveat for caveat in summed([seen, blind]).caveats)
    assert summed([blind]).value is None


@given(st.integers(1, 4096), st.integers(1, 10_000), st.integers(2, 9))
def test_twice_the_devices_is_twice_the_flop(n: int, seconds: int, times: int) -> None:
    one = from_hardware(job(n_devices=n, ended_us=seconds * 10**6), None, hardware(), reach())
    more = from_hardware(
        job(n_devices=n * times, ended_us=seconds * 10**6), None, hardware(), reach()
    )
    assert one.value is not None
    assert more.value is not None
    assert more.value.best == pytest.approx(times * one.value.best)
    assert more.value.high == pytest.approx(times * one.value.high)


def test_made_jobs_are_within_a_half_and_told_apart() -> None:
    model, jobs = rhythm_model(), made_jobs(4, 77, shift=1.0)
    for one in jobs:
        said = kind_of(one.trace, model)
        assert sum(said.p.values()) == pytest.approx(1.0)
        if KIND_OF[one.kind] == "training":
            value = estimate(one.job, one.trace, hardware(), reach()).value
            assert value is not None
            assert 1 / 1.5 < value.best / one.flop < 1.5
        else:
            assert said.best != "training", one.kind


def test_rhythm_says_why_it_could_not_look() -> None:
    model = rhythm_model()
    assert kind_of(None, model).why_not
    few = Trace(from_us=0, step_s=60.0, columns={"gpu_util_share": np.full(5, 0.9)})
    assert "30 are needed" in kind_of(few, model).why_not


@pytest.mark.parametrize("column", ["prompt", "weights", "file_name", "region"])
def test_a_trace_holds_coarse_counters_alone(column: str) -> None:
    with pytest.raises(BadInput, match="no coarse counter"):
        Trace(from_us=0, step_s=60.0, columns={column: np.zeros(3)})
