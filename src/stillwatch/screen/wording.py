"""Wording: two names word by word, where one edit, one initial or one number may decide.

Words stand for one another where few edits lie between them; what is counted is how many edits the
worst pair has and where they stand, which initials fit and which clash, which numbers differ, what
was turned around, and where the words stand that are left over. Scripts that write a syllable with
a letter are compared in their own letters as well: in Latin ones a changed name looks like a slip.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA

#: what is counted, in order.
WORDING: Final = (
    "edits_most", "edits_share", "edits_sum", "edited_chars", "edited_first", "edited_prefix",
    "edited_suffix", "edited_bones", "n_edited", "n_kept", "n_kept_chars", "n_spare_asked",
    "n_spare_listed", "share_spare", "spare_start", "spare_middle", "spare_end", "initials_stand",
    "initials_clash", "numbers_clash", "numbers_spare", "cut_short", "n_turned", "comma",
    "n_scrambled", "dense_share", "own_edits", "own_chars", "n_words_asked", "n_words_listed",
)  # fmt: skip
#: words with more edits than this share of the longer one do not stand for one another.
_MOST_SHARE: Final = 0.5
#: letters from here on are not Latin.
_OWN: Final = 0x370
_ROMAN: Final = re.compile(r"x{0,3}(ix|iv|v?i{0,3})")
_NUMBERS: Final = {
    word: number
    for number, words in {
        1: "one first 1st", 2: "two second 2nd", 3: "three third 3rd", 4: "four fourth 4th",
        5: "five fifth 5th", 6: "six sixth 6th", 7: "seven seventh 7th", 8: "eight eighth 8th",
        9: "nine ninth 9th", 10: "ten tenth 10th", 20: "twenty", 30: "thirty", 40: "forty",
        50: "fifty",
    }.items()
    for word in words.split()
}  # fmt: skip


@dataclass(slots=True)
class _Beside:
    """Words that stand for one another, and those that are left."""

    pairs: list[tuple[int, int, int]] = field(default_factory=list)
    spare: tuple[list[int], list[int]] = field(default_factory=lambda: ([], []))


def worded(
    asked: Sequence[str], listed: Sequence[str], originals: tuple[str, str], *, person: bool
) -> dict[str, float]:
    """What is counted of two names, word by word.

    Args:
        asked: words in Latin letters, lower case, without legal forms.
        listed: the same of the listed name.
        originals: both names as they came.
        person: names of persons have initials, those of others have numbers.

    Returns:
        values of :data:`WORDING`.
    """
    told = dict.fromkeys(WORDING, 0.0)
    told["n_words_asked"], told["n_words_listed"] = float(len(asked)), float(len(listed))
    told["comma"] = float("," in originals[0] or "," in originals[1])
    found = _beside(asked, listed)
    _count_edits(found, asked, listed, told)
    left, right = list(found.spare[0]), list(found.spare[1])
    _take_scrambled(left, right, asked, listed, told)
    _take_initials(left, right, asked, listed, told, person=person)
    if not person:
        _take_numbers(left, right, asked, listed, told)
    _count_spare(left, right, asked, listed, told)
    kept = [j for i, j, d in sorted(found.pairs) if d == 0]
    told["n_turned"] = float(sum(a > b for n, a in enumerate(kept) for b in kept[n + 1 :]))
    _count_own(originals, told)
    return told


@lru_cache(maxsize=1 << 15)
def number_of(word: str) -> int:
    """The number that a word is, 0 where it is none.

    >>> number_of("44"), number_of("viii"), number_of("third"), number_of("bank")
    (44, 8, 3, 0)
    """
    if word.isdigit():
        return int(word[:9])
    if word in _NUMBERS:
        return _NUMBERS[word]
    if word in {"i", "v", "x"} or (len(word) > 1 and _ROMAN.fullmatch(word)):
        values = {"i": 1, "v": 5, "x": 10}
        digits = [values[one] for one in word]
        return sum(
            -one if n + 1 < len(digits) and one < digits[n + 1] else one
            for n, one in enumerate(digits)
        )
    return 0


def _counts(word: str) -> bool:
    """Whether a word is a number for sure; a single letter may be an initial."""
    return len(word) > 1 and number_of(word) > 0


def _beside(asked: Sequence[str], listed: Sequence[str]) -> _Beside:
    """Pair the words with fewest edits first; each stands for one other at most."""
    left, right = set(range(len(asked))), set(range(len(listed)))
    found = _Beside()
    places: dict[str, list[int]] = {}
    for j, word in enumerate(listed):
        places.setdefault(word, []).append(j)
    for i, word in enumerate(asked):
        if places.get(word):
            j = places[word].pop(0)
            found.pairs.append((i, j, 0))
            left.discard(i)
            right.discard(j)
    options: list[tuple[float, int, int, int]] = []
    for i in left:
        one = asked[i]
        for j in right:
            other = listed[j]
            longer = max(len(one), len(other))
            most = int(_MOST_SHARE * longer)
            if longer < 2 or abs(len(one) - len(other)) > most:
                continue
            edits = OSA.distance(one, other, score_cutoff=most)
            if edits <= most and not (_counts(one) and _counts(other)):
                options.append((edits / longer, i, j, edits))
    for _, i, j, edits in sorted(options):
        if i in left and j in right:
            found.pairs.append((i, j, edits))
            left.discard(i)
            right.discard(j)
    found.spare = (sorted(left), sorted(right))
    return found


def _count_edits(
    found: _Beside, asked: Sequence[str], listed: Sequence[str], told: dict[str, float]
) -> None:
    worst = 0.0
    told["edited_chars"] = 20.0
    for i, j, edits in found.pairs:
        one, other = asked[i], listed[j]
        longer = max(len(one), len(other))
        if not edits:
            told["n_kept"] += 1
            told["n_kept_chars"] += longer
            continue
        told["n_edited"] += 1
        told["edits_sum"] += edits
        told["edits_most"] = max(told["edits_most"], float(edits))
        told["edited_first"] = max(told["edited_first"], float(one[0] != other[0]))
        if edits / longer > worst:
            worst = edits / longer
            told["edited_chars"] = float(longer)
            told["edited_prefix"] = _begin_alike(one, other) / longer
            told["edited_suffix"] = _begin_alike(one[::-1], other[::-1]) / longer
            told["edited_bones"] = float(_bones(one) == _bones(other))
    told["edits_share"] = worst


def _take_scrambled(
    left: list[int],
    right: list[int],
    asked: Sequence[str],
    listed: Sequence[str],
    told: dict[str, float],
) -> None:
    """Words of the same letters in another order: written backwards, or shuffled to slip by."""
    for i in list(left):
        n_letters = len(asked[i])
        for j in right:
            if (
                n_letters > 3
                and n_letters == len(listed[j])
                and sorted(asked[i]) == sorted(listed[j])
            ):
                told["n_scrambled"] += 1
                left.remove(i)
                right.remove(j)
                break


def _take_initials(
    left: list[int], right: list[int], asked: Sequence[str], listed: Sequence[str],
    told: dict[str, float], *, person: bool,
) -> None:  # fmt: skip
    for mine, theirs, ours, others in ((left, right, asked, listed), (right, left, listed, asked)):
        for i in list(mine):
            word = ours[i]
            if len(word) == 1 and (person or not word.isdigit()):
                fits = [j for j in theirs if others[j][0] == word]
                told["initials_stand" if fits else "initials_clash"] += bool(theirs)
            else:
                # A word is cut off: "ben ali dr" for "ben ali drissi".
                fits = [j for j in theirs if len(word) > 1 and others[j].startswith(word)]
                told["cut_short"] += bool(fits)
            if fits:
                mine.remove(i)
                theirs.remove(fits[0])


def _take_numbers(
    left: list[int],
    right: list[int],
    asked: Sequence[str],
    listed: Sequence[str],
    told: dict[str, float],
) -> None:
    """Numbers left over: "forty four" is 44, and II is not III."""
    numbers = [
        [n for i in side if (n := number_of(words[i]))]
        for side, words in ((left, asked), (right, listed))
    ]
    told["numbers_clash"] = float(bool(numbers[0] and numbers[1]))
    told["numbers_spare"] = float(bool(numbers[0]) != bool(numbers[1]))
    if numbers[0] and sum(numbers[0]) == sum(numbers[1]):
        told["numbers_clash"] = 0.0
        left[:] = [i for i in left if not number_of(asked[i])]
        right[:] = [j for j in right if not number_of(listed[j])]


def _count_spare(
    left: list[int],
    right: list[int],
    asked: Sequence[str],
    listed: Sequence[str],
    told: dict[str, float],
) -> None:
    told["n_spare_asked"], told["n_spare_listed"] = float(len(left)), float(len(right))
    spare = sum(len(asked[i]) for i in left) + sum(len(listed[j]) for j in right)
    told["share_spare"] = spare / max(1, sum(map(len, asked)) + sum(map(len, listed)))
    for side, words in ((left, asked), (right, listed)):
        for i in side:
            place = "start" if i == 0 else "end" if i == len(words) - 1 else "middle"
            told[f"spare_{place}"] += 1


def _count_own(originals: tuple[str, str], told: dict[str, float]) -> None:
    """Letters that differ in a script of their own; where a letter is a syllable, their share."""
    if originals[0].isascii() or originals[1].isascii():
        return
    one, other = ("".join(c for c in text if c.isalpha()) for text in originals)
    if not one or not other or ord(one[0]) < _OWN or ord(other[0]) < _OWN:
        return
    dense = _dense(one), _dense(other)
    if dense[0] is not dense[1]:
        return
    told["own_edits"] = float(OSA.distance(one, other))
    told["own_chars"] = float(min(len(one), len(other)))
    if all(dense):
        told["dense_share"] = OSA.normalized_distance(one, other)


def _dense(text: str) -> bool:
    """Whether every letter is of Han, kana or Hangul."""
    return all(0x3040 <= ord(c) <= 0x9FFF or 0xAC00 <= ord(c) <= 0xD7A3 for c in text)


def _begin_alike(one: str, other: str) -> int:
    n = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        n += 1
    return n


_VOWELS: Final = str.maketrans("", "", "aeiouyhw")
_ALIKE: Final = str.maketrans("qcgzfdbj", "kkksvtpk")


def _bones(word: str) -> str:
    return word.translate(_VOWELS).translate(_ALIKE)
