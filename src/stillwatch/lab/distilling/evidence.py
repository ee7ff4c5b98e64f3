"""What a student shows when it is examined, and what each test says of it.

A suspect who only answers shows texts; one whose weights are there shows probabilities too. Every
p-value but one is valid: the naive one is the common test without deduplication, and is printed
beside the others so that its error can be seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from stillwatch.lab.distilling.choices import slot_of
from stillwatch.lab.distilling.grammar import (
    END,
    EXAMPLE,
    F64,
    I64,
    N_SYMBOLS,
    PROMPT,
    Tokens,
    spelled,
)  # fmt: skip
from stillwatch.lab.distilling.lessons import Harvest
from stillwatch.lab.distilling.marking import rows_of, windows_within
from stillwatch.lab.distilling.reading import examples_said
from stillwatch.stats.keyed_choices import choice_mass, hits_p
from stillwatch.stats.radioactivity import naive_p, open_p, text_p
from stillwatch.stats.served_pairs import lean, ranked_p, sign_p
from stillwatch.stats.siphash import Key

#: tests by name: what is read, and whether texts alone will do.
TESTS: Final = {
    "canaries, text": "the examples it names, once for each of 100 slots",
    "canaries, open": "the probability of the key's examples, against 9,999 decoy keys",
    "served pairs, text": "whether its answers repeat the served ones more than their twins",
    "served pairs, open": "whether the served ones are likelier to it than their twins",
    "marks, text": "whether distinct tokens of its answers lean to green",
    "marks, open": "whether its probabilities do, where it is unsure",
}
NAIVE: Final = "marks, naive (invalid)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What was seen of one student.

    Args:
        slot_answers: (100, t) its likeliest answers, one problem a slot.
        slot_p: (100, 10) its probabilities of each example there; 0 where it names none.
        texts: (n, t) answers that it drew.
        p_texts: (n, t, n_tokens) its probabilities behind each of their tokens.
        samples: (n_alike, n_samples, t) answers that it drew to problems of the harvest.
        nats_served, nats_unserved: (n_pairs,) log-likelihoods of served answers and their twins.
    """

    slot_answers: Tokens
    slot_p: F64
    texts: Tokens
    p_texts: F64
    samples: Tokens
    nats_served: F64
    nats_unserved: F64


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What the defender holds.

    Args:
        ways: (100,) examples that the canaries' key picks.
        decoy_ways: (9999, 100) those of keys that were drawn with it and never used.
        mark: key of the marks.
    """

    ways: I64
    decoy_ways: I64
    mark: Key


def canary_hits(shown: Shown, ways: I64) -> tuple[int, int]:
    """Slots in which the way of a key was named, and slots that were asked about."""
    said = examples_said(shown.slot_answers)
    slots = slot_of(shown.slot_answers[:, 1:3].astype(np.int64))
    return int((said == ways[slots]).sum()), len(slots)


def examined(
    shown: Shown, harvest: Harvest, keys: Keys, coin: np.random.Generator
) -> dict[str, float]:
    """The p-value of every test, the invalid one with them.

    Args:
        shown: what was seen of the student.
        harvest: what the campaign was served, and the twins.
        keys: committed before it was.
        coin: decides ties.
    """
    hits, n_slots = canary_hits(shown, keys.ways)
    prompts, answers = _texts(shown)
    windows, p = _foretold(shown)
    return {
        "canaries, text": hits_p(hits, n_slots, N_SYMBOLS),
        "canaries, open": _mass_p(shown, keys),
        "served pairs, text": ranked_p(leanings(shown, harvest)),
        "served pairs, open": sign_p(shown.nats_served - shown.nats_unserved, coin)[2],
        "marks, text": text_p(prompts, answers, keys.mark),
        "marks, open": open_p(p, windows, keys.mark),
        NAIVE: naive_p(answers, keys.mark),
    }


def leanings(shown: Shown, harvest: Harvest) -> F64:
    """(n_alike,) how much more of the served answer than of its twin comes back."""
    triples = zip(shown.samples, harvest.served, harvest.unserved, strict=False)
    return np.array(
        [lean([_said(row) for row in rows], _said(one), _said(two)) for rows, one, two in triples]
    )


def _said(row: Tokens) -> str:
    return spelled(row[PROMPT:])


def wrong_keys(shown: Shown, keys: list[Key]) -> dict[str, F64]:
    """p-values of an innocent student under keys that marked nothing, test by test."""
    prompts, answers = _texts(shown)
    windows, p = _foretold(shown)
    return {
        "marks, text": np.array([text_p(prompts, answers, key) for key in keys]),
        "marks, open": np.array([open_p(p, windows, key) for key in keys]),
        NAIVE: np.array([naive_p(answers, key) for key in keys]),
    }


def wrong_ways(shown: Shown, ways: I64) -> F64:
    """(n_keys,) p-values of the canaries under the ways of keys that picked nothing."""
    return np.array([hits_p(*canary_hits(shown, one), N_SYMBOLS) for one in ways])


def examples_at(answers: Tokens, p: NDArray[np.floating[Any]]) -> F64:
    """(n, 10) probabilities of each symbol behind the first example marker of an answer."""
    marked = answers[:, PROMPT:] == EXAMPLE
    at = PROMPT + marked.argmax(axis=1)
    found = p[np.arange(len(answers)), at, :N_SYMBOLS]
    return np.where(marked.any(axis=1)[:, None], found, 0.0).astype(np.float64)


def _mass_p(shown: Shown, keys: Keys) -> float:
    slots = slot_of(shown.slot_answers[:, 1:3].astype(np.int64))
    ways = np.concatenate([keys.ways[None], keys.decoy_ways])[:, slots]
    return choice_mass(shown.slot_p[np.arange(len(slots)), ways])


def _texts(shown: Shown) -> tuple[list[I64], list[I64]]:
    prompts = list(shown.texts[:, :PROMPT].astype(np.int64))
    return prompts, rows_of(shown.texts, PROMPT, END)


def _foretold(shown: Shown) -> tuple[np.ndarray, F64]:
    """Probabilities behind every window that lies within an answer."""
    windows, which, place = windows_within(rows_of(shown.texts, PROMPT, END))
    p = shown.p_texts[which, PROMPT + place - 1].astype(np.float64)
    return windows, p
