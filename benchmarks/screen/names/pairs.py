"""Labelled pairs of names: read, grouped so that no name is on both sides of a split, featured."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.screen.aligning import FEATURES, align
from stillwatch.screen.listing import Kind
from stillwatch.screen.spelling import spell_out

#: group of pairs of two scripts.
ACROSS = "across"
KINDS = {
    "Person": Kind.PERSON,
    "Company": Kind.ORGANISATION,
    "Organization": Kind.ORGANISATION,
    "LegalEntity": Kind.UNKNOWN,
    "Vessel": Kind.VESSEL,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two names, of what, and whether they are of one thing."""

    kind: Kind
    schema: str
    asked: str
    listed: str
    same: bool
    group: str


def read_pairs(path: Path) -> list[Pair]:
    """Read a file with the columns ``schema, name1, name2, is_match, case_group``."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Pair(
                KINDS[row["schema"]], row["schema"], row["name1"], row["name2"],
                row["is_match"] == "true", row.get("case_group", ""),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def families(pairs: Sequence[Pair]) -> npt.NDArray[np.int64]:
    """Number the groups of pairs that share a name, directly or through others.

    Pairs across scripts are grouped by the name asked about alone: their others form a chain.
    """
    above: dict[str, str] = {}

    def top(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            name = above[name]
        return name

    for pair in pairs:
        if pair.group == ACROSS:
            continue
        above[top(pair.asked.casefold())] = top(pair.listed.casefold())
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(top(p.asked.casefold()), len(numbers)) for p in pairs])


def featured(pairs: Sequence[Pair]) -> npt.NDArray[np.float64]:
    """(n_pairs, n_features) what is counted of each pair; zeros where a name cannot be read."""
    rows = np.zeros((len(pairs), len(FEATURES)))
    for number, pair in enumerate(pairs):
        asked = spell_out(pair.asked, pair.kind, asked=True)
        listed = spell_out(pair.listed, pair.kind)
        if asked and listed:
            rows[number] = align(asked, listed).features
    return rows


def at_precision(
    scores: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], least: float
) -> tuple[float, float, float]:
    """The best (recall, precision, threshold) of at least that precision."""
    found = [_at(scores, same, mark) for mark in np.unique(scores)]
    return max((one for one in found if one[1] >= least), default=(0.0, 0.0, 1.0))


def at_recall(
    scores: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], least: float
) -> tuple[float, float, float]:
    """The best (recall, precision, threshold) of at least that recall."""
    found = [_at(scores, same, mark) for mark in np.unique(scores)]
    return max((one for one in found if one[0] >= least), key=lambda one: one[1])


def _at(
    scores: npt.NDArray[np.float64], same: npt.NDArray[np.bool_], mark: float
) -> tuple[float, float, float]:
    told = scores >= mark
    hits = int((told & same).sum())
    return hits / int(same.sum()), hits / max(1, int(told.sum())), float(mark)
