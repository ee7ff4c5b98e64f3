"""Words met before: the tokens of a text whose words are looked up instead of hashed.

Most words of a text were met in the texts before it. What each byte counts as in a token is
written out first; where words begin and end is then told by masks of sixty-four bytes; and a
word of up to sixteen bytes is found, as two 64-bit words, in a table that holds its token. The
tokens are those of :func:`stillwatch.stats.tokens.hash_tokens`, whatever the table holds.
"""

from __future__ import annotations

import numba as nb
import numpy as np

from stillwatch.stats.bits import N_BITS, at_least, n_below, word_at
from stillwatch.stats.tokens import DIGITS, FNV, GAP, SEED, WORD, P, character, hash_tokens, mix

#: words that the table holds, as a power of two.
TABLE_BITS = 13
#: the longest word in the table, bytes.
MOST_BYTES = 16
#: bytes of room behind a text that is spelled out.
ROOM = N_BITS + MOST_BYTES

_ZERO, _ONE, _TWO, _EIGHT = np.uint64(0), np.uint64(1), np.uint64(2), np.uint64(8)
_BLOCK = np.uint64(N_BITS)
_FAR = np.uint64(0x8080808080808080)
_SHIFT = np.uint64(64 - TABLE_BITS)
_ZEROES = np.uint64(48)

#: of the two eights of bytes from where a word begins, those that are its own, by its size.
KEPT = np.array(
    [[(1 << 8 * min(n, 8)) - 1, (1 << 8 * max(0, n - 8)) - 1] for n in range(MOST_BYTES + 1)],
    np.uint64,
)


@nb.njit(cache=True)
def words_room(most):  # type: ignore[no-untyped-def]
    """Room for texts of up to ``most`` bytes, with an empty table.

    Returns:
        what each byte counts as; where words begin and end, in turn; and the table: the first
        and the second eight bytes of a word, and its token.
    """
    table = np.zeros((1 << TABLE_BITS, 4), np.uint64)
    return np.empty(most + ROOM, np.uint8), np.empty(most + 2, np.uint32), table


@nb.njit(cache=True)
def _spell(text, spelled):  # type: ignore[no-untyped-def]
    """What each byte counts as in a token, 0 where it parts tokens; others stay as they are."""
    for i in range(np.uint64(text.size)):
        byte = text[i]
        low = np.uint8(byte | 32)
        is_letter = np.uint8(low - 97) < 26
        is_digit = np.uint8(byte - 48) < 10
        is_other = (byte == 95) | (byte >= 128)
        spelled[i] = low if is_letter else (48 if is_digit else (byte if is_other else 0))


@nb.njit(cache=True)
def _is_of_words(text, kinds, spelled):  # type: ignore[no-untyped-def]
    """Blank out characters that part words; tell whether all others are parts of words."""
    i, end = _ZERO, np.uint64(text.size)
    while i < end:
        if i + _EIGHT <= end and word_at(text, i) & _FAR == _ZERO:
            i += _EIGHT
            continue
        if text[i] < 128:
            i += _ONE
            continue
        width, kind, _ = character(text, i, end, kinds)
        if kind > WORD:
            return False
        if kind == GAP:
            for j in range(i, i + width):
                spelled[j] = 0
        i += width
    return True


@nb.njit(cache=True)
def _edges(spelled, size, edges):  # type: ignore[no-untyped-def]
    """Where words begin and end, in turn; gives how many words there are."""
    n, inside = _ZERO, _ZERO
    for begin in range(_ZERO, size + _ONE, _BLOCK):
        n_here = min(size - begin, _BLOCK)
        letters = at_least(spelled, begin, _ONE)
        if n_here < _BLOCK:
            letters &= (_ONE << n_here) - _ONE
        turns = letters ^ ((letters << _ONE) | inside)
        inside = letters >> np.uint64(63)
        while turns:
            edges[n] = begin + n_below(turns)
            n += _ONE
            turns &= turns - _ONE
    return n >> _ONE


@nb.njit(cache=True)
def _hashed(spelled, begin, end):  # type: ignore[no-untyped-def]
    """The token of a word."""
    h, other = SEED, _ZERO
    for i in range(begin, end):
        byte = np.uint64(spelled[i])
        h = (h ^ byte) * FNV
        other |= byte ^ _ZEROES
    return mix(h if other else DIGITS)


@nb.njit(cache=True)
def _look_up(spelled, edges, n, table, out):  # type: ignore[no-untyped-def]
    kept = KEPT
    for t in range(n):
        begin, end = np.uint64(edges[_TWO * t]), np.uint64(edges[_TWO * t + _ONE])
        size = end - begin
        if size > np.uint64(MOST_BYTES):
            out[t] = _hashed(spelled, begin, end)
            continue
        first = word_at(spelled, begin) & kept[size, 0]
        second = word_at(spelled, begin + _EIGHT) & kept[size, 1]
        at = ((first ^ (second << _ONE)) * P) >> _SHIFT
        if table[at, 0] != first or table[at, 1] != second:
            table[at, 0], table[at, 1] = first, second
            table[at, 2] = _hashed(spelled, begin, end)
        out[t] = table[at, 2]


@nb.njit(cache=True)
def find_tokens(data, lo, hi, is_plain, kinds, room, out):  # type: ignore[no-untyped-def]
    """Write token hashes of ``data[lo:hi]`` to ``out``; return how many.

    Args:
        data, lo, hi, kinds, out: as for ``hash_tokens``.
        is_plain: whether the text is known to be ASCII.
        room: of :func:`words_room`, for at least so many bytes.
    """
    spelled, edges, table = room
    text = data[lo:hi]
    _spell(text, spelled)
    if not is_plain and not _is_of_words(text, kinds, spelled):
        return hash_tokens(data, lo, hi, kinds, out)
    n = _edges(spelled, np.uint64(text.size), edges)
    _look_up(spelled, edges, n, table, out)
    return np.int64(n)
