"""Which texts are in Unicode normal form NFKC as they stand, told by a table.

Most text is, and normalising costs many times what telling costs. The table errs on one
side: what it passes is unchanged by NFKC (the quick check of Unicode Annex 15), what it
stops may be.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator

import numba as nb
import numpy as np
import numpy.typing as npt

#: what ``normal_table`` says of a code point that NFKC may change or join to another.
STOP = 255
#: code points that the tables know: the first two planes.
N_PLANES = 0x20000

#: code points that NFKC neither changes nor joins: nothing to look up.
_STABLE = (
    (0x0020, 0x007E), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xE000, 0xF8FF),
    (0x12000, 0x12399), (0x13000, 0x1342E), (0x17000, 0x187F7), (0x1F300, 0x1FAFF),
)  # fmt: skip
_JAMO = ((0x1161, 0x1175), (0x11A8, 0x11C2))


@functools.cache
def normal_table() -> npt.NDArray[np.uint8]:
    """Combining class of each code point of two planes, ``STOP`` where NFKC may act.

    Returns:
        ``(131072,)``, 0 to 240, or 255. Unassigned code points are stopped: a newer
        Unicode may have given them a decomposition.
    """
    table = np.zeros(N_PLANES, np.uint8)
    for code in outside(_STABLE):
        letter = chr(code)
        if unicodedata.category(letter) == "Cn" or unicodedata.normalize("NFKC", letter) != letter:
            table[code] = STOP
        else:
            table[code] = unicodedata.combining(letter)
    for code in outside(_STABLE):
        parts = unicodedata.decomposition(chr(code)).split()
        if len(parts) == 2 and parts[0][0] != "<":
            table[int(parts[1], 16)] = STOP
    for low, high in _JAMO:
        table[low : high + 1] = STOP
    table[0xD800:0xE000] = STOP
    return table


def outside(spans: tuple[tuple[int, int], ...]) -> Iterator[int]:
    """Code points of two planes that lie in none of some spans, which ascend."""
    begin = 0
    for low, high in (*spans, (N_PLANES, N_PLANES)):
        yield from range(begin, low)
        begin = high + 1


@nb.njit(cache=True, inline="always")
def passes_beyond(code):  # type: ignore[no-untyped-def]
    """Whether NFKC leaves alone a code point above two planes: rarer Han, tags, private use."""
    return not 0x2F800 <= code <= 0x2FA1F
