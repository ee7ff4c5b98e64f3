"""The walk over ASCII, and over what folds to it.

The states are stepped through in four strands, since a processor waits for the table at every
letter. What stands where is then told by masks of sixty-four letters, so that only the few at
which a cue ends are looked at one by one.
"""

import numba as nb
import numpy as np

from stillwatch.detect.classes.folding import BLANK, OPENING
from stillwatch.detect.classes.walking import (
    BLOCK,
    EVERY,
    FOUR,
    HALF,
    ONE,
    SIX,
    THREE,
    TWO,
    UNREAD,
    ZERO,
    fold_at,
    note,
)
from stillwatch.stats.bits import at_least, n_below, n_ones, put_word, word_at
from stillwatch.stats.normal_form import STOP

FOREIGN = -2
"""Size that stands for a text that does not fold to ASCII."""

EIGHT = np.uint64(8)
FAR = np.uint64(0x8080808080808080)
LETTER, BRACKET = np.uint64(1), np.uint64(2)


@nb.njit(cache=True)
def _step(text, state, automaton, trace):  # type: ignore[no-untyped-def]
    """States after each byte of ASCII text, into ``trace``.

    Four strands start at the quarters, three of them not knowing what came before. Then each
    runs on into the next until they agree, which is soon: a state tells of a few words only.
    """
    column, near = automaton[4], automaton[2]
    n = np.uint64(text.size)
    second = n >> TWO
    third, fourth = second << ONE, second * THREE
    a, b, c, d = state, ZERO, ZERO, ZERO
    for i in range(second):
        a = np.uint64(near[(a << SIX) | np.uint64(column[text[i]])])
        b = np.uint64(near[(b << SIX) | np.uint64(column[text[second + i]])])
        c = np.uint64(near[(c << SIX) | np.uint64(column[text[third + i]])])
        d = np.uint64(near[(d << SIX) | np.uint64(column[text[fourth + i]])])
        trace[i], trace[second + i], trace[third + i], trace[fourth + i] = a, b, c, d
    for i in range(fourth + second, n):
        d = np.uint64(near[(d << SIX) | np.uint64(column[text[i]])])
        trace[i] = d
    for strand in range(ONE, FOUR):
        at = strand * second
        true = state if at == ZERO else np.uint64(trace[at - ONE])
        while at < n:
            true = np.uint64(near[(true << SIX) | np.uint64(column[text[at]])])
            if true == trace[at]:
                break
            trace[at] = true
            at += ONE


@nb.njit(cache=True)
def _sort(text, kinds):  # type: ignore[no-untyped-def]
    """Whether each byte of ASCII text is a letter or digit, opens a bracket, or is neither."""
    for i in range(np.uint64(text.size)):
        byte = text[i]
        is_letter = np.uint8((byte | 32) - 97) < 26
        is_digit = np.uint8(byte - 48) < 10
        opens = (byte == 0x3C) | (byte == 0x5B)
        kinds[i] = 2 if opens else (1 if is_letter | is_digit else 0)


@nb.njit(cache=True)
def _one_by_one(begin, end, state, place, blank, automaton, met, n, room):  # type: ignore[no-untyped-def]
    """Note what ends at some bytes, brackets among them."""
    step, letter, near, loud, _ = automaton
    trace, kinds = room
    for i in range(begin, end):
        if kinds[i] == BRACKET:
            if not blank:
                state = np.uint64(near[state << SIX])
                n = note(state, place, loud, met, n)
            state = np.uint64(step[state, letter[OPENING]])
            n = note(state, place, loud, met, n)
            blank = ZERO
        letters = np.uint64(kinds[i] == LETTER)
        place += (letters & blank) << ONE
        state = np.uint64(trace[i])
        met[n] = state | (place << HALF)
        n += np.uint64(state >= loud[0]) & (letters | (blank ^ ONE))
        blank = letters ^ ONE
    return place, blank, n


@nb.njit(cache=True)
def _note_all(size, state, place, blank, automaton, met, n, room):  # type: ignore[no-untyped-def]
    """Note what ends in a text that was stepped through and sorted."""
    trace, kinds = room
    loud = automaton[3]
    for begin in range(ZERO, size, BLOCK):
        n_here = min(size - begin, BLOCK)
        here = EVERY >> (BLOCK - n_here)
        if at_least(kinds, begin, BRACKET) & here:
            if begin:
                state = np.uint64(trace[begin - ONE])
            end = begin + n_here
            place, blank, n = _one_by_one(begin, end, state, place, blank, automaton, met, n, room)
            continue
        letters = at_least(kinds, begin, LETTER) & here
        after = (letters << ONE) | (blank ^ ONE)
        starts = letters & ~after
        bound = loud[0] if place < loud[4] else loud[3]
        ends = at_least(trace, begin, bound) & here & (letters | after)
        while ends:
            i = n_below(ends)
            n_begun = n_ones(starts & (EVERY >> (BLOCK - ONE - i)))
            met[n] = np.uint64(trace[begin + i]) | ((place + (n_begun << ONE)) << HALF)
            n += ONE
            ends &= ends - ONE
        place += n_ones(starts) << ONE
        blank = ((letters >> (n_here - ONE)) & ONE) ^ ONE
    return place, blank, n


@nb.njit(cache=True)
def walk_plain(data, bounds, automaton, met, room):  # type: ignore[no-untyped-def]
    """Walk over a prompt that is all ASCII; as :func:`stillwatch.detect.classes.walking.walk_any`.

    Args:
        data, bounds, automaton, met: as there.
        room: for the state after each letter, and for its kind; ``ROOM`` more of each than
            letters in the head or the tail.
    """
    step, letter, near, loud, _ = automaton
    trace, kinds = room
    n, place, blank = ZERO, ZERO, ONE
    state = np.uint64(step[0, letter[BLANK]])
    for part in range(2):
        text = data[bounds[2 * part] : bounds[2 * part + 1]]
        size = np.uint64(text.size)
        if not size:
            continue
        if part == 1 and not blank:
            state = np.uint64(near[state << SIX])
            n = note(state, place, loud, met, n)
            blank = ONE
        _step(text, state, automaton, trace)
        _sort(text, kinds)
        place, blank, n = _note_all(size, state, place, blank, automaton, met, n, room)
        state = np.uint64(trace[size - ONE])
    if not blank:
        state = np.uint64(near[state << SIX])
        n = note(state, place, loud, met, n)
    return np.int64(n), np.int64(place)


@nb.njit(cache=True, inline="always")
def _flat(data, at, end, is_normal, tables, out, n):  # type: ignore[no-untyped-def]
    """Write ``data[at:end]`` folded behind ``n`` bytes; how many stand there then."""
    mark = np.int64(0)
    while at < end:
        if at + EIGHT <= end:
            word = word_at(data, at)
            if word & FAR == ZERO:
                put_word(out, n, word)
                n += EIGHT
                at += EIGHT
                mark = np.int64(0)
                continue
        if data[at] < 0x80:
            out[n] = data[at]
            n += ONE
            at += ONE
            mark = np.int64(0)
            continue
        folded, quick, at = fold_at(data, at, tables)
        if not is_normal and (quick == STOP or 0 < quick < mark):
            return np.int64(UNREAD)
        mark = quick
        if folded >= 0x80:
            return np.int64(FOREIGN)
        out[n] = folded
        n += np.uint64(folded != 0)
    return np.int64(n)


@nb.njit(cache=True)
def flatten(data, bounds, is_normal, tables, out, flat_bounds):  # type: ignore[no-untyped-def]
    """Write a prompt whose letters all fold to ASCII as ASCII that reads the same.

    Args:
        data, bounds, is_normal, tables: as for ``walk_any``.
        out: room for as many bytes as there are, and ``ROOM`` more.
        flat_bounds: filled like ``bounds``.

    Returns:
        bytes written; ``UNREAD`` where NFKC must come first; ``FOREIGN`` where a letter does
        not fold to ASCII.
    """
    n = _flat(data, np.uint64(bounds[0]), np.uint64(bounds[1]), is_normal, tables, out, ZERO)
    if n < 0:
        return n
    flat_bounds[0], flat_bounds[1] = 0, n
    begin = np.uint64(n)
    n = _flat(data, np.uint64(bounds[2]), np.uint64(bounds[3]), is_normal, tables, out, begin)
    flat_bounds[2], flat_bounds[3] = flat_bounds[1], n
    return n
