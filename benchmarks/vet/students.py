"""A made teacher and made students of few words: Markov models that learn, and remember.

The teacher writes an answer word by word, by the topic of the prompt. A student counts what it
was trained on (word after two words, by topic) and, for prompts that it was trained on, goes on
as the answer that it remembers with a chance that stands for its size and its epochs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.stats.radioactivity import green, windows_of
from stillwatch.stats.siphash import Key
from stillwatch.vet.lineage import Choices, Heard
from stillwatch.vet.lineage.heard import word_tokens

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

N_WORDS, N_TOPICS, LENGTH = 64, 4, 28
WORDS = np.array([f"{a}{b}{c}" for a in "bdlm" for b in "aeio" for c in "krst"])
TOKENS = np.array([int(word_tokens(word)[0]) for word in WORDS])


def spoken(answers: I64) -> list[str]:
    """Answers ``(n, length)`` of numbers of words as text."""
    return [" ".join(row) for row in WORDS[answers]]


@dataclass(frozen=True, slots=True)
class Teacher:
    """What comes after a word, by topic: ``(n_topics, n_words, n_words)``, rows add up to 1."""

    after: F64

    def answers(
        self, topics: I64, rng: np.random.Generator, key: Key | None = None, delta: float = 2.0
    ) -> I64:
        """``(n, length)`` an answer for each topic, marked where a key is given."""
        out = np.empty((topics.size, LENGTH), np.int64)
        out[:, 0] = rng.integers(0, N_WORDS, topics.size)
        for place in range(1, LENGTH):
            probs = self.after[topics, out[:, place - 1]]
            if key is not None and place >= 2:
                probs = probs * np.exp(delta * _green_after(out, place, key))
            out[:, place] = _drawn(probs, rng)
        return out


def teacher(rng: np.random.Generator, sharp: float = 0.15) -> Teacher:
    """A teacher of its own taste."""
    return Teacher(rng.dirichlet(np.full(N_WORDS, sharp), (N_TOPICS, N_WORDS)))


def _green_after(out: I64, place: int, key: Key) -> F64:
    """``(n, n_words)`` 1 where a word would be green at a place."""
    last = TOKENS[out[:, place - 2 : place]]
    windows = windows_of(np.pad(last, ((0, 0), (0, 1))).ravel())[::3]
    spread = np.repeat(windows, N_WORDS).reshape(-1, N_WORDS)
    return green(spread, np.tile(TOKENS, (len(last), 1)), key).astype(np.float64)


def _drawn(probs: F64, rng: np.random.Generator) -> I64:
    cut = np.cumsum(probs, axis=1)
    at = rng.random(len(probs))[:, None] * cut[:, -1:]
    return (cut < at).sum(axis=1).clip(0, probs.shape[1] - 1)


@dataclass(frozen=True, slots=True)
class Student:
    """What a student learned.

    Attributes:
        two: ``(n_topics, n_words, n_words, n_words)`` counts of a word after two words.
        one: ``(n_topics, n_words, n_words)`` the same after one.
        recalled: by prompt, the word after each word of the remembered answer, -1 for none.
        memory: chance to go on as remembered.
    """

    two: npt.NDArray[np.float32]
    one: F64
    recalled: Mapping[int, I64]
    memory: float

    def answers(self, prompts: I64, topics: I64, rng: np.random.Generator) -> I64:
        """``(n, length)`` an answer for each prompt."""
        out = np.empty((prompts.size, LENGTH), np.int64)
        none = np.full(N_WORDS + 1, -1, np.int64)
        recalled = np.array([self.recalled.get(int(p), none) for p in prompts])
        first = recalled[:, N_WORDS]
        keep = (first >= 0) & (rng.random(prompts.size) < self.memory)
        out[:, 0] = np.where(keep, first, rng.integers(0, N_WORDS, prompts.size))
        for place in range(1, LENGTH):
            last = out[:, place - 1]
            probs = self.one[topics, last] + 0.02
            if place >= 2:
                probs = probs * 0.2 + 4.0 * self.two[topics, out[:, place - 2], last]
            drawn = _drawn(probs, rng)
            known = recalled[np.arange(prompts.size), last]
            keep = (known >= 0) & (rng.random(prompts.size) < self.memory)
            out[:, place] = np.where(keep, known, drawn)
        return out


def learned(
    answers: I64, topics: I64, prompts: I64, *, memory: float, size: float = 1.0,
    rng: np.random.Generator | None = None,
) -> Student:  # fmt: skip
    """A student of answers.

    Args:
        answers: ``(n, length)``.
        topics, prompts: ``(n,)`` of each.
        memory: chance to go on as remembered, in [0, 1].
        size: share of what comes after two words, and of remembered answers, that it has room
            for.
        rng: picks what it has room for.
    """
    two = np.zeros((N_TOPICS, N_WORDS, N_WORDS, N_WORDS), np.float32)
    one = np.zeros((N_TOPICS, N_WORDS, N_WORDS))
    for place in range(1, LENGTH):
        np.add.at(one, (topics, answers[:, place - 1], answers[:, place]), 1)
        if place >= 2:
            where = (topics, answers[:, place - 2], answers[:, place - 1], answers[:, place])
            np.add.at(two, where, 1)
    kept = np.ones(prompts.size, bool)
    if size < 1 and rng is not None:
        two *= rng.random(two.shape[:3])[..., None] < size
        kept = rng.random(prompts.size) < size
    recalled = {}
    for prompt, answer in zip(prompts[kept].tolist(), answers[kept], strict=True):
        row = np.full(N_WORDS + 1, -1, np.int64)
        row[answer[:-1]] = answer[1:]
        row[N_WORDS] = answer[0]
        recalled[prompt] = row
    return Student(two, one, recalled, memory)


def paraphrased(answers: I64, share: float, rng: np.random.Generator) -> I64:
    """Answers in which a share of the words gave way to others."""
    swap = rng.random(answers.shape) < share
    return np.where(swap, rng.integers(0, N_WORDS, answers.shape), answers)


def slot_answers(
    choices: Choices, picks: I64, learned_share: float, taste: I64, rng: np.random.Generator
) -> dict[str, list[str]]:
    """One answer a slot from whoever learned the marked way in a share of the slots.

    Args:
        choices: the slots.
        picks: ``(n_slots,)`` what the key picked.
        learned_share: of the slots.
        taste: ``(n_slots,)`` the way that it likes else.
        rng: which slots.
    """
    got = rng.random(picks.size) < learned_share
    shown = np.where(got, picks, taste)
    return {
        slot: [f"for example {ways[place]}, as one may say"]
        for slot, ways, place in zip(choices.slots, choices.ways, shown, strict=True)
    }


def heard_of(
    name: str, student: Student, prompts: I64, topics: I64, names: Sequence[str],
    slots: Mapping[str, Sequence[str]], n_samples: int, rng: np.random.Generator,
) -> Heard:  # fmt: skip
    """Ask a student each prompt some times, and hear it as a suspect is heard."""
    texts = [spoken(student.answers(prompts, topics, rng)) for _ in range(n_samples)]
    pairs = {name: [one[k] for one in texts] for k, name in enumerate(names)}
    answers = [word_tokens(text) for one in texts for text in one]
    return Heard(name=name, slots=slots, pairs=pairs, answers=answers)
