"""The curve of doses: laws of its interval, and that it holds worlds that were not seen."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.impact.calibration.transfer import all_of, net_of, transferred
from stillwatch.adapters.impact.shipped import _shipped, learning, students
from stillwatch.impact import Student, learning_from
from stillwatch.model.errors import BadInput, NotEnoughEvidence
from stillwatch.stats.dose_response import Runs, fit_curve, predicting
from tests.house.tree import ROOT

NETS = ROOT / "benchmarks" / "lab" / "distil" / "students.csv"


def made(rng: np.random.Generator, n_worlds: int, n_each: int = 6, steep: float = 2.0) -> Runs:
    """Runs of worlds whose thresholds differ."""
    place = rng.normal(0.0, 0.8, n_worlds)
    world = np.repeat(np.arange(n_worlds), n_each)
    ln_dose = rng.uniform(0, 9, world.size)
    u = 1 / (1 + np.exp(-steep * (ln_dose - 4.5 - place[world])))
    return Runs(
        dose=np.exp(ln_dose), share=np.clip(u + rng.normal(0, 0.04, u.size), 0, 1),
        condition=np.zeros(world.size, np.int64), world=world, n_conditions=1,
    )  # fmt: skip


def test_intervals_hold_unseen_worlds() -> None:
    """Forty worlds of six students each, none of which the curve was fitted on."""
    inside = n = 0
    for seed in range(4):
        know = predicting(made(np.random.default_rng([1, seed]), 14), 0.9)
        fresh = made(np.random.default_rng([2, seed]), 10)
        for dose, share in zip(fresh.dose, fresh.share, strict=True):
            low, high = know.between(dose, dose)
            inside += low <= share <= high
            n += 1
    assert n == 240
    assert inside / n >= 0.85


def test_the_shipped_students_are_covered_when_their_world_is_held_out() -> None:
    listed = students(_shipped("students.csv"), "students.csv")
    assert len(listed) >= 50
    worlds = sorted({s.world for s in listed})
    assert len(worlds) >= 10
    inside = n = 0
    for world in worlds[::6]:
        know = learning_from([s for s in listed if s.world != world])
        for s in (s for s in listed if s.world == world):
            low, high = know.share(s.n_usable, s.n_usable, s.defence)
            inside += low - 1e-9 <= s.share <= high + 1e-9
            n += 1
    assert n >= 50
    assert inside / n >= 0.85


def test_another_kind_of_student_is_covered_once_its_threshold_is_placed() -> None:
    with NETS.open(encoding="utf-8", newline="") as file:
        nets = [net_of(row) for row in csv.DictReader(file)]
    found = all_of(transferred(nets, learning()))
    inside = sum(low - 1e-9 <= share <= high + 1e-9 for _, share, low, high in found)
    assert len(found) >= 40
    assert inside / len(found) >= 0.85
    assert sum(high - low < 0.95 for *_, low, high in found) >= len(found) / 2


def test_the_threshold_is_found() -> None:
    curve = fit_curve(made(np.random.default_rng(0), 30, 8))
    assert curve.ln_half == pytest.approx(4.5, abs=0.5)
    assert 1.2 < curve.steepness < 3.5
    assert curve.height[0] > 0.9


def test_too_few_worlds_say_nothing() -> None:
    know = predicting(made(np.random.default_rng(0), 8), 0.9)
    assert know.between(1.0, 1e9) == (0.0, 1.0)
    with pytest.raises(NotEnoughEvidence):
        fit_curve(made(np.random.default_rng(0), 1, 5))


@given(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_wider_dose_gives_a_wider_interval(a: float, b: float, c: float) -> None:
    low, middle, high = sorted((a, b, c))
    know = learning().know
    narrow, wide = know.between(middle, middle), know.between(low, high)
    assert wide[0] <= narrow[0] + 1e-12
    assert narrow[1] <= wide[1] + 1e-12
    assert know.between(0.0, 0.0) == (0.0, 0.0)


@pytest.mark.parametrize("dose", [-1.0, float("nan"), float("inf")])
def test_a_dose_that_is_none_is_refused(dose: float) -> None:
    with pytest.raises(BadInput):
        learning().know.between(dose, dose)
    with pytest.raises(BadInput):
        Runs(dose=np.array([dose]), share=np.array([0.5]), condition=np.array([0]),
             world=np.array([0]), n_conditions=1)  # fmt: skip


def test_a_defence_is_dearer_than_none_in_the_lab() -> None:
    told = learning()
    plain = told.know.dose_for(0.5)
    assert plain is not None
    for name in ("answer only", "one step hidden"):
        half = told.know.dose_for(0.5, told.defences.index(name))
        assert half is not None
        assert half > 1.3 * plain
    assert told.served["answers altered"] < 0.8
    assert told.served["answer only"] == 1.0


@pytest.mark.parametrize(
    "field",
    [{"n_queries": "-4"}, {"student_accuracy": "nan"}, {"teacher_accuracy": "0.05"},
     {"n_queries": ""}, {"n_distinct": "0", "n_queries": "0"}],
)  # fmt: skip
def test_a_student_that_teaches_nothing_is_refused(field: dict[str, str]) -> None:
    row = {"learner": "t", "seed": "1", "defence": "none", "n_queries": "10",
           "student_accuracy": "0.5", "teacher_accuracy": "0.9",
           "untrained_accuracy": "0.1"}  # fmt: skip
    assert Student.from_row(row).share == pytest.approx(0.5)
    with pytest.raises(BadInput):
        Student.from_row({**row, **field})


def test_students_without_a_defence_are_needed() -> None:
    listed = [s for s in students(_shipped("students.csv"), "s") if s.defence != "none"]
    with pytest.raises(NotEnoughEvidence):
        learning_from(listed)
