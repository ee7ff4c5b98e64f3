"""Matching: which entries somebody may be, each with what speaks for it and against it.

Names find candidates. What a match is called depends on what stands beside the name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from stillwatch.screen.asked import Asked
from stillwatch.screen.clearances import Clearance, clears
from stillwatch.screen.drawers import drawers
from stillwatch.screen.index import Index
from stillwatch.screen.listing import Kind, Listing
from stillwatch.screen.rough import bones
from stillwatch.screen.scoring import Scorer
from stillwatch.screen.seconds import Says, Second, seconds, telling
from stillwatch.screen.spelling import Spelt, spell_out

N_NEAR = 64
N_COMPARED = 8
#: rough likeness, 0 to 100, from which the nearest few are compared in full, and the others.
LEAST_ROUGH = 60.0
LEAST_ALIKE = 78.0
N_SURE = 3
#: how much the share of rare words counts beside likeness, where names are put in order.
RARITY = 20.0
#: how many entries with one number still say something.
_MOST_OF_ONE_NUMBER = 20


class Called(StrEnum):
    """What a match is called."""

    CORROBORATED = "corroborated"
    NUMBER_ONLY = "number_only"
    NAME_ONLY = "name_only"
    FAINT = "faint"
    CONTRADICTED = "contradicted"
    CLEARED = "cleared"


_RANK = {called: rank for rank, called in enumerate(Called)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Somebody beside one entry.

    Args:
        listing: the entry.
        called: what it is called.
        p_name: probability that the names are of one thing, 0 to 1.
        asked_name: which of the names asked about.
        listed_name: which of the entry's names.
        edges: parts of the names beside one another.
        seconds: what stands beside the names.
        weak: the entry itself calls the name weak.
        clearance: id of the clearance that holds; empty for none.
    """

    listing: Listing
    called: Called
    p_name: float
    asked_name: str
    listed_name: str
    edges: tuple[tuple[str, str, str, float], ...]
    seconds: tuple[Second, ...]
    weak: bool = False
    clearance: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "listing": self.listing.ref,
            "list_name": self.listing.list_name,
            "entry": self.listing.digest,
            "called": self.called.value,
            "p_name": round(self.p_name, 4),
            "asked_name": self.asked_name,
            "listed_name": self.listed_name,
            "weak_name": self.weak,
            "parts": [
                {"asked": a, "listed": b, "how": how, "similarity": alike}
                for a, b, how, alike in self.edges
            ],
            "seconds": [one.to_json() for one in self.seconds if one.detail],
            "clearance": self.clearance,
            "source": self.listing.source,
        }


class Lists:
    """Listings, ready to be asked.

    Args:
        listings: entries of all lists.
        scorer: what weighs names.
        index: where names are filed, in the order of :func:`filed`; see
            :func:`stillwatch.screen.index.build`.
        cores: :func:`core` of each of those names, where they are known already.
    """

    def __init__(
        self,
        listings: Sequence[Listing],
        scorer: Scorer,
        index: Index,
        cores: Sequence[str] | None = None,
    ) -> None:
        self.listings = listings
        self.scorer = scorer
        self.names = filed(listings)
        self._cores = cores or [core(spell_out(name, listings[at].kind)) for name, at in self.names]
        kinds = {kind: number for number, kind in enumerate(Kind)}
        self._kinds = np.array([kinds[listings[at].kind] for _, at in self.names], dtype=np.int8)
        self._open = {
            kind: np.array([_may_be(kind, other) for other in Kind], dtype=np.bool_)
            for kind in Kind
        }
        if index.n_names != len(self.names):
            raise ValueError(f"{index.n_names} names are filed, and {len(self.names)} are listed")
        self._index = index
        self._numbers: dict[str, list[int]] = {}
        for place, one in enumerate(listings):
            for number in telling(it.value for it in one.identifiers):
                self._numbers.setdefault(number, []).append(place)
        self._bared: dict[int, tuple[str, str, str]] = {}

    def match(
        self, asked: Asked, clearances: Mapping[tuple[str, str], Clearance] | None = None
    ) -> list[Match]:
        """Entries that somebody may be, those with most beside the name first."""
        return self.match_many([asked], clearances)[0]

    def match_many(
        self,
        asked: Sequence[Asked],
        clearances: Mapping[tuple[str, str], Clearance] | None = None,
    ) -> list[list[Match]]:
        """The same of many: what each is told is what it would be told alone.

        Each step is taken for all before the next, so that what a step reads stays in the
        processor's caches; a few hundred at once are best.
        """
        told = []
        for one, best in zip(asked, self._by_name(asked), strict=True):
            for number in sorted(telling(it.value for it in one.identifiers)):
                places = self._numbers.get(number, ())
                if len(places) <= _MOST_OF_ONE_NUMBER:
                    for place in places:
                        best.setdefault(place, (0.0, "", -1, ()))
            found = [
                self._called(one, place, *way, clearances or {}) for place, way in best.items()
            ]
            told.append(
                sorted(
                    (match for match in found if match is not None),
                    key=lambda match: (_RANK[match.called], -match.p_name, match.listing.ref),
                )
            )
        return told

    def _by_name(self, asked: Sequence[Asked]) -> list[dict[int, tuple[float, str, int, Any]]]:
        """Of each, per entry the best pair of names: (p_name, name asked, listed name, parts)."""
        questions = [
            (at, text, spelt)
            for at, one in enumerate(asked)
            for text in one.names
            if (spelt := spell_out(text, one.kind, asked=True)) is not None
        ]
        under = [drawers(spelt) for _, _, spelt in questions]
        found = [self._index.near(words, N_NEAR) for words in under]
        near = [
            self._nearest(spelt, asked[at].kind, *some)
            for (at, _, spelt), some in zip(questions, found, strict=True)
        ]
        listed = {
            number: self._spell_listed(number)
            for number in sorted({number for numbers in near for number in numbers})
        }
        pairs: list[tuple[Spelt, Spelt]] = []
        of: list[tuple[int, str, int]] = []
        for (at, text, spelt), numbers in zip(questions, near, strict=True):
            readings: dict[Kind, Spelt] = {_reading(asked[at].kind): spelt}
            for number in numbers:
                theirs = listed[number]
                if theirs is None:
                    continue
                kind = _reading(self.listings[self.names[number][1]].kind)
                ours = spelt
                if asked[at].kind is Kind.UNKNOWN:
                    if kind not in readings:
                        readings[kind] = spell_out(text, kind, asked=True) or spelt
                    ours = readings[kind]
                pairs.append((ours, theirs))
                of.append((at, text, number))
        best: list[dict[int, tuple[float, str, int, Any]]] = [{} for _ in asked]
        for (at, text, number), (p_name, aligned) in zip(
            of, self.scorer.compare_many(pairs), strict=True
        ):
            place = self.names[number][1]
            if p_name >= self.scorer.p_look and p_name > best[at].get(place, (0.0,))[0]:
                best[at][place] = (p_name, text, number, aligned.edges)
        return best

    def _nearest(
        self, spelt: Spelt, kind: Kind, found: npt.NDArray[np.int64],
        shares: npt.NDArray[np.float32],
    ) -> list[int]:  # fmt: skip
        """Numbers of the listed names worth a full comparison, of those that were found."""
        fits = self._open[kind][self._kinds[found]]
        numbers = found[fits].tolist()
        if not numbers:
            return []
        ours = core(spelt)
        turned, unspaced, bare = _bared(ours)
        bared = [self._bare(number) for number in numbers]
        texts = [self._cores[number] for number in numbers]
        alike = np.maximum.reduce(
            [
                # Words in order of the alphabet: this is rapidfuzz's token_sort_ratio.
                cdist([turned], [one for one, _, _ in bared], scorer=fuzz.ratio)[0],
                0.97 * cdist([ours], texts, scorer=fuzz.token_set_ratio)[0],
                cdist([unspaced], [one for _, one, _ in bared], scorer=fuzz.ratio)[0],
                0.9 * cdist([bare], [one for _, _, one in bared], scorer=fuzz.ratio)[0],
            ]
        )
        nearness = alike + RARITY * np.minimum(shares[fits], 1.0)
        order = np.argsort(-nearness, kind="stable")[:N_COMPARED].tolist()
        return [
            numbers[at]
            for rank, at in enumerate(order)
            if alike[at] >= (LEAST_ROUGH if rank < N_SURE else LEAST_ALIKE)
        ]

    def _bare(self, number: int) -> tuple[str, str, str]:
        """See :func:`_bared`; made once for a listed name."""
        known = self._bared.get(number)
        if known is None:
            known = self._bared[number] = _bared(self._cores[number])
        return known

    def _spell_listed(self, number: int) -> Spelt | None:
        text, place = self.names[number]
        words = tuple(self._cores[number].split())
        return spell_out(text, self.listings[place].kind, words=words)

    def _called(
        self, asked: Asked, place: int, p_name: float, text: str, number: int, edges: Any,
        clearances: Mapping[tuple[str, str], Clearance],
    ) -> Match | None:  # fmt: skip
        listing = self.listings[place]
        beside = seconds(asked, listing, self._same_name)
        called = called_by(p_name, beside, self.scorer.p_agree)
        if called is None:
            return None
        clearance = clearances.get((asked.customer, listing.ref))
        cleared = clearance is not None and clears(clearance, asked.digest, listing.digest)
        name = self.names[number][0] if number >= 0 else listing.names[0]
        return Match(
            listing=listing,
            called=Called.CLEARED if cleared else called,
            p_name=p_name,
            asked_name=text or asked.names[0],
            listed_name=name,
            edges=tuple(edges),
            seconds=beside,
            weak=name in listing.weak_names,
            clearance=clearance.id if clearance is not None and cleared else "",
        )

    def _same_name(self, one: str, other: str) -> bool:
        left, right = spell_out(one, Kind.UNKNOWN, asked=True), spell_out(other, Kind.UNKNOWN)
        return bool(left and right and self.scorer.compare(left, right)[0] >= self.scorer.p_agree)


def called_by(p_name: float, beside: Sequence[Second], p_agree: float) -> Called | None:
    """What a pair is called by name and seconds; ``None`` where nothing speaks for it.

    A name alone is never more than ``name_only``, however well it fits.
    """
    says = [one.says for one in beside]
    agrees, conflicts = Says.AGREES in says, Says.CONFLICTS in says
    if p_name > 0 and agrees:
        return Called.CORROBORATED
    if agrees:
        return Called.NUMBER_ONLY
    if p_name <= 0:
        return None
    if conflicts:
        return Called.CONTRADICTED
    return Called.NAME_ONLY if p_name >= p_agree else Called.FAINT


def filed(listings: Sequence[Listing]) -> list[tuple[str, int]]:
    """Every name of every entry: (name, number of the entry)."""
    return [
        (name, place)
        for place, one in enumerate(listings)
        for name in (*one.names, *one.weak_names)
    ]


def core(spelt: Spelt | None) -> str:
    """The words of a name that tell it from others, in Latin letters; empty for none."""
    return "" if spelt is None else " ".join(spelt.words)


def _bared(words: str) -> tuple[str, str, str]:
    """Words in order of the alphabet; without blanks; and the consonants of that."""
    unspaced = words.replace(" ", "")
    return " ".join(sorted(words.split())), unspaced, bones(unspaced)


def _may_be(asked: Kind, listed: Kind) -> bool:
    """Whether the kinds leave it open; a person's name is not looked for among ships."""
    return Kind.UNKNOWN in (asked, listed) or asked is listed or Kind.PERSON not in (asked, listed)


def _reading(kind: Kind) -> Kind:
    """Kinds whose names are read in one way."""
    return Kind.VESSEL if kind is Kind.AIRCRAFT else kind
