"""The compiled walk: a prompt's letters lead the automaton from state to state.

Distances are in half-words: a spaced word is two, a Han, kana or Thai character one, so that twelve
words of English and the two dozen characters that say the same in Chinese span the same window.

Two walks give the same: one over any text, which folds as it goes, and one over ASCII, which takes
four strands at a time, since a processor waits for the table at every letter.
"""

import numba as nb
import numpy as np

from stillwatch.stats.folding import FIRST_TAG
from stillwatch.stats.normal_form import N_PLANES, STOP, passes_beyond

UNREAD = -1
"""Count that stands for a prompt that must be brought to NFKC before it is read."""

BLANK_WAY, OPEN_WAY, FAR_WAY = 0, 37, 64
"""Columns of plain bytes: what parts words, what opens a bracket, what is not ASCII."""

ZERO, ONE, TWO, THREE, FOUR = (np.uint64(n) for n in range(5))
SIX, HALF = np.uint64(6), np.uint64(32)


@nb.njit(cache=True, inline="always")
def note(state, place, loud, met, n):  # type: ignore[no-untyped-def]
    """Keep a state and its place if a cue ends there; return how many are kept."""
    met[n] = state | (place << HALF)
    is_far = state >= loud[1]
    is_near = (state >= loud[0]) & (state < loud[2])
    return n + np.uint64(is_far | is_near)


@nb.njit(cache=True, inline="always")
def _plain_run(data, at, end, state, was_blank, place, automaton, met, n):  # type: ignore[no-untyped-def]
    """Walk over ASCII letters and blanks until something else comes."""
    column, near, loud = automaton[4], automaton[2], automaton[3]
    blank = np.uint64(was_blank)
    while at < end:
        way = np.uint64(column[data[at]])
        if way >= OPEN_WAY:
            break
        letter = np.uint64(way != ZERO)
        place += (letter & blank) << ONE
        state = np.uint64(near[(state << SIX) | way])
        met[n] = state | (place << HALF)
        n += np.uint64(state >= loud[0]) & (letter | (blank ^ ONE))
        blank = letter ^ ONE
        at += ONE
    return at, state, blank != ZERO, place, n


@nb.njit(cache=True, inline="always")
def fold_at(data, at, tables):  # type: ignore[no-untyped-def]
    """The folded character at a place, its normal form, and the place after it."""
    fold, _, normal = tables
    code = np.int64(data[at])
    width = ONE
    if code >= 0x80:
        code, width = ((code & 0x1F) << 6) | np.int64(data[at + ONE] & 0x3F), TWO
        if data[at] >= 0xE0:
            code = ((code & 0x3FF) << 6) | np.int64(data[at + TWO] & 0x3F)
            width = THREE
        if data[at] >= 0xF0:
            code = ((code & 0x7FFF) << 6) | np.int64(data[at + THREE] & 0x3F)
            width = FOUR
    if code < N_PLANES:
        return np.int64(fold[code]), np.int64(normal[code]), at + width
    folded = np.int64(0 if code >= FIRST_TAG else 0x0A)
    return folded, np.int64(0 if passes_beyond(code) else STOP), at + width


@nb.njit(cache=True, inline="always")
def feed(code, state, place, automaton, met, n):  # type: ignore[no-untyped-def]
    """Walk over the UTF-8 bytes of a folded character below 0x10000."""
    step, letter, loud = automaton[0], automaton[1], automaton[3]
    more = np.int64(code >= 0x80) + np.int64(code >= 0x800)
    byte = code
    if more == 1:
        byte = 0xC0 | (code >> 6)
    elif more == 2:
        byte = 0xE0 | (code >> 12)
    state = np.uint64(step[state, letter[byte]])
    n = note(state, place, loud, met, n)
    while more > 0:
        more -= 1
        byte = 0x80 | ((code >> (6 * more)) & 0x3F)
        state = np.uint64(step[state, letter[byte]])
        n = note(state, place, loud, met, n)
    return state, n


@nb.njit(cache=True)
def walk_any(data, bounds, is_normal, tables, automaton, met):  # type: ignore[no-untyped-def]
    """Fold a prompt while walking over it.

    Args:
        data: UTF-8 bytes, shape (n_bytes,).
        bounds: first byte and end of the head, then of the tail, which may be empty.
        is_normal: whether the text is known to be in NFKC.
        tables: fold table, table of joined scripts, table of normal forms.
        automaton: its ``step``, ``letter``, flat ``near`` and ``loud``, and the columns of bytes.
        met: filled with each state in which a cue ends, and the place in the upper half, shape
            (n_room,).

    Returns:
        how many of them, ``UNREAD`` where NFKC must come first, and the length in half-words.
    """
    n_near = automaton[3][2]
    n, place, mark = ZERO, ZERO, np.int64(0)
    was_blank, was_joined = True, False
    state, n = feed(0x20, ZERO, place, automaton, met, n)
    for part in range(2):
        at, end = np.uint64(bounds[2 * part]), np.uint64(bounds[2 * part + 1])
        is_seam = part == 1 and at < end
        while at < end:
            if state < n_near and not was_joined and not is_seam:
                begun = at
                at, state, was_blank, place, n = _plain_run(
                    data, at, end, state, was_blank, place, automaton, met, n
                )
                if at > begun:
                    mark = np.int64(0)
                    continue
            folded, quick = np.int64(0x20), np.int64(0)
            if not is_seam:
                folded, quick, at = fold_at(data, at, tables)
            is_seam = False
            if not is_normal and (quick == STOP or 0 < quick < mark):
                return UNREAD, np.int64(place)
            mark = quick
            if folded == 0:
                continue
            is_space, is_open = folded in (0x20, 0x0A), folded == 0x3C
            is_joined = tables[1][folded]
            is_within = was_joined and folded == 0x20
            is_parted = is_space or is_open or is_joined != was_joined
            if is_parted and not is_within and not was_blank:
                state, n = feed(0x20, state, place, automaton, met, n)
                was_blank, was_joined = True, False
            if not is_space:
                place += ONE if is_joined else TWO * np.uint64(was_blank and not is_open)
                state, n = feed(folded, state, place, automaton, met, n)
                was_blank, was_joined = False, is_joined
            if is_open:
                state, n = feed(0x20, state, place, automaton, met, n)
                was_blank = True
    if not was_blank:
        state, n = feed(0x20, state, place, automaton, met, n)
    return np.int64(n), np.int64(place)
