"""Signals of how accounts come and go: for a pool, not for its innocent twin."""

from __future__ import annotations

import numpy as np

from stillwatch.detect.signal import Reading
from stillwatch.detect.signals import (
    creation_cohort,
    no_ramp,
    plan_to_usage,
    programme_cluster,
    replacement,
)
from tests.rooms.detect.worlds import World, crowd, read


def test_accounts_opened_in_one_lot_speak_and_a_launch_day_does_not() -> None:
    world = World()
    crowd(world, 80)
    for i in range(12):
        world.open(f"p{i}", -500.0 + i / 20)
        world.send(f"p{i}", 5.0 + i)
        world.open(f"q{i}", -3.0 + i / 5)
        world.send(f"q{i}", 5.0 + i)
    for i in range(80):
        world.open(f"launch{i}", -3.0 + i / 30)
        world.send(f"launch{i}", 7.0)
    state = world.state()
    assert 8.0 < read(creation_cohort.SIGNAL, state, "p").bits <= 9.0
    assert read(creation_cohort.SIGNAL, state, "q").bits < 3.0


def test_accounts_of_many_years_are_no_cohort() -> None:
    world = World()
    crowd(world, 80)
    assert read(creation_cohort.SIGNAL, world.state(), "c1").bits < 0.5


def _starts(daily: list[int], opened_h: float = -12.0) -> Reading:
    """Members whose volume on each day is ``daily``, among people who ramp up."""
    world = World()
    for name, n, volumes in (("p", 12, daily), ("c", 60, [1, 2, 6, 8, 10])):
        for i in range(n):
            world.open(f"{name}{i}", opened_h)
            for day, volume in enumerate(volumes):
                for k in range(volume):
                    world.send(f"{name}{i}", 24 * day + 0.1 + 23 * k / volume)
    return read(no_ramp.SIGNAL, world.state(), "p")


def test_new_accounts_at_full_rate_speak_and_those_that_warm_up_do_not() -> None:
    assert 3.0 < _starts([12, 12, 12, 12, 12]).bits <= 4.0
    assert _starts([2, 3, 6, 12, 12]).bits < 0.5


def test_a_workload_moved_to_an_old_account_is_not_counted() -> None:
    assert _starts([12, 12, 12, 12, 12], opened_h=-24.0 * 40).bits == 0.0


def _plans(plan: str) -> Reading:
    world = World()
    rng = np.random.default_rng(1)
    for i in range(60):
        for name, on in (("c", "payg"), ("e", "enterprise")):
            world.open(f"{name}{i}", -900.0, plan=on)
            for hours in rng.uniform(0, 72, rng.integers(2, 12)):
                world.send(f"{name}{i}", float(hours))
    for i in range(8):
        world.open(f"p{i}", -900.0, plan=plan)
        for hours in rng.uniform(0, 72, 60 if i < 4 else 20):
            world.send(f"p{i}", float(hours))
    return read(plan_to_usage.SIGNAL, world.state(), "p")


def test_use_beyond_the_plan_speaks_and_an_enterprise_may_use_what_it_pays_for() -> None:
    assert 2.0 < _plans("payg").bits <= 4.0
    assert _plans("enterprise").bits == 0.0


def test_a_plan_that_few_have_cannot_be_judged() -> None:
    assert _plans("special").bits == 0.0


def test_newcomers_without_losses_say_nothing() -> None:
    world = World()
    crowd(world, 40)
    for i in range(8):
        world.open(f"p{i}", 20.0 + i)
        world.send(f"p{i}", 30.0 + i, status=200)
    assert read(replacement.SIGNAL, world.state(), "p").bits == 0.0


def _succession(inherit: bool, outage: bool = False) -> Reading:
    """Four members are shut at hour 60; eight open soon after, elsewhere few or all do."""
    world = World()
    crowd(world, 40)
    for i in range(4):
        world.open(f"p{i}", -50.0)
        for k in range(6):
            world.send(f"p{i}", 50.0 + k, temperature=0.37, status=200 if k < 5 else 403)
    for i in range(8):
        world.open(f"pn{i}", 58.0 + i)
        for k in range(4):
            world.send(f"pn{i}", 68.0 + i + k, temperature=0.37 if inherit else 0.4 + i)
    for i in range(60):
        opened = 57.0 + (i / 4 if outage else 3 * i)
        world.open(f"o{i}", opened)
        world.send(f"o{i}", opened + 1.0, temperature=10.0 + i)
    world.send("o0", 200.0)
    return read(replacement.SIGNAL, world.state(), "p")


def test_newcomers_that_take_the_place_of_those_turned_away_speak() -> None:
    assert 4.0 < _succession(inherit=True).bits <= 7.0


def test_newcomers_that_do_something_else_do_not() -> None:
    assert _succession(inherit=False).bits == 0.0


def test_ordinary_churn_after_an_outage_is_no_replacement() -> None:
    assert _succession(inherit=True, outage=True).bits == 0.0


def test_a_programme_full_of_members_speaks_a_little_and_a_popular_one_does_not() -> None:
    def of(programme: str, every: int) -> Reading:
        world = World()
        for i in range(80):
            world.open(f"c{i}", -9.0, programme="education" if i % 2 else None)
            world.send(f"c{i}", 5.0)
        world.open("x", -9.0, programme="startup")
        world.send("x", 5.0)
        for i in range(10):
            world.open(f"p{i}", -9.0, programme=None if i % every else programme)
            world.send(f"p{i}", 6.0)
        return read(programme_cluster.SIGNAL, world.state(), "p")

    assert 2.0 < of("startup", 1).bits <= 3.0
    assert of("education", 2).bits < 0.5
