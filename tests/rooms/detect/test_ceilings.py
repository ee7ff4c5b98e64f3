"""Ceilings: never under what the scales say, and low enough to spare most groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from stillwatch.detect.asked import Asked
from stillwatch.detect.candidates import Finder
from stillwatch.detect.ceilings import Ceilings
from stillwatch.detect.group import Group
from stillwatch.detect.opening import Docket
from stillwatch.detect.replay import readiness
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.tallies import REMEMBERED
from stillwatch.detect.weighing import Weighing, weigh
from tests.rooms.detect.worlds import World, crowd, group_of

ROUNDING = 1e-5


def mixed_world() -> World:
    """A crowd, a pool that shares nearly everything, and people who do one thing alike."""
    world, rng = World(releases=[("m-2", 40.0)]), np.random.default_rng(5)
    crowd(world, 160, days=5.0)
    crowd(world, 12, seed=1, days=5.0, name="d", prompt="please score this answer from 1 to 10")
    for i in range(24):
        world.open(f"p{i}", -30.0 + i / 10, plan="payg", payment=f"card{i % 3}", device=f"box{i}")
        for n in range(40):
            world.send(
                f"p{i}",
                20.0 + n * 2.4 + float(rng.uniform(0, 2)),
                prompt=f"write a careful step by step proof of statement number {rng.integers(30)}",
                model="m-2" if n > 9 else "m-1",
                status=429 if n % 13 == 12 else 200,
                turn=0,
                pathway=f"cloud{n % 2}",
                credential=f"pk{i}",
                address=f"exit{rng.integers(4)}",
            )
    return world


@dataclass(frozen=True)
class Weighed:
    """A candidate at its look, what it says whole, and whether it is mostly of the pool."""

    group: Group
    weighing: Weighing
    of_pool: bool


def replayed(world: World) -> list[Weighed]:
    """Every candidate of a world, put on the scales with nothing left out."""
    state = world.state(until_h=0.1)
    looking, _ = readiness(state.window, state.now_us)
    finder = Finder(state, True, Ceilings(state, looking))
    pool = group_of(state, "p").nodes
    found = []
    while state.looks < state.window.n_bins:
        for group in finder.groups():
            weighing = weigh(group, looking, -np.inf)
            found.append(Weighed(group, weighing, bool(np.isin(group.nodes, pool).mean() > 0.2)))
        state.advance()
    return found


@pytest.fixture(scope="module")
def weighed() -> list[Weighed]:
    """The world above, replayed."""
    return replayed(mixed_world())


def test_no_group_says_more_than_its_ceiling(weighed: list[Weighed]) -> None:
    assert len(weighed) > 30
    assert {one.group.parent is None for one in weighed} == {True, False}
    for one in weighed:
        left, operator = one.group.ceiling
        assert one.weighing.unexplained_bits <= left + ROUNDING
        if max(one.weighing.operator.values(), default=0.0) >= REMEMBERED:
            assert one.weighing.operator_bits <= operator + ROUNDING


def test_ceilings_spare_most_groups_of_ordinary_people(weighed: list[Weighed]) -> None:
    docket = Docket(DetectSettings())
    needed = docket.needed_bits(4800)
    ordinary = [one.group.ceiling[0] < needed for one in weighed if not one.of_pool]
    assert len(ordinary) > 10
    assert np.mean(ordinary) > 0.8


def test_what_could_be_opened_is_within_reach(weighed: list[Weighed]) -> None:
    docket = Docket(DetectSettings())
    enough = [w for w in weighed if w.weighing.unexplained_bits >= docket.needed_bits(4800)]
    assert enough
    assert not any(docket.out_of_reach(one.group, 4800) for one in enough)


def test_few_small_parts_of_a_campaign_are_heard_twice() -> None:
    state = mixed_world().state(until_h=30.0)
    every = np.arange(100)
    asked = Asked.of(state.window.population.n)
    asked.passed(every)
    asked.passed(every[:12])
    part, other = Group(state, every[1:11]), Group(state, every[40:50])
    assert asked.answered(part, 0.0, part=True)
    assert not asked.answered(part, 0.0, part=False)
    assert not asked.answered(other, 0.0, part=True)
    assert asked.answered(other, 100.0, part=True)


def test_what_did_not_pass_is_asked_again_later() -> None:
    state = mixed_world().state(until_h=30.0)
    asked, group = Asked.of(state.window.population.n), Group(state, np.arange(10))
    asked.failed(group.nodes, state.looks)
    assert asked.answered(group, 0.0, part=False)
    asked.failed(group.nodes, state.looks // 2)
    assert not asked.answered(group, 0.0, part=False)


def test_a_part_that_could_be_the_weightiest_is_always_heard() -> None:
    state = mixed_world().state(until_h=60.0)
    docket, whole = Docket(DetectSettings()), group_of(state, "")
    strong = Weighing({}, {"timing": 30.0}, {"content": 3.0}, {"any": 30.0}, ("timing", "content"))
    docket.hear(whole, strong, 1)
    parts = [Group(state, whole.nodes[:10]), Group(state, whole.nodes[1:11])]
    docket.hear(parts[0], strong, 1)
    parts[1].ceiling = (29.0, 29.0)
    assert docket.heard_lately(parts[1])
    parts[1].ceiling = (31.0, 31.0)
    docket.opened[0].heard.clear()
    assert not docket.heard_lately(parts[1])
