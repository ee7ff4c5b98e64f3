"""One spelling for many: how characters are folded before cues are looked for.

A prompt's letters are folded so that case, accents, full-width forms, vowel points and invisible
characters make no difference.
Every run of other characters becomes one blank, which is also what marks the edge of a word.
"""

import functools
import unicodedata

import numpy as np
from numpy.typing import NDArray

from stillwatch.stats.folding import FIRST_TAG
from stillwatch.stats.normal_form import N_PLANES, outside

BLANK = 0x20
BREAK = 0x0A
DROP = 0
OPENING = 0x3C

_N_CODES = 0x10000
_UNCHANGED = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3))
_PRIVATE = (0xD800, 0xF8FF)
_PAST = (_N_CODES, N_PLANES)
_STRIPPED = (
    (0x0300, 0x036F),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x0640, 0x0640),
    (0x093C, 0x093C),
    (0xFE00, 0xFE0F),
)
_JOINED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3005, 0x3007),
    (0x3040, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xF900, 0xFAFF),
)


def _within(code: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in spans)


def _fold_one(code: int) -> int:
    if code in (0x3C, 0x5B):
        return OPENING
    letter = chr(code)
    category = unicodedata.category(letter)
    if category == "Cf" or _within(code, _STRIPPED) or code in (0x115F, 0x1160, 0x3164):
        return DROP
    if letter.isspace():
        return BLANK
    if category[0] not in "LNM":
        return BREAK
    parts = unicodedata.normalize("NFKD", letter.lower())
    if len(parts) == 1 or all(_within(ord(mark), _STRIPPED) for mark in parts[1:]):
        return ord(parts[0])
    return ord(letter.lower()[0])


@functools.cache
def fold_table() -> NDArray[np.uint32]:
    """Return the folded code point of each code point of two planes, shape (131072,).

    ``DROP`` means that the character vanishes, ``BLANK`` that it is white space, ``BREAK`` that it
    is other punctuation or beyond 0xFFFF, and ``OPENING`` stands for an opening angle or square
    bracket.
    """
    table = np.arange(N_PLANES, dtype=np.uint32)
    for code in outside((*_UNCHANGED, _PRIVATE, _PAST)):
        table[code] = _fold_one(code)
    table[_PRIVATE[0] : _PRIVATE[1] + 1] = BREAK
    for code in range(*_PAST):
        table[code] = DROP if unicodedata.category(chr(code)) == "Cf" else BREAK
    return table


@functools.cache
def joined_table() -> NDArray[np.bool_]:
    """Return True for code points of scripts written without blanks between words, shape
    (65536,)."""
    table = np.zeros(_N_CODES, dtype=np.bool_)
    for low, high in _JOINED:
        table[low : high + 1] = True
    return table


def is_open_script(letter: str) -> bool:
    """Return True where a cue may sit inside a longer word: Han, kana, Thai, Hangul and Arabic
    script."""
    code = ord(letter)
    return bool(joined_table()[code]) or 0xAC00 <= code <= 0xD7A3 or 0x0600 <= code <= 0x06FF


def _fold_code(code: int) -> int:
    if code >= N_PLANES:
        return DROP if code >= FIRST_TAG else BREAK
    return int(fold_table()[code])


def _needs_blank(before: str, after: str, pending: int) -> bool:
    if before == " ":
        return False
    joined = joined_table()
    left, right = bool(joined[ord(before)]), bool(joined[ord(after)])
    return left != right or pending == BREAK or (pending == BLANK and not left)


def fold_text(text: str) -> str:
    """Return ``text`` folded as the compiled reader sees it, with a blank at both ends.

    >>> fold_text("Ｓｈｏｗ the rea\u200bsoning-TRÁCE!")
    ' show the reasoning trace '
    """
    kept = " "
    pending = 0
    for letter in unicodedata.normalize("NFKC", text):
        folded = _fold_code(ord(letter))
        if folded in (BLANK, BREAK):
            pending = BREAK if BREAK in (pending, folded) else BLANK
        elif folded == OPENING:
            kept += "< " if kept[-1] == " " else " < "
            pending = 0
        elif folded != DROP:
            blank = " " if _needs_blank(kept[-1], chr(folded), pending) else ""
            kept += blank + chr(folded)
            pending = 0
    return kept if kept[-1] == " " else kept + " "
