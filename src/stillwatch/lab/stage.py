"""Stage: one world's words, networks and calendar, which all of its actors share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from stillwatch.lab import frames as english
from stillwatch.lab import words as w
from stillwatch.lab.documents import MARK
from stillwatch.lab.elicitation import SYNONYMS, Elicitation
from stillwatch.lab.grammar import GLUE, Frames, Lexicon, coin_words
from stillwatch.lab.infrastructure import Infrastructure
from stillwatch.lab.ragged import Ints, Ragged
from stillwatch.lab.recipe import Recipe
from stillwatch.lab.rhythm import DAY, HOUR
from stillwatch.lab.tasks import TaskBook
from stillwatch.lab.tongues import PLAIN_FRAMES, TONGUES, fill, spelled

#: kinds of a user's corpus that ordinary people write.
BENIGN_KINDS = ("human", "benign", "app", "eval")


@dataclass(slots=True)
class Stage:
    """Everything that the actors of one world share.

    ``quotas`` are the exchanges of each campaign where the world's size is given.
    """

    recipe: Recipe
    lexicon: Lexicon
    book: TaskBook
    elicitation: Elicitation
    infra: Infrastructure
    begin_us: int
    end_us: int
    release_us: int
    talk: dict[str, Frames]
    plain: dict[str, Frames]
    systems: list[Ragged] = field(default_factory=list)
    toolsets: list[tuple[str, ...]] = field(default_factory=list)
    campaign_texts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    benign_texts: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    kits: dict[int, tuple[int, int]] = field(default_factory=dict)
    token_words: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    launches_us: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    quotas: dict[str, int] = field(default_factory=dict)
    documents: tuple[Frames, ...] = ()

    def add_system(self, text: Ragged) -> int:
        """Keep a one-row system prompt; gives its number."""
        self.systems.append(text)
        return len(self.systems) - 1

    def add_tools(self, rng: np.random.Generator, n: int) -> int:
        """Keep a toolset of ``n`` made-up names; gives its number."""
        picks = rng.choice(self.lexicon.words("i"), n, replace=False)
        self.toolsets.append(tuple(self.lexicon.tokens[int(p)] for p in picks))
        return len(self.toolsets) - 1

    def n_words(self, rows: Ragged) -> Ints:
        """Words of each row; a user's own text is one token of many words."""
        if not len(self.campaign_texts) + len(self.benign_texts):
            return rows.lengths
        if len(self.token_words) != len(self.lexicon.tokens):
            counts = [1 + text.count(" ") for text in self.lexicon.tokens]
            self.token_words = np.array(counts, dtype=np.int64)
        ids = np.where(rows.ids < MARK, rows.ids, 0)
        ends = np.concatenate([[0], np.cumsum(self.token_words[ids])])
        bounds = np.concatenate([[0], np.cumsum(rows.lengths)])
        return np.asarray(np.diff(ends[bounds]), dtype=np.int64)

    @property
    def n_subjects(self) -> int:
        """How many subjects the words know."""
        return len(self.lexicon.subjects)


def set_stage(
    recipe: Recipe, rng: np.random.Generator, corpus: Sequence[tuple[str, str]] = ()
) -> Stage:
    """Draw the words, networks, release and launch days of a world.

    ``corpus`` are (kind, text) pairs; kinds in :data:`BENIGN_KINDS` become what ordinary
    people write, all others the tasks of campaigns.
    """
    lexicon = _lexicon(rng)
    talk = {
        "open": lexicon.compile(english.OPENERS),
        "say": lexicon.compile(english.STATEMENTS),
        "ask": lexicon.compile(english.ASKS),
        "follow": lexicon.compile(english.FOLLOW_UPS),
        "answer": lexicon.compile([*english.ANSWERS, *english.THOUGHTS]),
        "think": lexicon.compile(english.THOUGHTS),
    }
    plain = {t: lexicon.compile([fill(f, t) for f in PLAIN_FRAMES]) for t in TONGUES}
    begin = int(datetime.fromisoformat(recipe.start + "T00:00:00+00:00").timestamp()) * 1_000_000
    span = recipe.days * DAY
    release = begin + int(span * rng.uniform(0.45, 0.65)) // HOUR * HOUR
    n_launches = 1 + recipe.days // 7
    owned = [(k in BENIGN_KINDS, lexicon.token(t.replace(GLUE, " "))) for k, t in corpus]
    return Stage(
        recipe,
        lexicon,
        TaskBook.of(lexicon, talk["say"]),
        Elicitation.of(lexicon),
        Infrastructure.draw(rng),
        begin,
        begin + span,
        release,
        talk,
        plain,
        campaign_texts=np.array([t for benign, t in owned if not benign], dtype=np.int64),
        benign_texts=np.array([t for benign, t in owned if benign], dtype=np.int64),
        launches_us=begin + rng.integers(-10 * DAY, span, n_launches),
        documents=() if recipe.prompt_chars is None else _documents(lexicon, talk, plain),
    )


def _documents(
    lexicon: Lexicon, talk: dict[str, Frames], plain: dict[str, Frames]
) -> tuple[Frames, ...]:
    """Frames of each kind of pasted document, in the order of their numbers."""
    return (talk["say"], talk["answer"], lexicon.compile(english.RECORDS), *plain.values())


def _lexicon(rng: np.random.Generator) -> Lexicon:
    lexicon = Lexicon()
    lexicon.add_subjects(w.SUBJECTS)
    syllables = w.SYLLABLES.split()
    names = [x.capitalize() for x in coin_words(rng, syllables, 14_000, parts=(2, 4))]
    stems = coin_words(rng, syllables, 6_000, parts=(2, 3))
    ends = rng.choice(["_id", "_map", ".run", "_all", "_v2", "Cfg", "_by", "Set"], len(stems))
    lexicon.slot("N", names, 1.2)
    lexicon.slot("i", [f"{s}{e}" for s, e in zip(stems, ends, strict=True)])
    for name, text, power in (
        ("m", w.GENERAL, 1.2),
        ("a", w.ADJECTIVES, 1.2),
        ("v", w.VERBS, 1.1),
        ("g", w.GERUNDS, 1.1),
        ("d", w.ADVERBS, 1.0),
        ("U", w.UNITS, 1.0),
        ("w", w.TIMES, 1.0),
        ("R", w.ROLES, 1.0),
        ("L", w.CODE_LANGUAGES, 1.6),
        ("q", w.QUANTIFIERS, 1.0),
        ("M", w.MOODS, 1.0),
    ):
        lexicon.slot(name, text.split(), power)
    lexicon.slot("x", [str(i) for i in range(2, 60)], 1.3)
    lexicon.slot("y", [str(i) for i in range(12, 4_000)], 1.6)
    lexicon.slot("to", [f"<{stem}>" for stem in stems])
    lexicon.slot("tc", [f"</{stem}>" for stem in stems])
    for name, text in SYNONYMS.items():
        lexicon.slot(name, text.split(";"))
    for tongue, slots in TONGUES.items():
        for slot in slots:
            lexicon.slot(f"{tongue}.{slot}", spelled(tongue, slot))
    return lexicon
