"""Keyed sketches of text: digests, winnowed shingles, long spans, topic cells.

A text becomes tokens (a run of word characters, or one code point of a script without
blanks, of most such scripts with some before it; digits are masked), tokens become
rolling hashes of ``SHINGLE_TOKENS`` tokens, and of each ``WINNOW_WINDOW`` neighbours the
least is kept (winnowing, Schleimer et al. 2003), so that two texts which share
``SHINGLE_TOKENS + WINNOW_WINDOW - 1`` tokens in a row always share a kept hash. What
leaves this module has passed SipHash-2-4 under the caller's key.

Only the first ``HEAD_BYTES`` and last ``TAIL_BYTES`` of a text are tokenised for
shingles, which bounds the work on a 10 MB text; the digest covers every byte. Equal
texts of a batch are sketched once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.stats.folding import GROWTH, UNREAD, fold_text, normalised, text_tables
from stillwatch.stats.siphash import Key, siphash_words
from stillwatch.stats.texts import Hashed, buffers, first_equal, gather, hash_texts
from stillwatch.stats.tokens import SEED, P, hash_bytes, mix
from stillwatch.stats.words import find_tokens, words_room

__all__ = [
    "N_CELLS",
    "Key",
    "TextSketch",
    "digest_texts",
    "sketch_texts",
]

SHINGLE_TOKENS = 4
WINNOW_WINDOW = 6
HEAD_BYTES = 2048
TAIL_BYTES = 1024
MAX_SHINGLES = 192
N_CELLS = 64

#: six counters of ten bits in a word, one for each of the low bits of a token.
LANE = 1023
#: stands for a shingle past the end of a short text.
NEVER = np.uint64(2**64 - 1)
#: a copy of six bits for each counter, and the bit of each that is its own.
COPIES = np.uint64(sum(1 << 9 * bit for bit in range(6)))
OWN = np.uint64(sum(1 << 10 * bit for bit in range(6)))

U64 = npt.NDArray[np.uint64]
U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
I32 = npt.NDArray[np.int32]


_ONE, _TWO, _THREE, _FOUR, _FIVE = (np.uint64(n) for n in range(1, 6))


@nb.njit(cache=True)
def _roll(tok, m, roll):  # type: ignore[no-untyped-def]
    """Hashes of the ``m`` runs of ``SHINGLE_TOKENS`` tokens, in simple passes."""
    for i in range(m):
        roll[i] = SEED
    for j in range(np.uint64(SHINGLE_TOKENS)):
        for i in range(np.uint64(m)):
            roll[i] = mix(roll[i] ^ tok[i + j]) * P
    for i in range(m):
        roll[i] = mix(roll[i])


@nb.njit(cache=True)
def _winnow(tok, n, roll, out):  # type: ignore[no-untyped-def]
    """Winnowed shingles of ``tok[:n]`` into ``out``; return how many.

    Of each window the least is kept, the last of equals, unless the window before kept it too:
    that is so where it is not the one that the window lost, and what came is greater.
    """
    m = n - SHINGLE_TOKENS + 1
    if m <= 0:
        return 0
    _roll(tok, m, roll)
    for i in range(m, m + WINNOW_WINDOW):
        roll[i] = NEVER
    # ``tok`` is not needed any more: the least of what a window shares with the one before
    rest = tok
    for i in range(np.uint64(m)):
        first, second = min(roll[i], roll[i + _ONE]), min(roll[i + _TWO], roll[i + _THREE])
        least = min(first, second)
        rest[i] = min(least, roll[i + _FOUR])
    least = min(rest[0], roll[_FIVE])
    out[0] = least
    kept = _ONE
    for start in range(_ONE, np.uint64(max(m, WINNOW_WINDOW) - WINNOW_WINDOW + 1)):
        came = roll[start + _FIVE]
        is_new = (came <= least) | (roll[start - _ONE] < rest[start])
        least = min(rest[start], came)
        out[kept] = least
        kept += np.uint64(is_new)
        if kept == MAX_SHINGLES:
            break
    return np.int64(kept)


@nb.njit(cache=True)
def _cell(tok, n):  # type: ignore[no-untyped-def]
    """Signs of a SimHash of six bits: which bits are set in most tokens."""
    ones = np.zeros(6, np.int64)
    for begin in range(0, n, LANE):
        lanes = np.uint64(0)
        for i in range(np.uint64(begin), np.uint64(min(n, begin + LANE))):
            lanes += ((tok[i] & np.uint64(63)) * COPIES) & OWN
        for bit in range(6):
            ones[bit] += np.int64((lanes >> np.uint64(10 * bit)) & np.uint64(LANE))
    cell = 0
    for bit in range(6):
        cell |= (2 * ones[bit] > n) << bit
    return cell


@nb.njit(cache=True, inline="always")
def _ends(data, lo, hi, is_plain, kinds, room, tok):  # type: ignore[no-untyped-def]
    """Tokens of the head and the tail of ``data[lo:hi]`` into ``tok``; return how many."""
    head = min(hi, lo + HEAD_BYTES)
    n = find_tokens(data, lo, head, is_plain, kinds, room, tok)
    if hi > head:
        start = max(head, hi - TAIL_BYTES)
        while start < hi and (data[start] & 0xC0) == 0x80:
            start += 1
        n += find_tokens(data, start, hi, is_plain, kinds, room, tok[n:])
    return n


@nb.njit(cache=True, nogil=True)
def _sketch_rows(data, offsets, rows, is_normal, tables, k0, k1, out, shingles):  # type: ignore[no-untyped-def]
    """Sketch some texts.

    Args:
        data: UTF-8 bytes.
        offsets: bounds of all texts, ``(n + 1,)``.
        rows: which texts to sketch.
        is_normal: whether they are known to be in NFKC.
        tables: of normal forms, of folded code points, the long list and the kinds.
        k0, k1: the key.
        out: hash (taken as it is where a text is ASCII), ASCII or not, cell, tokens
            (``UNREAD`` where NFKC must come first), first shingle and number of shingles.
        shingles: room for all of them.
    """
    hashes, plain, cell, n_tok, first, n_shingles = out
    longest = 0
    for row in rows:
        if not plain[row]:
            longest = max(longest, offsets[row + 1] - offsets[row])
    folded = np.empty(GROWTH * longest + 1, np.uint8)
    tok = np.empty(HEAD_BYTES + TAIL_BYTES + 4, np.uint64)
    roll = np.empty(HEAD_BYTES + TAIL_BYTES + 4, np.uint64)
    room = words_room(max(HEAD_BYTES, TAIL_BYTES))
    fill = 0
    for row in rows:
        lo, hi = offsets[row], offsets[row + 1]
        if plain[row]:
            n = _ends(data, lo, hi, True, tables[3], room, tok)
        else:
            size = fold_text(data, lo, hi, is_normal, tables[:3], folded, folded.size)
            if size == UNREAD:
                n_tok[row] = UNREAD
                continue
            hashes[row] = hash_bytes(folded, 0, size)
            n = _ends(folded, 0, size, False, tables[3], room, tok)
        cell[row] = _cell(tok, n)
        n_tok[row] = n
        took = _winnow(tok, n, roll, shingles[fill:])
        first[row], n_shingles[row] = fill, took
        fill += took
    siphash_words(hashes, k0, k1)
    siphash_words(shingles[:fill], k0, k1)
    return fill


@dataclass(frozen=True, slots=True)
class TextSketch:
    """Sketches of ``n`` texts.

    Attributes:
        digest: ``(n,)`` keyed digest of the whole text; 0 where the text is null.
        offsets: ``(n + 1,)`` where each text's shingles start in ``shingles``.
        shingles: ``(n_shingles,)`` keyed winnowed shingles.
        cell: ``(n,)`` topic cell, 0 to ``N_CELLS - 1``: signs of a bag-of-words SimHash.
        n_tokens: ``(n,)`` tokens seen (head and tail only for long texts).
        n_chars: ``(n,)`` code points as they came, 0 where the text is null.
        same: ``(n,)`` row of an equal text before, or the row itself.
        plain: ``(n,)`` whether the text is ASCII.
    """

    digest: U64
    offsets: I64
    shingles: U64
    cell: U8
    n_tokens: I32
    n_chars: I32
    same: I64
    plain: npt.NDArray[np.bool_]


def digest_texts(texts: pa.Array, key: Key) -> U64:
    """Keyed digests ``(n,)`` of strings as they stand; 0 where null."""
    out = hash_texts(texts).hashes
    siphash_words(out, key.k0, key.k1)
    return _blank_nulls(out, texts)


def sketch_texts(texts: pa.Array, key: Key) -> TextSketch:
    """Digest, shingles, topic cell and size of each text."""
    found = hash_texts(texts)
    same = first_equal(texts, found.hashes)
    n = len(texts)
    rows = np.flatnonzero(same == np.arange(n))
    made = _Made.room(n, found)
    shingles = made.sketch(texts, rows, key, is_normal=False)
    odd = rows[made.n_tok[rows] == UNREAD]
    if odd.size:
        normal = normalised(texts.take(pa.array(odd)))
        rest = _Made.room(odd.size, hash_texts(normal))
        rest.plain[:] = False
        more = rest.sketch(normal, np.arange(odd.size), key, is_normal=True)
        rest.first[:] += shingles.size
        made.put(odd, rest)
        shingles = np.concatenate([shingles, more])
    starts, values = gather(shingles, made.first[same], made.n_shingles[same])
    digest = _blank_nulls(made.hashes[same], texts)
    return TextSketch(
        digest, starts, values, made.cell[same], made.n_tok[same], found.n_chars, same, found.plain
    )


@dataclass(frozen=True, slots=True)
class _Made:
    """What is made of texts, each ``(n,)``; see ``_sketch_rows``."""

    hashes: U64
    plain: npt.NDArray[np.bool_]
    cell: U8
    n_tok: I32
    first: I64
    n_shingles: I64

    @classmethod
    def room(cls, n: int, found: Hashed) -> _Made:
        """Room for ``n`` texts."""
        long = (np.zeros(n, np.int64), np.zeros(n, np.int64))
        return cls(found.hashes, found.plain, np.zeros(n, np.uint8), np.zeros(n, np.int32), *long)

    def sketch(self, texts: pa.Array, rows: I64, key: Key, *, is_normal: bool) -> U64:
        """Fill in some rows; gives their shingles."""
        data, offsets = buffers(texts)
        bound = np.minimum((offsets[rows + 1] - offsets[rows]) * GROWTH // 2 + 1, MAX_SHINGLES)
        shingles = np.empty(int(bound.sum()) + MAX_SHINGLES, np.uint64)
        out = tuple(getattr(self, name) for name in self.__slots__)
        fill = _sketch_rows(
            data, offsets, rows, is_normal, text_tables(), key.k0, key.k1, out, shingles
        )
        return shingles[:fill]

    def put(self, rows: I64, others: _Made) -> None:
        """Take over what was made elsewhere of some rows."""
        for name in self.__slots__:
            getattr(self, name)[rows] = getattr(others, name)


def _blank_nulls(hashes: U64, texts: pa.Array) -> U64:
    hashes[hashes == 0] = 1
    if texts.null_count:
        hashes[np.asarray(texts.is_null())] = 0
    return hashes
