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
from stillwatch.detect.classes.walking import UNREAD, walk_any, walk_plain
from stillwatch.stats.normal_form import normal_table

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


def walked(text: str, machine: Automaton, *, is_normal: bool, is_plain: bool = False) -> Met | None:
    """The same from the compiled walk; None where it asks for NFKC first."""
    data = np.frombuffer(text.encode(), dtype=np.uint8)
    bounds = np.array([0, len(data), len(data), len(data)])
    walk = (machine.step, machine.letter, machine.near.reshape(-1), machine.loud, plain_columns())
    met = np.empty(3 * len(data) + 4, np.uint64)
    if is_plain:
        n, place = walk_plain(data, bounds, walk, met, np.empty(len(data), np.uint32))
    else:
        tables = fold_table(), joined_table(), normal_table()
        n, place = walk_any(data, bounds, is_normal, tables, walk, met)
    if n == UNREAD:
        return None
    return [(int(one) & 0xFFFFFFFF, int(one) >> 32) for one in met[:n]], place


@settings(max_examples=500)
@given(st.one_of(mixtures, long_mixtures, anything))
def test_the_compiled_walk_is_a_plain_walk_over_plainly_folded_text(text: str) -> None:
    expected = step_by_step(text, MACHINE)
    assert walked(unicodedata.normalize("NFKC", text), MACHINE, is_normal=True) == expected
    assert walked(text, MACHINE, is_normal=False) in (None, expected)


@settings(max_examples=500)
@given(st.one_of(mixtures, long_mixtures).map(lambda text: text.encode("ascii", "ignore").decode()))
def test_the_walk_over_ascii_in_four_strands_is_that_walk(text: str) -> None:
    expected = step_by_step(text, MACHINE)
    assert walked(text, MACHINE, is_normal=False, is_plain=True) == expected
    assert walked(text, MACHINE, is_normal=False) == expected


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
