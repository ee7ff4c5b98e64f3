"""Pairs of one person in two scripts, from the UN list; and false hits by group."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from benchmarks.screen.names.pairs import ACROSS, Pair
from stillwatch.adapters.screen.again import lists_of
from stillwatch.adapters.screen.opening import open_lists
from stillwatch.screen.asked import Asked
from stillwatch.screen.disparity import shares, worst_ratio
from stillwatch.screen.listing import Kind, Listing
from stillwatch.screen.matches import Called
from stillwatch.screen.rough import skeleton
from stillwatch.screen.spelling import latin

LEAST_IN_GROUP = 60


def across(path: Path) -> list[Pair]:
    """Names in their original script beside Latin names of the same entry, and of two others.

    Of the others one is the next in the list and one sounds most alike, which is harder.

    Args:
        path: the UN list, XML.
    """
    taken = open_lists([("", path)])[0][0]
    found = [
        (one, name)
        for one in taken.listings
        for name in one.names
        if any(ord(char) > 0x24F and char.isalpha() for char in name)
    ]
    bones = {one.id: skeleton(latin(one.names[0]).replace(" ", "")) for one, _ in found}
    people = {one.id: one for one, _ in found}
    pairs = []
    for at, (one, name) in enumerate(found):
        near = skeleton(latin(name).replace(" ", ""))
        others = [key for key in bones if key != one.id and people[key].kind is one.kind]
        alike = max(others, key=lambda key: fuzz.ratio(near, bones[key]))
        after = found[(at + 1) % len(found)][0]
        for other in (one, people[alike], after):
            if other.kind is one.kind:
                pairs.append(
                    Pair(
                        one.kind, "Person" if one.kind is Kind.PERSON else "Organization", name,
                        other.names[0], other.id == one.id, ACROSS,
                    )
                )  # fmt: skip
    return pairs


def false_hits(path: Path, n_each: int, seed: int) -> list[dict[str, Any]]:
    """How often made names of a group are called hits, by the countries that entries name.

    A made name takes its first word from one entry of a group and the rest from another, so that
    every group's names are as usual as those of its listed ones. That is harder than real
    customers, and equally hard for all.

    Args:
        path: the US Consolidated Screening List, CSV.
        n_each: made names a group.
        seed: of what is drawn.
    """
    listings = open_lists([("", path)])[0][0].listings
    people = [one for one in listings if one.kind is Kind.PERSON and len(one.countries) == 1]
    groups: dict[str, list[Listing]] = defaultdict(list)
    for one in people:
        groups[one.countries[0]].append(one)
    lists = lists_of([one for one in listings if one.kind is Kind.PERSON])
    listed = {name.casefold() for one in listings for name in one.names}
    rng = random.Random(seed)
    hits = []
    for group, those in sorted(groups.items()):
        if len(those) < LEAST_IN_GROUP:
            continue
        for name in _made(those, n_each, listed, rng):
            matches = lists.match(Asked(customer="m", names=(name,), kind=Kind.PERSON))
            hits.append((group, any(one.called is Called.NAME_ONLY for one in matches)))
    found = shares(hits)
    ratio, least = worst_ratio(found)
    rows = [
        {"kind": "false hits", "name": one.group, "n": one.n, "n_hits": one.n_hits,
         "share": one.share, "low_95": one.low, "high_95": one.high}
        for one in found
    ]  # fmt: skip
    return [
        *rows,
        {"kind": "disparity", "name": "highest over lowest", "share": ratio, "low_95": least},
    ]


def _made(those: Sequence[Listing], n: int, listed: set[str], rng: random.Random) -> list[str]:
    made: list[str] = []
    while len(made) < n:
        one, other = rng.sample(those, 2)
        first, rest = one.names[0].split(), other.names[0].split()
        name = " ".join([first[0], *rest[1:]])
        if len(rest) > 1 and name.casefold() not in listed:
            made.append(name)
    return made
