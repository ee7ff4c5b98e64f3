"""What else the replies show: leads, and innocent accounts of a difference.

None of it is a test. A vendor chooses what its replies say of themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from scipy.stats import binomtest

from stillwatch.stats.exchangeable import Strata
from stillwatch.stats.onset import foretold, foretold_mixed, usual_chances
from stillwatch.vet.asked import Answer
from stillwatch.vet.substitution.battery import family_of
from stillwatch.vet.substitution.pairing import Paired, kind_of

REFERENCE_KEPT: Final = "reference_kept"
#: how likely repeats may agree by chance before answers are taken to be kept.
CACHED_P: Final = 1e-3
#: the same of the reference, where it would accuse an honest route.
SOME_KEPT_P: Final = 0.02
_HEATS: Final = np.geomspace(0.5, 2.0, 25)
_WEIGHT: Final = 10.0
#: shares of answers by another model, which a tilt must explain the answers better than.
_STRANGE: Final = (0.05, 0.1, 0.2, 0.4)
#: log odds from which on one account is taken to be better than another.
_CLEARLY: Final = 3.0
#: how many times as much a hotter model must explain (set on made pairs).
_HOTTER: Final = 3.2
#: share of questions in which all the reference's answers are one, from which on, over so many
#: questions, it is taken to keep its answers.
_KEPT, _KEPT_LEAST = 0.95, 20
_TOLD: Final = ("body.system_fingerprint", "body.provider", "x-served-by", "server", "x-ms-region")
_SHIFT: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """One thing that replies show.

    Args:
        kind: ``reference_kept``, ``reference_often_kept``, ``cached``, ``system_text``, ``cut``,
            ``tilt``, ``name`` or ``header``.
        said: in a sentence.
        explains: whether it is an innocent account of a difference.
    """

    kind: str
    said: str
    explains: bool


def leads_of(paired: Paired, served: Sequence[Answer], usual: Sequence[Answer]) -> list[Lead]:
    """Everything that replies show beside their answers.

    Args:
        paired: what is compared.
        served: all answers of the route, repeats too.
        usual: all answers of the reference.
    """
    found = [
        _reference_kept(paired.strata), _cached(served, usual), _system_text(paired),
        _cut(served, usual), _tilt(paired.strata),
        _named(served, usual), *_headers(served, usual),
    ]  # fmt: skip
    return [one for one in found if one is not None]


def _reference_kept(strata: Strata) -> Lead | None:
    """The reference says the same whenever it is asked the same: its answers are no draws."""
    sides = [strata.kind[a + 1 : b] for a, b in pairwise(strata.starts)]
    agreed = [bool((side == side[0]).all()) for side in sides if side.size > 1]
    if len(agreed) < _KEPT_LEAST or sum(agreed) < _KEPT * len(agreed):
        return None
    return Lead(
        kind=REFERENCE_KEPT,
        said=f"of {len(agreed)} questions that the reference was asked more than once, it gave "
        f"one answer to {sum(agreed)}: they are kept and given again, or drawn without chance. One "
        "draw beside copies of another is told apart though both are of one model: no verdict.",
        explains=True,
    )


def _cached(served: Iterable[Answer], usual: Iterable[Answer]) -> Lead | None:
    """Repeats of one question agree more often than the reference's, or the other way round."""
    mine, theirs = _agreed(served), _agreed(usual)
    both = sorted(set(mine) & set(theirs))
    only_mine = sum(mine[nth] and not theirs[nth] for nth in both)
    only_theirs = sum(theirs[nth] and not mine[nth] for nth in both)
    n = only_mine + only_theirs
    if n and binomtest(only_theirs, n, 0.5, alternative="greater").pvalue <= SOME_KEPT_P:
        return Lead(
            kind="reference_often_kept",
            said=f"of {len(both)} questions asked twice, {sum(theirs[nth] for nth in both)} got "
            f"the same answer twice from the reference and {sum(mine[nth] for nth in both)} here: "
            "the reference may keep some of its answers, and then honest routes differ from it.",
            explains=True,
        )
    if not n or binomtest(only_mine, n, 0.5, alternative="greater").pvalue > CACHED_P:
        return None
    return Lead(
        kind="cached",
        said=f"of {len(both)} questions asked twice, {sum(mine[nth] for nth in both)} got the same "
        f"answer twice here and {sum(theirs[nth] for nth in both)} from the reference: answers are "
        "kept and given again, or drawn without chance. Each question counts once, so the test "
        "stands; no draw without chance can stand beside one with it.",
        explains=True,
    )


def _agreed(answers: Iterable[Answer]) -> dict[int, bool]:
    """By question asked twice: whether the first two answers are of one kind."""
    first: dict[int, dict[int, str]] = {}
    for one in answers:
        if one.sample < 2:
            kind = kind_of(one, family_of(int(one.probe)).n_words)
            if kind is not None:
                first.setdefault(int(one.probe), {})[one.sample] = kind
    return {nth: kinds[0] == kinds[1] for nth, kinds in first.items() if len(kinds) == 2}


def _system_text(paired: Paired) -> Lead | None:
    """The endpoint counts the same number of tokens more, whatever is asked."""
    more = [
        mine.input_tokens - theirs.input_tokens
        for mine, theirs in zip(paired.served, paired.usual, strict=True)
        if mine.input_tokens is not None and theirs.input_tokens is not None
    ]
    if not more:
        return None
    usual, n = Counter(more).most_common(1)[0]
    if usual <= 0 or n < _SHIFT * len(more):
        return None
    return Lead(
        kind="system_text",
        said=f"the endpoint counts {usual} tokens more than the reference for {n / len(more):.0%} "
        "of the questions: text is put before them, or another tokenizer counts.",
        explains=True,
    )


def _cut(served: Sequence[Answer], usual: Sequence[Answer]) -> Lead | None:
    mine, theirs = (
        sum(one.finish == "length" for one in answers) / max(len(answers), 1)
        for answers in (served, usual)
    )
    if mine < theirs + 0.05:
        return None
    return Lead(
        kind="cut",
        said=f"{mine:.0%} of the answers were cut by a limit, {theirs:.0%} of the reference's. An "
        "answer cut within the words that count is left out.",
        explains=True,
    )


def _tilt(strata: Strata) -> Lead | None:
    """Another temperature explains the answers as well as another model does."""
    if strata.n < 50:
        return None
    chances, _ = usual_chances(strata)
    marked, group = strata.kind[strata.starts[:-1]], strata.group
    n_groups = int(group.max()) + 1
    gains = []
    for heat in _HEATS:
        tilted = chances ** (1.0 / heat)
        tilted = tilted / np.bincount(group, tilted, n_groups)[group]
        gains.append(float(np.log(tilted[marked] / chances[marked]).sum()))
    best = int(np.argmax(gains))
    ways = [foretold(marked, group, chances, np.full(n_groups, _WEIGHT))]
    ways += [foretold_mixed(marked, group, chances, share) for share in _STRANGE]
    rivals = [float((one - np.log(chances[marked])).sum()) for one in ways]
    rivals += [0.0]
    # A share of strange answers looks like a hotter model, never like a colder one.
    needed = max(rivals) + _CLEARLY if _HEATS[best] < 1.0 else _HOTTER * max(*rivals, _CLEARLY)
    if gains[best] < needed:
        return None
    return Lead(
        kind="tilt",
        said=f"{_HEATS[best]:.2f} times the reference's temperature explains the answers better "
        "than a share of another model does.",
        explains=True,
    )


def _named(served: Iterable[Answer], usual: Iterable[Answer]) -> Lead | None:
    mine = Counter(one.said_model for one in served if one.said_model)
    theirs = {one.said_model for one in usual if one.said_model}
    if len(mine) < 2 and (not mine or not theirs or set(mine) <= theirs):
        return None
    told = ", ".join(f"{name} ({n})" for name, n in mine.most_common(5))
    return Lead(
        kind="name",
        said=f"replies name the model {told}; those of the reference "
        f"{', '.join(sorted(theirs)[:5]) or 'none'}. What a reply says of itself proves nothing.",
        explains=False,
    )


def _headers(served: Sequence[Answer], usual: Sequence[Answer]) -> list[Lead]:
    found = []
    for name in _TOLD:
        mine = Counter(one.headers[name] for one in served if name in one.headers)
        if len(mine) > 1:
            told = ", ".join(f"{value} ({n})" for value, n in mine.most_common(4))
            found.append(Lead(kind="header", said=f"{name} varies: {told}.", explains=False))
    slow = [one.took_us for one in served if one.finish != "error"]
    if len(slow) > 20 and len(usual) > 20:
        ratio = float(np.median(slow) / max(np.median([one.took_us for one in usual]), 1.0))
        if not 0.5 <= ratio <= 2.0:
            said = f"answers take {ratio:.1f} times as long as the reference's (median)."
            found.append(Lead(kind="header", said=said, explains=False))
    return found
