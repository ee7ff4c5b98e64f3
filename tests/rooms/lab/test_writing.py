"""Rows of ids become the text that joining their tokens by hand gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.lab.documents import MOST_WEIGHT, Tally, attach, documents, n_sentences
from stillwatch.lab.grammar import GLUE, LINE, Lexicon
from stillwatch.lab.ragged import Ragged, beside, from_rows
from stillwatch.lab.writing import Writer

LEXICON = Lexicon()
LEXICON.add_subjects({"tea": "cup pot leaf", "rain": "cloud drop"})
LEXICON.slot("a", ["wet", "dry"], 1.5)
FRAMES = (LEXICON.compile(["the {t} is {a1} and {a1} ."]), LEXICON.compile(["{a} , {t} |"]))
TOKENS = ["plain", f"{GLUE}.", LINE, f"({GLUE}", f"{GLUE}思考", "étude", "a b"]
IDS = [LEXICON.token(text) for text in TOKENS]
WRITER = Writer(LEXICON, FRAMES)


def joined(row: list[int]) -> str | None:
    text = " ".join(LEXICON.tokens[i] for i in row)
    for pattern in (f" {GLUE}", f"{GLUE} ", GLUE):
        text = text.replace(pattern, "")
    return text if row else None


@given(st.lists(st.lists(st.sampled_from(IDS), max_size=8), max_size=12))
def test_text_is_the_tokens_joined(rows: list[list[int]]) -> None:
    texts, pasted = WRITER.texts(from_rows(rows))
    assert texts.to_pylist() == [joined(row) for row in rows]
    assert not pasted.any()


def pairs(n: int, kind: int, seed: int = 1) -> Ragged:
    subject = np.zeros(n, dtype=np.int64)
    return documents(subject, np.full(n, kind, dtype=np.int64), np.random.default_rng(seed))


def test_a_document_is_sentences_of_its_kind_and_subject() -> None:
    texts, pasted = WRITER.texts(pairs(40, 0), 0.2)
    for text, n_words in zip(texts.to_pylist(), pasted.tolist(), strict=True):
        sentences = [s.strip() for s in text.split(".") if s.strip()]
        for sentence in sentences:
            the, thing, _, first, _, second = sentence.split()
            assert (the, first) == ("the", second)
            assert thing in ("cup", "pot", "leaf")
        assert n_words >= 7 * len(sentences)


def test_a_document_stands_on_lines_of_its_own_wherever_it_is_copied_to() -> None:
    one = pairs(1, 1)
    word = Ragged(np.array([IDS[0]], dtype=np.uint32), np.ones(1, dtype=np.int64))
    alone, before, after = (
        WRITER.texts(row, 0.1)[0][0].as_py()
        for row in (one, beside([one, word]), beside([word, one]))
    )
    assert before == f"{alone}\nplain"
    assert after == f"plain\n{alone}"


@pytest.mark.parametrize("target", [120, 700])
def test_the_scale_meets_the_mean(target: int) -> None:
    rng = np.random.default_rng(5)
    n = 4_000
    text = from_rows([[IDS[0], IDS[1], IDS[4], IDS[5]][: 1 + i % 4] for i in range(n)])
    english = np.zeros(n, dtype=np.int64)
    frames = (*FRAMES, FRAMES[0])
    writer = Writer(LEXICON, frames)
    rows = attach(text, rng.integers(0, 2, n), english, 0.5, rng)
    tally = Tally(len(frames))
    tally.add(rows.take(np.arange(1_000)), LEXICON.tokens)
    tally.add(rows.take(np.arange(1_000, n)), LEXICON.tokens)
    scale = tally.scale(target, writer.sentence_chars(len(frames)))
    written = writer.texts(rows, scale)[0].to_pylist()
    assert np.mean([len(t) for t in written]) == pytest.approx(target, rel=0.03)


def test_prompts_that_are_long_enough_get_the_shortest_documents() -> None:
    tally = Tally(1)
    tally.add(pairs(50, 0), LEXICON.tokens)
    scale = tally.scale(1.0, WRITER.sentence_chars(1))
    assert (n_sentences(np.arange(MOST_WEIGHT + 1), scale) == 1).all()
