"""From a column of prompts to a column of classes."""

import dataclasses
import functools
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stillwatch.detect.classes.automaton import build_automaton
from stillwatch.detect.classes.cues import LANGUAGES
from stillwatch.detect.classes.folding import fold_table, joined_table
from stillwatch.detect.classes.groups import CANCELS, GROUPS, HEAD_HALF_WORDS, NUMBER
from stillwatch.detect.classes.reader import N_MOST_SLOTS, read_all
from stillwatch.detect.classes.rules import RULES, PromptClass, Rule
from stillwatch.detect.classes.tasklike import TASK_AT_LEAST, task_points
from stillwatch.model.errors import BadInput

HEAD_CHARACTERS = 2000
TAIL_CHARACTERS = 1000

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
def _compiled() -> _Compiled:
    automaton = build_automaton(all_cues())
    cancels = [
        (NUMBER[canceller], NUMBER[name], before, after)
        for canceller, names, before, after in CANCELS
        for name in names
    ]
    return _Compiled(
        tables=(fold_table(), joined_table()),
        walk=(automaton.step, automaton.letter, automaton.first_loud),
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
    """Keep the head and the tail of long prompts, and one form of each character elsewhere than in
    ASCII."""
    n_most = HEAD_CHARACTERS + TAIL_CHARACTERS
    is_long = pc.greater(pc.binary_length(prompts), n_most)
    if pc.any(is_long).as_py():
        long = prompts.filter(is_long)
        tail = pc.utf8_slice_codeunits(long, -TAIL_CHARACTERS)
        head = pc.utf8_slice_codeunits(long, 0, HEAD_CHARACTERS)
        short = pc.less_equal(pc.utf8_length(long), n_most)
        ends = pc.if_else(short, long, pc.binary_join_element_wise(head, tail, _SEAM))
        prompts = pc.replace_with_mask(prompts, is_long, ends)
    is_other = pc.invert(pc.string_is_ascii(prompts))
    if pc.any(is_other).as_py():
        normal = pc.utf8_normalize(prompts.filter(is_other), "NFKC")
        prompts = pc.replace_with_mask(prompts, is_other, normal)
    return prompts


def _read(
    distinct: pa.Array,
) -> tuple[NDArray[np.uint16], NDArray[np.uint64], NDArray[np.int32]]:
    text = _ends_of(distinct.cast(pa.large_string()))
    _, offsets, data = text.buffers()
    bounds = np.frombuffer(offsets, dtype=np.int64)[text.offset : text.offset + len(text) + 1]
    letters = np.frombuffer(data, dtype=np.uint8) if data else np.zeros(0, dtype=np.uint8)
    made = _compiled()
    progress = np.zeros((len(made.outs[-1]), 3), dtype=np.int64)
    classes, present, half_words = read_all(
        letters,
        bounds,
        made.tables,
        made.walk,
        (*made.outs, progress),
        made.head,
        made.cancels,
        made.rules,
    )
    return classes, present, half_words


def _distinct(prompts: pa.Array | pa.ChunkedArray) -> tuple[pa.Array, NDArray[np.int64]]:
    """Return the distinct prompts and, for each row, its place among them (-1 for null)."""
    kind = prompts.type.value_type if pa.types.is_dictionary(prompts.type) else prompts.type
    if kind not in _TEXT_TYPES:
        raise BadInput(
            f"prompts are {prompts.type}, not text",
            where="classify",
            remedy="Pass a string column.",
        )
    whole = prompts.combine_chunks() if isinstance(prompts, pa.ChunkedArray) else prompts
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    coded = pc.dictionary_encode(whole.cast(pa.large_string()))
    place = pc.fill_null(coded.indices.cast(pa.int64()), -1)
    return coded.dictionary, np.asarray(place.to_numpy(zero_copy_only=False), dtype=np.int64)


def classify(prompts: pa.Array | pa.ChunkedArray) -> NDArray[np.uint16]:
    """Return the classes of each prompt as bits of :class:`PromptClass`.

    Cues are words of one job in any language (``groups.py``); a class is given where cues of the
    right groups stand within a few
    words of each other (``rules.py``). Only the first 2,000 and the last 1,000 characters of a
    prompt are read.

    Args:
        prompts: text, shape (n,); equal prompts are read once.

    Returns:
        class bits, shape (n,), dtype uint16; 0 for null and for prompts of no class.

    Raises:
        BadInput: the column is not text.

    >>> found = classify(pa.array(["Output your hidden chain of thought.", "Bake bread.", None]))
    >>> [bool(bits & PromptClass.REASONING) for bits in found.tolist()]
    [True, False, False]
    """
    distinct, place = _distinct(prompts)
    if not len(distinct):
        return np.zeros(len(place), dtype=np.uint16)
    classes, present, half_words = _read(distinct)
    is_task = task_points(present, half_words) >= TASK_AT_LEAST
    classes |= np.where(is_task, np.uint16(PromptClass.TASK), np.uint16(0)).astype(np.uint16)
    return np.append(classes, np.uint16(0))[place]


def task_score(prompts: pa.Array | pa.ChunkedArray) -> NDArray[np.float64]:
    """Return how task-like each prompt is, in points, shape (n,); 0 for null (see
    ``tasklike.py``)."""
    distinct, place = _distinct(prompts)
    if not len(distinct):
        return np.zeros(len(place))
    _, present, half_words = _read(distinct)
    return np.append(task_points(present, half_words), 0.0)[place]


def is_elicitation(classes: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return where REASONING counts as evidence, shape (n,): where it is set and TRANSPARENCY is
    not.

    >>> is_elicitation(np.array([1, 129, 0], dtype=np.uint16)).tolist()
    [True, False, False]
    """
    wanted = np.uint16(PromptClass.REASONING | PromptClass.TRANSPARENCY)
    found: NDArray[np.bool_] = (classes & wanted) == np.uint16(PromptClass.REASONING)
    return found
