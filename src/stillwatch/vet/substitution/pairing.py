"""Answers of a route beside those of the reference, question by question."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from stillwatch.stats.exchangeable import Strata
from stillwatch.vet.asked import Answer
from stillwatch.vet.substitution.battery import FAMILIES, family_of

I64 = npt.NDArray[np.int64]
NOTHING: Final = "(nothing)"
REFUSED: Final = "(refused)"
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """What can be compared.

    Args:
        strata: the route's answer first, then the reference's, a stratum a question.
        questions: ``(n,)`` number of each question.
        asked_us: ``(n,)`` when the route was asked.
        served: the route's answers, a stratum each.
        usual: the reference's first answer to each.
        other: ``(n,)`` kind of the candidate's answer; empty where none was asked.
        dropped: how many questions could not be compared, by reason.
    """

    strata: Strata
    questions: I64
    asked_us: I64
    served: tuple[Answer, ...]
    usual: tuple[Answer, ...]
    other: I64
    dropped: Mapping[str, int] = field(default_factory=dict)


def kind_of(answer: Answer, n_words: int) -> str | None:
    """What an answer counts as: its first words, folded; None where it was cut too soon to tell.

    >>> from dataclasses import replace
    >>> said = Answer(probe="0", sample=0, text="**Blue.**", said_model="", finish="stop",
    ...     input_tokens=1, output_tokens=1, asked_us=0, took_us=0)
    >>> kind_of(said, 1), kind_of(replace(said, text="Turqu", finish="length"), 1)
    ('blue', None)
    """
    if answer.finish == "error":
        return None
    words = _words(answer.text)
    if answer.finish == "content_filter" and not words:
        return REFUSED
    if answer.finish == "length" and len(words) <= n_words:
        return None
    return " ".join(words[:n_words])[:_LONGEST] or NOTHING


def pair(served: Iterable[Answer], usual: Iterable[Answer], other: Iterable[Answer] = ()) -> Paired:
    """Lay answers side by side.

    Args:
        served: by the route; of each question the first counts.
        usual: by the reference; all count.
        other: by the candidate, where one was asked; the first counts.

    Returns:
        The questions to which all sides gave an answer that can be compared, in their order.
    """
    by_route = {int(one.probe): one for one in served if one.sample == 0}
    by_other = {int(one.probe): one for one in other if one.sample == 0}
    beside: dict[int, list[Answer]] = {}
    for one in usual:
        beside.setdefault(int(one.probe), []).append(one)
    dropped: Counter[str] = Counter()
    kinds: dict[tuple[str, str], int] = {}
    group, items, starts, kept = list[int](), list[int](), [0], list[int]()
    others = list[int]()
    group_of = {family.name: nth for nth, family in enumerate(FAMILIES)}

    def number(name: str, kind: str) -> int:
        if (name, kind) not in kinds:
            kinds[name, kind] = len(kinds)
            group.append(group_of[name])
        return kinds[name, kind]

    for nth in sorted(by_route):
        family = family_of(nth)
        mine = kind_of(by_route[nth], family.n_words)
        theirs = [kind_of(one, family.n_words) for one in beside.get(nth, ())]
        known = [one for one in theirs if one is not None]
        third = kind_of(by_other[nth], family.n_words) if nth in by_other else None
        if mine is None:
            failed = by_route[nth].finish == "error"
            dropped["the route did not answer" if failed else "the route's answer was cut"] += 1
        elif not known:
            dropped["the reference has no answer"] += 1
        elif by_other and third is None:
            dropped["the candidate has no answer"] += 1
        else:
            items += [number(family.name, one) for one in (mine, *known)]
            starts.append(len(items))
            kept.append(nth)
            others += [number(family.name, third)] if third is not None else []
    strata = Strata(
        np.array(items, np.int64), np.array(starts, np.int64), np.array(group, np.int64)
    )
    return Paired(
        strata=strata,
        questions=np.array(kept, np.int64),
        asked_us=np.array([by_route[nth].asked_us for nth in kept], np.int64),
        served=tuple(by_route[nth] for nth in kept),
        usual=tuple(beside[nth][0] for nth in kept),
        other=np.array(others, np.int64),
        dropped=dict(dropped),
    )


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:2_000]).casefold()
    kept = (char if char.isalnum() or char in "'-" else " " for char in folded)
    return [word.strip("'-") for word in "".join(kept).split() if word.strip("'-")]
