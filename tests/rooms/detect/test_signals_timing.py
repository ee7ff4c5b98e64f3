"""Signals of rhythm and of moments: for a pool, not for the innocent who look the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stillwatch.detect.signal import Reading
from stillwatch.detect.signals import (
    failover,
    load_balance,
    release_pivot,
    round_the_clock,
    timeline,
)
from tests.rooms.detect.worlds import World, crowd, read


def _load(deal: Callable[[np.random.Generator], int], n: int = 1200) -> Reading:
    rng = np.random.default_rng(1)
    world = World()
    crowd(world, 80)
    for k in range(n):
        world.send(f"p{deal(rng)}", 96.0 * k / n)
    return read(load_balance.SIGNAL, world.state(), "p")


def test_a_shared_load_speaks_and_volumes_of_people_speak_against() -> None:
    shares = np.random.default_rng(2).dirichlet(np.ones(15))
    assert _load(lambda rng: int(rng.integers(15))).bits > 10.0
    assert _load(lambda rng: int(rng.choice(15, p=shares))).bits < -20.0


def test_cron_jobs_of_one_volume_and_hours_of_their_own_do_not_speak() -> None:
    world = World()
    crowd(world, 80)
    for i in range(12):
        for k in range(96):
            world.send(f"p{i}", 24 * (k // 24) + (2 * i + (k % 24) / 24) % 24)
    assert read(load_balance.SIGNAL, world.state(), "p").bits < 0.0


def _days(hour: Callable[[np.random.Generator], float], n_days: int = 6) -> Reading:
    rng = np.random.default_rng(3)
    world = World()
    crowd(world, 250, days=n_days)
    for i in range(10):
        for k in range(60):
            world.send(f"p{i}", 24 * (k % n_days) + hour(rng))
    return read(round_the_clock.SIGNAL, world.state(), "p")


def test_members_without_a_night_speak_a_little_and_nightly_batches_do_not() -> None:
    assert 0.5 < _days(lambda rng: float(rng.uniform(0, 24))).bits <= 3.0
    assert _days(lambda rng: float(rng.uniform(1, 4))).bits == 0.0


def test_flatness_is_read_and_never_which_hours() -> None:
    early = _days(lambda rng: float(rng.uniform(0, 6)))
    late = _days(lambda rng: float(12 + rng.uniform(0, 6)))
    assert early.bits == late.bits


def test_two_days_are_too_few_to_speak_of_nights() -> None:
    assert _days(lambda rng: float(rng.uniform(0, 24)), n_days=2).bits == 0.0


def _release(member: float, others: float, until_h: float | None = None) -> Reading:
    """Members and others who move ``member`` and ``others`` of their traffic to m-2."""
    rng = np.random.default_rng(4)
    world = World(releases=[("m-2", 48.0)])
    for name, n, share in (("p", 12, member), ("c", 80, others)):
        for i in range(n):
            for k in range(40):
                hours = 24.0 + 1.2 * k + rng.uniform(0, 1)
                new = hours > 50.0 and rng.uniform() < share
                world.send(f"{name}{i}", hours, model="m-2" if new else "m-1")
    return read(release_pivot.SIGNAL, world.state(until_h), "p")


def test_a_pivot_of_the_members_alone_speaks_within_a_day() -> None:
    assert 4.0 < _release(0.6, 0.03).bits <= 6.0
    assert _release(0.6, 0.03, until_h=66.0).bits > 4.0


def test_when_everybody_tries_the_new_model_nothing_is_said() -> None:
    assert _release(0.6, 0.5).bits == 0.0


def test_a_quarter_of_the_traffic_is_no_pivot() -> None:
    assert _release(0.2, 0.0).bits == 0.0


def test_before_the_release_nothing_is_said() -> None:
    assert _release(0.6, 0.0, until_h=46.0).bits == 0.0


def _failover(after: Callable[[int], tuple[int, str]]) -> Reading:
    """Members whose every fifth exchange has a status and is followed on a pathway."""
    world = World()
    crowd(world, 60)
    for i in range(8):
        for k in range(20):
            status, pathway = after(k)
            world.send(f"p{i}", 10.0 + k, status=status, pathway="api")
            world.send(f"p{i}", 10.05 + k, status=200, pathway=pathway)
    return read(failover.SIGNAL, world.state(), "p")


def test_moving_on_when_turned_away_speaks() -> None:
    moving = _failover(lambda k: (429, "cloud") if k % 4 == 0 else (200, "api"))
    assert 4.0 < moving.bits <= 6.0


def test_resilience_that_moves_on_failures_too_does_not_speak() -> None:
    resilient = _failover(lambda k: ((429, 503)[k % 2], "cloud") if k % 4 < 2 else (200, "api"))
    assert resilient.bits < 1.0


def test_staying_or_changing_at_all_times_does_not_speak() -> None:
    assert _failover(lambda k: (429 if k % 4 == 0 else 200, "api")).bits == 0.0
    assert _failover(lambda k: (429 if k % 4 == 0 else 200, "cloud")).bits < 1.0


def _begin(member: float, others: Callable[[int], float], **world_of: Any) -> Reading:
    world = World(**world_of)
    crowd(world, 20)
    for i in range(60):
        world.send(f"d{i}", others(i))
    for i in range(10):
        world.send(f"p{i}", member + i / 10)
    return read(timeline.SIGNAL, world.state(), "p")


def test_beginning_after_a_release_corroborates_and_no_more() -> None:
    at = {"releases": [("m-2", 60.0)]}
    assert 1.0 < _begin(62.0, lambda i: 8.0 + i, **at).bits <= 2.0
    assert _begin(20.0, lambda i: 8.0 + i, **at).bits == 0.0
    assert _begin(62.0, lambda i: 61.0 + i / 2, **at).bits < 0.7
    assert _begin(62.0, lambda i: 8.0 + i).bits == 0.0
