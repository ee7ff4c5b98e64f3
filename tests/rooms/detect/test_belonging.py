"""Who belongs together: firms around a centre, pools without one, topics, two pools at once."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.detect.belonging import are_two, belong
from stillwatch.detect.group import Group
from stillwatch.detect.rivals import (
    HOUSEHOLD,
    RIVALS,
    may_be_a_household,
    may_be_firms,
    runner_pool,
)
from stillwatch.detect.topic_fit import topic_bits
from stillwatch.stats.volumes import equal_volume_bits
from tests.rooms.detect.worlds import WORDS, World, crowd, group_of, talking


def _pool(world: World, name: str, n: int, stock: dict[str, int], seed: int = 5) -> None:
    """Accounts whose traits are dealt from a stock: so many cards, names and exits in all."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        dealt = {kind: f"{name}-{kind}-{rng.integers(size)}" for kind, size in stock.items()}
        address = dealt.pop("address", f"{name}-own-{i}")
        world.open(f"{name}{i}", -3.0, **dealt)
        for k in range(6):
            world.send(f"{name}{i}", 8.0 * k + rng.uniform(0, 8), address=address)


def _fits(stock: dict[str, int], n: int = 24, **more: dict[str, int]) -> bool:
    world = World()
    crowd(world, 60)
    _pool(world, "p", n, stock)
    for name, other in more.items():
        _pool(world, f"p{name}", n, other)
    return may_be_firms(group_of(world.state(), "p"))


def test_a_firm_has_one_card_one_domain_or_one_office() -> None:
    assert _fits({"payment": 1})
    assert _fits({"contact": 1, "payment": 5})
    assert _fits({"address": 1, "payment": 6})


def test_several_firms_that_use_one_tool_may_be_firms() -> None:
    assert _fits({"payment": 1}, n=8, second={"contact": 1}, third={"address": 1, "payment": 2})


def test_a_stock_that_is_dealt_out_is_no_firm() -> None:
    assert not _fits({"payment": 6, "contact": 5, "address": 5})


def test_where_nothing_is_shared_a_firm_is_not_excluded() -> None:
    assert _fits({})


def test_a_group_found_by_a_card_is_all_around_that_card() -> None:
    world = World()
    crowd(world, 60)
    _pool(world, "p", 24, {"payment": 6, "contact": 5, "address": 5})
    group = group_of(world.state(), "p")
    assert may_be_firms(Group(group.state, group.nodes, "payment"))


@pytest.mark.parametrize(("n", "fits"), [(HOUSEHOLD, True), (HOUSEHOLD + 1, False)])
def test_a_household_is_small(n: int, fits: bool) -> None:
    world = World()
    crowd(world, 60)
    _pool(world, "p", n, {"address": 1})
    assert may_be_a_household(group_of(world.state(), "p")) is fits


def test_a_firm_never_explains_equal_volumes_or_a_burst() -> None:
    firm = next(r for r in RIVALS if r.fits is may_be_firms)
    assert not firm.explains & {"load_balance", "creation_cohort", "echo", "reasoning_replay"}


def test_small_counts_that_begin_at_three_are_no_equal_load() -> None:
    """Who is linked by habit sent a few requests at least; what is left looks even."""
    rng = np.random.default_rng(4)
    tail = 3.0 + rng.geometric(0.28, 90) - 1
    assert equal_volume_bits(tail, np.ones(tail.size)) < 5.0
    dealt = rng.poisson(40.0, 90).astype(np.float64)
    assert equal_volume_bits(dealt, np.ones(dealt.size)) > 20.0


def test_topics_tell_members_from_others_and_one_pool_from_two() -> None:
    world = World()
    crowd(world, 120)
    left, right = WORDS[:24], WORDS[24:]
    talking(world, "p", left, 12, 1)
    talking(world, "q", right, 12, 2)
    state = world.state()
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    everybody = np.arange(state.window.population.n)
    bits = topic_bits(state, p, everybody)
    assert bits[p].min() > 0.0 > bits[q].max()
    assert np.median(np.delete(bits, np.concatenate((p, q)))) < 0.0
    assert are_two(state, p, q)
    assert not are_two(state, p[:6], p[6:])


def test_a_group_that_has_nodes_of_two_pools_belongs_to_neither() -> None:
    world = World()
    crowd(world, 120)
    talking(world, "p", WORDS[:24], 12, 1)
    talking(world, "q", WORDS[24:], 12, 2)
    state = world.state()
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    both = np.union1d(p[:8], q)
    assert not belong(state, p, both, tied=True)
    assert belong(state, p[:8], p, tied=True)
    assert belong(state, p[:6], p[6:], tied=True)


def test_a_node_without_text_is_not_judged_by_topics() -> None:
    world = World()
    crowd(world, 60)
    for k in range(30):
        world.send("silent", float(k))
    state = world.state()
    silent = group_of(state, "silent").nodes
    assert topic_bits(state, group_of(state, "c").nodes, silent).tolist() == [0.0]


@pytest.mark.parametrize(("n_runners", "fits"), [(40, True), (2, False)])
def test_jobs_dealt_out_over_many_runners_may_have_one_volume(n_runners: int, fits: bool) -> None:
    rng = np.random.default_rng(8)
    world = World()
    crowd(world, 60)
    for i in range(12):
        for k in range(20):
            runner = f"runner-{rng.integers(n_runners)}"
            world.send(f"p{i}", 4.0 * k + rng.uniform(0, 4), address=runner)
    assert runner_pool(group_of(world.state(), "p")) is fits


def test_exits_of_ones_own_are_no_pool_of_runners() -> None:
    world = World()
    crowd(world, 60)
    for i in range(12):
        for k in range(20):
            world.send(f"p{i}", 4.0 * k, address=f"exit-{i}-{k}")
    assert not runner_pool(group_of(world.state(), "p"))
