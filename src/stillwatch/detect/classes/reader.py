"""The compiled reader: a prompt is walked over, cues come out, rules are met."""

import numba as nb
import numpy as np

from stillwatch.detect.classes.plain import FOREIGN, flatten, walk_plain
from stillwatch.detect.classes.walking import ROOM, UNREAD, walk_any

HEAD_CHARACTERS = 2000
TAIL_CHARACTERS = 1000

N_MOST_HITS = 4096
"""Cues kept of one prompt; three thousand characters of ordinary text hold a few hundred."""

N_MOST_SLOTS = 4
"""Slots that a rule may have."""

HALF, LOW_HALF = np.uint64(32), np.uint64(0xFFFFFFFF)


@nb.njit(cache=True, inline="always")
def _keep(group, start, place, n_hits, hits, head):  # type: ignore[no-untyped-def]
    if start < head[group] and n_hits < N_MOST_HITS:
        hits[n_hits, 0] = group
        hits[n_hits, 1] = start
        hits[n_hits, 2] = place
        return n_hits + 1
    return n_hits


@nb.njit(cache=True)
def _emit(met, n_met, outs, hits, head):  # type: ignore[no-untyped-def]
    """Fill ``hits`` with group, start and end of each cue that ends where one does."""
    first_out, out_group, out_width, phrase_group, phrase_parts, seen = outs
    seen[:, 0] = 0
    n_hits = 0
    for one in range(n_met):
        state, place = np.int64(met[one] & LOW_HALF), np.int64(met[one] >> HALF)
        for entry in range(first_out[state], first_out[state + 1]):
            group = out_group[entry]
            start = place - out_width[entry]
            if group >= 0:
                n_hits = _keep(group, start, place, n_hits, hits, head)
                continue
            phrase, part = (-1 - group) >> 3, (-1 - group) & 7
            if part == 0:
                seen[phrase, 0], seen[phrase, 1], seen[phrase, 2] = 1, start, place
            elif seen[phrase, 0] == part and seen[phrase, 2] == start:
                seen[phrase, 0], seen[phrase, 2] = part + 1, place
                if part + 1 == phrase_parts[phrase]:
                    kept = phrase_group[phrase]
                    n_hits = _keep(kept, seen[phrase, 1], place, n_hits, hits, head)
    return n_hits


@nb.njit(cache=True)
def _cancel(hits, n_hits, cancels):  # type: ignore[no-untyped-def]
    """Mark as void (group -1) the hits that a denial or a change of subject takes back.

    Returns:
        the groups of the hits that stand, as bits.
    """
    present = _groups_of(hits, n_hits)
    is_changed = False
    for row in range(cancels.shape[0]):
        canceller, cancelled = cancels[row, 0], cancels[row, 1]
        both = (np.uint64(1) << np.uint64(canceller)) | (np.uint64(1) << np.uint64(cancelled))
        if present & both != both:
            continue
        reach_before, reach_after = cancels[row, 2], cancels[row, 3]
        for one in range(n_hits):
            if hits[one, 0] != canceller:
                continue
            low, high = hits[one, 1] - reach_before, hits[one, 2] + reach_after
            for other in range(n_hits):
                if hits[other, 0] == cancelled and low <= hits[other, 1] < high:
                    hits[other, 0] = -1
                    is_changed = True
    return _groups_of(hits, n_hits) if is_changed else present


@nb.njit(cache=True)
def _groups_of(hits, n_hits):  # type: ignore[no-untyped-def]
    """The groups of the hits that stand, as bits."""
    present = np.uint64(0)
    for one in range(n_hits):
        if hits[one, 0] >= 0:
            present |= np.uint64(1) << np.uint64(hits[one, 0])
    return present


@nb.njit(cache=True)
def _met(hits, n_hits, slots, n_slots, span):  # type: ignore[no-untyped-def]
    """Return True where one hit of every slot lies within ``span`` half-words."""
    first = second = third = fourth = np.int64(-(1 << 30))
    wanted = slots[0] | slots[1] | slots[2] | slots[3]
    for one in range(n_hits):
        if hits[one, 0] < 0:
            continue
        bit = np.uint64(1) << np.uint64(hits[one, 0])
        if not wanted & bit:
            continue
        start = hits[one, 1]
        if slots[0] & bit:
            first = max(first, start)
        if slots[1] & bit:
            second = max(second, start)
        if slots[2] & bit:
            third = max(third, start)
        if slots[3] & bit:
            fourth = max(fourth, start)
        earliest = first
        if n_slots > 1:
            earliest = min(earliest, second)
        if n_slots > 2:
            earliest = min(earliest, third)
        if n_slots > 3:
            earliest = min(earliest, fourth)
        if hits[one, 2] - earliest <= span:
            return True
    return False


@nb.njit(cache=True)
def _judge(hits, n_hits, present, place, rules):  # type: ignore[no-untyped-def]
    gives, slots, n_slots, spans, most = rules
    classes = 0
    for rule in range(gives.shape[0]):
        if slots[rule, 0] & present == 0:
            continue
        lacks = False
        for slot in range(1, N_MOST_SLOTS):
            lacks |= (slots[rule, slot] & present == 0) & (slot < n_slots[rule])
        if lacks or classes & gives[rule] or (most[rule] and place > most[rule]):
            continue
        if _met(hits, n_hits, slots[rule], n_slots[rule], spans[rule]):
            classes |= gives[rule]
    return classes


@nb.njit(cache=True)
def _tell(row, met, n_met, place, hits, outs, head, cancels, rules, out):  # type: ignore[no-untyped-def]
    """Say of a prompt what was met in it."""
    classes, present, half_words = out
    half_words[row] = place
    if n_met == UNREAD:
        half_words[row] = UNREAD
        return
    n_hits = _emit(met, n_met, outs, hits, head)
    present[row] = _cancel(hits, n_hits, cancels)
    classes[row] = _judge(hits, n_hits, present[row], place, rules)


@nb.njit(cache=True)
def _ends(data, low, high, bounds):  # type: ignore[no-untyped-def]
    """Bounds of the head and tail of a text of more than ``HEAD + TAIL`` characters."""
    bounds[0], bounds[1], bounds[2], bounds[3] = low, high, high, high
    if high - low <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return
    n_characters = 0
    for at in range(low, high):
        n_characters += (data[at] & 0xC0) != 0x80
    if n_characters <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return
    at, left = low, HEAD_CHARACTERS
    while left >= 0:
        left -= (data[at] & 0xC0) != 0x80
        at += 1
    bounds[1] = at - 1
    at, left = high, TAIL_CHARACTERS
    while left > 0:
        at -= 1
        left -= (data[at] & 0xC0) != 0x80
    bounds[2] = at


@nb.njit(cache=True)
def _plain_ends(low, high, bounds):  # type: ignore[no-untyped-def]
    """The same of ASCII text."""
    is_long = high - low > HEAD_CHARACTERS + TAIL_CHARACTERS
    bounds[0], bounds[3] = low, high
    bounds[1] = low + HEAD_CHARACTERS if is_long else high
    bounds[2] = high - TAIL_CHARACTERS if is_long else high


@nb.njit(cache=True, nogil=True)
def read_plain(data, offsets, rows, automaton, outs, head, cancels, rules, out):  # type: ignore[no-untyped-def]
    """Read some prompts that are all ASCII; arguments as for :func:`read_any`."""
    hits = np.empty((N_MOST_HITS, 3), dtype=np.int64)
    bounds = np.empty(4, dtype=np.int64)
    most = HEAD_CHARACTERS + TAIL_CHARACTERS
    met = np.empty(3 * most + 4, dtype=np.uint64)
    room = np.empty(most + ROOM, dtype=automaton[2].dtype), np.empty(most + ROOM, np.uint8)
    for row in rows:
        _plain_ends(offsets[row], offsets[row + 1], bounds)
        n_met, place = walk_plain(data, bounds, automaton, met, room)
        _tell(row, met, n_met, place, hits, outs, head, cancels, rules, out)


@nb.njit(cache=True, nogil=True)
def read_any(data, offsets, rows, is_normal, tables, automaton, outs, head, cancels, rules, out):  # type: ignore[no-untyped-def]
    """Read some prompts.

    Args:
        data: UTF-8 bytes, shape (n_bytes,).
        offsets: byte bounds of all prompts, shape (n + 1,).
        rows: which prompts to read, shape (n_rows,).
        is_normal: whether they are known to be in NFKC, and cut to their ends.
        tables: the fold table, the table of joined scripts and the table of normal forms.
        automaton: its ``step``, ``letter``, flat ``near`` and ``loud``, and the columns of bytes.
        outs: its ``first_out``, ``out_group``, ``out_width``, ``phrase_group``,
            ``phrase_parts`` and room for the phrases' progress, shape (n_phrases, 3).
        head: how far from the start each group counts, half-words, shape (n_groups,).
        cancels: canceller, cancelled, reach before, reach after, shape (n, 4).
        rules: class bit, slots, number of slots, span and greatest length of each rule.
        out: filled at the rows that are read: class bits (n,), the set of groups met as bits
            (n,), length in half-words (n,), -1 where NFKC must come first.
    """
    hits = np.empty((N_MOST_HITS, 3), dtype=np.int64)
    bounds, flat_bounds = np.empty(4, dtype=np.int64), np.empty(4, dtype=np.int64)
    longest = 0
    for row in rows:
        longest = max(longest, offsets[row + 1] - offsets[row])
    if not is_normal:
        longest = min(longest, 4 * (HEAD_CHARACTERS + TAIL_CHARACTERS + 1))
    met = np.empty(3 * longest + 4, dtype=np.uint64)
    flat = np.empty(longest + ROOM, dtype=np.uint8)
    room = np.empty(longest + ROOM, dtype=automaton[2].dtype), np.empty(longest + ROOM, np.uint8)
    more = 3 * longest + 2 * ROOM
    trace = np.empty(more, dtype=automaton[2].dtype)
    far_room = np.empty(more, np.uint8), np.empty(more, np.uint32), trace
    place = np.int64(0)
    for row in rows:
        if is_normal:
            bounds[0], bounds[1] = offsets[row], offsets[row + 1]
            bounds[2] = bounds[3] = offsets[row + 1]
        else:
            _ends(data, offsets[row], offsets[row + 1], bounds)
        n_met = flatten(data, bounds, is_normal, tables, flat, flat_bounds)
        if n_met >= 0:
            n_met, place = walk_plain(flat, flat_bounds, automaton, met, room)
        elif n_met == FOREIGN:
            n_met, place = walk_any(data, bounds, is_normal, tables, automaton, met, far_room)
        _tell(row, met, n_met, place, hits, outs, head, cancels, rules, out)
