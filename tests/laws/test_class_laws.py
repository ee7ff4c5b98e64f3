"""Laws of the prompt classes: spelling, company and order change nothing."""

import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.detect.classes import classify
from stillwatch.detect.classes.automaton import build_automaton, cue_bytes
from stillwatch.detect.classes.folding import fold_table, fold_text, joined_table
from stillwatch.detect.classes.reader import fold_bytes

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


@settings(max_examples=300)
@given(anything)
def test_the_compiled_fold_equals_the_plain_one(text: str) -> None:
    data = np.frombuffer(unicodedata.normalize("NFKC", text).encode(), dtype=np.uint8)
    room = 3 * len(data) + 2
    out, places = np.empty(room, np.uint8), np.empty(room, np.int64)
    n, _ = fold_bytes(data, 0, len(data), fold_table(), joined_table(), out, places)
    assert out[:n].tobytes().decode() == fold_text(text)


@given(st.lists(st.text("abc ", min_size=1, max_size=5).filter(str.strip), min_size=1), anything)
def test_the_automaton_finds_what_plain_search_finds(cues: list[str], text: str) -> None:
    machine = build_automaton([(cue, number) for number, cue in enumerate(cues)])
    haystack = fold_text(text + " " + cues[0]).encode()
    state, found = 0, set()
    for byte in haystack:
        state = int(machine.step[state, machine.letter[byte]])
        if state >= machine.first_loud:
            span = slice(machine.first_out[state], machine.first_out[state + 1])
            found |= set(machine.out_group[span].tolist())
    assert found == {at for at, cue in enumerate(cues) if cue_bytes(cue) in haystack}
