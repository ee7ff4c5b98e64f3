"""Aligning: which part of one name stands for which of the other, and what is left over.

``rigour`` pairs the parts that it knows (a given name and its spellings in other scripts, a legal
form and its abbreviation) and compares the rest by edit distance. What is counted here of that is
what :mod:`stillwatch.screen.scoring` weighs, and what a person reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler
from rigour.names import (
    Alignment,
    CompareConfig,
    Name,
    NamePart,
    NamePartTag,
    SymbolCategory,
    align_person_name_order,
    compare_parts,
    pair_symbols,
)

from stillwatch.screen.spelling import Spelt
from stillwatch.screen.wording import WORDING, worded

_CONFIG = CompareConfig(budget_tolerance=1.6)
_STRICT = CompareConfig()
_C = SymbolCategory
_CATEGORIES = (
    _C.NAME, _C.NICK, _C.INITIAL, _C.ORG_CLASS, _C.SYMBOL, _C.DOMAIN, _C.NUMERIC, _C.LOCATION,
)  # fmt: skip
_PAIR_SCORES = {_C.ORG_CLASS: 0.8, _C.NICK: 0.6}
_PAIR_WEIGHTS = {
    _C.ORG_CLASS: 0.7, _C.INITIAL: 0.5, _C.NICK: 0.8, _C.SYMBOL: 0.3, _C.DOMAIN: 0.7,
    _C.NUMERIC: 1.3, _C.LOCATION: 0.8,
}  # fmt: skip
_EXTRA_WEIGHTS = {_C.ORG_CLASS: 0.7, _C.SYMBOL: 0.7, _C.NUMERIC: 1.3, _C.LOCATION: 0.8}

#: what is counted of a pair of names, in order; the scorer's file names the same.
FEATURES: tuple[str, ...] = (
    "similarity", "weighted", "n_same", "n_alike", "alike_worst", "alike_loss",
    *(f"n_{c.value.lower()}" for c in _CATEGORIES),
    "n_left_over_asked", "n_left_over_listed", "n_chars_left_over_asked",
    "n_chars_left_over_listed", "n_left_over_both", "n_chars_left_over_both", "n_left_over",
    "n_numbers_left_over", "n_forms_left_over", "n_places_left_over", "n_domains_left_over",
    "n_particles_left_over", "jaro_winkler", "token_sort", "token_set", "unspaced",
    "n_edits", "worst_word", "mean_word", "sounds_alike", "heard_worst", "heard_mean",
    "other_script", "initials_fit",
    "n_words_fewer", "n_words_apart", "person", "n_chars_fewer", "n_different", *WORDING,
    "organisation", "thing",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two names beside one another.

    Args:
        features: values of :data:`FEATURES`.
        only_forms_apart: words are the same but for legal forms and particles.
        edges: (part asked, part listed, how, similarity 0 to 1); an empty part is a part left over.
    """

    features: tuple[float, ...]
    edges: tuple[tuple[str, str, str, float], ...]
    only_forms_apart: bool = False


def align(asked: Spelt, listed: Spelt) -> Aligned:
    """Put two names beside one another in the way that makes them most alike."""
    person = asked.person and listed.person
    best: tuple[float, list[Alignment]] | None = None
    for pairing in pair_symbols(asked.name, listed.name):
        edges = _whole(asked.name, listed.name, pairing, person=person)
        alike = _similarity(edges)
        if best is None or alike > best[0]:
            best = (alike, edges)
    similarity, edges = best or (0.0, [])
    counted = _counted(edges, asked.name, listed.name)
    counted |= _rough(asked.latin, listed.latin)
    counted["similarity"] = similarity
    counted |= worded(
        asked.words, listed.words, (asked.original, listed.original), person=asked.person
    )
    counted["person"] = float(person)
    counted["organisation"] = float(asked.thing is False)
    counted["thing"] = float(asked.thing is True)
    counted["other_script"] = float(_is_latin(asked.original) != _is_latin(listed.original))
    told = tuple((e.qstr, e.rstr, _how(e), round(_score(e), 3)) for e in edges)
    features = tuple(float(counted.get(name, 0.0)) for name in FEATURES)
    return Aligned(features, told, _only_forms(edges, asked.name, listed.name))


#: forms that `rigour` reads as words where they stand alone.
_FORMS = frozenset({"co", "cia", "company", "the"})


def _only_forms(edges: list[Alignment], asked: Name, listed: Name) -> bool:
    """Whether nothing but legal forms and particles sets two names apart."""
    forms = {
        part
        for name in (asked, listed)
        for span in name.spans
        if span.symbol.category == _C.ORG_CLASS
        for part in span.parts
    }
    n_same = 0
    for edge in edges:
        if edge.qstr == edge.rstr:
            n_same += not all(part in forms for part in edge.qps)
        elif not all(
            part in forms
            or part.tag in (NamePartTag.STOP, NamePartTag.LEGAL)
            or part.comparable in _FORMS
            for part in (*edge.qps, *edge.rps)
        ):
            return False
    return n_same > 0


def _is_latin(text: str) -> bool:
    """Whether a name is written in Latin letters, accents included."""
    return all(ord(char) < 0x250 or not char.isalpha() for char in text)


def _whole(
    asked: Name, listed: Name, pairing: Iterable[Alignment], *, person: bool
) -> list[Alignment]:
    """The paired parts, and the rest compared by edit distance."""
    edges = list(pairing)
    left_used = {part for edge in edges for part in edge.qps}
    right_used = {part for edge in edges for part in edge.rps}
    left = [part for part in asked.parts if part not in left_used]
    right = [part for part in listed.parts if part not in right_used]
    if left or right:
        if person:
            left, right = align_person_name_order(left, right)
        else:
            left, right = NamePart.tag_sort(left), NamePart.tag_sort(right)
        edges.extend(compare_parts(left, right, config=_CONFIG))
    return edges


def _score(edge: Alignment) -> float:
    if not edge.qps or not edge.rps:
        return 0.0
    if edge.qstr == edge.rstr:
        return 1.0
    if edge.symbol is not None:
        return _PAIR_SCORES.get(edge.symbol.category, 0.9)
    return edge.score


def _similarity(edges: list[Alignment]) -> float:
    """Share of the letters of both names that stand for one another."""
    total = alike = 0.0
    for edge in edges:
        n_chars = len(edge.qstr) + len(edge.rstr)
        total += n_chars
        alike += n_chars * _score(edge)
    return alike / total if total else 0.0


def _how(edge: Alignment) -> str:
    if not edge.rps:
        return "left over, asked"
    if not edge.qps:
        return "left over, listed"
    if edge.qstr == edge.rstr:
        return "same"
    if edge.symbol is not None:
        return f"known {edge.symbol.category.value.lower()}"
    return "alike"


def _counted(edges: list[Alignment], asked: Name, listed: Name) -> dict[str, float]:
    """Count what was paired, and of what sort the parts left over are."""
    known = {
        part: span.symbol.category
        for name in (asked, listed)
        for span in name.spans
        for part in span.parts
    }
    told = dict.fromkeys(FEATURES, 0.0)
    told["alike_worst"] = 1.0
    weights = scores = 0.0
    for edge in edges:
        weight = 1.0
        if edge.qps and edge.rps:
            _count_pair(edge, told)
            if edge.symbol is not None:
                weight = _PAIR_WEIGHTS.get(edge.symbol.category, 1.0)
        else:
            side = "asked" if edge.qps else "listed"
            weight = 0.8 if edge.qps else 0.2
            for part in edge.qps or edge.rps:
                weight *= _EXTRA_WEIGHTS.get(known.get(part, _C.NAME), 1.0)
                _count_left_over(part, known.get(part), side, told)
        weights += weight
        scores += weight * _score(edge)
    both = min(told["n_left_over_asked"], told["n_left_over_listed"])
    told["n_left_over_both"] = both
    told["n_chars_left_over_both"] = min(
        told["n_chars_left_over_asked"], told["n_chars_left_over_listed"]
    )
    told["n_left_over"] = told["n_left_over_asked"] + told["n_left_over_listed"]
    told["weighted"] = scores / weights if weights else 0.0
    # Nothing but legal forms and particles sets them apart where this is 0.
    told["n_different"] = (
        told["n_left_over"] + told["n_numbers_left_over"] + told["n_alike"]
        + sum(told[f"n_{c.value.lower()}"] for c in _CATEGORIES if c != _C.ORG_CLASS)
    )  # fmt: skip
    return told


def _count_pair(edge: Alignment, told: dict[str, float]) -> None:
    if edge.qstr == edge.rstr:
        told["n_same"] += 1
    elif edge.symbol is not None:
        key = f"n_{edge.symbol.category.value.lower()}"
        if key in told:
            told[key] += 1
    else:
        told["n_alike"] += 1
        told["alike_worst"] = min(told["alike_worst"], edge.score)
        told["alike_loss"] += 1 - edge.score


def _count_left_over(
    part: NamePart, category: SymbolCategory | None, side: str, told: dict[str, float]
) -> None:
    if part.tag == NamePartTag.STOP:
        told["n_particles_left_over"] += 1
    elif category == _C.ORG_CLASS or part.tag == NamePartTag.LEGAL:
        told["n_forms_left_over"] += 1
    elif part.numeric or category == _C.NUMERIC:
        told["n_numbers_left_over"] += 1
    else:
        told[f"n_left_over_{side}"] += 1
        told[f"n_chars_left_over_{side}"] += len(part.comparable)
        if category == _C.LOCATION:
            told["n_places_left_over"] += 1
        elif category in (_C.DOMAIN, _C.SYMBOL):
            told["n_domains_left_over"] += 1


def _rough(asked: str, listed: str) -> dict[str, float]:
    """Compare the Latin spellings as strings and word by word."""
    left, right = asked.split(), listed.split()
    few, many = (left, right) if len(left) <= len(right) else (right, left)
    best = [max(JaroWinkler.similarity(word, other) for other in many) for word in few]
    one, two = asked.replace(" ", ""), listed.replace(" ", "")
    bones = [[skeleton(word) for word in words] for words in (few, many)]
    heard = [max((fuzz.ratio(bone, other) for other in bones[1]), default=0.0) for bone in bones[0]]
    return {
        "jaro_winkler": JaroWinkler.similarity(asked, listed),
        "token_sort": fuzz.token_sort_ratio(asked, listed) / 100,
        "token_set": fuzz.token_set_ratio(asked, listed) / 100,
        "unspaced": fuzz.ratio(one, two) / 100,
        "n_edits": float(min(6, DamerauLevenshtein.distance(one, two, score_cutoff=6))),
        "worst_word": min(best, default=0.0),
        "mean_word": sum(best) / len(best) if best else 0.0,
        "sounds_alike": fuzz.ratio(skeleton(one), skeleton(two)) / 100,
        "heard_worst": min(heard, default=0.0) / 100,
        "heard_mean": sum(heard) / len(heard) / 100 if heard else 0.0,
        "initials_fit": float(any(len(w) == 1 and any(o[0] == w for o in many) for w in few)),
        "n_words_fewer": float(len(few)),
        "n_words_apart": float(len(many) - len(few)),
        "n_chars_fewer": float(min(len(one), len(two))),
    }


_SAME_SOUND = str.maketrans("qcgzfdb", "kkksvtp")
_HEARD = str.maketrans("qcgzfdb", "kkksvtp", "aeiouyhw")
_DOUBLED = re.compile(r"(.)\1+")


def bones(text: str) -> str:
    """The skeleton of a whole name; see :func:`skeleton`."""
    return _skeleton(text)


@lru_cache(maxsize=1 << 17)
def skeleton(word: str) -> str:
    """The first letter and the consonants, those that sound alike as one.

    Scripts that write no vowels, and those who spell by ear, leave little else to compare.

    >>> skeleton("muhammad") == skeleton("mohamed")
    True
    >>> skeleton("husayn") == skeleton("hsyn")
    True
    """
    return _skeleton(word)


def _skeleton(word: str) -> str:
    first = word[:1].translate(_SAME_SOUND)
    rest = _DOUBLED.sub(r"\1", word[1:].translate(_HEARD))
    return ("a" if first and first in "aeiouy" else first) + rest
