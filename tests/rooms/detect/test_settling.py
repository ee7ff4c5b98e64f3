"""Parts of one campaign are one campaign, and two campaigns stay two."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.detect import belonging
from stillwatch.detect.belonging import ENOUGH, belong, is_tied
from stillwatch.detect.group import Group
from stillwatch.detect.opening import Opened
from stillwatch.detect.settling import whole_of
from stillwatch.detect.state import State
from stillwatch.detect.weighing import weigh
from tests.rooms.detect.worlds import World, crowd, group_of


def _pool(world: World, name: str, n: int, each: int, seed: int, from_h: float = 0.0) -> None:
    """Accounts to which requests are dealt evenly, at hours that the pool has in common."""
    rng = np.random.default_rng(seed)
    busy = from_h + 6.0 * np.sort(rng.choice(8, 3, replace=False))
    for i in range(n):
        world.open(f"{name}{i:04d}", -1.0, payment=f"{name}card{i // 8}")
        for hours in rng.choice(busy, each) + rng.uniform(0, 5, each):
            world.send(f"{name}{i:04d}", float(hours), address=f"{name}ip{rng.integers(n // 4)}")


@pytest.fixture(scope="module")
def state() -> State:
    """A crowd and two pools that share nothing, one of them large."""
    world = World()
    crowd(world, 80)
    _pool(world, "p", 500, 12, seed=1)
    _pool(world, "q", 40, 70, seed=2, from_h=48.0)
    return world.state()


def _opened(state: State, nodes: np.ndarray, look: int, bits: float) -> Opened:  # type: ignore[type-arg]
    return Opened(np.sort(nodes), look, bits, weigh(Group(state, np.sort(nodes)[:1])))


def test_parts_are_joined_to_their_campaign_and_the_earliest_look_stays(state: State) -> None:
    p = group_of(state, "p").nodes
    parts = [
        _opened(state, p[:450], 9, 40.0),
        _opened(state, p[100:160], 4, 55.0),
        _opened(state, np.concatenate((p[430:], p[:20])), 6, 30.0),
    ]
    before = [(part.nodes.copy(), list(part.heard)) for part in parts]
    (whole,) = whole_of(state, parts)
    assert np.array_equal(whole.nodes, p)
    assert (whole.opened_at_look, whole.bits, whole.n_parts) == (4, 55.0, 3)
    assert sorted(look for look, _ in whole.heard) == [4, 6, 9]
    for part, (nodes, heard) in zip(parts, before, strict=True):
        assert np.array_equal(part.nodes, nodes)
        assert part.heard == heard


def test_order_of_opening_does_not_matter(state: State) -> None:
    p = group_of(state, "p").nodes
    parts = [_opened(state, p[i : i + 200], i, 30.0 + i) for i in (0, 100, 200, 300)]
    for order in (parts, parts[::-1]):
        (whole,) = whole_of(state, order)
        assert np.array_equal(whole.nodes, p)


def test_parts_without_a_common_member_are_joined_by_what_they_share(state: State) -> None:
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    parts = [_opened(state, q[::2], 5, 40.0), _opened(state, q[1::2], 7, 41.0)]
    whole, other = sorted(whole_of(state, [*parts, _opened(state, p, 6, 50.0)]), key=_size)
    assert np.array_equal(whole.nodes, q)
    assert np.array_equal(other.nodes, p)


def _size(opened: Opened) -> int:
    return int(opened.nodes.size)


def test_parts_that_share_nothing_as_opened_are_joined_by_the_members_they_settled_to(
    state: State,
) -> None:
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    cards = [_opened(state, q[i * 8 : i * 8 + 8], 5 + i, 40.0) for i in (0, 3)]
    assert len(whole_of(state, cards)) == 2
    settled = {5: q[:30], 8: q[8:]}
    opened = [*cards, _opened(state, p, 6, 50.0)]
    found = whole_of(state, opened, lambda one: settled.get(one.opened_at_look, p))
    assert sorted(map(_size, found)) == [16, p.size]
    none = np.zeros(0, np.int64)
    assert len(whole_of(state, cards, lambda _: none)) == 2


def test_campaigns_that_use_one_means_and_share_no_load_stay_two() -> None:
    world = World()
    crowd(world, 500)
    rng = np.random.default_rng(5)
    for i in range(60):
        name = f"{'rs'[i % 2]}{i:02d}"
        world.open(name, -1.0, payment=f"card{i // 12}")
        for hours in rng.uniform(0, 90, int(rng.lognormal(3.0, 1.2)) + 3):
            world.send(name, float(hours), address=f"exit{rng.integers(8)}")
    state = world.state()
    r, s = (group_of(state, name).nodes for name in "rs")
    assert is_tied(state, r, s)
    found = whole_of(state, [_opened(state, r, 3, 50.0), _opened(state, s, 5, 50.0)])
    assert len(found) == 2


def test_ties_are_told_alike_when_hardly_any_are_kept(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    asked = [(p[:8], p[8:]), (p[:8], q), (q[:16:2], q), (p[1::2], p[::2]), (p[:8], p[8:])]
    told = []
    for kept_bytes in (belonging.KEPT_BYTES, 1):
        monkeypatch.setattr(belonging, "KEPT_BYTES", kept_bytes)
        state.known.clear()
        told.append([is_tied(state, small, large) for small, large in asked])
        assert len(state.known) == (1 if kept_bytes == 1 else 3)
    assert told[0] == told[1]
    assert len(set(told[0])) == 2


def test_two_pools_that_overlap_stay_two(state: State) -> None:
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    found = whole_of(
        state, [_opened(state, p, 3, 50.0), _opened(state, np.union1d(q, p[:25]), 5, 50.0)]
    )
    assert len(found) == 2


def test_a_small_group_is_heard_beside_a_large_one(state: State) -> None:
    p, q = group_of(state, "p").nodes, group_of(state, "q").nodes
    assert p.size > ENOUGH
    assert belong(state, p[:40], p[40:])
    assert not belong(state, q, p)
