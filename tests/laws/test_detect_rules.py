"""Laws of the two rules that add up evidence: families, and e-values over many tests."""

from __future__ import annotations

from math import log2

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.detect.families import SIGNALS
from stillwatch.detect.signal import Signal
from stillwatch.detect.weighing import scales_of
from stillwatch.stats.sequential import e_bh, p_to_bits

CAP = 32.0
BITS = st.floats(-200, 200, allow_nan=False)
OPERATOR = tuple(s for s in SIGNALS if s.question == "operator")
HARVEST = tuple(s for s in SIGNALS if s.question == "harvest")
READINGS = st.dictionaries(st.sampled_from(OPERATOR), BITS, max_size=len(OPERATOR))
ASIDE = st.dictionaries(st.sampled_from(HARVEST), BITS, max_size=len(HARVEST))
E_VALUES = st.lists(st.floats(-20, 40, allow_nan=False), max_size=24)
FDR = st.sampled_from([0.001, 0.01, 0.05, 0.2])


def weighed(bits: dict[Signal, float]) -> dict[str, float]:
    """The rule on bare numbers."""
    scales = scales_of(tuple(bits), CAP)
    values = np.array(list(bits.values()))
    return {**scales.by_family(values, "operator")}


@given(READINGS, st.randoms(use_true_random=False))
def test_families_do_not_depend_on_order(bits: dict[Signal, float], shuffled: object) -> None:
    order = list(bits)
    shuffled.shuffle(order)  # type: ignore[attr-defined]
    assert weighed({s: bits[s] for s in order}) == weighed(bits)


@given(READINGS)
def test_a_family_is_its_strongest_for_plus_its_strongest_against(
    bits: dict[Signal, float],
) -> None:
    wanted = {}
    for family in {s.family for s in bits}:
        own = [min(max(b, -CAP), CAP) for s, b in bits.items() if s.family == family]
        wanted[family] = max([0.0, *own]) + min([0.0, *own])
    found = weighed(bits)
    assert {f: found.get(f, 0.0) for f in wanted} == wanted
    assert set(found) <= set(wanted)


@given(READINGS, st.sampled_from(OPERATOR), st.floats(0, 1))
def test_an_echo_adds_nothing(bits: dict[Signal, float], echoing: Signal, loudness: float) -> None:
    """A further signal of a family that says the same, or says it more softly, is free."""
    own = [b for s, b in bits.items() if s.family == echoing.family and s is not echoing]
    if not own:
        return
    bits = {s: b for s, b in bits.items() if s is not echoing}
    for heard in (max(own), min(own)):
        assert weighed({**bits, echoing: heard * loudness}) == weighed(bits)


@given(READINGS, ASIDE)
def test_signs_of_harvesting_say_nothing_about_the_hand(
    bits: dict[Signal, float], aside: dict[Signal, float]
) -> None:
    assert weighed({**bits, **aside}) == weighed(bits)


@given(READINGS)
def test_weighing_twice_is_weighing_once(bits: dict[Signal, float]) -> None:
    """The strongest of each side, weighed by themselves, give the same families."""
    kept: dict[Signal, float] = {}
    for family in {s.family for s in bits}:
        own = [s for s in bits if s.family == family]
        for extreme in (max(own, key=bits.__getitem__), min(own, key=bits.__getitem__)):
            kept[extreme] = bits[extreme]
    assert weighed(kept) == weighed(bits)


@given(READINGS, st.sampled_from(SIGNALS), st.floats(0, 50))
def test_more_evidence_never_lowers_a_family(
    bits: dict[Signal, float], signal: Signal, more: float
) -> None:
    before = weighed(bits).get(signal.family, 0.0)
    stronger = {**bits, signal: max(0.0, bits.get(signal, 0.0)) + more}
    assert weighed(stronger).get(signal.family, 0.0) >= before


def slowly(bits: list[float], n: int, fdr: float) -> list[bool]:
    """e-BH as it is written down: reject the k largest, k the largest with e_(k) >= n / (fdr k)."""
    ranked = sorted(range(len(bits)), key=lambda i: -bits[i])
    best = 0
    for k in range(1, len(bits) + 1):
        if bits[ranked[k - 1]] >= log2(n / fdr) - log2(k):
            best = k
    return [ranked.index(i) < best for i in range(len(bits))]


@given(E_VALUES, st.integers(0, 500), FDR)
def test_e_bh_agrees_with_a_slow_reference(bits: list[float], more: int, fdr: float) -> None:
    n = max(1, len(bits) + more)
    found = e_bh(np.array(bits), n, fdr).tolist()
    assert found == slowly(bits, n, fdr)
    # what is rejected weighs at least as much as anything that is not
    kept = [b for b, r in zip(bits, found, strict=True) if r]
    rest = [b for b, r in zip(bits, found, strict=True) if not r]
    assert not kept or not rest or min(kept) >= max(rest)


@given(E_VALUES.filter(bool), st.data(), FDR)
def test_e_bh_is_monotone_in_evidence(bits: list[float], data: st.DataObject, fdr: float) -> None:
    before = e_bh(np.array(bits), 2 * len(bits), fdr)
    raised = np.array(bits)
    raised[data.draw(st.integers(0, len(bits) - 1))] += data.draw(st.floats(0, 30))
    after = e_bh(raised, 2 * len(bits), fdr)
    assert (after | ~before).all()
    assert not (e_bh(np.array(bits), 4 * len(bits), fdr) & ~before).any()


def test_e_bh_keeps_false_discoveries_down_under_the_null() -> None:
    rng = np.random.default_rng(0)
    n_false = 0
    for _ in range(400):
        # e-values of fair bets: mean one, whatever their dependence
        shared = rng.exponential(1.0)
        bits = np.log2(shared * rng.exponential(1.0, 50))
        n_false += bool(e_bh(bits, 50, 0.05).any())
    assert n_false / 400 <= 0.05


@given(st.floats(1e-12, 1.0))
def test_a_p_value_becomes_fewer_bits_than_it_promises(p: float) -> None:
    assert p_to_bits(p) <= max(0.0, -log2(p))


def test_calibrated_p_values_are_fair_bets() -> None:
    uniform = (np.arange(200_000) + 0.5) / 200_000
    assert np.mean([2.0 ** p_to_bits(p) for p in uniform[::7]]) <= 1.02
