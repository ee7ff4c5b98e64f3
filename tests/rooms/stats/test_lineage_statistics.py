"""Statistics of lineage: tails are exact, p-values never too small, e-values never too large."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, poisson_binom

from stillwatch.model.errors import BadInput
from stillwatch.stats.coins import Coins, chernoff_p, chernoff_ps, grouped
from stillwatch.stats.decoys import rank_p
from stillwatch.stats.equality import equality_p, likeness
from stillwatch.stats.keyed_choices import choice_mass, hits_p, hits_p_of
from stillwatch.stats.many_tests import GRID, averaged, holm, mixed_bits, multiplied, p_of_bits
from stillwatch.stats.radioactivity import (
    green,
    naive_p,
    open_p,
    pairs_of,
    text_p,
    windows_of,
)
from stillwatch.stats.served_pairs import flip_p, lean, ranked, ranked_p, sign_p
from stillwatch.stats.siphash import Key

FEW = settings(max_examples=40, deadline=None)


def never_too_small(p_values: np.ndarray, *levels: float) -> None:
    """Exact binomial bounds on how often a p-value lies below a level under its null."""
    for level in levels:
        k = int((p_values <= level).sum())
        told = binomtest(k, p_values.size, level, alternative="greater").pvalue
        assert told > 1e-5, f"{k} of {p_values.size} below {level}"


def _coins(rng: np.random.Generator, n_groups: int, most: int) -> Coins:
    return Coins(
        rng.integers(1, 6, n_groups), rng.uniform(0.05, 0.95, n_groups),
        rng.integers(0, most, n_groups),
    )  # fmt: skip


@FEW
@given(st.integers(0, 10**6))
def test_the_tail_of_coins_is_the_one_that_counting_gives(seed: int) -> None:
    coins = _coins(np.random.default_rng(seed), 3, 4)
    exact = np.zeros(coins.most + 1)
    weights = np.repeat(coins.weights, coins.counts)
    chances = np.repeat(coins.chances, coins.counts)
    for heads in product((0, 1), repeat=weights.size):
        up = np.array(heads, bool)
        exact[int(weights[up].sum())] += np.prod(np.where(up, chances, 1 - chances))
    tails = np.cumsum(exact[::-1])[::-1]
    for total in range(coins.most + 1):
        assert coins.tail(total) == pytest.approx(tails[total], rel=1e-9, abs=2e-13)
        assert coins.tail(total) >= tails[total] * (1 - 1e-12)
    assert coins.tails(np.arange(coins.most + 2)) == pytest.approx([*tails, 0], abs=1e-12)


@pytest.mark.parametrize("n", [1, 7, 300, 5_000, 200_000])
@pytest.mark.parametrize("n_ways", [2, 3, 10, 200])
def test_hits_are_binomial_far_into_the_tail(n: int, n_ways: int) -> None:
    for z in (-3, 0, 1, 3, 6, 12, 25):
        hits = min(max(int(n / n_ways + z * (n / n_ways) ** 0.5), 0), n)
        exact = float(binom.sf(hits - 1, n, 1 / n_ways))
        assert hits_p(hits, n, n_ways) == pytest.approx(max(exact, 1e-300), rel=1e-6)


def test_slots_with_different_ways_agree_with_the_library() -> None:
    rng = np.random.default_rng(5)
    ways = rng.integers(2, 12, 60)
    for share in (0.1, 0.3, 0.6, 0.9):
        hit = rng.random(60) < share
        exact = poisson_binom.sf(int(hit.sum()) - 1, p=1 / ways)
        assert hits_p_of(hit, ways) == pytest.approx(float(exact), rel=1e-6, abs=1e-12)


@FEW
@given(st.integers(1, 400), st.integers(2, 30), st.integers(0, 10**6))
def test_more_hits_never_weigh_less(n: int, n_ways: int, seed: int) -> None:
    hits = np.sort(np.random.default_rng(seed).integers(0, n + 1, 2))
    low, high = (hits_p(int(k), n, n_ways) for k in hits)
    assert 0 < high <= low <= 1


@FEW
@given(st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_the_bound_is_above_the_tail_and_below_hoeffding(seed: int, chance: float) -> None:
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 10, 80)
    total = int((weights * (rng.random(80) < chance + 0.05)).sum())
    tail, bound = grouped(weights, chance).tail(total), chernoff_p(weights * 1.0, chance, total)
    over = max(total - chance * weights.sum(), 0.0)
    assert tail <= bound * (1 + 1e-9)
    (one,) = chernoff_ps(weights * 1.0, chance, np.array([float(total)]))
    assert bound * (1 - 1e-9) <= one <= max(bound**0.98 * 1.05, bound + 0.05)
    assert bound <= float(np.exp(-2 * over**2 / (weights**2).sum())) + 1e-12


def test_choices_of_a_stranger_are_never_too_often_the_keys() -> None:
    rng = np.random.default_rng(6)
    ways = rng.integers(2, 12, 80)
    taste = (rng.integers(0, 100, 80) ** 2) % ways  # likes some ways, the same for every key
    keys = (rng.random((2_000, 80)) * ways).astype(int)
    p = np.array([hits_p_of(row == taste, ways) for row in keys])
    never_too_small(p, 0.2, 0.05, 0.01, 1e-3)
    mass = rng.dirichlet(np.ones(11), 80)
    ranks = [
        choice_mass(mass[np.arange(80), (rng.random((100, 80)) * ways).astype(int)])
        for _ in range(1_000)
    ]
    never_too_small(np.array(ranks), 0.2, 0.05, 0.01)


@FEW
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_swapping_twins_turns_the_score_round(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(list("abcdefg"), n)) for _ in range(4)]
    assert lean(texts[2:], texts[0], texts[1]) == -lean(texts[2:], texts[1], texts[0])


def test_pairs_of_a_stranger_win_as_often_as_they_lose() -> None:
    rng = np.random.default_rng(7)
    signs, ranks, flips = [], [], []
    for _ in range(500):
        size = rng.pareto(1.0, 40) * (rng.random(40) < 0.8)  # heavy tails, and ties at nothing
        told = np.where(rng.random(40) < 0.5, size, -size)
        signs.append(sign_p(told, rng)[2])
        ranks.append(ranked_p(told))
        flips.append(flip_p(told, rng, 99))
    for p in (signs, ranks, flips):
        never_too_small(np.array(p), 0.5, 0.2, 0.05, 0.01)
    leaning = np.abs(rng.normal(size=200)) * np.where(rng.random(200) < 0.7, 1, -1)
    assert ranked_p(leaning) < 1e-4
    assert sign_p(leaning, rng)[2] < 1e-4
    assert flip_p(leaning, rng, 9_999) <= 2e-4


def test_ties_alone_prove_nothing() -> None:
    rng = np.random.default_rng(8)
    assert ranked_p(np.zeros(50)) == 1.0
    assert flip_p(np.zeros(50), rng, 99) == 1.0
    assert flip_p(np.zeros(0), rng, 99) == ranked_p(np.zeros(0)) == 1.0
    assert sign_p(np.zeros(0), rng) == (0, 0, 1.0)
    never_too_small(np.array([sign_p(np.zeros(9), rng)[2] for _ in range(2_000)]), 0.5, 0.1)


def _key(rng: np.random.Generator) -> Key:
    return Key.of(rng.bytes(32))


def test_green_is_a_fair_coin_for_each_pair_and_each_key() -> None:
    rng = np.random.default_rng(9)
    windows, tokens = rng.integers(0, 2**63, 40_000).astype(np.uint64), rng.integers(0, 9, 40_000)
    one, other = (green(windows, tokens, _key(rng), 0.3) for _ in range(2))
    assert binomtest(int(one.sum()), 40_000, 0.3).pvalue > 1e-4
    assert binomtest(int((one & other).sum()), 40_000, 0.09).pvalue > 1e-4
    again = green(windows[:1], tokens[:1], _key(np.random.default_rng(3)))
    assert again == green(windows[:1], tokens[:1], _key(np.random.default_rng(3)))


def _dull(rng: np.random.Generator, n: int, length: int, n_tokens: int) -> list[np.ndarray]:
    """Texts of a model of few words that repeats itself, as small models do."""
    chain = rng.dirichlet(np.full(n_tokens, 0.1), n_tokens)
    texts = []
    for _ in range(n):
        told = [int(rng.integers(n_tokens))]
        for _ in range(length):
            told.append(int(rng.choice(n_tokens, p=chain[told[-1]])))
        texts.append(np.array(told))
    return texts


def test_text_without_the_key_is_green_by_chance_and_the_naive_test_accuses_it() -> None:
    rng = np.random.default_rng(10)
    texts = _dull(rng, 30, 60, 12)
    keys = [_key(rng) for _ in range(300)]
    never_too_small(np.array([text_p([], texts, key) for key in keys]), 0.2, 0.05, 0.01)
    naive = np.array([naive_p(texts, key) for key in keys])
    assert binomtest(int((naive <= 0.01).sum()), 500, 0.01, alternative="greater").pvalue < 1e-6


def test_marked_text_shows_its_key_and_no_other() -> None:
    rng = np.random.default_rng(11)
    key, told = _key(rng), list(rng.integers(0, 50, 2))
    for _ in range(4_000):
        choice = rng.integers(0, 50, 2)
        window = windows_of(np.array([*told[-2:], 0]))
        hit = green(np.repeat(window, 2), choice, key)
        told.append(int(choice[1] if hit[1] and not hit[0] and rng.random() < 0.3 else choice[0]))
    assert text_p([], [np.array(told)], key) < 1e-6
    assert text_p([], [np.array(told)], _key(rng)) > 1e-4
    # What was in a prompt does not count: there is nothing left of the text that was pasted in.
    assert text_p([np.array(told)], [np.array(told)], key) == 1.0


def test_probabilities_without_the_key_are_green_by_chance() -> None:
    rng = np.random.default_rng(12)
    probs = rng.dirichlet(np.full(30, 0.3), 200)
    windows = rng.integers(0, 2**63, 200).astype(np.uint64)
    keys = [_key(rng) for _ in range(500)]
    never_too_small(np.array([open_p(probs, windows, key) for key in keys]), 0.2, 0.05, 0.01)
    lit = green(np.repeat(windows, 30).reshape(200, 30), np.tile(np.arange(30), (200, 1)), keys[0])
    leaning = probs * np.where(lit, 1.6, 1.0)
    leaning /= leaning.sum(axis=1, keepdims=True)
    assert open_p(leaning, windows, keys[0]) < 1e-6
    assert open_p(np.eye(30)[:20], windows[:20], keys[0]) == 1.0
    twice = open_p(np.vstack([leaning, leaning]), np.tile(windows, 2), keys[0])
    assert twice == open_p(leaning, windows, keys[0])


def test_texts_of_nothing_or_of_one_token_prove_nothing() -> None:
    key = _key(np.random.default_rng(13))
    assert text_p([], [], key) == text_p([], [np.zeros(1, int)], key) == naive_p([], key) == 1.0
    assert text_p([], [np.zeros(100_000, int)], key) >= 0.5
    assert pairs_of([], [np.zeros(100_000, int)]).counts.tolist() == [99_998]


def test_equal_models_are_told_apart_by_chance_alone_and_others_are() -> None:
    rng = np.random.default_rng(14)

    def said(word: float, n: int) -> list[str]:
        return ["".join(rng.choice(list("ab"), 12, p=[word, 1 - word])) for _ in range(n)]

    same = [
        equality_p([said(0.5, 4) for _ in range(3)], [said(0.5, 3) for _ in range(3)], rng,
                   n_permutations=49)[1]
        for _ in range(300)
    ]  # fmt: skip
    never_too_small(np.array(same), 0.5, 0.2, 0.06)
    far = equality_p([said(0.5, 8) for _ in range(9)], [said(0.9, 8) for _ in range(9)], rng)
    assert far[1] <= 2e-3
    assert equality_p([["a"]], [["b"]], rng) == (0.0, 1.0)
    assert likeness(["ab", "ab", "a"]).tolist()[0] == [1.0, 1.0, 0.5]
    with pytest.raises(BadInput):
        equality_p([["a", "b"]], [], rng)


@given(st.lists(st.floats(1e-12, 1.0), min_size=1, max_size=20), st.randoms())
def test_holm_is_monotone_keeps_order_and_forgets_the_order_of_tests(
    p_values: list[float], dice: object
) -> None:
    p = np.array(p_values)
    adjusted = holm(p)
    assert ((adjusted >= p) & (adjusted <= 1)).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()
    shuffled = np.arange(p.size)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    assert holm(p[shuffled]) == pytest.approx(adjusted[shuffled])
    assert holm(np.append(p, 1.0))[:-1].min() >= adjusted.min()


def test_e_values_have_mean_at_most_one_and_add_up() -> None:
    coins = Coins(np.array([1, 3]), np.array([0.1, 0.5]), np.array([6, 4]))
    pmf = -np.diff(np.append(coins.tails(np.arange(coins.most + 1)), 0.0))
    log_e = np.array([coins.log_e(total, GRID) for total in range(coins.most + 1)])
    for values in (np.exp(log_e).T, [[2.0 ** mixed_bits(row) for row in log_e]]):
        for each in values:
            assert float(pmf @ each) <= 1 + 1e-6
    # Two batches one after another are what both at once are.
    one, other = Coins(np.array([2]), np.array([0.5]), np.array([30])), coins
    both = Coins(np.array([2, 1, 3]), np.array([0.5, 0.1, 0.5]), np.array([30, 6, 4]))
    assert one.log_e(40, GRID) + other.log_e(7, GRID) == pytest.approx(both.log_e(47, GRID))
    assert multiplied(np.array([3.0, 4.0])) == 7.0
    assert averaged(np.array([3.0, 3.0])) == pytest.approx(3.0)
    assert averaged(np.array([10.0, -50.0])) == pytest.approx(9.0)
    assert (p_of_bits(20.0), p_of_bits(-3.0)) == (2.0**-20, 1.0)
    assert p_of_bits(1e9) > 0


def test_looking_again_and_again_costs_nothing() -> None:
    rng = np.random.default_rng(15)
    reached = []
    for _ in range(300):
        log_e, best = np.zeros(GRID.size), -np.inf
        for _ in range(15):
            total, coins = ranked(rng.normal(size=12))
            log_e += coins.log_e(total, GRID / 32)
            best = max(best, mixed_bits(log_e))
        reached.append(p_of_bits(best))
    never_too_small(np.array(reached), 0.2, 0.05, 0.01)


@given(st.floats(-5, 5), st.lists(st.floats(-5, 5), max_size=30))
def test_a_rank_is_a_share_and_falls_with_the_statistic(true: float, decoys: list[float]) -> None:
    p = rank_p(true, np.array(decoys))
    assert 1 / (len(decoys) + 1) <= p <= 1
    assert rank_p(true + 1, np.array(decoys)) <= p


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(BadInput):
        rank_p(float("nan"), np.zeros(3))
    with pytest.raises(BadInput):
        ranked_p(np.array([np.inf]))
    with pytest.raises(BadInput):
        holm(np.array([0.0]))
    with pytest.raises(BadInput):
        hits_p(4, 3, 2)
    with pytest.raises(BadInput):
        choice_mass(np.array([[0.1, np.nan], [0.1, 0.2]]))
