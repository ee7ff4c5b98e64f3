"""The compiled reader: one pass over a prompt, cues out, rules met.

Distances are in half-words: a spaced word is two, a Han, kana or Thai character one, so that twelve words of English and the two
dozen characters that say the same in Chinese span the same window.
"""

import numba as nb
import numpy as np

N_MOST_HITS = 4096
"""Cues kept of one prompt; three thousand characters of ordinary text hold a few hundred."""


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
def _feed(code, state, place, n_hits, walk, outs, hits, head):  # type: ignore[no-untyped-def]
    step, letter = walk
    first_out = outs[0]
    if code < 0x80:
        state = step[state, letter[code]]
    elif code < 0x800:
        state = step[state, letter[0xC0 | (code >> 6)]]
        state = step[state, letter[0x80 | (code & 0x3F)]]
    else:
        state = step[state, letter[0xE0 | (code >> 12)]]
        state = step[state, letter[0x80 | ((code >> 6) & 0x3F)]]
        state = step[state, letter[0x80 | (code & 0x3F)]]
    if first_out[state] != first_out[state + 1]:
        n_hits = _emit(state, place, n_hits, outs, hits, head)
    return state, n_hits


@nb.njit(cache=True)
def _scan(data, at, end, fold, joined, walk, outs, hits, head):  # type: ignore[no-untyped-def]
    """Fill ``hits`` (group, start, end); return their number and the prompt's length in half-words."""
    state, n_hits = _feed(0x20, 0, 0, 0, walk, outs, hits, head)
    before, pending, place = np.int64(0x20), np.int64(0), 0
    while at < end:
        code, at = _decode(data, at)
        folded = np.int64(0x0A)
        if code < 0x10000:
            folded = np.int64(fold[code])
        elif code >= 0xE0000:
            folded = np.int64(0)
        if folded == 0:
            continue
        if folded == 0x20 or folded == 0x0A:
            pending = np.int64(0x0A) if folded == 0x0A or pending == 0x0A else folded
            continue
        is_joined = joined[folded]
        if before != 0x20:
            was_joined = joined[before]
            glued = pending == 0 or (pending == 0x20 and was_joined)
            if folded == 0x3C or was_joined != is_joined or not glued:
                state, n_hits = _feed(0x20, state, place, n_hits, walk, outs, hits, head)
                before = np.int64(0x20)
        pending = np.int64(0)
        if is_joined:
            place += 1
        elif before == 0x20 and folded != 0x3C:
            place += 2
        state, n_hits = _feed(folded, state, place, n_hits, walk, outs, hits, head)
        before = folded
        if folded == 0x3C:
            state, n_hits = _feed(0x20, state, place, n_hits, walk, outs, hits, head)
            before = np.int64(0x20)
    if before != 0x20:
        state, n_hits = _feed(0x20, state, place, n_hits, walk, outs, hits, head)
    return n_hits, place


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
    latest = np.full(n_slots, -(1 << 30), dtype=np.int64)
    for one in range(n_hits):
        if hits[one, 0] < 0:
            continue
        bit = np.uint64(1) << np.uint64(hits[one, 0])
        earliest = np.int64(1 << 30)
        for slot in range(n_slots):
            if slots[slot] & bit:
                latest[slot] = max(latest[slot], hits[one, 1])
            earliest = min(earliest, latest[slot])
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
        walk: the automaton's ``step`` and ``letter``.
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
    for row in range(n):
        outs[5][:, 0] = 0
        n_hits, place = _scan(
            data, offsets[row], offsets[row + 1], fold, joined, walk, outs, hits, head
        )
        _cancel(hits, n_hits, cancels)
        classes[row], present[row] = _judge(hits, n_hits, place, rules)
        half_words[row] = place
    return classes, present, half_words
