"""Aligning: which part of one name stands for which of the other, and what is left over.

``rigour`` pairs the parts that it knows (a given name and its spellings in other scripts, a legal
form and its abbreviation) and compares the rest by edit distance. What is counted here of that is
what :mod:`stillwatch.screen.scoring` weighs, and what a person reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from rigour.names import (
    Alignment,
    CompareConfig,
    NamePart,
    NamePartTag,
    align_person_name_order,
    compare_parts,
    pair_symbols,
)

from stillwatch.screen.rough import rough
from stillwatch.screen.spelling import Spelt
from stillwatch.screen.wording import WORDING, worded

_CONFIG = CompareConfig(budget_tolerance=1.6)
_CATEGORIES = ("name", "nick", "initial", "orgcls", "symbol", "domain", "num", "loc")
_PAIR_SCORES = {"orgcls": 0.8, "nick": 0.6}
_PAIR_WEIGHTS = {
    "orgcls": 0.7, "initial": 0.5, "nick": 0.8, "symbol": 0.3, "domain": 0.7, "num": 1.3,
    "loc": 0.8,
}  # fmt: skip
_EXTRA_WEIGHTS = {"orgcls": 0.7, "symbol": 0.7, "num": 1.3, "loc": 0.8}

#: what is counted of a pair of names, in order; the scorer's file names the same.
FEATURES: tuple[str, ...] = (
    "similarity", "weighted", "n_same", "n_alike", "alike_worst", "alike_loss",
    *(f"n_{c}" for c in _CATEGORIES),
    "n_left_over_asked", "n_left_over_listed", "n_chars_left_over_asked",
    "n_chars_left_over_listed", "n_left_over_both", "n_chars_left_over_both", "n_left_over",
    "n_numbers_left_over", "n_forms_left_over", "n_places_left_over", "n_domains_left_over",
    "n_particles_left_over", "jaro_winkler", "token_sort", "token_set", "unspaced",
    "n_edits", "worst_word", "mean_word", "sounds_alike", "heard_worst", "heard_mean",
    "other_script", "initials_fit",
    "n_words_fewer", "n_words_apart", "person", "n_chars_fewer", "n_different", *WORDING,
    "organisation", "thing",
)  # fmt: skip
_IN_ORDER: Callable[[dict[str, float]], tuple[float, ...]] = itemgetter(*FEATURES)
_NAME_OF = {category: f"n_{category}" for category in _CATEGORIES}
#: forms that `rigour` reads as words where they stand alone.
_FORMS = frozenset({"co", "cia", "company", "the"})


class Edge(NamedTuple):
    """Parts of two names that stand for one another; or parts of one that are left over.

    Args:
        asked: parts of the name asked about.
        listed: parts of the listed name.
        asked_text: what they say.
        listed_text: the same.
        category: what ``rigour`` knows both to be, in lower case; ``None`` where nothing.
        score: how alike they are, 0 to 1.
    """

    asked: Sequence[NamePart]
    listed: Sequence[NamePart]
    asked_text: str
    listed_text: str
    category: str | None
    score: float


@dataclass(frozen=True, slots=True)
class Aligned:
    """Two names beside one another.

    Args:
        features: values of :data:`FEATURES`.
        parts: what stands beside what.
        forms: parts that are legal forms.
    """

    features: tuple[float, ...]
    parts: Sequence[Edge]
    forms: frozenset[NamePart]

    @property
    def edges(self) -> tuple[tuple[str, str, str, float], ...]:
        """(part asked, part listed, how, similarity 0 to 1); an empty part is one left over."""
        return tuple(
            (edge.asked_text, edge.listed_text, _how(edge), round(edge.score, 3))
            for edge in self.parts
        )

    @property
    def only_forms_apart(self) -> bool:
        """Whether nothing but legal forms and particles sets the names apart."""
        forms = self.forms
        n_same = 0
        for asked, listed, one, other, _, _ in self.parts:
            if one == other:
                n_same += not all(part in forms for part in asked)
            elif not all(
                part in forms
                or part.tag in (NamePartTag.STOP, NamePartTag.LEGAL)
                or part.comparable in _FORMS
                for part in (*asked, *listed)
            ):
                return False
        return n_same > 0


def align(asked: Spelt, listed: Spelt) -> Aligned:
    """Put two names beside one another in the way that makes them most alike."""
    return align_many([(asked, listed)])[0]


def align_many(pairs: Sequence[tuple[Spelt, Spelt]]) -> list[Aligned]:
    """Put pairs of names beside one another: (name asked about, listed name).

    Each step is taken for all pairs before the next: what a step needs stays in the processor's
    caches, which makes two names beside one another in half the time.
    """
    paired = [pair_symbols(asked.name, listed.name) for asked, listed in pairs]
    aligned = [_best(*pair, ways) for pair, ways in zip(pairs, paired, strict=True)]
    counts = [
        _counted(edges, dict((*asked.known, *listed.known)))
        for (asked, listed), (_, edges) in zip(pairs, aligned, strict=True)
    ]
    roughly = [rough(asked.rough, listed.rough) for asked, listed in pairs]
    by_word = [
        worded(asked.words, listed.words, (asked.original, listed.original), person=asked.person)
        for asked, listed in pairs
    ]
    return [
        Aligned(
            _features(asked, listed, similarity, counted | alike | words),
            edges,
            asked.forms | listed.forms,
        )
        for (asked, listed), (similarity, edges), counted, alike, words in zip(
            pairs, aligned, counts, roughly, by_word, strict=True
        )
    ]


def _features(
    asked: Spelt, listed: Spelt, similarity: float, counted: dict[str, float]
) -> tuple[float, ...]:
    counted["similarity"] = similarity
    counted["person"] = float(asked.person and listed.person)
    counted["organisation"] = float(asked.thing is False)
    counted["thing"] = float(asked.thing is True)
    counted["other_script"] = float(asked.is_latin != listed.is_latin)
    return _IN_ORDER(counted)


def _best(
    asked: Spelt, listed: Spelt, ways: Iterable[Iterable[Alignment]]
) -> tuple[float, list[Edge]]:
    """The way of pairing what is known that makes two names most alike, and how alike."""
    similarity, parts = -1.0, list[Edge]()
    for pairing in ways:
        edges = _whole(asked, listed, pairing)
        alike = _similarity(edges)
        if alike > similarity:
            similarity, parts = alike, edges
    return max(similarity, 0.0), parts


def _whole(asked: Spelt, listed: Spelt, pairing: Iterable[Alignment]) -> list[Edge]:
    """The paired parts, and the rest compared by edit distance."""
    edges = [_edge(one) for one in pairing]
    left, right = list(asked.name.parts), list(listed.name.parts)
    if edges:
        left_used = {part for edge in edges for part in edge.asked}
        right_used = {part for edge in edges for part in edge.listed}
        left = [part for part in left if part not in left_used]
        right = [part for part in right if part not in right_used]
    if left or right:
        if asked.person and listed.person:
            left, right = align_person_name_order(left, right)
        else:
            left, right = NamePart.tag_sort(left), NamePart.tag_sort(right)
        edges += [_edge(one) for one in compare_parts(left, right, config=_CONFIG)]
    return edges


def _edge(one: Alignment) -> Edge:
    asked, listed, text, other, symbol = one.qps, one.rps, one.qstr, one.rstr, one.symbol
    category = None if symbol is None else symbol.category.value.lower()
    if not asked or not listed:
        score = 0.0
    elif text == other:
        score = 1.0
    elif category is not None:
        score = _PAIR_SCORES.get(category, 0.9)
    else:
        score = one.score
    return Edge(asked, listed, text, other, category, score)


def _similarity(edges: Iterable[Edge]) -> float:
    """Share of the letters of both names that stand for one another."""
    total = alike = 0.0
    for _, _, text, other, _, score in edges:
        n_chars = len(text) + len(other)
        total += n_chars
        alike += n_chars * score
    return alike / total if total else 0.0


def _how(edge: Edge) -> str:
    if not edge.listed:
        return "left over, asked"
    if not edge.asked:
        return "left over, listed"
    if edge.asked_text == edge.listed_text:
        return "same"
    return "alike" if edge.category is None else f"known {edge.category}"


def _counted(edges: Iterable[Edge], known: dict[NamePart, str]) -> dict[str, float]:
    """Count what was paired, and of what sort the parts left over are."""
    told = dict.fromkeys(FEATURES, 0.0)
    told["alike_worst"] = 1.0
    weights = scores = 0.0
    for asked, listed, text, other, category, score in edges:
        weight = 1.0
        if asked and listed:
            _count_pair(text == other, category, score, told)
            if category is not None:
                weight = _PAIR_WEIGHTS.get(category, 1.0)
        else:
            side = "asked" if asked else "listed"
            weight = 0.8 if asked else 0.2
            for part in asked or listed:
                sort = known.get(part)
                if sort is not None:
                    weight *= _EXTRA_WEIGHTS.get(sort, 1.0)
                _count_left_over(part, sort, side, told)
        weights += weight
        scores += weight * score
    told["n_left_over_both"] = min(told["n_left_over_asked"], told["n_left_over_listed"])
    told["n_chars_left_over_both"] = min(
        told["n_chars_left_over_asked"], told["n_chars_left_over_listed"]
    )
    told["n_left_over"] = told["n_left_over_asked"] + told["n_left_over_listed"]
    told["weighted"] = scores / weights if weights else 0.0
    # Nothing but legal forms and particles sets them apart where this is 0.
    told["n_different"] = (
        told["n_left_over"] + told["n_numbers_left_over"] + told["n_alike"]
        + sum([told[_NAME_OF[c]] for c in _CATEGORIES if c != "orgcls"])
    )  # fmt: skip
    return told


def _count_pair(same: bool, category: str | None, score: float, told: dict[str, float]) -> None:
    if same:
        told["n_same"] += 1
    elif category is not None:
        if category in _NAME_OF:
            told[_NAME_OF[category]] += 1
    else:
        told["n_alike"] += 1
        told["alike_worst"] = min(told["alike_worst"], score)
        told["alike_loss"] += 1 - score


def _count_left_over(
    part: NamePart, category: str | None, side: str, told: dict[str, float]
) -> None:
    tag = part.tag
    if tag == NamePartTag.STOP:
        told["n_particles_left_over"] += 1
    elif category == "orgcls" or tag == NamePartTag.LEGAL:
        told["n_forms_left_over"] += 1
    elif category == "num" or part.numeric:
        told["n_numbers_left_over"] += 1
    else:
        told[f"n_left_over_{side}"] += 1
        told[f"n_chars_left_over_{side}"] += len(part.comparable)
        if category == "loc":
            told["n_places_left_over"] += 1
        elif category in ("domain", "symbol"):
            told["n_domains_left_over"] += 1
