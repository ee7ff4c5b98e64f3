"""Links that hold at a moment are those that plain counting finds, and cease to."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from stillwatch.detect.gathering import Packed
from stillwatch.detect.held import held_at
from stillwatch.detect.links import KIND_ID, Links, build_links
from stillwatch.detect.listed import FOREVER_US
from stillwatch.detect.looks import ALWAYS, by_looks
from stillwatch.detect.population import build_population
from stillwatch.detect.settings import DetectSettings
from stillwatch.detect.state import clock_of, open_window
from stillwatch.detect.traffic import build_traffic
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.stats.siphash import Key
from tests.rooms.detect.worlds import World, at_us, table


def some_links(seed: int) -> Links:
    """Keys with up to nine spells each, some of them the same node's again."""
    rng = np.random.default_rng(seed)
    rows = []
    for key in range(40):
        spells = []
        for node in rng.choice(12, int(rng.integers(1, 6)), replace=False).tolist():
            at = int(rng.integers(0, 50))
            for _ in range(int(rng.integers(1, 3))):
                until = at + int(rng.integers(1, 20))
                spells.append((at, node, until if rng.random() < 0.7 else FOREVER_US))
                at = until + int(rng.integers(0, 5))
                if spells[-1][2] == FOREVER_US:
                    break
        rows += [(key, *spell) for spell in sorted(spells)]
    key, known, node, until = np.array(rows, np.int64).T
    ends = np.cumsum(np.bincount(key, minlength=40))
    return Links(
        kind=np.arange(40, dtype=np.int8) % 3,
        key=np.arange(40, dtype=np.uint64) * np.uint64(7),
        offsets=np.concatenate(([0], ends)).astype(np.int64),
        node=node.astype(np.int32),
        known_us=known,
        until_us=until,
    )


def holders(links: Links, now_us: int) -> dict[int, list[int]]:
    """Per name of a key who holds it by the rule, where two do at least."""
    found: dict[int, list[int]] = defaultdict(list)
    for k, name in enumerate(links.key.tolist()):
        for row in range(links.offsets[k], links.offsets[k + 1]):
            if links.known_us[row] < now_us <= links.until_us[row]:
                found[name].append(int(links.node[row]))
    return {name: nodes for name, nodes in found.items() if len(nodes) > 1}


@pytest.mark.parametrize("seed", range(5))
def test_what_holds_is_what_plain_counting_finds(seed: int) -> None:
    links = some_links(seed)
    told, held = by_looks(links, 0, 1), None
    for now_us in (*range(0, 90, 7), 30):
        held = held_at(told, now_us, 12, held)
        rows = np.split(held.node, held.offsets[1:-1])
        by_key = {
            int(name): nodes.tolist()
            for name, nodes in zip(held.key, rows, strict=True)
            if nodes.size
        }
        assert by_key == holders(links, now_us)
        assert held.df.tolist() == [nodes.size for nodes in rows]
        for node in range(12):
            mine = held.trait_key[held.trait_offsets[node] : held.trait_offsets[node + 1]]
            assert mine.tolist() == [k for k, nodes in enumerate(rows) if node in nodes.tolist()]
        some = np.array([1, 4, 5, 11])
        offsets, among = held.among(some)
        for nodes, left in zip(rows, np.split(among, offsets[1:-1]), strict=True):
            assert left.tolist() == sorted(set(nodes.tolist()) & set(some.tolist()))


@pytest.mark.parametrize("step_us", [5, 20])
def test_rows_that_no_look_sees_are_left_out_and_all_others_hold_when_they_did(
    step_us: int,
) -> None:
    links = some_links(9)
    told = by_looks(links, 0, step_us)
    assert told.node.size < links.node.size
    assert told.first.min() >= 1
    for look in range(100 // step_us):
        held = held_at(told, look, 12)
        rows = np.split(held.node, held.offsets[1:-1])
        found = {int(n): r.tolist() for n, r in zip(held.key, rows, strict=True) if r.size}
        assert found == holders(links, look * step_us)


def test_what_never_ceases_holds_at_every_look_to_come() -> None:
    links = some_links(2)
    told = by_looks(links, 0, 1)
    for_good = np.repeat(np.diff(links.offsets) > 1, np.diff(links.offsets))
    for_good &= links.until_us == FOREVER_US
    assert (told.last == ALWAYS).sum() == for_good.sum() > 0


def test_links_by_the_looks_of_another_clock_are_refused() -> None:
    world = echoing()
    traffic = build_traffic(table(world.exchanges, EXCHANGES_SCHEMA).to_batches(), Key.of(b"c"))
    people = build_population(traffic, None)
    start, step = clock_of(traffic, DetectSettings())
    links = build_links(traffic, people)
    kept = open_window(traffic, people, by_looks(links, start, step), DetectSettings()).links
    assert kept.node.size
    with pytest.raises(ValueError, match="another clock"):
        open_window(traffic, people, by_looks(links, start, 2 * step), DetectSettings())


def echoing() -> World:
    """One span that a gives to b, and one that is later given to c as well."""
    world = World()
    words = "the quick brown fox jumps over a lazy dog while seven wizards box with five quacks"
    one = " ".join(f"{word}{i}" for i in range(8) for word in words.split())
    two = " ".join(f"{word}{i + 50}" for i in range(8) for word in words.split())
    world.send("a", 1.0, prompt="write", response=one)
    world.send("a", 2.0, prompt="write more", response=two)
    world.send("b", 5.0, prompt=f"go on with this: {one}")
    world.send("b", 6.0, prompt=f"and with this: {two}")
    world.send("c", 9.0, prompt="anything", response=two)
    world.send("b", 20.0, prompt="thanks")
    return world


def test_an_echo_lasts_until_the_model_gives_the_span_to_another() -> None:
    world = echoing()
    traffic = build_traffic(table(world.exchanges, EXCHANGES_SCHEMA).to_batches(), Key.of(b"e"))
    links = build_links(traffic, build_population(traffic, None))
    row_kind = np.repeat(links.kind, np.diff(links.offsets))
    echoes = row_kind == KIND_ID["echo"]
    spans = set(
        zip(links.node[echoes], links.known_us[echoes], links.until_us[echoes], strict=True)
    )
    assert {(int(n), int(k), int(u)) for n, k, u in spans} == {
        (node, at_us(known), until)
        for node in (0, 1)
        for known, until in ((5.0, FOREVER_US), (6.0, at_us(9.0)))
    }
    told = by_looks(links, at_us(0.0), at_us(0.5) - at_us(0.0))
    held = [held_at(told, int(2 * hours), 3) for hours in (4.0, 5.5, 8.0, 10.0)]
    n_held = [int(one.df[one.kind == KIND_ID["echo"]].sum()) for one in held]
    assert n_held[0] == 0 < n_held[1] < n_held[2] > n_held[3] == n_held[1]


def test_nodes_are_numbered_as_they_come_and_firms_are_as_their_first_account() -> None:
    world = World()
    firm = {"organisation": "One Firm", "verification": "document"}
    world.open("a late", 3.0, plan="basic", **firm)
    world.open("z early", 1.0, plan="pro", **firm)
    world.open("m", 2.0, plan="free")
    for name, hours in (("z early", 4.0), ("m", 5.0), ("a late", 6.0)):
        world.send(name, hours)
    table_of = table(world.accounts, ACCOUNTS_SCHEMA)
    batches = table(world.exchanges, EXCHANGES_SCHEMA).to_batches()
    people = build_population(build_traffic(batches, Key.of(b"n")), table_of)
    assert people.node.tolist() == [0, 1, 0]
    plans = [people.values["plan"][code] for code in people.codes["plan"].tolist()]
    assert plans == ["pro", "free"]
    assert people.opened_us.tolist() == [at_us(1.0), at_us(2.0)]
    assert people.known_us["organisation"] == at_us(4.0)
    assert people.known_by(at_us(4.0)) == frozenset()


def test_an_account_of_which_only_repeated_ids_came_is_the_last_node() -> None:
    world = World()
    for name in ("a", "b", "c"):
        world.open(name, 0.0, plan="pro" if name == "a" else None)
    for name, hours in (("b", 1.0), ("c", 2.0), ("a", 3.0)):
        world.send(name, hours)
    world.exchanges[2]["exchange_id"] = world.exchanges[1]["exchange_id"]
    batches = table(world.exchanges, EXCHANGES_SCHEMA).to_batches()
    traffic = build_traffic(batches, Key.of(b"d"))
    assert traffic.n_duplicates == 1
    people = build_population(traffic, table(world.accounts, ACCOUNTS_SCHEMA))
    assert people.node.tolist() == [2, 0, 1]
    assert "plan" not in people.known_us


def test_what_others_leave_of_groups_is_told_where_it_is_enough() -> None:
    groups = Packed.of([np.array([1, 2, 3]), np.array([4, 5]), np.array([3, 5, 6, 7])])
    taken = np.isin(np.arange(9), [3, 4])
    rest, which = groups.without(taken, 2)
    assert which.tolist() == [0, 2]
    assert [rest.group(nth).tolist() for nth in range(rest.n)] == [[1, 2], [5, 6, 7]]
