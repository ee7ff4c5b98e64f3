"""Keyed sketches of text: digests, winnowed shingles, long spans, topic cells.

One pass over UTF-8 bytes. A text becomes tokens (a run of word characters, or one
CJK, kana, hangul or Thai code point; digits are masked), tokens become rolling
hashes of ``SHINGLE_TOKENS`` tokens, and of each ``WINNOW_WINDOW`` neighbours the
least is kept (winnowing, Schleimer et al. 2003), so that two texts which share
``SHINGLE_TOKENS + WINNOW_WINDOW - 1`` tokens in a row always share a kept hash.
What leaves this module has passed SipHash-2-4 under the caller's key.

Only the first ``HEAD_BYTES`` and last ``TAIL_BYTES`` of a text are tokenised for
shingles, which bounds the work on a 10 MB text; the digest covers every byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.stats.siphash import Key, siphash_word
from stillwatch.stats.tokens import SEED, P, hash_bytes, hash_tokens, mix

__all__ = [
    "N_CELLS",
    "Key",
    "TextSketch",
    "digest_texts",
    "normalised",
    "sketch_texts",
    "span_texts",
]

SHINGLE_TOKENS = 4
WINNOW_WINDOW = 6
HEAD_BYTES = 2048
TAIL_BYTES = 1024
SPAN_TOKENS = 24
SPAN_SAMPLE = 8
SPAN_BYTES = 65536
SPAN_DISTINCT_SHARE = 0.55
MAX_SHINGLES = 192
MAX_SPANS = 512
N_CELLS = 64

U64 = npt.NDArray[np.uint64]
U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]


@nb.njit(cache=True)
def _hash_rows(data, offsets, k0, k1, out):  # type: ignore[no-untyped-def]
    for r in range(offsets.size - 1):
        out[r] = siphash_word(hash_bytes(data, offsets[r], offsets[r + 1]), k0, k1)


@nb.njit(cache=True)
def _winnow(tok, n, k0, k1, out):  # type: ignore[no-untyped-def]
    """Winnowed shingles of ``tok[:n]`` into ``out``; return how many."""
    k = SHINGLE_TOKENS
    m = n - k + 1
    if m <= 0:
        return 0
    kept = 0
    last = -1
    roll = np.empty(m, np.uint64)
    for i in range(m):
        h = SEED
        for j in range(k):
            h = mix(h ^ tok[i + j]) * P
        roll[i] = mix(h)
    for start in range(max(1, m - WINNOW_WINDOW + 1)):
        stop = min(m, start + WINNOW_WINDOW)
        best = start
        for i in range(start, stop):
            if roll[i] <= roll[best]:
                best = i
        if best != last and kept < out.size:
            out[kept] = siphash_word(roll[best], k0, k1)
            kept += 1
            last = best
    return kept


@nb.njit(cache=True, nogil=True)
def _sketch_rows(data, offsets, k0, k1, digest, shingles, n_shingles, cell, n_tok):  # type: ignore[no-untyped-def]
    tok = np.empty(HEAD_BYTES + TAIL_BYTES + 2, np.uint64)
    votes = np.empty(6, np.int64)
    fill = 0
    for r in range(offsets.size - 1):
        lo, hi = offsets[r], offsets[r + 1]
        digest[r] = siphash_word(hash_bytes(data, lo, hi), k0, k1)
        head = min(hi, lo + HEAD_BYTES)
        n = hash_tokens(data, lo, head, tok)
        if hi > head:
            start = max(head, hi - TAIL_BYTES)
            while start < hi and (data[start] & 0xC0) == 0x80:
                start += 1
            n += hash_tokens(data, start, hi, tok[n:])
        votes[:] = 0
        for i in range(n):
            h = tok[i]
            for b in range(6):
                votes[b] += 1 if (h >> np.uint64(b)) & np.uint64(1) else -1
        c = 0
        for b in range(6):
            if votes[b] > 0:
                c |= 1 << b
        cell[r] = c
        n_tok[r] = n
        took = _winnow(tok, n, k0, k1, shingles[fill : fill + MAX_SHINGLES])
        n_shingles[r] = took
        fill += took
    return fill


@nb.njit(cache=True, nogil=True)
def _span_rows(data, offsets, k0, k1, spans, n_spans):  # type: ignore[no-untyped-def]
    tok = np.empty(SPAN_BYTES + 2, np.uint64)
    k = SPAN_TOKENS
    fill = 0
    for r in range(offsets.size - 1):
        lo = offsets[r]
        hi = min(offsets[r + 1], lo + SPAN_BYTES)
        n = hash_tokens(data, lo, hi, tok)
        took = 0
        top = np.uint64(1)
        for _ in range(k - 1):
            top *= P
        h = np.uint64(0)
        for i in range(n):
            if i >= k:
                h -= tok[i - k] * top
            h = h * P + tok[i]
            if i < k - 1 or took >= MAX_SPANS:
                continue
            m = mix(h)
            if m % np.uint64(SPAN_SAMPLE) != np.uint64(0):
                continue
            distinct = 0
            for a in range(i - k + 1, i + 1):
                seen = False
                for b in range(i - k + 1, a):
                    if tok[a] == tok[b]:
                        seen = True
                        break
                if not seen:
                    distinct += 1
            if distinct >= SPAN_DISTINCT_SHARE * k:
                spans[fill] = siphash_word(m, k0, k1)
                fill += 1
                took += 1
        n_spans[r] = took
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
    """

    digest: U64
    offsets: I64
    shingles: U64
    cell: U8
    n_tokens: npt.NDArray[np.int32]


def _buffers(texts: pa.Array) -> tuple[U8, I64]:
    """UTF-8 bytes and offsets ``(n + 1,)`` of a string array; nulls are empty."""
    if pa.types.is_large_string(texts.type):
        width: np.dtype[Any] = np.dtype(np.int64)
    else:
        texts = texts.cast(pa.string())
        width = np.dtype(np.int32)
    _, off, data = texts.buffers()
    offsets = np.frombuffer(off, width, count=len(texts) + 1, offset=texts.offset * width.itemsize)
    raw = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return raw, offsets.astype(np.int64)


def normalised(texts: pa.Array) -> pa.Array:
    """NFKC and lower case where a text is not ASCII; ASCII is folded while hashing."""
    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        return texts
    plain = pc.string_is_ascii(texts)
    folded = pc.utf8_lower(pc.utf8_normalize(texts, form="NFKC"))
    return pc.if_else(plain, texts, folded)


def digest_texts(texts: pa.Array, key: Key) -> U64:
    """Keyed digests ``(n,)`` of strings as they stand; 0 where null."""
    raw, offsets = _buffers(texts)
    out = np.zeros(len(texts), np.uint64)
    _hash_rows(raw, offsets, key.k0, key.k1, out)
    return _blank_nulls(out, texts)


def sketch_texts(texts: pa.Array, key: Key) -> TextSketch:
    """Digest, shingles, topic cell and token count of each text, in one pass."""
    texts = normalised(texts)
    raw, offsets = _buffers(texts)
    n = len(texts)
    digest = np.zeros(n, np.uint64)
    bound = np.minimum(np.diff(offsets) // 2 + 1, MAX_SHINGLES).sum() + MAX_SHINGLES
    shingles = np.empty(int(bound), np.uint64)
    counts = np.zeros(n, np.int64)
    cell = np.zeros(n, np.uint8)
    n_tok = np.zeros(n, np.int32)
    fill = _sketch_rows(raw, offsets, key.k0, key.k1, digest, shingles, counts, cell, n_tok)
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return TextSketch(_blank_nulls(digest, texts), starts, shingles[:fill].copy(), cell, n_tok)


def span_texts(texts: pa.Array, key: Key) -> tuple[I64, U64]:
    """Long spans (``SPAN_TOKENS`` tokens, one in ``SPAN_SAMPLE`` kept) of each text.

    Returns:
        offsets ``(n + 1,)`` and keyed span hashes ``(n_spans,)``. A span whose
        tokens repeat (under 55% distinct) is never kept.
    """
    texts = normalised(texts)
    raw, offsets = _buffers(texts)
    n = len(texts)
    bound = np.minimum(np.diff(offsets) // 2 + 1, MAX_SPANS).sum() + MAX_SPANS
    spans = np.empty(int(bound), np.uint64)
    counts = np.zeros(n, np.int64)
    fill = _span_rows(raw, offsets, key.k0, key.k1, spans, counts)
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts, spans[:fill].copy()


def _blank_nulls(hashes: U64, texts: pa.Array) -> U64:
    hashes[hashes == 0] = 1
    if texts.null_count:
        hashes[np.asarray(texts.is_null())] = 0
    return hashes
