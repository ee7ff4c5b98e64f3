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

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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

_M = np.uint64(0xFF51AFD7ED558CCD)
_P = np.uint64(0x9E3779B97F4A7C15)
_FNV = np.uint64(0x100000001B3)
_SEED = np.uint64(0xCBF29CE484222325)
_DIGITS = np.uint64(0x0D161715)


@nb.njit(cache=True, inline="always")
def _rotl(x, b):  # type: ignore[no-untyped-def]
    return (x << np.uint64(b)) | (x >> np.uint64(64 - b))


@nb.njit(cache=True)
def siphash_word(word, k0, k1):  # type: ignore[no-untyped-def]
    """SipHash-2-4 of one little-endian 64-bit word under the key ``(k0, k1)``."""
    v0 = k0 ^ np.uint64(0x736F6D6570736575)
    v1 = k1 ^ np.uint64(0x646F72616E646F6D)
    v2 = k0 ^ np.uint64(0x6C7967656E657261)
    v3 = k1 ^ np.uint64(0x7465646279746573)
    for block in range(2):
        m = word if block == 0 else np.uint64(8) << np.uint64(56)
        v3 ^= m
        for _ in range(2):
            v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
        v0 ^= m
    v2 ^= np.uint64(0xFF)
    for _ in range(4):
        v0, v1, v2, v3 = _sipround(v0, v1, v2, v3)
    return v0 ^ v1 ^ v2 ^ v3


@nb.njit(cache=True, inline="always")
def _sipround(v0, v1, v2, v3):  # type: ignore[no-untyped-def]
    v0 += v1
    v1 = _rotl(v1, 13) ^ v0
    v0 = _rotl(v0, 32)
    v2 += v3
    v3 = _rotl(v3, 16) ^ v2
    v0 += v3
    v3 = _rotl(v3, 21) ^ v0
    v2 += v1
    v1 = _rotl(v1, 17) ^ v2
    v2 = _rotl(v2, 32)
    return v0, v1, v2, v3


@nb.njit(cache=True, inline="always")
def _mix(x):  # type: ignore[no-untyped-def]
    x ^= x >> np.uint64(33)
    x *= _M
    x ^= x >> np.uint64(29)
    x *= _P
    return x ^ (x >> np.uint64(32))


@nb.njit(cache=True)
def _bytes_hash(data, lo, hi):  # type: ignore[no-untyped-def]
    h = _SEED ^ np.uint64(hi - lo)
    i = lo
    while i + 8 <= hi:
        w = np.uint64(0)
        for b in range(8):
            w |= np.uint64(data[i + b]) << np.uint64(8 * b)
        h = _mix(h ^ w) * _P
        i += 8
    while i < hi:
        h = (h ^ np.uint64(data[i])) * _FNV
        i += 1
    return _mix(h)


@nb.njit(cache=True)
def _hash_rows(data, offsets, k0, k1, out):  # type: ignore[no-untyped-def]
    for r in range(offsets.size - 1):
        out[r] = siphash_word(_bytes_hash(data, offsets[r], offsets[r + 1]), k0, k1)


@nb.njit(cache=True)
def _tokens(data, lo, hi, out):  # type: ignore[no-untyped-def]
    """Write token hashes of ``data[lo:hi]`` to ``out``; return how many."""
    n = 0
    h = _SEED
    size = 0
    digits = True
    i = lo
    while i <= hi:
        width = 1
        word = False
        alone = False
        if i < hi:
            c = data[i]
            if c < 128:
                word = (48 <= c <= 57) or (97 <= c <= 122) or (65 <= c <= 90) or c == 95
            elif c >= 224 and i + 2 < hi:
                width = 3 if c < 240 else 4
                cp = ((c & 15) << 12) | ((data[i + 1] & 63) << 6) | (data[i + 2] & 63)
                alone = (
                    c >= 240
                    or (0x3040 <= cp <= 0x30FF)
                    or (0x3400 <= cp <= 0x9FFF)
                    or (0xAC00 <= cp <= 0xD7AF)
                    or (0xF900 <= cp <= 0xFAFF)
                    or (0x0E00 <= cp <= 0x0E7F)
                )
                word = not alone and not (0x2000 <= cp <= 0x206F) and not (0x3000 <= cp <= 0x303F)
            else:
                width = 2
                word = c >= 192
            if i + width > hi:
                width = hi - i
        if word:
            for j in range(i, i + width):
                b = data[j]
                if 65 <= b <= 90:
                    b += 32
                if 48 <= b <= 57:
                    b = 48
                else:
                    digits = False
                h = (h ^ np.uint64(b)) * _FNV
            size += width
        else:
            if size > 0 and n < out.size:
                out[n] = _DIGITS if digits else _mix(h)
                n += 1
            h = _SEED
            size = 0
            digits = True
            if alone and n < out.size:
                for j in range(i, i + width):
                    h = (h ^ np.uint64(data[j])) * _FNV
                out[n] = _mix(h)
                n += 1
                h = _SEED
        i += width
    return n


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
        h = _SEED
        for j in range(k):
            h = _mix(h ^ tok[i + j]) * _P
        roll[i] = _mix(h)
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
        digest[r] = siphash_word(_bytes_hash(data, lo, hi), k0, k1)
        head = min(hi, lo + HEAD_BYTES)
        n = _tokens(data, lo, head, tok)
        if hi > head:
            start = max(head, hi - TAIL_BYTES)
            while start < hi and (data[start] & 0xC0) == 0x80:
                start += 1
            n += _tokens(data, start, hi, tok[n:])
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
        n = _tokens(data, lo, hi, tok)
        took = 0
        top = np.uint64(1)
        for _ in range(k - 1):
            top *= _P
        h = np.uint64(0)
        for i in range(n):
            if i >= k:
                h -= tok[i - k] * top
            h = h * _P + tok[i]
            if i < k - 1 or took >= MAX_SPANS:
                continue
            m = _mix(h)
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
class Key:
    """A 128-bit key. Sketches made under different keys have nothing in common."""

    k0: np.uint64
    k1: np.uint64

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """Derive a key from a secret of any length (BLAKE2b)."""
        import hashlib

        d = hashlib.blake2b(secret, digest_size=16, person=b"stillwatch.key").digest()
        return cls(np.uint64(int.from_bytes(d[:8], "little")), np.uint64(int.from_bytes(d[8:], "little")))


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
        width = np.dtype(np.int64)
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
