"""Many cues in one pass: an Aho-Corasick automaton over the bytes of folded text.

Time is linear in the text whatever the text says: no cue can make it step back. The automaton is
built once a process from the
cue lists and kept as flat arrays that the compiled reader walks.
"""

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from stillwatch.detect.classes.folding import OPENING, fold_text, is_open_script

PLAIN = b" abcdefghijklmnopqrstuvwxyz" + b"0123456789<"
"""Bytes of folded ASCII text, by column of ``near``; a letter and a blank share a cache line."""

N_PLAIN = 64


@dataclasses.dataclass(frozen=True, slots=True)
class Automaton:
    """A compiled set of cues.

    Attributes:
        step: next state, shape (n_states, n_letters).
        letter: column of ``step`` for each byte, shape (256,).
        near: next state for the states whose text is all ASCII, which come first, shape
            (n_near, 64). The columns are those of ``PLAIN``; further blanks after a blank
            change nothing, and a bracket is
            a step over the blanks beside it too.
        loud: bounds of the states in which a cue ends: those from ``loud[0]`` below ``loud[2]``,
            which is ``n_near``, and those from ``loud[1]``. Of the former, those below
            ``loud[3]`` count only while fewer half-words than ``loud[4]`` have been read.
        first_out: first entry of a state in ``out_group``, shape (n_states + 1,).
        out_group: group number of each cue that ends in a state; below zero, ``-1 - (8 * phrase +
            part)``: a part of a phrase.
        out_width: length of that cue in half-words (the reader's unit of distance).
        phrase_group: group number of each phrase with an open end inside it.
        phrase_parts: number of parts of each such phrase, which must follow one another without a
            gap.
    """

    step: NDArray[np.unsignedinteger]
    letter: NDArray[np.int32]
    near: NDArray[np.unsignedinteger]
    loud: tuple[np.uint64, ...]
    first_out: NDArray[np.int32]
    out_group: NDArray[np.int32]
    out_width: NDArray[np.int32]
    phrase_group: NDArray[np.int32]
    phrase_parts: NDArray[np.int32]


def cue_bytes(cue: str) -> bytes:
    """Return the folded bytes of a cue; ``*`` at an end leaves that end open.

    Cues of scripts without blanks, and of Hangul and Arabic, whose particles cling to the word, are
    open at both ends.

    >>> cue_bytes("reason*"), cue_bytes("think")
    (b' reason', b' think ')
    """
    bare = cue.strip().strip("*")
    folded = fold_text(bare)
    core = folded.strip()
    if cue.strip().startswith("*") or is_open_script(core[0]):
        folded = folded.lstrip()
    if cue.strip().endswith("*") or is_open_script(core[-1]):
        folded = folded.rstrip()
    return folded.encode()


def cue_width(cue: str) -> int:
    """Return the length of a cue in half-words: two a spaced word, one a Han or kana character."""
    core = fold_text(cue.strip().strip("*")).strip()
    n_joined = sum(is_open_script(letter) for letter in core)
    return max(2, n_joined if n_joined else 2 * len(core.split()))


def _plant(
    cues: Sequence[tuple[str, int]],
) -> tuple[list[dict[int, int]], list[set[tuple[int, int]]]]:
    children: list[dict[int, int]] = [{}]
    outputs: list[set[tuple[int, int]]] = [set()]
    for cue, group in cues:
        state = 0
        for byte in cue_bytes(cue):
            following = children[state].get(byte)
            if following is None:
                following = len(children)
                children[state][byte] = following
                children.append({})
                outputs.append(set())
            state = following
        outputs[state].add((group, cue_width(cue)))
    return children, outputs


def _split_phrases(
    cues: Sequence[tuple[str, int]],
) -> tuple[list[tuple[str, int]], list[tuple[int, int]]]:
    """Split cues with a star inside into parts, each open where its star stood."""
    whole: list[tuple[str, int]] = []
    phrases: list[tuple[int, int]] = []
    for cue, group in cues:
        parts = [part.strip() for part in cue.split("* ")]
        if len(parts) == 1:
            whole.append((cue, group))
            continue
        for place, part in enumerate(parts):
            open_end = "*" if place < len(parts) - 1 else ""
            whole.append((part + open_end, -1 - (8 * len(phrases) + place)))
        phrases.append((group, len(parts)))
    return whole, phrases


def _link(
    children: list[dict[int, int]],
    outputs: list[set[tuple[int, int]]],
    reach: Mapping[int, int],
) -> Automaton:
    used = sorted({byte for edges in children for byte in edges})
    letter = np.zeros(256, dtype=np.int32)
    letter[used] = np.arange(1, len(used) + 1)
    step = np.zeros((len(children), len(used) + 1), dtype=np.int32)
    failure = [0] * len(children)
    is_near = [True] * len(children)
    waiting = deque([0])
    visited = []
    while waiting:
        state = waiting.popleft()
        visited.append(state)
        if state:
            step[state] = step[failure[state]]
            outputs[state] |= outputs[failure[state]]
        for byte, following in children[state].items():
            failure[following] = int(step[state, letter[byte]]) if state else 0
            step[state, letter[byte]] = following
            is_near[following] = is_near[state] and byte < 0x80
            waiting.append(following)
    return _renumber(step, letter, outputs, visited, is_near, reach)


def _renumber(
    step: NDArray[np.int32],
    letter: NDArray[np.int32],
    outputs: list[set[tuple[int, int]]],
    visited: list[int],
    is_near: list[bool],
    reach: Mapping[int, int],
) -> Automaton:
    """Put states in breadth-first order, so that near states stay in cache.

    ASCII states come before the others, and among either those where a cue ends come last; those
    in which one ends that counts anywhere after the rest of them.
    """
    kinds: list[list[int]] = [[], [], [], [], [], []]
    for state in visited:
        lasts = any(group not in reach for group, _ in outputs[state])
        kinds[3 * (not is_near[state]) + bool(outputs[state]) + lasts].append(state)
    brief = [reach[group] + width for state in kinds[1] for group, width in outputs[state]]
    order = np.array([state for kind in kinds for state in kind])
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    ordered = [sorted(outputs[state], reverse=True) for state in order]
    first_out = np.concatenate([[0], np.cumsum([len(found) for found in ordered])])
    flat = [pair for found in ordered for pair in found] or [(0, 0)]
    empty = np.zeros(0, dtype=np.int32)
    small = np.uint16 if len(order) <= 1 << 16 else np.uint32
    followed = number[step[order]].astype(small)
    n_quiet, n_lasting = len(kinds[0]), len(kinds[0]) + len(kinds[1])
    n_near = n_lasting + len(kinds[2])
    bounds = n_quiet, n_near + len(kinds[3]), n_near, n_lasting, max(brief, default=0)
    return Automaton(
        step=followed,
        letter=letter,
        near=_plain_steps(followed[:n_near], letter),
        loud=tuple(map(np.uint64, bounds)),
        first_out=first_out.astype(np.int32),
        out_group=np.array([group for group, _ in flat], dtype=np.int32),
        out_width=np.array([width for _, width in flat], dtype=np.int32),
        phrase_group=empty,
        phrase_parts=empty,
    )


def _plain_steps(
    step: NDArray[np.unsignedinteger], letter: NDArray[np.int32]
) -> NDArray[np.unsignedinteger]:
    """Columns of ``PLAIN`` with room to 64; a blank after a blank stays where it is.

    The last column is that of an opening bracket with the blanks on both of its sides.
    """
    near = np.zeros((len(step), N_PLAIN), dtype=step.dtype)
    near[:, : len(PLAIN)] = step[:, letter[list(PLAIN)]]
    after_blank = np.unique(near[:, 0])
    near[after_blank, 0] = after_blank
    opened = step[near[:, 0], letter[OPENING]]
    near[:, len(PLAIN) - 1] = near[opened, 0]
    return near


def build_automaton(
    cues: Sequence[tuple[str, int]], reach: Mapping[int, int] | None = None
) -> Automaton:
    """Compile ``(cue, group number)`` pairs; the order of the pairs does not change what is
    found.

    Args:
        cues: pairs.
        reach: of groups whose cues count near the start only, how near, in half-words.
    """
    whole, phrases = _split_phrases(cues)
    linked = _link(*_plant(whole), reach or {})
    return dataclasses.replace(
        linked,
        phrase_group=np.array([group for group, _ in phrases], dtype=np.int32),
        phrase_parts=np.array([n_parts for _, n_parts in phrases], dtype=np.int32),
    )
