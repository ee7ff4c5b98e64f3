"""Gathering: groups of nodes from keys, their bunches, and loads measured in one go."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.gathering import Packed, bunches, gather, sign
from stillwatch.detect.group import Group, probe_groups
from stillwatch.detect.regrowth import Volumes
from stillwatch.detect.state import State
from stillwatch.detect.ties import Ties
from stillwatch.detect.weighing import HOPELESS_BITS, weigh
from stillwatch.stats.pooled_load import CHARGE, RHYTHM, RHYTHM_CAP, VOLUME
from tests.rooms.detect.worlds import World, crowd, group_of

STEPS = st.lists(st.tuples(st.integers(0, 40), st.floats(0.5, 1e6)), max_size=200)


def held(keys: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of keys, each given by its nodes."""
    offsets = np.cumsum([0, *map(len, keys)]).astype(np.int64)
    return offsets, np.concatenate([np.array(k, np.int32) for k in keys])


def test_holders_of_a_quarter_of_a_familys_keys_make_the_group() -> None:
    rows = held([[7, 1, 2], [1, 2, 7], [2, 7, 1], [1, 7, 9], [2, 1, 7], [7, 1, 2], [1, 7], [2, 7]])
    kin = np.arange(8)
    groups = gather(np.array([0, 8]), kin, *rows, 12)
    assert groups.group(0).tolist() == [1, 2, 7]
    alone = gather(np.array([0, 1, 2]), np.array([3, 0]), *rows, 12)
    assert [alone.group(i).tolist() for i in range(2)] == [[1, 7, 9], [1, 2, 7]]


def test_a_key_is_signed_by_all_that_hold_it_in_whatever_order() -> None:
    rng = np.random.default_rng(8)
    holders = [rng.permutation(30)[:k].tolist() for k in (2, 5, 9, 30)]
    word, total = rng.integers(1, 2**63, (30, 4), dtype=np.uint64), rng.uniform(0, 9, 30)
    asked = np.array([3, 0, 2])
    for keys in (holders, [nodes[::-1] for nodes in holders]):
        words, volume = np.full((3, 4), 2**64 - 1, np.uint64), np.zeros(3)
        sign(*held(keys), asked, word, total, words, volume)
        for nth, key in enumerate(asked):
            assert words[nth].tolist() == word[holders[key]].min(0).tolist()
            assert np.isclose(volume[nth], total[holders[key]].sum())


def test_running_sums_are_what_a_fresh_count_gives() -> None:
    world = World()
    crowd(world, 60)
    for i in range(8):
        world.send(f"p{i}", 9.0 * i, address="one exit", credential=f"key {i % 3}")
    state = State.start(world.state(until_h=1.0).window)
    links = state.window.links
    while state.looks < state.window.n_bins:
        state.advance()
        holds = (links.first <= state.looks) & (links.last >= state.looks)
        holders = np.add.reduceat(holds, links.offsets[:-1], dtype=int)
        assert state.df.tolist() == np.where(holders > 1, holders, 0).tolist()
        assert state.sent.tolist() == state.table.sum(0).tolist()
    assert state.df.max() > 2


def test_a_bunch_is_found_in_each_group_and_nearly_all_of_a_group_is_none() -> None:
    moments = np.full(60, np.nan)
    moments[:20] = np.linspace(0, 100, 20)
    moments[20:30] = np.linspace(42.0, 42.4, 10)
    moments[30:50] = np.linspace(7.0, 7.1, 20)
    groups = Packed.of([np.arange(30), np.arange(30, 50), np.arange(50, 60)])
    found, parent, turn = bunches(groups, moments, 5)
    assert parent[0] == 0
    assert turn[0] == 0
    assert len(set(range(20, 30)) & set(found.group(0).tolist())) >= 8
    assert found.group(0).size <= 12
    assert 1 not in parent
    assert 2 not in parent


@given(STEPS, st.floats(1.0, 3.0))
def test_volumes_remember_what_a_plain_table_remembers(
    steps: list[tuple[int, float]], factor: float
) -> None:
    table: dict[int, float] = {}
    wanted = []
    for name, total in steps:
        grown = name not in table or total >= factor * table[name]
        wanted.append(grown)
        if grown:
            table[name] = total
    volumes = Volumes()
    names = np.array([name + 1 for name, _ in steps], np.uint64)
    totals = np.array([total for _, total in steps])
    half = len(steps) // 2
    found = [
        *volumes.grown(names[:half], totals[:half], factor),
        *volumes.grown(names[half:], totals[half:], factor),
    ]
    assert found == wanted


def test_more_names_than_slots_are_all_kept() -> None:
    volumes = Volumes()
    names = np.arange(1, 20_001, dtype=np.uint64)
    assert volumes.grown(names, np.ones(names.size), 2.0).all()
    assert not volumes.grown(names[::-1].copy(), np.ones(names.size), 2.0).any()


def pool_and_people(n_people: int = 80) -> State:
    rng = np.random.default_rng(4)
    world = World()
    crowd(world, n_people)
    for k in range(900):
        world.send(f"p{rng.integers(15)}", 96.0 * k / 900)
    return world.state()


def test_loads_of_many_groups_are_those_of_each_alone() -> None:
    state = pool_and_people()
    groups = [group_of(state, prefix).nodes for prefix in ("p", "c", "c1", "c2")]
    together = probe_groups(state, Packed.of(groups), np.full(4, -np.inf))
    for nodes, load in zip(groups, together, strict=True):
        assert np.array_equal(Group(state, nodes).load, load)
    assert together[0, VOLUME] > 5.0 > HOPELESS_BITS > together[1, VOLUME]


def test_a_group_that_is_left_early_is_hopeless_when_measured_whole() -> None:
    state = pool_and_people(1000)
    people = Packed.of([group_of(state, "c").nodes])
    early, whole = (probe_groups(state, people, np.array([b]))[0] for b in (HOPELESS_BITS, -np.inf))
    assert early[RHYTHM] == 0.0
    for load in (early, whole):
        assert load[VOLUME] + RHYTHM_CAP - load[CHARGE] < HOPELESS_BITS


def test_what_costly_signals_give_never_exceeds_what_they_say_they_may() -> None:
    state = pool_and_people()
    for prefix in ("p", "c", "c1"):
        group = group_of(state, prefix)
        for signal in (s for s in SIGNALS if s.costly):
            assert signal.weigh(group).bits <= signal.at_most


def test_leaving_costly_signals_out_changes_no_verdict() -> None:
    state = pool_and_people()
    for prefix in ("p", "c1", "c2"):
        whole = weigh(group_of(state, prefix), needed=-np.inf)
        for needed in (0.0, 10.0, 20.0, 40.0):
            some = weigh(group_of(state, prefix), needed=needed)
            assert (some.unexplained_bits >= needed) == (whole.unexplained_bits >= needed)


def test_lacking_what_all_others_share_speaks_against_a_member() -> None:
    world = World()
    crowd(world, 200)
    for i in range(20):
        world.open(f"p{i}", 0.0, payment=f"card{i // 10}")
        tools = ["search"] if i < 19 else ["draw"]
        for k in range(30):
            world.send(f"p{i}", k, tools=tools, max_tokens=700, address=f"10.0.0.{i % 4}")
    state = world.state()
    core = group_of(state, "p").nodes
    ties = Ties.of(state, core)
    nodes, bits = ties.everybody(state)
    mine = bits[np.searchsorted(nodes, core)].sum(1)
    names = [
        state.window.traffic.accounts[int(state.window.population.members[n][0])] for n in core
    ]
    odd = names.index("p19")
    assert mine[odd] < np.delete(mine, odd).min() - 4.0


def test_some_nodes_are_told_what_everybody_is_told() -> None:
    world = World()
    crowd(world, 60)
    for i in range(20):
        world.open(f"p{i}", 0.0, payment=f"card{i // 10}")
        for k in range(30):
            world.send(f"p{i}", k, tools=["search"], address=f"10.0.0.{i % 4}")
    state = world.state()
    ties = Ties.of(state, group_of(state, "p").nodes[::2])
    nodes, bits = ties.everybody(state)
    assert set(group_of(state, "p").nodes) <= set(nodes)
    every = np.arange(state.window.population.n)
    told = ties.some(state, every)
    assert np.array_equal(told[nodes], bits)
    assert not told[np.setdiff1d(every, nodes)].max(initial=0.0) > 0.0
