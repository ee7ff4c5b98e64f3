"""Tokens of UTF-8 text as 64-bit hashes, without making strings.

A token is a run of word characters, or one CJK, kana, hangul or Thai code point;
ASCII letters are folded to lower case, and a number is one token whatever its digits.
"""

from __future__ import annotations

import numba as nb
import numpy as np

M = np.uint64(0xFF51AFD7ED558CCD)
P = np.uint64(0x9E3779B97F4A7C15)
FNV = np.uint64(0x100000001B3)
SEED = np.uint64(0xCBF29CE484222325)
DIGITS = np.uint64(0x0D161715)

GAP, WORD, ALONE = 0, 1, 2


@nb.njit(cache=True, inline="always")
def mix(x):  # type: ignore[no-untyped-def]
    """Spread the bits of a 64-bit word."""
    x ^= x >> np.uint64(33)
    x *= M
    x ^= x >> np.uint64(29)
    x *= P
    return x ^ (x >> np.uint64(32))


@nb.njit(cache=True)
def hash_bytes(data, lo, hi):  # type: ignore[no-untyped-def]
    """Unkeyed hash of ``data[lo:hi]``, every byte."""
    h = SEED ^ np.uint64(hi - lo)
    i = lo
    while i + 8 <= hi:
        w = np.uint64(0)
        for b in range(8):
            w |= np.uint64(data[i + b]) << np.uint64(8 * b)
        h = mix(h ^ w) * P
        i += 8
    while i < hi:
        h = (h ^ np.uint64(data[i])) * FNV
        i += 1
    return mix(h)


@nb.njit(cache=True, inline="always")
def _stands_alone(code):  # type: ignore[no-untyped-def]
    """Whether a code point of three bytes is a token of its own."""
    return (
        (0x3040 <= code <= 0x30FF)
        or (0x3400 <= code <= 0x9FFF)
        or (0xAC00 <= code <= 0xD7AF)
        or (0xF900 <= code <= 0xFAFF)
        or (0x0E00 <= code <= 0x0E7F)
    )


@nb.njit(cache=True, inline="always")
def _character(data, i, hi):  # type: ignore[no-untyped-def]
    """Bytes of the character at ``i`` and what it is: GAP, WORD or ALONE."""
    c = data[i]
    if c < 128:
        word = (48 <= c <= 57) or (97 <= c <= 122) or (65 <= c <= 90) or c == 95
        return 1, WORD if word else GAP
    if c < 224 or i + 2 >= hi:
        return min(2, hi - i), WORD if c >= 192 else GAP
    if c >= 240:
        return min(4, hi - i), ALONE
    code = ((c & 15) << 12) | ((data[i + 1] & 63) << 6) | (data[i + 2] & 63)
    if _stands_alone(code):
        return 3, ALONE
    mark = (0x2000 <= code <= 0x206F) or (0x3000 <= code <= 0x303F)
    return 3, GAP if mark else WORD


@nb.njit(cache=True)
def hash_tokens(data, lo, hi, out):  # type: ignore[no-untyped-def]
    """Write token hashes of ``data[lo:hi]`` to ``out``; return how many."""
    n = 0
    h = SEED
    size = 0
    digits = True
    i = lo
    while i <= hi:
        width, kind = 1, GAP
        if i < hi:
            width, kind = _character(data, i, hi)
        if kind == WORD:
            for j in range(i, i + width):
                b = data[j]
                if 65 <= b <= 90:
                    b += 32
                if 48 <= b <= 57:
                    b = 48
                else:
                    digits = False
                h = (h ^ np.uint64(b)) * FNV
            size += width
        else:
            if size > 0 and n < out.size:
                out[n] = DIGITS if digits else mix(h)
                n += 1
            h = SEED
            size = 0
            digits = True
            if kind == ALONE and n < out.size:
                for j in range(i, i + width):
                    h = (h ^ np.uint64(data[j])) * FNV
                out[n] = mix(h)
                n += 1
                h = SEED
        i += width
    return n
