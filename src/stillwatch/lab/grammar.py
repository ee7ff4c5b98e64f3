"""A small generative grammar in integer space: frames with slots, rendered by the million.

A frame is a string such as ``"how do I {v} the {t} before {w} ?"``. Words and
punctuation become token ids; ``{slot}`` draws from a list of words. ``{t}`` draws from
the row's subject, a slot that ends in a digit (``{N1}``) gives the same word everywhere
in its row. ``|`` is a line break. No text is built here: rows stay token ids
(:class:`Ragged`) until :mod:`stillwatch.lab.render` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from stillwatch.lab.ragged import Ints, Ragged, from_rows

#: glued to a token, it swallows the space on that side when text is joined.
GLUE = "\x08"
LINE = f"{GLUE}\n{GLUE}"
_CLOSING = set(".,;:?!)]}。，？！、؟،।")
_SLOT = re.compile(r"\{([A-Za-z_.]+)(\d?)\}")
_PAD = -1


@dataclass(frozen=True, slots=True)
class Frames:
    """Compiled frames: ``cells`` (n_frames, longest), ids >= 0, -1 padding, slots <= -2."""

    cells: npt.NDArray[np.int32]

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.cells)


@dataclass(slots=True)
class Lexicon:
    """Every token and every slot of one made world.

    ``tokens[i]`` is the text of id i. A slot is a run of ``slot_words`` with a power
    that bends a uniform draw (1 = uniform, above 1 = the first words more often).
    """

    tokens: list[str] = field(default_factory=list)
    _ids: dict[str, int] = field(default_factory=dict)
    _slots: dict[str, int] = field(default_factory=dict)
    _runs: list[npt.NDArray[np.uint32]] = field(default_factory=list)
    _power: list[float] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    first_subject: int = -1
    _table: tuple[npt.NDArray[np.uint32], Ints, Ints, npt.NDArray[np.float64]] | None = None

    def token(self, text: str) -> int:
        """Id of a token, new or known."""
        known = self._ids.get(text)
        if known is None:
            known = self._ids[text] = len(self.tokens)
            self.tokens.append(text)
        return known

    def literal(self, word: str) -> int:
        """Id of a word of a frame: punctuation is glued to the word before it."""
        if word == "|":
            return self.token(LINE)
        if word[0] in _CLOSING and len(word) <= 2:
            return self.token(GLUE + word)
        return self.token(word)

    def slot(self, name: str, words: Sequence[str], power: float = 1.0) -> int:
        """Add a slot of ``words`` (each one token, spaces allowed); gives its number."""
        self._slots[name] = len(self._runs)
        self._runs.append(np.array([self.literal(w) for w in words], dtype=np.uint32))
        self._power.append(power)
        self._table = None
        return self._slots[name]

    def add_subjects(self, subjects: dict[str, str]) -> None:
        """Add the subjects that ``{t}`` draws from; they must be added in one go."""
        self.subjects = list(subjects)
        numbers = [self.slot(f"t.{name}", text.split(), 1.3) for name, text in subjects.items()]
        self.first_subject = numbers[0]

    def words(self, name: str) -> npt.NDArray[np.uint32]:
        """Token ids of a slot."""
        return self._runs[self._slots[name]]

    def compile(self, frames: Sequence[str]) -> Frames:
        """Compile frames that all use known slots.

        Raises:
            KeyError: a slot is unknown.
        """
        rows = [[self._cell(word) for word in frame.split()] for frame in frames]
        width = max(len(row) for row in rows)
        cells = np.full((len(rows), width), _PAD, dtype=np.int32)
        for i, row in enumerate(rows):
            cells[i, : len(row)] = row
        return Frames(cells)

    def _cell(self, word: str) -> int:
        match = _SLOT.fullmatch(word)
        if match is None:
            return self.literal(word)
        name, same = match.group(1), match.group(2)
        number = 0 if name == "t" else self._slots[name] + 1
        return -2 - (number * 10 + int(same or 0))

    def fixed(self, *texts: str) -> Ragged:
        """Rows of literal text, one a text."""
        return from_rows([[self.literal(w) for w in text.split()] for text in texts])

    def drawing(
        self,
    ) -> tuple[npt.NDArray[np.uint32], Ints, Ints, npt.NDArray[np.float64]]:
        """Words of all slots, and where each slot begins, its size and its power."""
        if self._table is None:
            sizes = np.array([len(run) for run in self._runs], dtype=np.int64)
            starts = np.cumsum(sizes) - sizes
            self._table = (np.concatenate(self._runs), starts, sizes, np.array(self._power))
        return self._table

    def render(self, frames: Frames, pick: Ints, subject: Ints, rng: np.random.Generator) -> Ragged:
        """One sentence a row.

        Args:
            frames: compiled frames.
            pick: frame number of each row, shape (n,).
            subject: subject number of each row, shape (n,).
            rng: the only source of chance.
        """
        words, starts, sizes, power = self.drawing()
        cells = frames.cells[pick]
        rows, columns = np.nonzero(cells < _PAD)
        code = -2 - cells[rows, columns].astype(np.int64)
        number, same = code // 10 - 1, code % 10
        number = np.where(number < 0, self.first_subject + subject[rows], number)
        chance = rng.random(len(rows))
        fixed_chance = rng.random((len(pick), 4))
        shared = same > 0
        chance[shared] = fixed_chance[rows[shared], same[shared] % 4]
        place = np.floor(sizes[number] * chance ** power[number]).astype(np.int64)
        cells[rows, columns] = words[starts[number] + place]
        present = cells != _PAD
        return Ragged(cells[present].astype(np.uint32), present.sum(axis=1).astype(np.int64))

    def passage(
        self, frames: Frames, n_sentences: Ints, subject: Ints, rng: np.random.Generator
    ) -> Ragged:
        """``n_sentences[i]`` sentences of ``frames`` in row i, all about its subject."""
        total = int(n_sentences.sum())
        pick = rng.integers(0, len(frames), total)
        flat = self.render(frames, pick, np.repeat(subject, n_sentences), rng)
        return flat.merge(n_sentences)

    def one_of(self, frames: Frames, subject: Ints, rng: np.random.Generator) -> Ragged:
        """One random frame a row."""
        return self.render(frames, rng.integers(0, len(frames), len(subject)), subject, rng)


def coin_words(
    rng: np.random.Generator, syllables: Sequence[str], n: int, *, parts: tuple[int, int]
) -> list[str]:
    """``n`` distinct made-up words of ``parts[0]`` to ``parts[1]`` syllables."""
    found: dict[str, None] = {}
    pool = np.array(syllables)
    while len(found) < n:
        sizes = rng.integers(parts[0], parts[1] + 1, n)
        picks = pool[rng.integers(0, len(pool), (n, parts[1]))]
        for size, row in zip(sizes.tolist(), picks.tolist(), strict=True):
            found.setdefault("".join(row[:size]))
    return list(found)[:n]
