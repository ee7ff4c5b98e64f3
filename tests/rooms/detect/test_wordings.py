"""Templates of nodes are what plain counting finds, however much is read at a time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

import numpy as np
import pytest

from stillwatch.detect.by_key import RANGE_BITS, in_ranges
from stillwatch.detect.population import build_population
from stillwatch.detect.shelf import Memory
from stillwatch.detect.traffic import Traffic, build_traffic
from stillwatch.detect.wordings import Wordings, find_wordings
from stillwatch.model import ACCOUNTS_SCHEMA, EXCHANGES_SCHEMA
from stillwatch.stats.siphash import Key
from tests.rooms.detect.worlds import World, sentence, table

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho".split()


def firm_and_people() -> World:
    """Ten accounts of one firm, a disclosed one, and people with few and with many prompts."""
    rng, world = np.random.default_rng(8), World()
    for i in range(40):
        firm = {"organisation": "One Firm", "verification": "document"} if i < 10 else {}
        world.open(f"a{i}", 0.0, disclosed="partner" if i == 10 else None, **firm)
        for _ in range(int(rng.integers(1, 40))):
            kind = "summarise the following report in three short sentences for a manager: "
            text = (kind if rng.random() < 0.3 else "") + sentence(rng, WORDS, 14)
            again = rng.random() < 0.1
            world.send(f"a{i}", float(rng.uniform(0, 48)), prompt=text if not again else f"{kind}.")
    return world


def counted(traffic: Traffic, node: np.ndarray) -> set[tuple[int, int, int, int]]:
    """The rule, row by row: (node, shingle, since which exchange, until which or -1)."""
    held: dict[int, set[int]] = {}
    for share in traffic.lists["shingles"].shares():
        parts = np.split(share.values, np.cumsum(share.sizes)[:-1])
        held |= {int(r): set(part.tolist()) for r, part in zip(share.row, parts, strict=True)}
    told: set[tuple[int, int]] = set()
    n_prompts: Counter[int] = Counter()
    times: dict[int, Counter[int]] = defaultdict(Counter)
    since: dict[tuple[int, int], int] = {}
    found = set()
    for row in range(traffic.n):
        who = int(node[row])
        if who < 0 or (who, int(traffic.digest[row])) in told:
            continue
        told.add((who, int(traffic.digest[row])))
        n_prompts[who] += 1
        times[who].update(held[row])
        n = n_prompts[who]
        need = 1 if n <= 1 else max(2, math.ceil(n * 2 / 25))
        for shingle, k in times[who].items():
            if k >= need:
                since.setdefault((who, shingle), row)
            elif (who, shingle) in since:
                found.add((who, shingle, since.pop((who, shingle)), row))
    return found | {(*which, row, -1) for which, row in since.items()}


@pytest.mark.parametrize("most", [1, 200, 1 << 20])
def test_templates_are_those_of_plain_counting(most: int) -> None:
    world = firm_and_people()
    batches = table(world.exchanges, EXCHANGES_SCHEMA).to_batches(max_chunksize=100)
    traffic = build_traffic(batches, Key.of(b"wordings"))
    people = build_population(traffic, table(world.accounts, ACCOUNTS_SCHEMA))
    node = people.node[traffic.account]
    joined = people.members.sizes > 1
    assert joined.sum() == 1
    aside = Memory()
    parts = list(in_ranges(find_wordings(traffic, node, joined, aside, most), aside, most))
    tops = [np.unique(part.key >> np.uint64(64 - RANGE_BITS)).tolist() for part in parts]
    assert all(top in ([], [nth]) for nth, top in enumerate(tops))
    got = Wordings.together(parts)
    columns = (got.node, got.key, got.row, got.over)
    found = list(zip(*(column.tolist() for column in columns), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == counted(traffic, node)
    assert len({who for who, _, _, _ in found}) > 0.9 * people.n
    again = Counter((who, key) for who, key, _, _ in found)
    assert max(again.values()) > 1
