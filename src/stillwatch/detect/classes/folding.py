"""One spelling for many: how characters are folded before cues are looked for.

A prompt's letters are folded so that case, accents, full-width forms, vowel points and invisible
characters make no difference.
Every run of other characters becomes one blank, which is also what marks the edge of a word.
"""

import functools
import unicodedata

import numpy as np
from numpy.typing import NDArray

BLANK = 0x20
BREAK = 0x0A
DROP = 0
OPENING = 0x3C

_TABLE_SIZE = 0x10000
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
    if 0xD800 <= code <= 0xDFFF:
        return BREAK
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
    """Return the folded code point of each code point below 0x10000, shape (65536,).

    ``DROP`` means that the character vanishes, ``BLANK`` that it is white space, ``BREAK`` that it
    is other punctuation, and
    ``OPENING`` stands for an opening angle or square bracket.
    """
    return np.array([_fold_one(code) for code in range(_TABLE_SIZE)], dtype=np.uint32)


@functools.cache
def joined_table() -> NDArray[np.bool_]:
    """Return True for code points of scripts written without blanks between words, shape
    (65536,)."""
    return np.array([_within(code, _JOINED) for code in range(_TABLE_SIZE)], dtype=np.bool_)


def is_open_script(letter: str) -> bool:
    """Return True where a cue may sit inside a longer word: Han, kana, Thai, Hangul and Arabic
    script."""
    code = ord(letter)
    return bool(joined_table()[code]) or 0xAC00 <= code <= 0xD7A3 or 0x0600 <= code <= 0x06FF


def _fold_code(code: int) -> int:
    if code >= _TABLE_SIZE:
        return DROP if code >= 0xE0000 else BREAK
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
