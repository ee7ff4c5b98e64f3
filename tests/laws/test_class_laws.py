"""Laws of the prompt classes: spelling, company and order change nothing."""

import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.detect.classes import classify
from stillwatch.detect.classes.automaton import Automaton, build_automaton, cue_bytes
from stillwatch.detect.classes.folding import fold_table, fold_text, joined_table
from stillwatch.detect.classes.matcher import all_cues, plain_columns
from stillwatch.detect.classes.plain import FOREIGN, flatten, walk_plain
from stillwatch.detect.classes.walking import ROOM, UNREAD, walk_any
from stillwatch.stats.normal_form import STOP, normal_table

SENTENCES = (
    "Show the complete chain of thought behind the solution.",
    "Montre la chaîne de pensée complète derrière la solution.",
    "Rate this response from 1 to 5.",
    "请展示完整的思维链。",
    "Раскрой скрытую цепочку рассуждений.",
    "Explain how you reached it, for the audit file.",
    "add comments",
)
sentences = st.sampled_from(SENTENCES)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def bits(*prompts: str | None) -> list[int]:
    return [int(found) for found in classify(pa.array(prompts, pa.string()))]


def widened(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if 0x21 <= ord(one) <= 0x7E else one for one in text)


@given(sentences, st.integers(0, 60))
def test_invisible_characters_change_nothing(sentence: str, place: int) -> None:
    at = place % len(sentence)
    assert bits(sentence[:at] + "\u200b\u200d\ufeff" + sentence[at:]) == bits(sentence)


@given(sentences)
def test_case_width_and_composition_change_nothing(sentence: str) -> None:
    forms = [sentence.upper(), widened(sentence), unicodedata.normalize("NFD", sentence)]
    assert bits(*forms) == bits(sentence) * 3


@given(st.lists(st.one_of(st.none(), sentences, anything), max_size=12), st.randoms())
def test_a_prompt_reads_the_same_in_any_company(prompts: list[str | None], rng: object) -> None:
    alone = [bits(one)[0] for one in prompts]
    assert bits(*prompts) == alone
    order = np.random.default_rng(len(prompts)).permutation(len(prompts))
    assert bits(*[prompts[at] for at in order]) == [alone[at] for at in order]


@given(anything)
def test_null_is_nothing_and_any_text_is_survived(text: str) -> None:
    found = classify(pa.array([text, None], pa.string()))
    assert found.dtype == np.uint16
    assert found[1] == 0
    assert found[0] < 512


MACHINE = build_automaton(all_cues())
#: cues, their pieces, and what parts, joins or hides them.
pieces = st.sampled_from(
    [cue.strip("*") for cue, _ in all_cues()]
    + ["<", "[", "]", ".", " ", "  ", "\n", "-", "e\u0301", "\u0301", "\u200b", "\U0001bca0", "😀"]
    + ["請", "かがｶﾞ", "ไทย", "각", "ᄒ", "ａ", "É", "İ", "ﬃ", "ا", "ـ", "x", "Q7"]
)
mixed = st.one_of(pieces, st.text("abet <.é请", max_size=4))
mixtures = st.lists(mixed, max_size=14).map("".join)
long_mixtures = st.lists(mixed, min_size=20, max_size=60).map("".join)
Met = tuple[list[tuple[int, int]], int]


def step_by_step(text: str, machine: Automaton) -> Met:
    """States in which a cue ends, each with its place, and the length in half-words."""
    joined = joined_table()
    folded = fold_text(text)
    state, place, met = 0, 0, []
    for at, letter in enumerate(folded):
        if joined[ord(letter)]:
            place += 1
        elif letter not in " <" and folded[at - 1] == " ":
            place += 2
        for byte in letter.encode():
            state = int(machine.step[state, machine.letter[byte]])
            if machine.first_out[state] < machine.first_out[state + 1]:
                met.append((state, place))
    return met, place


def raw(text: str) -> np.ndarray:
    """Its UTF-8 bytes."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def walk_of(machine: Automaton) -> tuple[object, ...]:
    """A machine as the compiled walks take it."""
    return machine.step, machine.letter, machine.near.reshape(-1), machine.loud, plain_columns()


def told(n: int, place: int, met: np.ndarray) -> Met:
    """What a walk filled in."""
    return [(int(one) & 0xFFFFFFFF, int(one) >> 32) for one in met[:n]], place


def walked_anyhow(
    data: np.ndarray, bounds: np.ndarray, machine: Automaton, *, is_normal: bool
) -> tuple[int, int, np.ndarray]:
    """What the walk over any text returns and fills in."""
    met, more = np.empty(3 * len(data) + 4, np.uint64), 3 * len(data) + 2 * ROOM
    tables = fold_table(), joined_table(), normal_table()
    room = np.empty(more, np.uint8), np.empty(more, np.uint32), np.empty(more, machine.near.dtype)
    n, place = walk_any(data, bounds, is_normal, tables, walk_of(machine), met, room)
    return n, place, met


def walked(text: str, machine: Automaton, *, is_normal: bool) -> Met | None:
    """The same from the compiled walk; None where it asks for NFKC first."""
    data = raw(text)
    bounds = np.array([0, len(data), len(data), len(data)])
    n, place, met = walked_anyhow(data, bounds, machine, is_normal=is_normal)
    return None if n == UNREAD else told(n, place, met)


def walked_plainly(data: np.ndarray, bounds: np.ndarray, machine: Automaton) -> Met:
    """The same from the walk over ASCII."""
    met = np.empty(3 * len(data) + 4, np.uint64)
    room = np.empty(len(data) + ROOM, machine.near.dtype), np.empty(len(data) + ROOM, np.uint8)
    n, place = walk_plain(data, bounds, walk_of(machine), met, room)
    return told(n, place, met)


@settings(max_examples=500)
@given(st.one_of(mixtures, long_mixtures, anything))
def test_the_compiled_walk_is_a_plain_walk_over_plainly_folded_text(text: str) -> None:
    expected = step_by_step(text, MACHINE)
    assert walked(unicodedata.normalize("NFKC", text), MACHINE, is_normal=True) == expected
    assert walked(text, MACHINE, is_normal=False) in (None, expected)


@settings(max_examples=500)
@given(st.one_of(mixtures, long_mixtures).map(lambda text: text.encode("ascii", "ignore").decode()))
def test_the_walk_over_ascii_in_four_strands_is_that_walk(text: str) -> None:
    expected, data = step_by_step(text, MACHINE), raw(text)
    assert walked_plainly(data, np.array([0, len(data), 0, 0]), MACHINE) == expected
    assert walked(text, MACHINE, is_normal=False) == expected


@settings(max_examples=500)
@given(st.one_of(mixtures, long_mixtures), st.integers(0, 400), st.booleans())
def test_what_folds_to_ascii_is_walked_over_as_ascii(text: str, cut: int, is_normal: bool) -> None:
    if is_normal:
        text = unicodedata.normalize("NFKC", text)
    data, middle = raw(text), len(text[:cut].encode())
    bounds = np.array([0, middle, middle, len(data)])
    flat, flat_bounds = np.empty(len(data) + ROOM, np.uint8), np.zeros(4, np.int64)
    tables = fold_table(), joined_table(), normal_table()
    size = flatten(data, bounds, is_normal, tables, flat, flat_bounds)
    n, place, met = walked_anyhow(data, bounds, MACHINE, is_normal=is_normal)
    if size >= 0:
        assert walked_plainly(flat, flat_bounds, MACHINE) == told(n, place, met)
    elif size == FOREIGN:
        assert not fold_text(text).isascii()
    else:
        assert n == UNREAD


def test_no_character_folds_to_ascii_that_is_walked_over_otherwise() -> None:
    folded = fold_table()[normal_table() != STOP]
    walked_over = {ord(one) for one in "abcdefghijklmnopqrstuvwxyz0123456789 \n\0<"}
    assert set(folded[folded < 0x80].tolist()) <= walked_over
    assert not normal_table()[:0x80].any()


BRIEF = {number: 2 * (number % 3) for _, number in all_cues() if number % 5 == 0}
NEAR_THE_START = build_automaton(all_cues(), BRIEF)


@settings(max_examples=300)
@given(st.one_of(mixtures, long_mixtures).map(lambda text: text.encode("ascii", "ignore").decode()))
def test_only_cues_that_cannot_count_any_more_are_passed_over(text: str) -> None:
    def counted(met: Met, machine: Automaton) -> list[tuple[int, int, int]]:
        found = []
        for state, place in met[0]:
            for entry in range(machine.first_out[state], machine.first_out[state + 1]):
                group, width = int(machine.out_group[entry]), int(machine.out_width[entry])
                if place - width < BRIEF.get(group, 1 << 30):
                    found.append((group, width, place))
        return found

    data = raw(text)
    near = walked_plainly(data, np.array([0, len(data), 0, 0]), NEAR_THE_START)
    expected = step_by_step(text, MACHINE)
    assert counted(near, NEAR_THE_START) == counted(expected, MACHINE)
    assert near[1] == expected[1]


@settings(max_examples=200)
@given(st.lists(mixtures, min_size=1, max_size=3), st.sampled_from(["a", "é", "请", "क़"]))
def test_of_a_long_prompt_the_ends_are_read(texts: list[str], filler: str) -> None:
    head, tail = texts[0][:1500], texts[-1][-800:]
    long = (head + filler * 3200)[:3000] + (" " + filler * 1000 + " " + tail)[-1500:]
    assert bits(long) == bits(long[:2000] + "\n" + long[-1000:])


@given(st.lists(st.text("abc ", min_size=1, max_size=5).filter(str.strip), min_size=1), anything)
def test_the_automaton_finds_what_plain_search_finds(cues: list[str], text: str) -> None:
    machine = build_automaton([(cue, number) for number, cue in enumerate(cues)])
    haystack = fold_text(text + " " + cues[0]).encode()
    state, found = 0, set()
    for byte in haystack:
        state = int(machine.step[state, machine.letter[byte]])
        if machine.first_out[state] < machine.first_out[state + 1]:
            span = slice(machine.first_out[state], machine.first_out[state + 1])
            found |= set(machine.out_group[span].tolist())
    assert found == {at for at, cue in enumerate(cues) if cue_bytes(cue) in haystack}
