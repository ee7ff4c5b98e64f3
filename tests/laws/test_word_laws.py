"""Kernels that read many bytes or words at a time say what those say that read one by one."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.stats import sketches, texts
from stillwatch.stats.bits import at_least, n_below, n_ones, put_word, word_at
from stillwatch.stats.folding import GROWTH, UNREAD, fold_text, text_tables
from stillwatch.stats.sketches import MAX_SHINGLES, N_CELLS, SHINGLE_TOKENS, WINNOW_WINDOW
from stillwatch.stats.tokens import FNV, SEED, P, hash_bytes, hash_tokens, mix
from stillwatch.stats.words import find_tokens, words_room

U8 = npt.NDArray[np.uint8]
WRAP = 2**64

#: words of many lengths, which come again, and what parts or joins them.
SHORT = ["a", "A", "z", "Zebra", "the", "The", "_", "x_1", "7", "42", "0007", "a7", "", "eightchr"]
LONG = ["sixteen_characte", "seventeen_charact", "q" * 40, "1" * 9, "1" * 16, "1" * 17]
PARTING = [" ", "  ", ".", "\n", "-", "@", "[", "`", "{", "/", ":", "\0", "\x7f", "–", "”"]
OTHERS = ["é", "ж", "слово", "請", "かが", "ไทย", "각", "😀", "\U000e0041", "\u0301", "ß", "İ"]
PIECES = st.sampled_from([*SHORT, *LONG, *PARTING, *OTHERS])
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=60).map("".join)
LINES = st.lists(TEXTS | st.none(), max_size=9)


def raw(text: str) -> U8:
    return np.frombuffer(text.encode(), np.uint8)


def mixed(word: int) -> int:
    with np.errstate(over="ignore"):
        return int(mix.py_func(np.uint64(word)))


@nb.njit
def _word(data, at):  # type: ignore[no-untyped-def]
    return word_at(data, at)


@nb.njit
def _write(data, at, word):  # type: ignore[no-untyped-def]
    put_word(data, at, word)


@nb.njit
def _mask(values, at, bound):  # type: ignore[no-untyped-def]
    return at_least(values, at, bound)


@nb.njit
def _ones(word):  # type: ignore[no-untyped-def]
    return n_ones(word)


@nb.njit
def _below(word):  # type: ignore[no-untyped-def]
    return n_below(word)


@given(st.binary(min_size=80, max_size=80), st.integers(0, 16), st.integers(1, 255))
def test_words_and_masks_are_read_where_they_stand(data: bytes, place: int, bound: int) -> None:
    array, at = np.frombuffer(data, np.uint8), np.uint64(place)
    word = _word(array, at)
    assert word == int.from_bytes(data[place : place + 8], "little")
    copy = array.copy()
    _write(copy, at, np.uint64(word ^ 0xFF))
    assert copy[place] == array[place] ^ 0xFF
    assert (np.delete(copy, place) == np.delete(array, place)).all()
    mask = sum((one >= bound) << n for n, one in enumerate(data[place : place + 64]))
    assert _mask(array, at, np.uint64(bound)) == mask
    assert _mask(array.astype(np.uint16) * 257, at, np.uint64(bound * 257)) == mask
    assert _ones(np.uint64(mask)) == mask.bit_count()
    assert (
        _below(np.uint64(mask | 1 << 63)) == ((mask | 1 << 63) & -(mask | 1 << 63)).bit_length() - 1
    )


@settings(max_examples=500)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.integers(0, 3), st.integers(0, 3))
def test_words_that_are_looked_up_are_the_tokens_of_a_text(
    lines: list[str], begin: int, cut: int
) -> None:
    kinds = text_tables()[3]
    room = words_room(max(len(raw(line)) for line in lines))
    for line in [*lines, *lines]:
        folded = np.zeros(GROWTH * len(raw(line)) + 1, np.uint8)
        size = fold_text(raw(line), 0, len(raw(line)), True, text_tables()[:3], folded, folded.size)
        for data, hi in ((raw(line), len(raw(line))), (folded[: len(raw(line))], None)):
            end = max(0, (min(size, data.size) if hi is None else hi) - cut)
            lo = min(begin, end)
            while lo < end and data[lo] & 0xC0 == 0x80:
                lo += 1
            expected, out = np.zeros(data.size + 4, np.uint64), np.zeros(data.size + 4, np.uint64)
            n = hash_tokens(data, lo, end, kinds, expected)
            is_plain = bool((data[lo:end] < 128).all())
            for plain in {is_plain, False}:
                assert find_tokens(data, lo, end, plain, kinds, room, out) == n
                assert out[:n].tolist() == expected[:n].tolist()


def hash_plainly(data: bytes) -> int:
    """As ``hash_bytes``, in Python."""
    h = int(SEED) ^ len(data)
    whole = len(data) // 8 * 8
    for at in range(0, whole, 8):
        h = mixed(h ^ int.from_bytes(data[at : at + 8], "little")) * int(P) % WRAP
    for byte in data[whole:]:
        h = (h ^ byte) * int(FNV) % WRAP
    return mixed(h)


@given(LINES, st.integers(0, 3))
def test_texts_are_hashed_alike_four_at_a_time_and_one_by_one(
    lines: list[str | None], cut: int
) -> None:
    column = pa.array(lines, pa.string()).slice(cut)
    data, offsets = texts.buffers(column)
    n = len(column)
    for read in (texts._hash_rows, texts._hash_long_rows):
        hashes, plain = np.empty(n, np.uint64), np.empty(n, np.bool_)
        n_chars = np.empty(n, np.int32)
        read(data, offsets, hashes, plain, n_chars)
        kept = [line or "" for line in column.to_pylist()]
        assert hashes.tolist() == [hash_plainly(line.encode()) for line in kept]
        assert plain.tolist() == [line.isascii() for line in kept]
        assert n_chars.tolist() == [len(line) for line in kept]
    if n:
        assert int(hash_bytes(data, offsets[0], offsets[1])) == hash_plainly(kept[0].encode())


def winnowed_plainly(tokens: list[int]) -> list[int]:
    """The last of the least of each window, each place once."""
    rolled = []
    for at in range(len(tokens) - SHINGLE_TOKENS + 1):
        h = int(SEED)
        for token in tokens[at : at + SHINGLE_TOKENS]:
            h = mixed(h ^ token) * int(P) % WRAP
        rolled.append(mixed(h))
    kept: list[int] = []
    last = -1
    for start in range(max(1, len(rolled) - WINNOW_WINDOW + 1) if rolled else 0):
        window = rolled[start : start + WINNOW_WINDOW]
        place = max(start + n for n, one in enumerate(window) if one == min(window))
        if place != last:
            kept.append(rolled[place])
        last = place
    return kept[:MAX_SHINGLES]


#: few different tokens make equal shingles within a window.
TOKENS = st.lists(st.integers(0, WRAP - 1), max_size=40) | st.lists(st.integers(0, 1), max_size=90)


@settings(max_examples=300)
@given(TOKENS | st.lists(st.integers(0, 3), min_size=1, max_size=5).map(lambda few: few * 300))
def test_shingles_and_cells_are_those_found_plainly(tokens: list[int]) -> None:
    room = np.zeros((3, len(tokens) + 16), np.uint64)
    room[0, : len(tokens)] = tokens
    cell = sketches._cell(room[0], len(tokens))
    assert 0 <= cell < N_CELLS
    for bit in range(6):
        ones = sum(token >> bit & 1 for token in tokens)
        assert bool(cell >> bit & 1) == (2 * ones > len(tokens))
    n = sketches._winnow(room[0], len(tokens), room[1], room[2])
    assert room[2, :n].tolist() == winnowed_plainly(tokens)


def test_a_table_that_is_full_of_other_words_changes_no_token() -> None:
    rng = np.random.default_rng(5)
    letters = np.frombuffer(b"abcdefghij 0", np.uint8)
    kinds, room = text_tables()[3], words_room(4096)
    out, expected = np.zeros(4100, np.uint64), np.zeros(4100, np.uint64)
    for _ in range(60):
        data = letters[rng.integers(0, letters.size, 4096)]
        n = hash_tokens(data, 0, data.size, kinds, expected)
        assert find_tokens(data, 0, data.size, True, kinds, room, out) == n
        assert (out[:n] == expected[:n]).all()


def test_folding_stops_where_enough_was_written() -> None:
    data = raw("Ab" * 40 + "É" + "cD" * 9)
    for most in range(100):
        out = np.zeros(GROWTH * data.size + 1, np.uint8)
        size = fold_text(data, 0, data.size, False, text_tables()[:3], out, most)
        assert size != UNREAD
        assert out[:size].tobytes() == ("ab" * 40 + "e" + "cd" * 9).encode()[:most]
