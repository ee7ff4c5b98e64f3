"""The index finds what counting every name finds, in the same order and to the last bit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stillwatch.screen import index as index_file
from stillwatch.screen.drawers import drawers
from stillwatch.screen.index import LEAST_SHARE, MOST_UNDER_KEY, build
from stillwatch.screen.listing import Kind
from stillwatch.screen.spelling import spell_out

#: words of which some are everywhere, some rare, and some a letter or a vowel apart.
_WORDS = (
    "trading", "trading", "trading", "trading", "tradin", "metals", "metals", "orlen", "orlan",
    "vasquin", "vaskin", "tern", "of", "li", "x", "ternmetals", "metalstrading", "abcdefghijklmnop",
    "abcdefghijklmnoq",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(_WORDS), min_size=1, max_size=5).map(" ".join)
Filed = Sequence[Sequence[Sequence[int]]]


def filed(names: Sequence[str]) -> list[list[list[int]]]:
    """Drawers of names, as the lists are filed."""
    found = []
    for name in names:
        spelt = spell_out(name, Kind.PERSON)
        assert spelt is not None
        found.append([list(word) for word in drawers(spelt)])
    return found


def counted(
    names: Filed, asked: Sequence[Sequence[int]], most: int
) -> tuple[list[int], list[float]]:
    """Every name counted, as the index's first lines say it."""
    held = [{key for word in one for key in word} for one in names]
    sizes = Counter(key for one in held for key in one)
    sums, total = [np.float32(0.0)] * len(names), 0.0
    for word in asked:
        weight = math.log1p(len(names) / (1.0 + sizes[word[0]]))
        total += weight if len(word) > 1 else 0.0
        opened = [key for key in word if sizes[key] <= index_file.MOST_UNDER_KEY]
        for name, keys in enumerate(held):
            if word[0] in opened and word[0] in keys:
                sums[name] = np.float32(float(sums[name]) + weight)
            elif keys.intersection(opened):
                sums[name] = np.float32(float(sums[name]) + 0.8 * weight)
    least = np.float32(LEAST_SHARE * total)
    enough = [n for n, told in enumerate(sums) if told > 0 and told >= least]
    best = sorted(enough, key=lambda n: (-sums[n], n))[:most]
    return best, [float(sums[n] / np.float32(max(total, 1e-9))) for n in best]


@given(st.lists(NAMES, min_size=1, max_size=40), NAMES, st.integers(1, 12))
@settings(max_examples=80, deadline=None)
@example(["trading metals"] * 5 + ["trading orlen", "tern"], "trading orlen vasquin", 2)
def test_the_index_finds_what_counting_finds(names: list[str], asked: str, most: int) -> None:
    held, words = filed(names), filed([asked])[0]
    found, shares = build(held).near(words, most)
    wanted, wanted_shares = counted(held, words, most)
    assert found.tolist() == wanted
    assert shares.tolist() == wanted_shares


@given(st.lists(NAMES, min_size=3, max_size=40), NAMES, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_keys_of_many_names_are_not_followed(names: list[str], asked: str, most: int) -> None:
    held, words = filed(names), filed([asked])[0]
    before = index_file.MOST_UNDER_KEY
    index_file.MOST_UNDER_KEY = 3
    try:
        assert build(held).near(words, most)[0].tolist() == counted(held, words, most)[0]
    finally:
        index_file.MOST_UNDER_KEY = before
    assert before == MOST_UNDER_KEY


def test_one_index_asked_twice_answers_twice_the_same() -> None:
    index = build(filed(["trading metals orlen", "vasquin", "orlen vasquin", "metals"]))
    words = filed(["orlan vasquin metals trading"])[0]
    once, again = index.near(words, 3), index.near(words, 3)
    assert once[0].tolist() == again[0].tolist()
    assert once[1].tolist() == again[1].tolist()


def test_an_index_of_nothing_finds_nothing() -> None:
    for names in ([], [[]]):
        found, shares = build(names).near(filed(["orlen"])[0], 3)
        assert found.size == shares.size == 0
