"""Who belongs to a campaign: by its load, by topics that strangers do not have, to one alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from stillwatch.detect.contest import Contest
from stillwatch.detect.membership import (
    LOAD_BITS,
    NAMED,
    NAMED_THOUGH_ODD,
    ODD_SHARE,
    PARTS,
    Members,
    calibrated_topics,
    load_bits,
    settle,
)
from stillwatch.detect.state import State
from stillwatch.detect.topic_fit import topic_bits
from stillwatch.stats.evidence import strangers_bits, weighed_by_holding
from stillwatch.stats.volumes import PHI, equal_volume_bits, in_pool_ln, spread_of_pool
from tests.rooms.detect.worlds import WORDS, World, crowd, group_of, talking

I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]


def _dealt(n: int, mean: float, phi: float, seed: int) -> F64:
    """Requests of accounts that one operator deals to, by quotas that vary so much."""
    rng = np.random.default_rng(seed)
    quotas = mean * rng.gamma(1 / phi, phi, n)
    return rng.poisson(quotas).astype(np.float64)


@pytest.mark.parametrize("n", [12, 40, 273])
@pytest.mark.parametrize("phi", [0.05, 0.08])
def test_uneven_quotas_speak_neither_for_nor_against_one_hand(n: int, phi: float) -> None:
    bits = [equal_volume_bits(_dealt(n, 900.0, phi, seed), np.ones(n)) for seed in range(20)]
    assert np.median(bits) > -3.0
    assert -3.0 < np.median(bits) < 3.0


@pytest.mark.parametrize("n", [12, 40, 273])
def test_people_still_speak_against_one_hand_and_even_quotas_for_it(n: int) -> None:
    rng = np.random.default_rng(n)
    people = np.round(rng.lognormal(3.0, 1.1, n)) + 1.0
    assert equal_volume_bits(people, np.ones(n)) < -6.0
    assert equal_volume_bits(rng.poisson(400.0, n).astype(float), np.ones(n)) > 6.0


def _uneven_pool() -> State:
    """A crowd, a pool whose accounts have quotas of their own, and two who only look alike."""
    world = World()
    crowd(world, 150)
    rng = np.random.default_rng(3)
    world.open("few", -3.0, payment="pcard0")
    for k in range(3):
        world.send("few", 20.0 + k, address="pip0")
    for i, n in enumerate(_dealt(24, 150.0, 0.08, 7).astype(int).tolist()):
        world.open(f"p{i:02d}", -3.0, payment=f"pcard{i // 6}")
        for hours in rng.uniform(0, 95, n):
            world.send(f"p{i:02d}", float(hours), address=f"pip{rng.integers(6)}")
    return world.state()


def test_a_load_is_told_at_the_spread_that_the_pool_has() -> None:
    state = _uneven_pool()
    p, few = group_of(state, "p").nodes, group_of(state, "few").nodes
    mine = load_bits(state, p, p)
    assert np.median(mine) > 0.5
    assert mine.min() > -3.0
    assert load_bits(state, p, few)[0] < -4.0
    people = load_bits(state, p, group_of(state, "c").nodes)
    assert np.mean(np.exp2(people)) < 1.0


def test_who_has_the_means_of_a_pool_and_not_its_load_is_told_less() -> None:
    state = _uneven_pool()
    p, few = group_of(state, "p").nodes, group_of(state, "few").nodes
    members = settle(state, np.union1d(p, few))
    assert np.isin(p, members.nodes).mean() > 0.9
    assert few[0] not in members.nodes
    load = members.told[:, PARTS.index("load")]
    assert np.median(load) > 0.5
    assert np.abs(load).max() <= LOAD_BITS


@given(
    arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 3000)),
    st.floats(0.5, 2000),
)
def test_the_spread_of_a_pool_is_a_distribution_and_strangers_gain_nothing(
    counts: F64, mean: float
) -> None:
    expected = np.full(counts.size, mean)
    spread = spread_of_pool(np.round(counts), expected)
    assert spread.shape == PHI.shape
    assert abs(spread.sum() - 1.0) < 1e-9
    some = np.arange(0.0, 3001.0, 50.0)
    assert np.isfinite(in_pool_ln(some, np.full(some.size, mean), spread)).all()


@given(arrays(np.float64, st.integers(1, 60), elements=st.floats(-8, 8)), st.integers(0, 500))
def test_what_strangers_show_is_taken_off_until_it_favours_none_of_them(
    bits: F64, n_more: int
) -> None:
    n = bits.size + n_more
    less = strangers_bits(bits, n)
    assert less >= 0.0
    assert (np.exp2(bits - less).sum() + n_more * 2.0**-less) / n <= 1.0 + 1e-9


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(-4, 8)),
    arrays(np.float64, st.integers(0, 60), elements=st.floats(-4, 8)),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_a_stranger_gains_nothing_by_holding_something_or_not(
    members: F64, strangers: F64, n_more: int, n_without: int
) -> None:
    n, n_strangers = members.size + n_more, strangers.size + n_without
    sides = members, n, strangers, n_strangers, 4.0
    told = weighed_by_holding(np.append(strangers, np.zeros(n_without)), *sides)
    assert np.exp2(told).sum() <= n_strangers + 2.0
    assert (weighed_by_holding(members, *sides) <= members).all()


@pytest.mark.parametrize("n_strangers", [400, 12_000, 1_000_000])
def test_what_every_member_holds_says_to_strangers_what_it_is_worth(n_strangers: int) -> None:
    """Of ten things that all members share out among them, each is what its rarity says."""
    n_holding = n_strangers // 100
    bits = float(np.log2(n_strangers / n_holding))
    told = weighed_by_holding(
        np.array([bits, 0.0]), np.full(80, bits), 80, np.full(n_holding, bits), n_strangers, 4.0
    )
    assert abs(told[0] - bits) < 0.15
    assert told[1] == -4.0
    tenfold = np.full(10 * n_holding, bits)
    told = weighed_by_holding(np.array([bits]), np.full(80, bits), 80, tenfold, n_strangers, 4.0)
    assert abs(told[0] - (bits - np.log2(10.0))) < 0.15


def test_what_few_members_hold_counts_less_and_lacking_it_little() -> None:
    four = np.full(4, 8.0)
    told = [
        weighed_by_holding(np.array([8.0, 0.0]), np.full(n, 8.0), 99, four, 1024, 4.0)
        for n in (9, 50, 99)
    ]
    held, without = np.array(told).T
    assert (np.diff(held) > 0.0).all()
    assert (np.diff(without) < 0.0).all()
    assert without[0] > -0.2


def _pool_by_one_family() -> State:
    """A pool of few requests that has only its addresses in common, which some others use too."""
    world = World()
    crowd(world, 400)
    rng = np.random.default_rng(5)
    for i in range(40):
        world.open(f"p{i:02d}", -30.0 - i / 50, payment=f"own{i}")
        for hours in 20.0 + rng.uniform(0, 6, 3):
            world.send(f"p{i:02d}", float(hours), address=f"pip{rng.integers(4)}")
    for i in range(8):
        world.open(f"s{i}", -300.0 * (i + 1), payment=f"other{i}")
        for hours in rng.uniform(0, 90, 12):
            world.send(f"s{i}", float(hours), address=f"pip{i % 4}")
    return world.state()


def test_what_all_of_a_pool_shares_tells_each_of_it_what_its_rarity_says() -> None:
    state = _pool_by_one_family()
    p, strangers = group_of(state, "p").nodes, group_of(state, "s").nodes
    members = settle(state, p)
    links = members.told[:, PARTS.index("links")]
    rarity = np.log2(state.n_active / strangers.size)
    assert np.isin(p, members.nodes).mean() > 0.9
    assert not np.isin(strangers, members.nodes).any()
    assert np.median(links) > rarity - 0.5


def _with_one_apart() -> State:
    """A pool with cards, devices, addresses and a prompt, one of it without the first two."""
    world = World()
    crowd(world, 400)
    rng = np.random.default_rng(9)
    for i in range(31):
        means = {} if i == 30 else {"payment": f"pcard{i // 6}", "device": f"pdev{i // 5}"}
        world.open(f"p{i:02d}", -30.0 - i / 50, **means)
        for hours in np.sort(rng.uniform(20, 60, 60)):
            world.send(
                f"p{i:02d}",
                float(hours),
                address=f"pip{rng.integers(4)}",
                system_prompt="answer as pool",
            )
    return world.state()


def test_who_fits_much_worse_than_the_typical_member_is_named_where_that_is_surer() -> None:
    state = _with_one_apart()
    p = group_of(state, "p").nodes
    members = settle(state, p)
    apart = group_of(state, "p30").nodes[0]
    assert np.array_equal(members.nodes, p)
    at = int(np.searchsorted(members.nodes, apart))
    typical = float(np.median(members.bits))
    assert members.bits[at] < ODD_SHARE * typical
    assert members.probability[at] >= NAMED_THOUGH_ODD > NAMED


def test_topics_that_many_strangers_have_tell_no_member() -> None:
    world = World()
    crowd(world, 60)
    talking(world, "p", WORDS, 12, 1)
    talking(world, "s", WORDS, 30, 2)
    talking(world, "q", WORDS[:8], 12, 3)
    state = world.state()
    p, s, q = (group_of(state, name).nodes for name in "psq")
    before = np.mean(np.exp2(np.clip(topic_bits(state, p, s), -6, 6)))
    assert before > 4.0
    assert np.mean(np.exp2(calibrated_topics(state, p, s))) < 0.5 * before
    assert np.median(calibrated_topics(state, q, q)) > 2.0


def _members(nodes: I64, bits: float | F64, prior: float = -5.0) -> Members:
    told = np.zeros((nodes.size, len(PARTS)))
    told[:, 0] = bits
    return Members(nodes, told.sum(1), np.ones(nodes.size), told, prior)


@pytest.fixture(scope="module")
def talkers() -> State:
    """Two pools of different topics among a crowd."""
    world = World()
    crowd(world, 80)
    talking(world, "p", WORDS[:24], 20, 1)
    talking(world, "q", WORDS[24:], 20, 2)
    return world.state()


def test_an_account_that_fits_two_campaigns_is_in_the_one_that_it_fits_best(
    talkers: State,
) -> None:
    p, q = group_of(talkers, "p").nodes, group_of(talkers, "q").nodes
    strayed = _members(np.sort(np.append(p, q[:3])), 20.0)
    strayed.bits[np.isin(strayed.nodes, q)] = 9.0
    own = _members(q, 15.0)
    for order in ([strayed, own], [own, strayed]):
        contest = Contest.of(talkers, order)
        found = [contest.won(nth) for nth in range(2)]
        assert all(one is not None for one in found)
        assert {tuple(one.nodes) for one in found if one} == {tuple(p), tuple(q)}


def test_parts_that_were_found_again_do_not_cut_a_campaign_up(talkers: State) -> None:
    p = group_of(talkers, "p").nodes
    again = _members(p[:12], np.where(np.arange(12) < 4, 25.0, 10.0))
    contest = Contest.of(talkers, [_members(p, 20.0), again])
    assert contest.won(1) is None
    whole = contest.won(0)
    assert whole is not None
    assert np.array_equal(whole.nodes, p)
    assert not contest.free(p).any()


def test_a_mixture_takes_nothing_from_the_campaign_that_it_is_half_of(talkers: State) -> None:
    p, q = group_of(talkers, "p").nodes, group_of(talkers, "q").nodes
    mixture = _members(np.union1d(p, q), 20.0, -4.0)
    contest = Contest.of(talkers, [mixture, _members(q, 20.5, -5.0)])
    first, second = contest.won(0), contest.won(1)
    assert first is not None and second is not None
    assert np.array_equal(first.nodes, p)
    assert np.array_equal(second.nodes, q)


@given(st.data())
def test_nobody_is_in_two_campaigns(talkers: State, data: st.DataObject) -> None:
    n = talkers.window.population.n
    campaigns = []
    for _ in range(data.draw(st.integers(0, 5))):
        some = data.draw(st.sets(st.integers(0, n - 1), max_size=12))
        nodes = np.array(sorted(some), np.int64)
        bits = data.draw(arrays(np.float64, nodes.size, elements=st.integers(5, 30)))
        campaigns.append(_members(nodes, bits))
    contest = Contest.of(talkers, campaigns)
    won = [one.nodes for nth in range(len(campaigns)) if (one := contest.won(nth)) is not None]
    every = np.concatenate([np.zeros(0, np.int64), *won])
    assert np.unique(every).size == every.size
    for nth, one in enumerate(campaigns):
        kept = contest.won(nth)
        assert kept is None or np.isin(kept.nodes, one.nodes).all()
