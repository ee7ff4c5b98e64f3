"""One spelling for many: how text that is not ASCII is folded before it becomes tokens.

Case, accents, points, width, invisible characters, digits of any script and letters that
look like Latin ones make no difference, so that a template cannot hide behind them.
"""

from __future__ import annotations

import functools
import re
import unicodedata

import numba as nb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.stats.bits import put_word, word_at
from stillwatch.stats.normal_form import N_PLANES, STOP, normal_table, outside, passes_beyond
from stillwatch.stats.tokens import ALONE, GAP, OF_EIGHT, OF_FOUR, WORD

U8 = npt.NDArray[np.uint8]
U32 = npt.NDArray[np.uint32]

#: number that stands for "must be brought to NFKC first".
UNREAD = -1
#: code points at or above this are invisible tags, variation selectors or private use.
FIRST_TAG = 0xE0000
#: most bytes that a byte of text can become.
GROWTH = 3

#: scripts written without blanks between words, by what a character says: a word,
_ALONE = ((0x3005, 0x3007), (0x3400, 0x9FFF), (0xF900, 0xFAFF))
#: a syllable,
_SYLLABLES = (
    (0x3040, 0x312F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0xA000, 0xA4CF), (0xAC00, 0xD7AF),
)  # fmt: skip
#: or a sound.
_SOUNDS = (
    (0x0E00, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0xA980, 0xA9FF),
    (0xAA60, 0xAADF),
)  # fmt: skip
#: nothing to fold: Han, Hangul, private use, cuneiform, hieroglyphs, Tangut, emoji.
_UNCHANGED = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xAC00, 0xD7A3), (0xD800, 0xF8FF),
    (0x12000, 0x12399), (0x13000, 0x1342E), (0x17000, 0x187F7), (0x1F200, 0x1FAFF),
)  # fmt: skip
_INVISIBLE = (
    (0x034F, 0x034F), (0x0640, 0x0640), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x2065, 0x2065), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0),
)  # fmt: skip
#: taken out before NFKC, lest it stand between what NFKC would join.
_HIDDEN = r"[\p{Cf}\x{034F}\x{115F}\x{1160}\x{180B}-\x{180F}\x{3164}\x{FE00}-\x{FE0F}\x{FFA0}]+"
#: pairs: a folded letter, and the letter that it passes for.
_LOOKALIKES = (
    "аaвbсcԁdеeһhнhіiјjкkӏlмmоoрpԛqѕsтtуyүyѵvԝwхx"
    "αaβbεeζzηhιiκkμmνvοoρpτtυyχxϳj"
    "օoսuհhոnցgզqյjғf"
    "ɑaɡgıiȷjɩi"
    "ᎠdᎡrᎢtᎪaᎫjᎬeᎳwᎷmᎻhᏀgᏃzᏏbᏒrᏙvᏚsᏞlᏟcᏢpᏦkᏴb"
    "ꓐbꓑpꓓdꓔtꓖgꓗkꓙjꓚcꓜzꓝfꓟmꓠnꓡlꓢsꓣrꓦvꓧhꓪwꓫxꓬyꓮaꓰeꓲiꓳoꓴu"
    "ⲟoⲣpⲥcⲭxⲕkⲓiⲙmⲛnⲧtⲩyⲏh"
    "ىيیيېيےيکكڪكہهھهەهۀهۃهةه"
)
_PASSES_FOR = dict(zip(map(ord, _LOOKALIKES[::2]), _LOOKALIKES[1::2], strict=True))
_LATIN = ((0x80, 0x2AF), (0x1D00, 0x1DBF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F))
#: Latin letters with a hook, a stroke or a tail, and small capitals.
_VARIANT = re.compile("LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) ([A-Z])(?: WITH .*)?")
#: entries of the table at or above this are 1 << 24 | length << 20 | place in the long list.
_LONG = 1 << 24
#: code points of "A" of emblems that spell a Latin letter.
_EMBLEMS = (0x1F150, 0x1F170, 0x1F1E6)


def _within(code: int, spans: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in spans)


def _is_dropped(letter: str) -> bool:
    """Whether a character is invisible, or a mark without which a reader still reads."""
    category, above = unicodedata.category(letter), unicodedata.combining(letter)
    is_mark = above in (1, 7) or 10 <= above <= 36 or above >= 200
    return category in ("Cf", "Me") or is_mark or _within(ord(letter), _INVISIBLE)


def fold_character(letter: str) -> str:
    """The folded form of one character in NFKC: none, one or a few characters.

    >>> [fold_character(x) for x in "É\u200b\u0436\u0441\u0663\u00df"]
    ['e', '', 'ж', 'c', '3', 'ss']
    """
    category = unicodedata.category(letter)
    if category == "Cn" or _is_dropped(letter):
        return letter if category == "Cn" else ""
    if category == "Nd":
        return str(unicodedata.decimal(letter))
    folded = ""
    for one in letter.casefold():
        base, *marks = list(unicodedata.normalize("NFKD", one))
        whole = base if all(map(_is_dropped, marks)) else one
        folded += "" if _is_dropped(whole) else _bare(whole)
    return folded.translate(_PASSES_FOR)


def _bare(letter: str) -> str:
    """The Latin letter that a Latin letter is a variant of, and any other as it is."""
    for begin in _EMBLEMS:
        if 0 <= ord(letter) - begin < 26:
            return chr(ord("a") + ord(letter) - begin)
    if letter.isascii() or not _within(ord(letter), _LATIN):
        return letter
    variant = _VARIANT.fullmatch(unicodedata.name(letter, ""))
    return variant[1].lower() if variant else letter


def _kind(code: int) -> int:
    for kind, spans in ((ALONE, _ALONE), (OF_FOUR, _SYLLABLES), (OF_EIGHT, _SOUNDS)):
        if _within(code, spans):
            return kind
    category = unicodedata.category(chr(code))
    return WORD if category[0] in "LMN" or category == "Cn" else GAP


@functools.cache
def fold_tables() -> tuple[U32, U32, U8]:
    """What each code point of two planes becomes.

    Returns:
        ``(131072,)`` the folded code point, 0 where it vanishes, or a place in the long
        list; the long list; and ``(65536,)`` the kind of token that a folded code point
        is part of (one of four bytes is a token of its own).
    """
    table = np.arange(N_PLANES, dtype=np.uint32)
    kinds = np.full(0x10000, ALONE, np.uint8)
    long: list[int] = []
    for code in outside(_UNCHANGED):
        if code < 0x10000:
            kinds[code] = _kind(code)
        if code < 0x80:
            continue
        folded = [ord(one) for one in fold_character(chr(code))]
        if len(folded) < 2:
            table[code] = folded[0] if folded else 0
        else:
            table[code] = _LONG | len(folded) << 20 | len(long)
            long += folded
    kinds[0xAC00:0xD7A4] = OF_FOUR
    kinds[0xD800:0xF900] = GAP
    return table, np.array(long, np.uint32), kinds


def text_tables() -> tuple[U8, U32, U32, U8]:
    """What the compiled readers of text take: normal forms, then :func:`fold_tables`."""
    return normal_table(), *fold_tables()


def normalised(texts: pa.Array) -> pa.Array:
    """Texts in NFKC without invisible characters; the Greek ``ϲ`` is read as it looks."""
    shown = pc.replace_substring_regex(texts, _HIDDEN, "")
    for symbol, letter in (("ϲ", "c"), ("Ϲ", "C")):
        shown = pc.replace_substring(shown, symbol, letter)
    return pc.utf8_normalize(shown, form="NFKC")


#: of eight bytes: the bit that no ASCII has; what lifts "A", and "[", to that bit.
FAR = np.uint64(0x8080808080808080)
TO_A = np.uint64((0x80 - ord("A")) * 0x0101010101010101)
PAST_Z = np.uint64((0x80 - ord("Z") - 1) * 0x0101010101010101)


@nb.njit(cache=True, inline="always")
def _put(code, out, n):  # type: ignore[no-untyped-def]
    if code < 0x80:
        out[n] = code
        return n + 1
    if code < 0x800:
        out[n], out[n + 1] = 0xC0 | (code >> 6), 0x80 | (code & 63)
        return n + 2
    if code < 0x10000:
        out[n], out[n + 1] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 63)
        out[n + 2] = 0x80 | (code & 63)
        return n + 3
    out[n], out[n + 1] = 0xF0 | (code >> 18), 0x80 | ((code >> 12) & 63)
    out[n + 2], out[n + 3] = 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)
    return n + 4


@nb.njit(cache=True)
def fold_text(data, lo, hi, is_normal, tables, out, most):  # type: ignore[no-untyped-def]
    """Write the folded form of ``data[lo:hi]`` to ``out``; return its length in bytes.

    Args:
        data: valid UTF-8.
        lo, hi: first byte and end.
        is_normal: whether the text is known to be in NFKC.
        tables: of normal forms, of folded code points, and the long list.
        out: room for ``GROWTH`` times the bytes.
        most: bytes of folded text after which no more is needed.

    Returns:
        bytes written, ``UNREAD`` where NFKC must come first.
    """
    normal, fold, long = tables
    n, i, mark = 0, lo, np.int64(0)
    while i < hi and n < most:
        if i + 8 <= hi and n + 8 <= most:
            word = word_at(data, np.uint64(i))
            if word & FAR == 0:
                # the bit of small letters is set where a byte is at least A and not beyond Z
                capital = (word + TO_A) & ~(word + PAST_Z) & FAR
                put_word(out, np.uint64(n), word | (capital >> np.uint64(2)))
                n += 8
                i += 8
                mark = np.int64(0)
                continue
        c = np.int64(data[i])
        if c < 0x80:
            out[n] = c + 32 if 65 <= c <= 90 else c
            n += 1
            i += 1
            mark = np.int64(0)
            continue
        second = np.int64(data[i + 1] & 63)
        if c < 0xE0:
            code = ((c & 31) << 6) | second
            i += 2
        elif c < 0xF0:
            code = ((c & 15) << 12) | (second << 6) | np.int64(data[i + 2] & 63)
            i += 3
        else:
            third, fourth = np.int64(data[i + 2] & 63), np.int64(data[i + 3] & 63)
            code = ((c & 7) << 18) | (second << 12) | (third << 6) | fourth
            i += 4
        if code < N_PLANES:
            folded, quick = np.int64(fold[code]), np.int64(normal[code])
        else:
            folded = np.int64(0 if code >= FIRST_TAG else code)
            quick = np.int64(0 if passes_beyond(code) else STOP)
        if not is_normal and (quick == STOP or 0 < quick < mark):
            return UNREAD
        mark = quick
        if folded >= _LONG:
            first = folded & 0xFFFFF
            for one in range(first, first + ((folded >> 20) & 15)):
                n = _put(np.int64(long[one]), out, n)
        elif folded > 0:
            n = _put(folded, out, n)
    return n
