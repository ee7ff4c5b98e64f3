"""The compiled reader: one pass over a prompt, cues out, rules met.

Distances are in half-words: a spaced word is two, a Han, kana or Thai character one, so that twelve
words of English and the two
dozen characters that say the same in Chinese span the same window.
"""

import numba as nb
import numpy as np

N_MOST_HITS = 4096
"""Cues kept of one prompt; three thousand characters of ordinary text hold a few hundred."""

N_MOST_SLOTS = 4
"""Slots that a rule may have."""


@nb.njit(cache=True, inline="always")
def _decode(data, at):  # type: ignore[no-untyped-def]
    first = np.int64(data[at])
    if first < 0x80:
        return first, at + 1
    if first < 0xE0:
        return ((first & 0x1F) << 6) | (data[at + 1] & 0x3F), at + 2
    if first < 0xF0:
        middle = np.int64(data[at + 1] & 0x3F) << 6
        return ((first & 0x0F) << 12) | middle | (data[at + 2] & 0x3F), at + 3
    high = (np.int64(data[at + 1] & 0x3F) << 12) | (np.int64(data[at + 2] & 0x3F) << 6)
    return ((first & 0x07) << 18) | high | (data[at + 3] & 0x3F), at + 4


@nb.njit(cache=True)
def _keep(group, start, place, n_hits, hits, head):  # type: ignore[no-untyped-def]
    if start < head[group] and n_hits < N_MOST_HITS:
        hits[n_hits, 0] = group
        hits[n_hits, 1] = start
        hits[n_hits, 2] = place
        return n_hits + 1
    return n_hits


@nb.njit(cache=True)
def _emit(state, place, n_hits, outs, hits, head):  # type: ignore[no-untyped-def]
    first_out, out_group, out_width, phrase_group, phrase_parts, seen = outs
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


@nb.njit(cache=True, inline="always")
def _put(code, place, text, places, n):  # type: ignore[no-untyped-def]
    places[n] = place
    if code < 0x80:
        text[n] = code
        return n + 1
    places[n + 1] = place
    if code < 0x800:
        text[n] = 0xC0 | (code >> 6)
        text[n + 1] = 0x80 | (code & 0x3F)
        return n + 2
    places[n + 2] = place
    text[n] = 0xE0 | (code >> 12)
    text[n + 1] = 0x80 | ((code >> 6) & 0x3F)
    text[n + 2] = 0x80 | (code & 0x3F)
    return n + 3


@nb.njit(cache=True)
def fold_bytes(data, at, end, fold, joined, text, places):  # type: ignore[no-untyped-def]
    """Write folded UTF-8 to ``text`` and each byte's place to ``places``; return length and place.

    Both need room for three times the bytes read and two more.
    """
    n = _put(0x20, 0, text, places, 0)
    before, pending, place = np.int64(0x20), np.int64(0), np.int64(0)
    while at < end:
        code, at = _decode(data, at)
        folded = np.int64(0x0A)
        if code < 0x10000:
            folded = np.int64(fold[code])
        elif code >= 0xE0000:
            folded = np.int64(0)
        if folded == 0:
            continue
        if folded in (0x20, 0x0A):
            pending = np.int64(0x0A) if folded == 0x0A or pending == 0x0A else folded
            continue
        is_joined = joined[folded]
        if before != 0x20:
            was_joined = joined[before]
            glued = pending == 0 or (pending == 0x20 and was_joined)
            if folded == 0x3C or was_joined != is_joined or not glued:
                n = _put(0x20, place, text, places, n)
                before = np.int64(0x20)
        pending = np.int64(0)
        if is_joined:
            place += 1
        elif before == 0x20 and folded != 0x3C:
            place += 2
        n = _put(folded, place, text, places, n)
        before = folded
        if folded == 0x3C:
            n = _put(0x20, place, text, places, n)
            before = np.int64(0x20)
    if before != 0x20:
        n = _put(0x20, place, text, places, n)
    return n, place


@nb.njit(cache=True)
def _find(text, places, n, step, letter, first_loud, outs, hits, head):  # type: ignore[no-untyped-def]
    """Walk the automaton over folded text; fill ``hits`` (group, start, end), return how many."""
    state, n_hits = np.int64(0), 0
    for at in range(n):
        state = np.int64(step[state, letter[text[at]]])
        if state >= first_loud:
            n_hits = _emit(state, places[at], n_hits, outs, hits, head)
    return n_hits


@nb.njit(cache=True)
def _cancel(hits, n_hits, cancels):  # type: ignore[no-untyped-def]
    """Mark as void (group -1) the hits that a denial or a change of subject takes back."""
    for row in range(cancels.shape[0]):
        canceller, cancelled = cancels[row, 0], cancels[row, 1]
        reach_before, reach_after = cancels[row, 2], cancels[row, 3]
        for one in range(n_hits):
            if hits[one, 0] != canceller:
                continue
            low, high = hits[one, 1] - reach_before, hits[one, 2] + reach_after
            for other in range(n_hits):
                if hits[other, 0] == cancelled and low <= hits[other, 1] < high:
                    hits[other, 0] = -1


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
def _judge(hits, n_hits, place, rules):  # type: ignore[no-untyped-def]
    gives, slots, n_slots, spans, most = rules
    present = np.uint64(0)
    for one in range(n_hits):
        if hits[one, 0] >= 0:
            present |= np.uint64(1) << np.uint64(hits[one, 0])
    classes = 0
    for rule in range(gives.shape[0]):
        if classes & gives[rule] or (most[rule] and place > most[rule]):
            continue
        possible = True
        for slot in range(n_slots[rule]):
            possible = possible and (slots[rule, slot] & present) != 0
        if possible and _met(hits, n_hits, slots[rule], n_slots[rule], spans[rule]):
            classes |= gives[rule]
    return classes, present


@nb.njit(cache=True)
def read_all(data, offsets, tables, walk, outs, head, cancels, rules):  # type: ignore[no-untyped-def]
    """Read every prompt.

    Args:
        data: UTF-8 bytes, shape (n_bytes,).
        offsets: byte bounds of each prompt, shape (n + 1,).
        tables: the fold table and the table of joined scripts.
        walk: the automaton's ``step``, ``letter`` and ``first_loud``.
        outs: the automaton's ``first_out``, ``out_group``, ``out_width``, ``phrase_group``,
            ``phrase_parts`` and room for the phrases' progress, shape (n_phrases, 3).
        head: how far from the start each group counts, half-words, shape (n_groups,).
        cancels: canceller, cancelled, reach before, reach after, shape (n, 4).
        rules: class bit, slots, number of slots, span and greatest length of each rule.

    Returns:
        class bits (n,), the set of groups met as bits (n,), length in half-words (n,).
    """
    fold, joined = tables
    n = offsets.shape[0] - 1
    classes = np.zeros(n, dtype=np.uint16)
    present = np.zeros(n, dtype=np.uint64)
    half_words = np.zeros(n, dtype=np.int32)
    hits = np.empty((N_MOST_HITS, 3), dtype=np.int64)
    step, letter, first_loud = walk
    longest = 0
    for row in range(n):
        longest = max(longest, offsets[row + 1] - offsets[row])
    text = np.empty(3 * longest + 2, dtype=np.uint8)
    places = np.empty(3 * longest + 2, dtype=np.int64)
    for row in range(n):
        outs[5][:, 0] = 0
        length, place = fold_bytes(data, offsets[row], offsets[row + 1], fold, joined, text, places)
        n_hits = _find(text, places, length, step, letter, first_loud, outs, hits, head)
        _cancel(hits, n_hits, cancels)
        classes[row], present[row] = _judge(hits, n_hits, place, rules)
        half_words[row] = place
    return classes, present, half_words
