"""Sketches of text: what is shared is seen, what is folded is equal, keys keep apart."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.stats.siphash import Key
from stillwatch.stats.sketches import (
    N_CELLS,
    SHINGLE_TOKENS,
    WINNOW_WINDOW,
    digest_texts,
    sketch_texts,
)
from stillwatch.stats.spans import SPAN_SAMPLE, SPAN_TOKENS, span_texts

KEY = Key.of(b"a secret of the laws")
OTHER = Key.of(b"another secret of the laws")
RUN = SHINGLE_TOKENS + WINNOW_WINDOW - 1

WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
WORDS = st.lists(WORD, max_size=40)
SHARED = st.lists(WORD, min_size=RUN, max_size=RUN)
TEXTS = st.lists(st.none() | st.text(max_size=80), min_size=1, max_size=6)


def _shingles(text: str, key: Key = KEY) -> set[int]:
    return set(sketch_texts(pa.array([text], pa.string()), key).shingles.tolist())


@given(SHARED, WORDS, WORDS, WORDS, WORDS)
def test_texts_that_share_a_run_share_a_hash(
    shared: list[str], before: list[str], after: list[str], left: list[str], right: list[str]
) -> None:
    one, two = " ".join([*before, *shared, *after]), "\n".join([*left, *shared, *right])
    assert _shingles(one) & _shingles(two)


@given(st.lists(WORD, min_size=SHINGLE_TOKENS, max_size=30))
def test_case_width_and_digits_make_no_difference(words: list[str]) -> None:
    plain = " ".join([*words, "42"])
    wide = plain.translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    assert _shingles(plain) == _shingles(plain.upper()) == _shingles(wide)
    assert _shingles(plain) == _shingles(" ".join([*words, "1789"]))


@given(st.lists(WORD, min_size=RUN, max_size=40))
def test_sketches_under_two_keys_have_nothing_in_common(words: list[str]) -> None:
    text = " ".join(words)
    assert not _shingles(text) & _shingles(text, OTHER)
    texts = pa.array([text])
    assert not set(digest_texts(texts, KEY).tolist()) & set(digest_texts(texts, OTHER).tolist())


@given(TEXTS)
def test_null_is_zero_and_nothing_else_is(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    null = np.array([text is None for text in texts])
    sketch = sketch_texts(column, KEY)
    assert ((sketch.digest == 0) == null).all()
    assert ((digest_texts(column, KEY) == 0) == null).all()
    assert (np.diff(sketch.offsets)[null] == 0).all()
    assert (sketch.cell < N_CELLS).all()


@given(TEXTS, st.integers(0, 5))
def test_a_text_is_sketched_alike_wherever_it_stands(texts: list[str | None], cut: int) -> None:
    column = pa.array(texts, pa.string())
    whole, tail = sketch_texts(column, KEY), sketch_texts(column.slice(cut), KEY)
    assert whole.digest[cut:].tolist() == tail.digest.tolist()
    assert whole.shingles[whole.offsets[min(cut, len(texts))] :].tolist() == tail.shingles.tolist()
    large = sketch_texts(column.cast(pa.large_string()), KEY)
    assert large.shingles.tolist() == whole.shingles.tolist()


@given(st.lists(WORD, min_size=60, max_size=90, unique=True), WORDS)
def test_spans_of_an_answer_come_back_in_a_prompt_that_quotes_it(
    answer: list[str], before: list[str]
) -> None:
    texts = pa.array([" ".join(answer), " ".join([*before, *answer])])
    offsets, spans = span_texts(texts, KEY)
    said, quoted = set(spans[: offsets[1]].tolist()), set(spans[offsets[1] :].tolist())
    assert said <= quoted


def test_about_one_span_in_a_few_is_kept_and_repetition_gives_none() -> None:
    words = [f"w{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}{'x' * (i // 676)}" for i in range(1200)]
    texts = pa.array([" ".join(words), "again and " * 600])
    offsets, _ = span_texts(texts, KEY)
    kept, repeated = np.diff(offsets)
    assert 0.5 < kept * SPAN_SAMPLE / (len(words) - SPAN_TOKENS + 1) < 1.5
    assert repeated == 0
