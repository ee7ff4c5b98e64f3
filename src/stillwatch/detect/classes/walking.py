"""The compiled walk: a prompt's letters lead the automaton from state to state.

Distances are in half-words: a spaced word is two, a Han, kana or Thai character one, so that twelve
words of English and the two dozen characters that say the same in Chinese span the same window.

Any text is folded first and then walked over by its bytes, in four strands, since a processor waits
for the table at every letter. What is ASCII is not folded (:mod:`stillwatch.detect.classes.plain`);
both walks give the same.
"""

import numba as nb
import numpy as np

from stillwatch.stats.bits import N_BITS, at_least, n_below
from stillwatch.stats.folding import FIRST_TAG
from stillwatch.stats.normal_form import N_PLANES, STOP, passes_beyond

UNREAD = -1
"""Count that stands for a prompt that must be brought to NFKC before it is read."""

BLANK_WAY, OPEN_WAY, FAR_WAY = 0, 37, 64
"""Columns of plain bytes: what parts words, what opens a bracket, what is not ASCII."""

ZERO, ONE, TWO, THREE, FOUR = (np.uint64(n) for n in range(5))
SIX, HALF = np.uint64(6), np.uint64(32)
BLOCK, EVERY = np.uint64(N_BITS), np.uint64(2**64 - 1)

ROOM = N_BITS
"""How much more room than letters there must be."""


@nb.njit(cache=True, inline="always")
def note(state, place, loud, met, n):  # type: ignore[no-untyped-def]
    """Keep a state and its place if a cue ends there; return how many are kept."""
    met[n] = state | (place << HALF)
    is_far = state >= loud[1]
    is_near = (state >= loud[0]) & (state < loud[2])
    return n + np.uint64(is_far | is_near)


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
def _put(code, place, fed, places, n):  # type: ignore[no-untyped-def]
    """Write the UTF-8 bytes of a folded character below 0x10000, each with its place."""
    if code < 0x80:
        fed[n] = code
    elif code < 0x800:
        fed[n], fed[n + ONE] = 0xC0 | (code >> 6), 0x80 | (code & 0x3F)
    else:
        fed[n], fed[n + ONE] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 0x3F)
        fed[n + TWO] = 0x80 | (code & 0x3F)
    places[n] = places[n + ONE] = places[n + TWO] = place
    return n + ONE + np.uint64(code >= 0x80) + np.uint64(code >= 0x800)


@nb.njit(cache=True)
def _fold(data, bounds, is_normal, tables, fed, places):  # type: ignore[no-untyped-def]
    """Write a prompt folded, with the place of each byte in half-words.

    Returns:
        bytes written, ``UNREAD`` where NFKC must come first; and the length in half-words.
    """
    place, mark = ZERO, np.int64(0)
    was_blank, was_joined = True, False
    n = _put(0x20, place, fed, places, ZERO)
    for part in range(2):
        at, end = np.uint64(bounds[2 * part]), np.uint64(bounds[2 * part + 1])
        is_seam = part == 1 and at < end
        while at < end:
            folded, quick = np.int64(0x20), np.int64(0)
            if not is_seam:
                folded, quick, at = fold_at(data, at, tables)
            is_seam = False
            if not is_normal and (quick == STOP or 0 < quick < mark):
                return np.int64(UNREAD), np.int64(place)
            mark = quick
            if folded == 0:
                continue
            is_space, is_open = folded in (0x20, 0x0A), folded == 0x3C
            is_joined = tables[1][folded]
            is_within = was_joined and folded == 0x20
            is_parted = is_space or is_open or is_joined != was_joined
            if is_parted and not is_within and not was_blank:
                n = _put(0x20, place, fed, places, n)
                was_blank, was_joined = True, False
            if not is_space:
                place += ONE if is_joined else TWO * np.uint64(was_blank and not is_open)
                n = _put(folded, place, fed, places, n)
                was_blank, was_joined = False, is_joined
            if is_open:
                n = _put(0x20, place, fed, places, n)
                was_blank = True
    if not was_blank:
        n = _put(0x20, place, fed, places, n)
    return np.int64(n), np.int64(place)


@nb.njit(cache=True)
def _step(fed, n, step, letter, trace):  # type: ignore[no-untyped-def]
    """States after each of the bytes, into ``trace``.

    Four strands start at the quarters, three of them not knowing what came before. Then each
    runs on into the next until they agree, which is soon: a state tells of a few words only.
    """
    second = n >> TWO
    third, fourth = second << ONE, second * THREE
    a, b, c, d = ZERO, ZERO, ZERO, ZERO
    for i in range(second):
        a = np.uint64(step[a, np.uint64(letter[fed[i]])])
        b = np.uint64(step[b, np.uint64(letter[fed[second + i]])])
        c = np.uint64(step[c, np.uint64(letter[fed[third + i]])])
        d = np.uint64(step[d, np.uint64(letter[fed[fourth + i]])])
        trace[i], trace[second + i], trace[third + i], trace[fourth + i] = a, b, c, d
    for i in range(fourth + second, n):
        d = np.uint64(step[d, np.uint64(letter[fed[i]])])
        trace[i] = d
    for strand in range(ONE, FOUR):
        at = strand * second
        true = ZERO if at == ZERO else np.uint64(trace[at - ONE])
        while at < n:
            true = np.uint64(step[true, np.uint64(letter[fed[at]])])
            if true == trace[at]:
                break
            trace[at] = true
            at += ONE


@nb.njit(cache=True)
def walk_any(data, bounds, is_normal, tables, automaton, met, room):  # type: ignore[no-untyped-def]
    """Walk over a prompt of any letters.

    Args:
        data: UTF-8 bytes, shape (n_bytes,).
        bounds: first byte and end of the head, then of the tail, which may be empty.
        is_normal: whether the text is known to be in NFKC.
        tables: fold table, table of joined scripts, table of normal forms.
        automaton: its ``step``, ``letter``, flat ``near`` and ``loud``, and the columns of bytes.
        met: filled with each state in which a cue ends, and the place in the upper half, shape
            (n_room,).
        room: for the folded bytes, the place of each and the state after it, each three times as
            many as there are bytes to read, and twice ``ROOM`` more.

    Returns:
        how many of them, ``UNREAD`` where NFKC must come first, and the length in half-words.
    """
    fed, places, trace = room
    size, place = _fold(data, bounds, is_normal, tables, fed, places)
    if size == UNREAD:
        return size, place
    loud, n, end = automaton[3], ZERO, np.uint64(size)
    _step(fed, end, automaton[0], automaton[1], trace)
    for begin in range(ZERO, end, BLOCK):
        here = EVERY >> (BLOCK - min(end - begin, BLOCK))
        near = at_least(trace, begin, loud[0]) & ~at_least(trace, begin, loud[2])
        ends = (near | at_least(trace, begin, loud[1])) & here
        while ends:
            at = begin + n_below(ends)
            met[n] = np.uint64(trace[at]) | (np.uint64(places[at]) << HALF)
            n += ONE
            ends &= ends - ONE
    return np.int64(n), place
