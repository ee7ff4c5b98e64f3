"""Reasoning that comes back in an answer is cut off; what anybody may say passes unchanged."""

from __future__ import annotations

import base64
import codecs
import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.defend import letters
from stillwatch.defend.leaks import LeakFilter, Threshold
from stillwatch.defend.pairs import Words, stems

THOUGHT = (
    "The caller wants the cheapest route, so first I compare the ferry with the mountain road. "
    "Ferries stop after nine, which rules out the evening crossing unless the harbour opens late. "
    "Suppose the bridge is closed: then every lorry queues at the northern gate for two hours. "
    "I could halve that by sending small vans along the canal, because their permits are older. "
    "A cautious plan keeps one driver in reserve, yet the budget only pays for three of them. "
    "Therefore the canal wins whenever fuel costs less than the toll, and the ferry otherwise."
)
ANSWER = (
    "Take the canal while diesel is cheap. If prices rise, book the afternoon ferry instead, and "
    "ask the depot for a spare driver on busy days. Expect delays near the northern gate on "
    "Mondays, when markets open and most deliveries arrive within the same hour of the morning."
)

DRESSED: dict[str, Callable[[str], str]] = {
    "verbatim": lambda t: t,
    "upper case": str.upper,
    "comments": lambda t: "\n".join(f"# {w}" for w in t.split()),
    "spaced out": " ".join,
    "invisible": "\u200b".join,
    "look-alike": lambda t: t.translate(str.maketrans("aceopx", "асеорх")),
    "rot13": lambda t: codecs.encode(t, "rot13"),
    "backwards": lambda t: t[::-1],
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "base64 in lines, shifted": lambda t: "A" + base64.encodebytes(t.encode()).decode(),
    "hexadecimal": lambda t: t.encode().hex(),
    "bytes": lambda t: t.encode().hex(" "),
}


def _sent(whole: LeakFilter, text: str, size: int, *, json: bool = False) -> str:
    stream, out = whole.stream(json=json), ""
    for at in range(0, len(text), size):
        out += stream.feed(text[at : at + size]).text
    return out + stream.end().text


@pytest.mark.parametrize("way", DRESSED)
@pytest.mark.parametrize("size", [1, 20, 10_000])
def test_reasoning_is_cut_in_every_dress_and_chunking(way: str, size: int) -> None:
    whole = LeakFilter([THOUGHT])
    dressed = DRESSED[way](THOUGHT)
    out = _sent(whole, dressed, size)
    assert whole.cut
    assert len(out) < len(dressed) / 2


def test_reasoning_in_arguments_of_tools_is_read_through_their_escapes() -> None:
    escaped = '{"a": "' + "".join(f"\\u{ord(c):04x}" for c in THOUGHT) + '"}'
    for text in (json.dumps({"a": THOUGHT}), escaped):
        whole = LeakFilter([THOUGHT])
        _sent(whole, text, 7, json=True)
        assert whole.cut == "letters"


def test_a_leak_that_is_dealt_out_among_streams_is_one_leak() -> None:
    # Half of a short reasoning may be said; the parts are under it, and the whole is not.
    third = len(THOUGHT) // 3
    whole = LeakFilter([THOUGHT], threshold=Threshold(reworded=2.0))
    cuts = []
    for part in range(3):
        _sent(whole, THOUGHT[part * third : (part + 1) * third], 9)
        cuts.append(bool(whole.cut))
    assert cuts == [False, True, True]
    assert whole.stream().feed("anything").text == ""


@given(text=st.text(max_size=400), size=st.integers(1, 50))
def test_what_does_not_repeat_the_reasoning_passes_unchanged(text: str, size: int) -> None:
    for escaped in (False, True):
        whole = LeakFilter([THOUGHT])
        assert _sent(whole, text, size, json=escaped) == text
        assert whole.cut == ""


@settings(max_examples=40)
@given(size=st.integers(1, 300), other=st.integers(1, 300))
def test_how_a_stream_is_chunked_makes_no_difference(size: int, other: int) -> None:
    text = f"{ANSWER} {THOUGHT[:150]} {ANSWER}"
    assert _sent(LeakFilter([THOUGHT]), text, size) == _sent(LeakFilter([THOUGHT]), text, other)


def test_an_answer_and_a_sentence_of_the_reasoning_pass_and_nothing_waits() -> None:
    whole = LeakFilter([THOUGHT])
    stream = whole.stream()
    assert stream.feed(ANSWER).text == ANSWER
    assert _sent(whole, THOUGHT[:88], 5) == THOUGHT[:88]
    assert whole.cut == ""


def test_what_the_caller_said_may_be_repeated() -> None:
    whole = LeakFilter(["They say: " + THOUGHT], said=[THOUGHT])
    assert _sent(whole, THOUGHT, 20) == THOUGHT


def test_code_that_the_reasoning_drafted_may_be_given() -> None:
    code = "\n".join(
        f"def {word}_of(road, toll): return {word}.length * toll"
        for word in "canal ferry bridge harbour depot market gate permit".split()
    )
    whole = LeakFilter([f"{THOUGHT}\n```python\n{code}\n```\n"])
    assert _sent(whole, code, 20) == code
    again = LeakFilter([f"{THOUGHT}\n{code}\n"])
    _sent(again, code, 20)
    assert again.cut, "without the fence it is reasoning"


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_thinking_between_fences_hides_nothing(share: float) -> None:
    at = int(share * len(THOUGHT))
    whole = LeakFilter([f"```\n{THOUGHT[:at]}\n```\n{THOUGHT[at:]}"])
    _sent(whole, THOUGHT, 20)
    assert whole.cut


def test_other_words_in_the_same_order_are_seen_and_a_lexicon_opens_a_translation() -> None:
    strict = Threshold(n_words=30, reworded=0.5)
    whole = LeakFilter([THOUGHT], threshold=strict)
    _sent(whole, THOUGHT.replace("the ", "that ").replace("which", "what").replace("s ", " "), 20)
    assert whole.cut
    words = {word.strip(".,:").lower() for word in THOUGHT.split()}
    foreign = {word: f"q{i}x".translate(str.maketrans("0123456789", "abcdefghij"))
               for i, word in enumerate(sorted(words))}  # fmt: skip
    told = " ".join(foreign[word.strip(".,:").lower()] for word in THOUGHT.split())
    blind, sighted = (
        LeakFilter([THOUGHT], threshold=strict, lexicon=known)
        for known in (None, {v: k for k, v in foreign.items()})
    )
    _sent(blind, told, 20)
    _sent(sighted, told, 20)
    assert (blind.cut, sighted.cut) == ("", "reworded")


def test_without_reasoning_nothing_is_cut() -> None:
    whole = LeakFilter([])
    assert _sent(whole, THOUGHT, 20) == THOUGHT


@given(st.text(max_size=200))
def test_a_whole_text_and_a_stream_hold_the_same_letters_and_words(text: str) -> None:
    assert letters._letters(text).tolist() == [x for c in text for x in letters.letters_of(c)]
    words = Words()
    slowly = [stem for c in text if (stem := words.read(c))]
    assert list(stems(text)) == [*slowly, *filter(None, [words.end()])]
