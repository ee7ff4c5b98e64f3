"""Tests on students say nothing of the innocent, whatever they answer, and something of ours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.adapters.distilling.keys import SLOTS, new_keys, ways_of
from stillwatch.defend.canaries import keyed_way
from stillwatch.defend.keys import key_of
from stillwatch.lab.distilling import NAIVE, STUDENTS, TESTS, new_task, worked
from stillwatch.lab.distilling.choices import N_SLOTS, filled, one_a_slot
from stillwatch.lab.distilling.evidence import Shown, canary_hits, examined, wrong_keys, wrong_ways
from stillwatch.lab.distilling.grammar import LENGTH, N_TOKENS, PAD, PROMPT
from stillwatch.lab.distilling.lessons import Harvest
from stillwatch.lab.distilling.marking import green_table, rows_of, windows_within
from stillwatch.lab.distilling.outcome import (
    INNOCENT,
    Measured,
    accuracy,
    adjusted,
    calibrated,
    results,
    verdict,
)
from stillwatch.stats.radioactivity import green, windows_of
from stillwatch.stats.siphash import Key

TASK = new_task(np.random.default_rng(3))
KEYS = new_keys(np.random.default_rng(4))


def answers(problems: np.ndarray, seed: int) -> np.ndarray:
    return worked(problems, TASK.results(problems), np.random.default_rng(seed))


def harvest(n: int = 120) -> Harvest:
    return Harvest(served=answers(TASK.asked(n), 1), unserved=answers(TASK.asked(n), 2))


def shown(seed: int, samples: np.ndarray, nats: np.ndarray, slots: np.ndarray) -> Shown:
    texts = answers(TASK.probe[:40], seed)
    flat = np.full((40, LENGTH, N_TOKENS), 1.0 / N_TOKENS, dtype=np.float64)
    return Shown(
        slot_answers=slots, slot_p=np.full((N_SLOTS, 10), 0.1), texts=texts, p_texts=flat,
        samples=samples, nats_served=nats, nats_unserved=np.zeros(len(nats)),
    )  # fmt: skip


def test_a_parrot_is_found_by_pairs_and_canaries_and_a_stranger_is_not() -> None:
    got = harvest()
    slots = filled(answers(one_a_slot(TASK.probe), 5), KEYS.ways)
    parrot = shown(6, np.repeat(got.served[:, None], 2, axis=1), np.ones(120), slots)
    p = examined(parrot, got, KEYS, np.random.default_rng(1))
    assert p["canaries, text"] < 1e-90
    assert p["served pairs, text"] < 1e-30
    assert p["served pairs, open"] < 1e-30
    assert p["canaries, open"] > 1e-3  # flat probabilities name no example
    assert set(p) == {*TESTS, NAIVE}
    rng = np.random.default_rng(7)
    other = np.stack([answers(TASK.asked(120), seed) for seed in (8, 9)], axis=1)
    stranger = shown(6, other, rng.normal(size=120), answers(one_a_slot(TASK.probe), 10))
    told = examined(stranger, got, KEYS, rng)
    assert min(told[test] for test in TESTS) > 1e-3


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_hostile_answers_break_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    got = harvest(30)
    noise = rng.integers(0, N_TOKENS, (N_SLOTS, LENGTH)).astype(np.int16)
    noise[:, :PROMPT] = answers(one_a_slot(TASK.probe), 1)[:, :PROMPT]
    noise[::3, PROMPT:] = PAD
    samples = rng.integers(0, N_TOKENS, (30, 2, LENGTH)).astype(np.int16)
    p = examined(shown(1, samples, np.zeros(30), noise), got, KEYS, rng)
    assert all(0 < one <= 1 for one in p.values())


def test_canaries_hit_one_key_in_ten_whatever_a_student_names() -> None:
    slots = answers(one_a_slot(TASK.probe), 3)
    stubborn = filled(slots, np.full(N_SLOTS, 7))
    rng = np.random.default_rng(2)
    ways = np.stack([ways_of(key_of(rng.bytes(32), 0)) for _ in range(200)])
    for rows in (slots, stubborn):
        seen = shown(1, rows[:1, None], np.zeros(1), rows)
        hits = [canary_hits(seen, one)[0] for one in ways]
        assert 9.0 < np.mean(hits) < 11.0
        assert (wrong_ways(seen, ways) <= 0.01).mean() <= 0.03


def test_the_rehearsal_picks_what_the_serving_side_picks() -> None:
    key = key_of(bytes(range(32)), 0)
    assert [int(keyed_way(slot, key)) for slot in SLOTS[:5]] == ways_of(key)[:5].tolist()


def test_the_table_of_marks_is_what_the_test_looks_up() -> None:
    key = Key.of(b"x")
    table = green_table(key)
    rng = np.random.default_rng(1)
    text = rng.integers(0, N_TOKENS, 500)
    told = green(windows_of(text), text[2:], key)
    assert (table[text[:-2], text[1:-1], text[2:]] == told).all()
    assert 0.49 < table.mean() < 0.51


def test_windows_stand_where_they_say() -> None:
    rows = rows_of(np.array([[9, 1, 2, 3, 4], [9, 5, 4, 3, 2]], dtype=np.int16), 1, 4)
    assert [row.tolist() for row in rows] == [[1, 2, 3, 4], [5, 4]]
    windows, which, place = windows_within(rows)
    assert which.tolist() == [0, 0]
    assert place.tolist() == [2, 3]
    assert windows.tolist() == windows_of(np.array([1, 2, 3, 4])).tolist()


def test_wrong_keys_are_tried_by_every_test_of_marks() -> None:
    seen = shown(1, answers(TASK.asked(2), 1)[:, None], np.zeros(2), answers(TASK.probe[:100], 1))
    found = wrong_keys(seen, [Key.of(bytes([n])) for n in range(50)])
    assert set(found) == {"marks, text", "marks, open", NAIVE}
    told = {one.test: one for one in calibrated([found, found])}
    assert told["marks, text"].n_keys == 100
    assert told["marks, text"].n_below[2] == 0
    assert not told[NAIVE].valid


def measured(name: str, repeat: int, right: int, **p: float) -> Measured:
    student = next(one for one in STUDENTS if one.name == name)
    told = {
        "n_right": right, "n_test": 100, "n_answered": 50, "served_tokens": 500,
        "served_right": 0.9, "lesson_tokens": 480, "n_inverted": 0, "cpu_s": 1.0,
    }  # fmt: skip
    every = dict.fromkeys((*TESTS, NAIVE), 0.5) | {k.replace("_", ", "): v for k, v in p.items()}
    return Measured(
        student=student, repeat=repeat, told=told, p=every, n_hits=10, n_slots=100, win_share=0.5
    )


def test_worlds_are_pooled_and_the_least_favourable_is_told() -> None:
    rows = [
        measured("none", 0, 90, canaries_text=1e-12), measured("none", 1, 70, canaries_text=1e-8),
        measured("independent", 0, 80, canaries_text=0.02), measured("independent", 1, 80),
    ]  # fmt: skip
    told = results(rows, [])
    ours, innocent = told["students"]
    assert ours["accuracy"]["best"] == 0.8
    assert ours["accuracy"]["low"] < 0.65
    assert ours["accuracy"]["high"] > 0.95
    assert ours["p"]["canaries, text"] == 1e-8
    assert innocent["p"]["canaries, text"] == 0.02
    assert (ours["verdict"], innocent["verdict"]) == ("ours", "not found")
    assert told["schema"] == "stillwatch.distil/1"
    assert accuracy(rows[:1]).low == pytest.approx(0.8238, abs=1e-3)


def test_holm_counts_every_student_and_test_of_a_world_and_not_the_invalid_one() -> None:
    rows = [measured("none", 0, 90, canaries_text=1e-6), measured("marks", 0, 90)]
    rows[1].p[NAIVE] = 1e-30  # type: ignore[index]
    corrected = adjusted(rows)
    assert corrected[0]["canaries, text"] == pytest.approx(12e-6)
    assert NAIVE not in corrected[1]
    assert verdict(corrected[0]) == "look into it"
    assert verdict(corrected[1]) == "not found"
    assert verdict({"x": 1e-6}) == "ours"


def test_who_never_saw_us_is_innocent() -> None:
    innocent = {one.name for one in STUDENTS if one.source in INNOCENT}
    assert innocent == {"independent", "form", "elsewhere"}
