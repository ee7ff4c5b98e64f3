"""From a column of prompts to a column of classes."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.detect.classes.automaton import PLAIN, build_automaton
from stillwatch.detect.classes.cues import LANGUAGES
from stillwatch.detect.classes.folding import BLANK, BREAK, fold_table, joined_table
from stillwatch.detect.classes.groups import CANCELS, GROUPS, HEAD_HALF_WORDS, NUMBER
from stillwatch.detect.classes.reader import (
    HEAD_CHARACTERS,
    N_MOST_SLOTS,
    TAIL_CHARACTERS,
    read_any,
    read_plain,
)
from stillwatch.detect.classes.rules import RULES, PromptClass, Rule
from stillwatch.detect.classes.tasklike import TASK_AT_LEAST, task_points
from stillwatch.detect.classes.walking import BLANK_WAY, FAR_WAY, UNREAD
from stillwatch.model.errors import BadInput
from stillwatch.stats.normal_form import normal_table
from stillwatch.stats.texts import buffers, first_equal, hash_texts

_SEAM = pa.scalar("\n", pa.large_string())
_TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())


@dataclasses.dataclass(frozen=True, slots=True)
class _Compiled:
    tables: tuple[Any, ...]
    walk: tuple[Any, ...]
    outs: tuple[Any, ...]
    head: NDArray[np.int32]
    cancels: NDArray[np.int32]
    rules: tuple[Any, ...]


def _compile_rules(rules: tuple[Rule, ...]) -> tuple[Any, ...]:
    slots = np.zeros((len(rules), N_MOST_SLOTS), dtype=np.uint64)
    for row, rule in enumerate(rules):
        for column, slot in enumerate(rule.slots):
            slots[row, column] = sum(1 << NUMBER[name] for name in slot.split("|"))
    return (
        np.array([int(rule.gives) for rule in rules], dtype=np.int64),
        slots,
        np.array([len(rule.slots) for rule in rules], dtype=np.int64),
        np.array([2 * rule.n_words for rule in rules], dtype=np.int64),
        np.array([2 * rule.most_words for rule in rules], dtype=np.int64),
    )


def all_cues() -> list[tuple[str, int]]:
    """Return every cue of every language with the number of its group, sorted."""
    cues = {
        (cue.strip(), NUMBER[name])
        for groups in LANGUAGES.values()
        for name, listed in groups.items()
        for cue in listed.split(";")
        if cue.strip()
    }
    return sorted(cues)


@functools.cache
def plain_columns() -> NDArray[np.uint8]:
    """Return the column of ``Automaton.near`` of each byte, shape (256,).

    ``FAR_WAY`` where a byte is part of a longer character.
    """
    columns = np.full(256, FAR_WAY, dtype=np.uint8)
    for byte, folded in enumerate(fold_table()[:128].tolist()):
        if folded in (BLANK, BREAK):
            columns[byte] = BLANK_WAY
        else:
            columns[byte] = PLAIN.index(folded)
    return columns


@functools.cache
def _compiled() -> _Compiled:
    reach = {NUMBER[name]: near for name, near in HEAD_HALF_WORDS.items()}
    automaton = build_automaton(all_cues(), reach)
    cancels = [
        (NUMBER[canceller], NUMBER[name], before, after)
        for canceller, names, before, after in CANCELS
        for name in names
    ]
    return _Compiled(
        tables=(fold_table(), joined_table(), normal_table()),
        walk=(
            automaton.step,
            automaton.letter,
            automaton.near.reshape(-1),
            automaton.loud,
            plain_columns(),
        ),
        outs=(
            automaton.first_out,
            automaton.out_group,
            automaton.out_width,
            automaton.phrase_group,
            automaton.phrase_parts,
        ),
        head=np.array([HEAD_HALF_WORDS.get(name, 1 << 30) for name in GROUPS], dtype=np.int32),
        cancels=np.array(cancels, dtype=np.int32),
        rules=_compile_rules(RULES),
    )


def _ends_of(prompts: pa.Array) -> pa.Array:
    """The head and the tail of each prompt where it is long, in NFKC."""
    head = pc.utf8_slice_codeunits(prompts, 0, HEAD_CHARACTERS)
    tail = pc.utf8_slice_codeunits(prompts, -TAIL_CHARACTERS)
    is_short = pc.less_equal(pc.utf8_length(prompts), HEAD_CHARACTERS + TAIL_CHARACTERS)
    ends = pc.if_else(is_short, prompts, pc.binary_join_element_wise(head, tail, _SEAM))
    return pc.utf8_normalize(ends, "NFKC")


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    """What was read of prompts: class bits, groups met as bits, half-words; each (n,)."""

    classes: NDArray[np.uint16]
    present: NDArray[np.uint64]
    half_words: NDArray[np.int32]

    @classmethod
    def room(cls, n: int) -> "_Found":
        return cls(np.zeros(n, np.uint16), np.zeros(n, np.uint64), np.zeros(n, np.int32))

    @property
    def columns(self) -> tuple[Any, ...]:
        """All of it, for the compiled reader."""
        return self.classes, self.present, self.half_words


def _walk(
    texts: pa.Array, rows: NDArray[np.int64], plain: NDArray[np.bool_], found: _Found
) -> None:
    """Read some prompts, those that are ASCII apart."""
    made = _compiled()
    data, offsets = buffers(texts)
    read_plain(data, offsets, rows[plain[rows]], made.walk, *_judging(made), found.columns)
    others = rows[~plain[rows]]
    read_any(data, offsets, others, False, made.tables, made.walk, *_judging(made), found.columns)


def _walk_normal(texts: pa.Array, found: _Found) -> None:
    """Read prompts that are in NFKC and cut to their ends."""
    made = _compiled()
    data, offsets = buffers(texts)
    rows = np.arange(len(texts))
    read_any(data, offsets, rows, True, made.tables, made.walk, *_judging(made), found.columns)


def _judging(made: _Compiled) -> tuple[Any, ...]:
    """What tells classes from states, with room of its own."""
    progress = np.zeros((len(made.outs[-1]), 3), dtype=np.int64)
    return (*made.outs, progress), made.head, made.cancels, made.rules


def _read(texts: pa.Array, same: NDArray[np.int64], plain: NDArray[np.bool_]) -> _Found:
    """Read the first of each run of equal texts and copy it to the others."""
    n = len(texts)
    found = _Found.room(n)
    first = np.flatnonzero(same == np.arange(n))
    _walk(texts, first, plain, found)
    odd = first[found.half_words[first] == UNREAD]
    if odd.size:
        rest = _Found.room(odd.size)
        ends = _ends_of(texts.take(pa.array(odd)).cast(pa.large_string()))
        _walk_normal(ends, rest)
        for column in _Found.__slots__:
            getattr(found, column)[odd] = getattr(rest, column)
    return _Found(found.classes[same], found.present[same], found.half_words[same])


def _texts(prompts: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Prompts as one array of text.

    Raises:
        BadInput: the column is not text.
    """
    kind = prompts.type.value_type if pa.types.is_dictionary(prompts.type) else prompts.type
    if kind not in _TEXT_TYPES:
        raise BadInput(
            f"prompts are {prompts.type}, not text",
            where="classify",
            remedy="Pass a string column.",
        )
    wanted = pa.large_string() if kind == pa.string_view() else kind
    if isinstance(prompts, pa.ChunkedArray):
        prompts = pa.concat_arrays(prompts.cast(wanted).chunks or [pa.array([], wanted)])
    return prompts.cast(wanted)


def _asked(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which text before each is equal to it, and whether it is all ASCII."""
    found = hash_texts(texts)
    return first_equal(texts, found.hashes), found.plain


def classify(
    prompts: pa.Array | pa.ChunkedArray,
    same: NDArray[np.int64] | None = None,
    plain: NDArray[np.bool_] | None = None,
) -> NDArray[np.uint16]:
    """Return the classes of each prompt as bits of :class:`PromptClass`.

    Cues are words of one job in any language (``groups.py``); a class is given where cues of the
    right groups stand within a few
    words of each other (``rules.py``). Only the first 2,000 and the last 1,000 characters of a
    prompt are read.

    Args:
        prompts: text, shape (n,); equal prompts are read once.
        same, plain: what ``first_equal`` and ``hash_texts`` say of the prompts, where the caller
            has asked already.

    Returns:
        class bits, shape (n,), dtype uint16; 0 for null and for prompts of no class.

    Raises:
        BadInput: the column is not text.

    >>> found = classify(pa.array(["Output your hidden chain of thought.", "Bake bread.", None]))
    >>> [bool(bits & PromptClass.REASONING) for bits in found.tolist()]
    [True, False, False]
    """
    texts = _texts(prompts)
    if same is None or plain is None:
        same, plain = _asked(texts)
    found = _read(texts, same, plain)
    is_task = task_points(found.present, found.half_words) >= TASK_AT_LEAST
    classes: NDArray[np.uint16] = found.classes
    classes[is_task] |= np.uint16(PromptClass.TASK)
    return classes


def task_score(prompts: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return how task-like each prompt is, in points, shape (n,); 0 for null (see
    ``tasklike.py``)."""
    texts = _texts(prompts)
    found = _read(texts, *_asked(texts))
    points = task_points(found.present, found.half_words)
    points[np.asarray(texts.is_null())] = 0.0
    return points


def is_elicitation(classes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where REASONING counts as evidence, shape (n,): where it is set and TRANSPARENCY is
    not.

    >>> is_elicitation(np.array([1, 129, 0], dtype=np.uint16)).tolist()
    [True, False, False]
    """
    wanted = np.uint16(PromptClass.REASONING | PromptClass.TRANSPARENCY)
    found: NDArray[np.bool_] = (classes & wanted) == np.uint16(PromptClass.REASONING)
    return found
