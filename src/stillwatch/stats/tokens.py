"""Tokens of UTF-8 text as 64-bit hashes, without making strings.

A token is a run of word characters, or one code point of a script that is written
without blanks; ASCII letters are folded to lower case, and a number is one token
whatever its digits. Other letters are folded before (see ``folding``).

A Han character says about as much as a word does. Kana, Hangul and the letters of Thai
and its like say less, and everybody who writes them uses the same few in a row; so their
token also tells of the three, or seven, such characters before.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from stillwatch.stats.bits import word_at

M = np.uint64(0xFF51AFD7ED558CCD)
P = np.uint64(0x9E3779B97F4A7C15)
FNV = np.uint64(0x100000001B3)
SEED = np.uint64(0xCBF29CE484222325)
#: what ``mix`` turns into the token of a number, 0x0D161715.
DIGITS = np.uint64(0xFADE47C259C142C3)

#: parts words; part of a word; a token of its own; such a one with three or seven before.
GAP, WORD, ALONE, OF_FOUR, OF_EIGHT = 0, 1, 2, 3, 4

_ZERO, _ONE, _TWO, _EIGHT = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(8)
_DIGIT, _LAST_FOUR = np.uint64(48), np.uint64(0xFFFFFFFF)


def _spellings() -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    """What each ASCII byte counts as in a token, 0 where it parts tokens, shape (128,)."""
    table = np.zeros(128, np.uint8)
    for code in range(128):
        letter = chr(code)
        if letter.isdigit():
            table[code] = _DIGIT
        elif letter.isalnum() or letter == "_":
            table[code] = ord(letter.lower())
    return table


SPELLING = _spellings()


@nb.njit(cache=True, inline="always")
def mix(x):  # type: ignore[no-untyped-def]
    """Spread the bits of a 64-bit word."""
    x ^= x >> np.uint64(33)
    x *= M
    x ^= x >> np.uint64(29)
    x *= P
    return x ^ (x >> np.uint64(32))


@nb.njit(cache=True, inline="always")
def hash_word(h, word):  # type: ignore[no-untyped-def]
    """The hash of what came before, gone on with by eight bytes."""
    return mix(h ^ word) * P


@nb.njit(cache=True)
def hash_rest(h, data, i, end):  # type: ignore[no-untyped-def]
    """The hash of what came before, gone on with to the end."""
    while i + _EIGHT <= end:
        h = hash_word(h, word_at(data, i))
        i += _EIGHT
    while i < end:
        h = (h ^ np.uint64(data[i])) * FNV
        i += _ONE
    return mix(h)


@nb.njit(cache=True)
def hash_bytes(data, lo, hi):  # type: ignore[no-untyped-def]
    """Unkeyed hash of ``data[lo:hi]``, every byte."""
    i, end = np.uint64(lo), np.uint64(hi)
    return hash_rest(SEED ^ (end - i), data, i, end)


@nb.njit(cache=True, inline="always")
def character(data, i, hi, kinds):  # type: ignore[no-untyped-def]
    """Bytes of the character at ``i``, not ASCII, its kind, and its code point if below 0x10000.

    What ``hi`` cuts is a WORD.
    """
    c = np.int64(data[i])
    left = hi - i
    if c < 224 or left <= _TWO:
        if left < _TWO or c >= 224:
            return min(_TWO, left), WORD, 0
        code = ((c & 31) << 6) | np.int64(data[i + _ONE] & 63)
        return _TWO, np.int64(kinds[code]), code
    if c >= 240:
        return min(np.uint64(4), left), ALONE, 0
    middle, last = np.int64(data[i + _ONE] & 63), np.int64(data[i + _TWO] & 63)
    code = ((c & 15) << 12) | (middle << 6) | last
    return np.uint64(3), np.int64(kinds[code]), code


@nb.njit(cache=True)
def hash_tokens(data, lo, hi, kinds, out):  # type: ignore[no-untyped-def]
    """Write token hashes of ``data[lo:hi]`` to ``out``; return how many.

    Args:
        data: folded UTF-8 bytes.
        lo, hi: first byte, at which a character begins, and end.
        kinds: GAP, WORD, ALONE, OF_FOUR or OF_EIGHT for each code point below 0x10000.
        out: room for half as many tokens as there are bytes, and two more.
    """
    n, i, end = _ZERO, np.uint64(lo), np.uint64(hi)
    h, other, is_word, past = SEED, _ZERO, _ZERO, _ZERO
    while i < end:
        # without branches, for where words end cannot be foreseen
        while i < end and data[i] < 128:
            b = np.uint64(SPELLING[data[i]])
            is_letter = np.uint64(b != _ZERO)
            out[n] = h if other else DIGITS
            n += is_word & (is_letter ^ _ONE)
            kept = _ZERO - is_letter
            h = (((h ^ b) * FNV) & kept) | (SEED & ~kept)
            other = (other | (b ^ _DIGIT)) & kept
            is_word = is_letter
            i += _ONE
        if i >= end:
            break
        width, kind, code = character(data, i, end, kinds)
        if kind != WORD:
            out[n] = h if other else DIGITS
            n += is_word
            h = SEED
        if kind != GAP:
            for j in range(i, i + width):
                h = (h ^ np.uint64(data[j])) * FNV
        if kind >= ALONE:
            # eight bits a character: the low ones of those of one script differ
            past = (past << _EIGHT) ^ np.uint64(code)
            if kind != ALONE:
                h = SEED ^ (past if kind == OF_EIGHT else past & _LAST_FOUR) * FNV
            out[n] = h
            n += _ONE
            h = SEED
        is_word = np.uint64(kind == WORD)
        other = is_word
        i += width
    out[n] = h if other else DIGITS
    n += is_word
    for k in range(n):
        out[k] = mix(out[k])
    return np.int64(n)
