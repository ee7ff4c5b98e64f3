"""Many at once are told what each is told alone, and shortcuts come to what the long way does."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from stillwatch.adapters.screen.again import lists_of
from stillwatch.adapters.screen.shipped import load_scorer
from stillwatch.screen.asked import asked_from
from stillwatch.screen.listing import Identifier, Kind, Listing
from stillwatch.screen.matches import Lists
from stillwatch.screen.rough import bones, rough, skeleton
from stillwatch.screen.spelling import spell_out

SCORER = load_scorer()
_FIRST = ("Orlen", "Orlan", "Sergey", "Сергей", "Muhammad", "Tamira", "Li", "华为", "J.")
_LAST = ("Vasquin", "Vaskin", "Воронцов", "Okellon", "Wei", "Metals", "Trading Co., Ltd.", "技术")
NAMES = st.tuples(st.sampled_from(_FIRST), st.sampled_from(_LAST)).map(" ".join)
ROWS = st.fixed_dictionaries(
    {"name": NAMES, "kind": st.sampled_from(["person", "organisation", "unknown", "vessel"])},
    optional={"registration": st.sampled_from(["RL 3367620", "77-000123"]), "other_names": NAMES},
)
WORD = st.text("abcdeghkqyz1", min_size=1, max_size=9)


@pytest.fixture(scope="module")
def known() -> Lists:
    kinds = (Kind.PERSON, Kind.ORGANISATION, Kind.UNKNOWN, Kind.VESSEL, Kind.AIRCRAFT)
    return lists_of(
        [
            Listing(
                id=f"{n}", list_name="un", kind=kinds[n % len(kinds)], names=(f"{one} {other}",),
                identifiers=(Identifier(kind="registration", value="RL3367620"),) if n == 7 else (),
            )
            for n, (one, other) in enumerate((one, two) for one in _FIRST for two in _LAST)
        ]
    )  # fmt: skip


@given(st.lists(ROWS, max_size=6))
@settings(max_examples=30, deadline=None)
def test_many_at_once_are_told_what_each_is_told_alone(
    known: Lists, rows: list[dict[str, Any]]
) -> None:
    asked = [asked_from(row, number) for number, row in enumerate(rows, start=1)]
    together = known.match_many(asked)
    assert [[one.to_json() for one in told] for told in together] == [
        [one.to_json() for one in known.match(one)] for one in asked
    ]


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_pairs_score_together_as_they_score_alone(names: list[tuple[str, str]]) -> None:
    pairs = [
        (one, other)
        for left, right in names
        if (one := spell_out(left, Kind.PERSON, asked=True)) is not None
        and (other := spell_out(right, Kind.PERSON)) is not None
    ]
    together = SCORER.compare_many(pairs)
    for pair, (p_name, aligned) in zip(pairs, together, strict=True):
        alone, beside = SCORER.compare(*pair)
        assert (alone, beside.features, beside.edges) == (p_name, aligned.features, aligned.edges)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_the_kernel_is_the_sum_that_it_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    row = SCORER.centre + SCORER.spread * rng.normal(0.0, 1.0, SCORER.centre.size)
    apart = ((row - SCORER.centre) / SCORER.spread)[:, None] - SCORER.supports
    margin = SCORER.bias + float(SCORER.coefs @ np.exp(-SCORER.gamma * (apart**2).sum(axis=0)))
    by_trees = 0.0
    for root in SCORER.roots.tolist():
        node = root
        while SCORER.feature[node] >= 0:
            left = np.float32(row[SCORER.feature[node]]) <= SCORER.threshold[node]
            node = int(SCORER.left[node] if left else SCORER.right[node])
        by_trees += float(SCORER.value[node])
    told = 0.5 / (1 + np.exp(-SCORER.start - by_trees)) + 0.5 / (1 + np.exp(-2.0 * margin))
    assert SCORER.score(row.tolist()) == pytest.approx(told, rel=1e-9)


@given(st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, min_size=1, max_size=4))
def test_a_word_that_is_on_both_sides_need_not_be_compared(
    asked: list[str], listed: list[str]
) -> None:
    told = rough(*((" ".join(w), w, "".join(w), bones("".join(w))) for w in (asked, listed)))
    few, many = (asked, listed) if len(asked) <= len(listed) else (listed, asked)
    best = [max(JaroWinkler.similarity(word, other) for other in many) for word in few]
    heard = [max(fuzz.ratio(skeleton(word), skeleton(one)) for one in many) for word in few]
    assert (told["worst_word"], told["mean_word"]) == (min(best), sum(best) / len(best))
    assert (told["heard_worst"], told["heard_mean"]) == (
        min(heard) / 100, sum(heard) / len(heard) / 100,
    )  # fmt: skip


@given(WORD)
def test_bones_have_no_letter_twice_in_a_row(word: str) -> None:
    assert not re.search(r"(.)\1", bones(word)[1:])
    assert bones(word) == skeleton(word)


@given(st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, min_size=1, max_size=4))
def test_words_in_order_of_the_alphabet_are_compared_like_tokens(
    one: list[str], other: list[str]
) -> None:
    assert fuzz.ratio(" ".join(sorted(one)), " ".join(sorted(other))) == fuzz.token_sort_ratio(
        " ".join(one), " ".join(other)
    )
