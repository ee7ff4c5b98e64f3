"""Long spans: keyed hashes of runs of words, to see one text quoted in another."""

from __future__ import annotations

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.stats.folding import GROWTH, UNREAD, fold_text, normalised, text_tables
from stillwatch.stats.siphash import Key, siphash_words
from stillwatch.stats.texts import buffers, first_equal, gather, hash_texts
from stillwatch.stats.tokens import P, hash_tokens, mix

SPAN_TOKENS = 24
SPAN_SAMPLE = 8
SPAN_BYTES = 65536
SPAN_DISTINCT_SHARE = 0.55
MAX_SPANS = 512

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]


@nb.njit(cache=True, inline="always")
def _is_varied(tok, begin, end):  # type: ignore[no-untyped-def]
    """Whether enough of ``tok[begin:end]`` are distinct."""
    distinct = 0
    for a in range(begin, end):
        seen = False
        for b in range(begin, a):
            if tok[a] == tok[b]:
                seen = True
                break
        if not seen:
            distinct += 1
    return distinct >= SPAN_DISTINCT_SHARE * SPAN_TOKENS


@nb.njit(cache=True)
def _spans(tok, n, out):  # type: ignore[no-untyped-def]
    """Sampled spans of ``tok[:n]`` into ``out``; return how many."""
    top = np.uint64(1)
    for _ in range(SPAN_TOKENS - 1):
        top *= P
    took = 0
    h = np.uint64(0)
    for i in range(n):
        if i >= SPAN_TOKENS:
            h -= tok[i - SPAN_TOKENS] * top
        h = h * P + tok[i]
        if i < SPAN_TOKENS - 1:
            continue
        m = mix(h)
        if m % np.uint64(SPAN_SAMPLE) == 0 and _is_varied(tok, i - SPAN_TOKENS + 1, i + 1):
            out[took] = m
            took += 1
            if took == MAX_SPANS:
                break
    return took


@nb.njit(cache=True, nogil=True)
def _span_rows(data, offsets, rows, is_normal, tables, k0, k1, out, spans):  # type: ignore[no-untyped-def]
    """Spans of some texts into ``spans``; arguments as for the sketches of prompts.

    ``out`` is: ASCII or not, first span, and number of spans, ``UNREAD`` where NFKC must
    come first.
    """
    plain, first, n_spans = out
    folded = np.empty(SPAN_BYTES + 4 * GROWTH, np.uint8)
    tok = np.empty(SPAN_BYTES // 2 + 4, np.uint64)
    fill = 0
    for row in rows:
        lo, hi = offsets[row], offsets[row + 1]
        if plain[row]:
            n = hash_tokens(data, lo, min(hi, lo + SPAN_BYTES), tables[3], tok)
        else:
            size = fold_text(data, lo, hi, is_normal, tables[:3], folded, SPAN_BYTES)
            if size == UNREAD:
                n_spans[row] = UNREAD
                continue
            n = hash_tokens(folded, 0, min(size, SPAN_BYTES), tables[3], tok)
        took = _spans(tok, n, spans[fill : fill + MAX_SPANS])
        first[row], n_spans[row] = fill, took
        fill += took
    siphash_words(spans[:fill], k0, k1)
    return fill


def span_texts(texts: pa.Array, key: Key) -> tuple[I64, U64]:
    """Long spans (``SPAN_TOKENS`` tokens, one in ``SPAN_SAMPLE`` kept) of each text.

    Returns:
        offsets ``(n + 1,)`` and keyed span hashes ``(n_spans,)``. A span whose
        tokens repeat (under 55% distinct) is never kept.
    """
    n = len(texts)
    hashed = hash_texts(texts)
    same = first_equal(texts, hashed.hashes)
    rows = np.flatnonzero(same == np.arange(n))
    first, sizes = np.zeros(n, np.int64), np.zeros(n, np.int64)
    spans = _spans_of(texts, rows, key, (hashed.plain, first, sizes), is_normal=False)
    odd = rows[sizes[rows] == UNREAD]
    if odd.size:
        normal = normalised(texts.take(pa.array(odd)))
        out = np.zeros(odd.size, np.bool_), np.zeros(odd.size, np.int64), np.zeros_like(odd)
        more = _spans_of(normal, np.arange(odd.size), key, out, is_normal=True)
        first[odd], sizes[odd] = out[1] + spans.size, out[2]
        spans = np.concatenate([spans, more])
    return gather(spans, first[same], sizes[same])


def _spans_of(
    texts: pa.Array,
    rows: I64,
    key: Key,
    out: tuple[npt.NDArray[np.bool_], I64, I64],
    *,
    is_normal: bool,
) -> U64:
    data, offsets = buffers(texts)
    bound = np.minimum((offsets[rows + 1] - offsets[rows]) * GROWTH // 2 + 1, MAX_SPANS)
    spans = np.empty(int(bound.sum()) + MAX_SPANS, np.uint64)
    fill = _span_rows(data, offsets, rows, is_normal, text_tables(), key.k0, key.k1, out, spans)
    return spans[:fill]
