"""Rough: two Latin spellings as strings, word by word, and as they sound.

A word beside itself is as like as can be: it is not compared with the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

_SAME_SOUND = str.maketrans("qcgzfdb", "kkksvtp")
_HEARD = str.maketrans("qcgzfdb", "kkksvtp", "aeiouyhw")
_MOST_EDITS = 6
_jaro_winkler = JaroWinkler.similarity
_ratio = fuzz.ratio


def rough(
    asked: tuple[str, Sequence[str], str, str], listed: tuple[str, Sequence[str], str, str]
) -> dict[str, float]:
    """What is counted of two spellings as a whole.

    Args:
        asked: the Latin spelling, its words, the same without blanks, and the skeleton of that.
        listed: the same of the listed name.
    """
    few, many = asked[1], listed[1]
    if len(few) > len(many):
        few, many = many, few
    best = [
        1.0 if word in many else max([_jaro_winkler(word, other) for other in many])
        for word in few
    ]  # fmt: skip
    bones = [skeleton(word) for word in many]
    heard = [
        100.0 if bone in bones else max([_ratio(bone, other) for other in bones])
        for bone in [skeleton(word) for word in few]
    ]  # fmt: skip
    letters = [word for word in few if len(word) == 1]
    one, two = asked[2], listed[2]
    return {
        "jaro_winkler": _jaro_winkler(asked[0], listed[0]),
        "token_sort": fuzz.token_sort_ratio(asked[0], listed[0]) / 100,
        "token_set": fuzz.token_set_ratio(asked[0], listed[0]) / 100,
        "unspaced": _ratio(one, two) / 100,
        "n_edits": float(
            min(_MOST_EDITS, DamerauLevenshtein.distance(one, two, score_cutoff=_MOST_EDITS))
        ),
        "worst_word": min(best, default=0.0),
        "mean_word": sum(best) / len(best) if best else 0.0,
        "sounds_alike": _ratio(asked[3], listed[3]) / 100,
        "heard_worst": min(heard, default=0.0) / 100,
        "heard_mean": sum(heard) / len(heard) / 100 if heard else 0.0,
        "initials_fit": float(any(other[0] == letter for letter in letters for other in many)),
        "n_words_fewer": float(len(few)),
        "n_words_apart": float(len(many) - len(few)),
        "n_chars_fewer": float(min(len(one), len(two))),
    }


@lru_cache(maxsize=1 << 17)
def skeleton(word: str) -> str:
    """The first letter and the consonants, those that sound alike as one.

    Scripts that write no vowels, and those who spell by ear, leave little else to compare.

    >>> skeleton("muhammad") == skeleton("mohamed")
    True
    >>> skeleton("husayn") == skeleton("hsyn")
    True
    """
    return bones(word)


def bones(text: str) -> str:
    """The skeleton of a whole name; see :func:`skeleton`."""
    first = text[:1].translate(_SAME_SOUND)
    rest = "".join([letter for letter, _ in groupby(text[1:].translate(_HEARD))])
    return ("a" if first and first in "aeiouy" else first) + rest
