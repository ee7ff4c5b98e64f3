"""Index: among a hundred thousand listed names, the few dozen worth comparing.

Names hold words, and words stand under keys; each word once, however many names hold it. A name
that is asked about adds, for each of its words, the rarity of that word to every listed name with a
word under one of its keys, once a word; those with most are compared. Words that so many names hold
that together they are not enough are added to the names that others brought, and to no more: most
names are never touched. Arrays are flat, so that a file can hold them and processes can share them.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

#: keys under which more names stand than this tell little, and are not followed.
MOST_UNDER_KEY = 20_000
#: names with less than this share of the rarity of the words asked about are left.
LEAST_SHARE = 0.22
#: more than single precision can be off, as a share of what is needed.
_ROUNDING = 1e-4


@dataclass(slots=True)
class Index:
    """Which listed names hold which words, and which words stand under which keys.

    Args:
        keys: (n_keys,) sorted.
        key_starts: (n_keys + 1,) where each key's words begin in ``key_words``.
        key_words: (n,) numbers of words.
        key_sizes: (n_keys,) how many names hold one of a key's words.
        word_starts: (n_words + 1,) where each word's names begin in ``word_names``.
        word_names: (n_held,) numbers of listed names.
        n_names: how many names are filed.
    """

    keys: npt.NDArray[np.int64]
    key_starts: npt.NDArray[np.int64]
    key_words: npt.NDArray[np.int32]
    key_sizes: npt.NDArray[np.int32]
    word_starts: npt.NDArray[np.int64]
    word_names: npt.NDArray[np.int32]
    n_names: int
    _state: npt.NDArray[np.float32] | None = None
    _reached: npt.NDArray[np.int32] | None = None
    _brought: npt.NDArray[np.uint8] | None = None

    def near(
        self, drawers: Sequence[Sequence[int]], most: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Numbers of the names that share most with the one asked about, best first.

        Args:
            drawers: see :func:`stillwatch.screen.drawers.drawers`.
            most: how many at most; of names that share as much, the first filed.

        Returns:
            ``(n,)`` numbers, and ``(n,)`` the share of the words' rarity that each has too.
        """
        if self._state is None or self._reached is None or self._brought is None:
            self._state = np.tile(np.array([0.0, -1.0], dtype=np.float32), (self.n_names, 1))
            self._reached = np.full(self.word_starts.size - 1, -1, dtype=np.int32)
            self._brought = np.zeros(self.n_names // 8 + 1, dtype=np.uint8)
        flat = np.array([key for word in drawers for key in word], dtype=np.int64)
        ends = np.cumsum([len(word) for word in drawers], dtype=np.int64)
        found, sums, total = _gather(
            flat, ends, self.keys, self.key_starts, self.key_words, self.key_sizes,
            self.word_starts, self.word_names, self._state, self._reached, self._brought,
            MOST_UNDER_KEY, LEAST_SHARE,
        )  # fmt: skip
        if found.size > most:
            mark = np.partition(sums, found.size - most)[found.size - most]
            more = np.flatnonzero(sums > mark)
            as_much = np.flatnonzero(sums == mark)
            as_much = as_much[np.argsort(found[as_much])[: most - more.size]]
            top = np.concatenate([more, as_much])
            found, sums = found[top], sums[top]
        order = np.lexsort((found, -sums))
        return found[order].astype(np.int64), sums[order] / np.float32(max(total, 1e-9))


def build(names: Iterable[Sequence[Sequence[int]]]) -> Index:
    """File names.

    Args:
        names: for each its drawers; numbers are given in this order.
    """
    # A word is told by its first key, and by whether it has others: glued neighbours have not.
    known: dict[tuple[int, bool], int] = {}
    keys, key_of = array("q"), array("i")
    held, held_by = array("i"), array("i")
    n_names = 0
    for drawers in names:
        mine = set()
        for word in drawers:
            sort = (word[0], len(word) > 1)
            number = known.get(sort)
            if number is None:
                number = known[sort] = len(known)
                keys.extend(word)
                key_of.extend([number] * len(word))
            mine.add(number)
        held.extend(sorted(mine))
        held_by.extend([n_names] * len(mine))
        n_names += 1
    words = np.array(held, dtype=np.int64)
    word_names = np.array(held_by, dtype=np.int32)[np.argsort(words, kind="stable")]
    word_starts = np.zeros(len(known) + 1, dtype=np.int64)
    np.cumsum(np.bincount(words, minlength=len(known)), out=word_starts[1:])
    flat = np.array(keys, dtype=np.int64)
    order = np.argsort(flat, kind="stable")
    key_words = np.array(key_of, dtype=np.int32)[order]
    told, first = np.unique(flat[order], return_index=True)
    key_starts = np.append(first, flat.size).astype(np.int64)
    sizes = _sizes(key_starts, key_words, word_starts, word_names, n_names)
    return Index(told, key_starts, key_words, sizes, word_starts, word_names, n_names)


@nb.njit(cache=True)
def _sizes(key_starts, key_words, word_starts, word_names, n_names):  # type: ignore[no-untyped-def]
    sizes = np.zeros(key_starts.size - 1, dtype=np.int32)
    seen = np.full(n_names, -1, dtype=np.int64)
    for key in range(sizes.size):
        for at in range(key_starts[key], key_starts[key + 1]):
            word = key_words[at]
            for place in range(word_starts[word], word_starts[word + 1]):
                name = word_names[place]
                if seen[name] != key:
                    seen[name] = key
                    sizes[key] += 1
    return sizes


@nb.njit(cache=True)
def _gather(  # type: ignore[no-untyped-def]
    flat, ends, keys, key_starts, key_words, key_sizes, word_starts, word_names, state, reached,
    brought, most_under_key, least_share,
):  # fmt: skip
    """Names with enough, and what each has; ``state`` is, of a name, its sum and the last word."""
    words, askeds, shares, weights, costs, total = _reach(
        flat, ends, keys, key_starts, key_words, key_sizes, word_starts, reached, state.shape[0],
        most_under_key,
    )  # fmt: skip
    least = least_share * total
    frequent, together = _frequent(weights, costs, least * (1.0 - _ROUNDING))
    need = least * (1.0 - _ROUNDING) - together
    touched, n_touched = _added(words, askeds, shares, frequent, word_starts, word_names, state)
    if together > 0.0:
        n_touched = _from_start(touched, n_touched, need, state, brought)
        for hit in range(words.size):
            asked = askeds[hit]
            for n in range(word_starts[words[hit]], word_starts[words[hit] + 1]):
                name = word_names[n]
                if brought[name >> 3] >> (name & 7) & 1 and state[name, 1] != asked:
                    state[name, 1] = asked
                    state[name, 0] += shares[hit]
    sums = np.empty(n_touched, dtype=np.float32)
    n_found = 0
    for n in range(n_touched):
        name = touched[n]
        if state[name, 0] >= np.float32(least):
            touched[n_found] = name
            sums[n_found] = state[name, 0]
            n_found += 1
        state[name, 0] = 0.0
        state[name, 1] = -1.0
        brought[name >> 3] = 0
    return touched[:n_found], sums[:n_found], total


@nb.njit(cache=True)
def _added(  # type: ignore[no-untyped-def]
    words, askeds, shares, frequent, word_starts, word_names, state
):
    """Names that hold a word that is not common; what each has is in ``state``."""
    touched = np.empty(1024, dtype=np.int32)
    n_touched = 0
    for hit in range(words.size):
        asked = askeds[hit]
        if frequent[asked]:
            continue
        for n in range(word_starts[words[hit]], word_starts[words[hit] + 1]):
            name = word_names[n]
            if state[name, 1] == asked:
                continue
            if state[name, 1] < 0:
                if n_touched == touched.size:
                    touched = _longer(touched)
                touched[n_touched] = name
                n_touched += 1
            state[name, 1] = asked
            state[name, 0] += shares[hit]
    return touched, n_touched


@nb.njit(cache=True)
def _reach(  # type: ignore[no-untyped-def]
    flat, ends, keys, key_starts, key_words, key_sizes, word_starts, reached, n_names,
    most_under_key,
):  # fmt: skip
    """Listed words under the keys of the words asked about; each once a word, by its best key."""
    words = np.empty(256, dtype=np.int32)
    askeds = np.empty(256, dtype=np.int32)
    shares = np.empty(256, dtype=np.float64)
    weights = np.zeros(ends.size, dtype=np.float64)
    costs = np.zeros(ends.size, dtype=np.int64)
    n_hits = 0
    total = 0.0
    begin = 0
    for asked in range(ends.size):
        weight = 0.0
        for place in range(begin, ends[asked]):
            at = np.searchsorted(keys, flat[place])
            here = at < keys.size and keys[at] == flat[place]
            size = key_sizes[at] if here else 0
            if place == begin:
                # A word counts by its own rarity, whichever of its keys is followed.
                weight = np.log1p(n_names / (1.0 + size))
                if ends[asked] - begin > 1:
                    total += weight
            if size == 0 or size > most_under_key:
                continue
            for k in range(key_starts[at], key_starts[at + 1]):
                word = key_words[k]
                if reached[word] == asked:
                    continue
                reached[word] = asked
                if n_hits == words.size:
                    words, askeds, shares = _longer(words), _longer(askeds), _longer(shares)
                words[n_hits] = word
                askeds[n_hits] = asked
                shares[n_hits] = weight if place == begin else 0.8 * weight
                n_hits += 1
                costs[asked] += word_starts[word + 1] - word_starts[word]
        weights[asked] = weight
        begin = ends[asked]
    for hit in range(n_hits):
        reached[words[hit]] = -1
    return words[:n_hits], askeds[:n_hits], shares[:n_hits], weights, costs, total


@nb.njit(cache=True)
def _frequent(weights, costs, least):  # type: ignore[no-untyped-def]
    """Words that together cannot bring a name to what is needed, those of most names first."""
    frequent = np.zeros(weights.size, dtype=np.bool_)
    together = 0.0
    for asked in np.argsort(-costs):
        if costs[asked] > 0 and together + weights[asked] < least:
            frequent[asked] = True
            together += weights[asked]
    return frequent, together


@nb.njit(cache=True)
def _from_start(touched, n_touched, need, state, brought):  # type: ignore[no-untyped-def]
    """Keep the names that may come to what is needed; their sums are made anew, in order."""
    n_kept = 0
    for n in range(n_touched):
        name = touched[n]
        if state[name, 0] >= need:
            touched[n_kept] = name
            n_kept += 1
            brought[name >> 3] |= np.uint8(1 << (name & 7))
        state[name, 0] = 0.0
        state[name, 1] = -1.0
    return n_kept


@nb.njit(cache=True)
def _longer(values):  # type: ignore[no-untyped-def]
    more = np.empty(2 * values.size, dtype=values.dtype)
    more[: values.size] = values
    return more
