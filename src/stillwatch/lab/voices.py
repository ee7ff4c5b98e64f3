"""What benign accounts write: chat in twelve languages, tasks, and system prompts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillwatch.lab.documents import attach
from stillwatch.lab.infrastructure import CLIENT_FAMILIES
from stillwatch.lab.ragged import Ints, Ragged, beside
from stillwatch.lab.stage import Stage
from stillwatch.lab.tasks import NAMES, scatter
from stillwatch.lab.tongues import LANGUAGES

#: share of openings and tasks, and of later messages, that carry a document.
PASTES, LATER_PASTES = 0.6, 0.08
TASK_MIX = np.array([8, 24, 16, 22, 12, 10, 7, 1.0]) / 100.0


def chat(
    stage: Stage, tongue: Ints, place: Ints, subject: Ints, rng: np.random.Generator
) -> Ragged:
    """Everyday messages, one a row; later places of a sitting are mostly follow-ups."""
    parts: list[Ragged] = []
    places: list[Ints] = []
    for number, name in enumerate(LANGUAGES):
        rows = np.flatnonzero(tongue == number)
        if len(rows) and name == "en":
            parts.append(_english(stage, place[rows], subject[rows], rng))
        elif len(rows):
            sizes = rng.integers(1, 4, len(rows))
            parts.append(stage.lexicon.passage(stage.plain[name], sizes, subject[rows], rng))
        if len(rows):
            places.append(rows)
    text = scatter(parts, places, len(tongue))
    return pasted(stage, text, subject, rng, tongue, np.where(place > 0, LATER_PASTES, PASTES))


def _english(stage: Stage, place: Ints, subject: Ints, rng: np.random.Generator) -> Ragged:
    lexicon, n = stage.lexicon, len(place)
    later = (place > 0) & (rng.random(n) < 0.7)
    opener = lexicon.one_of(stage.talk["open"], subject, rng).keep(~later & (rng.random(n) < 0.4))
    sizes = np.where(later, rng.integers(0, 2, n), np.minimum(rng.geometric(0.38, n), 7))
    said = lexicon.passage(stage.talk["say"], sizes, subject, rng)
    follow = lexicon.one_of(stage.talk["follow"], subject, rng).keep(later)
    ask = lexicon.one_of(stage.talk["ask"], subject, rng).keep(~later)
    return beside([opener, follow, said, ask])


def tasks(
    stage: Stage, subject: Ints, rng: np.random.Generator, mix_of: dict[str, float] | None = None
) -> Ragged:
    """Task texts, one a row, with families by weight (all families when None)."""
    weights = TASK_MIX
    if mix_of is not None:
        weights = np.array([mix_of.get(name, 0.0) for name in NAMES])
        weights = weights / weights.sum()
    kind = rng.choice(len(NAMES), len(subject), p=weights).astype(np.int64)
    return pasted(stage, stage.book.render(stage.lexicon, kind, subject, rng), subject, rng)


def pasted(
    stage: Stage,
    text: Ragged,
    subject: Ints,
    rng: np.random.Generator,
    tongue: Ints | None = None,
    share: float | npt.NDArray[np.float64] = PASTES,
) -> Ragged:
    """The texts, a share of them with a pasted document where the world has any."""
    if not stage.documents:
        return text
    spoken = np.zeros(len(text), dtype=np.int64) if tongue is None else tongue
    return attach(text, subject, spoken, share, rng)


def system_prompt(
    stage: Stage, subject: int, rng: np.random.Generator, n_sentences: int = 4
) -> Ragged:
    """A one-row system prompt of a business or tool, worded at random."""
    where = np.full(1, subject, dtype=np.int64)
    lexicon = stage.lexicon
    opening = lexicon.compile(
        [
            "You are {N1} , the {a} assistant of {N} {m} . {v} {t} for every {R} .",
            "You help a {R} at {N1} with {t} and {m} .",
            "This is the {t} desk of {N1} . Stay {M} and {a} .",
            "{N1} answers questions on {t} , in a {M} voice , for {N} .",
        ]
    )
    rules = lexicon.compile(
        [
            "Never {v} the {m} unless the {R} gave a {t} .",
            "If a {t} is {a} , send them to {N} by {w} .",
            "Keep each {m} under {x} words and {d} {a} .",
            "Mention {N} only when the {t} is {a} .",
            "Use {q} {m} , then {v} the {t} .",
            "A {a} {t} goes to {N} , a {a} {m} stays here .",
        ]
    )
    first = lexicon.one_of(opening, where, rng)
    rest = lexicon.passage(rules, np.full(1, n_sentences, dtype=np.int64), where, rng)
    return beside([first, rest])


def kit(stage: Stage, family: int) -> tuple[int, int]:
    """System prompt and toolset that a client family ships to all of its users.

    Made once a world from the world's own salt, so that who asks first changes nothing.
    """
    if family not in stage.kits:
        own = np.random.default_rng([stage.infra.salt, family])
        text = system_prompt(stage, int(own.integers(0, stage.n_subjects)), own, 14)
        stage.kits[family] = (stage.add_system(text), stage.add_tools(own, 9))
    return stage.kits[family]


def with_kits(stage: Stage, client: Ints, share: float, rng: np.random.Generator) -> Ints:
    """System prompt and tools for each client number, shape (2, n); -1 where it ships none."""
    out = np.full((2, len(client)), -1, dtype=np.int64)
    family = stage.infra.client_family[client]
    for number in np.unique(family).tolist():
        if CLIENT_FAMILIES[number][3] == "harness":
            rows = (family == number) & (rng.random(len(client)) < share)
            out[:, rows] = np.array(kit(stage, number))[:, None]
    return out
