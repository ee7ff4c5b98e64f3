"""Index: among a hundred thousand listed names, the few dozen worth comparing.

Postings lie in flat arrays that a file can hold and processes can share. A name that is asked about
adds, for each of its words, the rarity of that word to every listed name in the word's drawers,
once a word; those with most are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numba as nb
import numpy as np
import numpy.typing as npt

#: a drawer with more names than this tells little, and is not opened.
MOST_IN_DRAWER = 20_000
_SHARE = 0.22


@dataclass(slots=True)
class Index:
    """Which listed names are in which drawer.

    Args:
        keys: (n_keys,) sorted.
        starts: (n_keys + 1,) where each drawer's names begin in ``postings``.
        postings: (n_postings,) numbers of listed names.
        n_names: how many names are filed.
    """

    keys: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    postings: npt.NDArray[np.int32]
    n_names: int
    _sums: npt.NDArray[np.float32] | None = None
    _last: npt.NDArray[np.int32] | None = None

    def near(
        self, drawers: Sequence[Sequence[int]], most: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        """Numbers of the names that share most with the one asked about, best first.

        Args:
            drawers: see :func:`stillwatch.screen.drawers.drawers`.
            most: how many at most.

        Returns:
            ``(n,)`` numbers, and ``(n,)`` the share of the words' rarity that each has too.
        """
        if self._sums is None or self._last is None:
            self._sums = np.zeros(self.n_names, dtype=np.float32)
            self._last = np.full(self.n_names, -1, dtype=np.int32)
        flat = np.array([key for word in drawers for key in word], dtype=np.int64)
        ends = np.cumsum([len(word) for word in drawers]).astype(np.int64)
        touched = np.empty(min(self.n_names, 400_000), dtype=np.int64)
        n_touched, total = _gather(
            flat, ends, self.keys, self.starts, self.postings, self.n_names,
            self._sums, self._last, touched, MOST_IN_DRAWER,
        )  # fmt: skip
        found = touched[:n_touched]
        sums = self._sums[found]
        self._sums[found] = 0.0
        self._last[found] = -1
        enough = sums >= _SHARE * total
        found, sums = found[enough], sums[enough]
        if found.size > most:
            top = np.argpartition(-sums, most - 1)[:most]
            found, sums = found[top], sums[top]
        order = np.lexsort((found, -sums))
        return np.asarray(found[order], dtype=np.int64), sums[order] / np.float32(max(total, 1e-9))


def build(names: Iterable[Sequence[Sequence[int]]]) -> Index:
    """File names.

    Args:
        names: for each its drawers; numbers are given in this order.
    """
    parts: list[npt.NDArray[np.int64]] = []
    owners: list[npt.NDArray[np.int32]] = []
    n_names = 0
    for drawers in names:
        keys = np.unique(np.array([k for word in drawers for k in word], dtype=np.int64))
        parts.append(keys)
        owners.append(np.full(keys.size, n_names, dtype=np.int32))
        n_names += 1
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Index(none, np.zeros(1, dtype=np.int64), none.astype(np.int32), 0)
    flat, owner = np.concatenate(parts), np.concatenate(owners)
    order = np.argsort(flat, kind="stable")
    flat, owner = flat[order], owner[order]
    keys, first = np.unique(flat, return_index=True)
    return Index(keys, np.append(first, flat.size).astype(np.int64), owner, n_names)


@nb.njit(cache=True)
def _gather(  # type: ignore[no-untyped-def]
    flat, ends, keys, starts, postings, n_names, sums, last, touched, most_in_drawer
):
    n_touched = 0
    total = 0.0
    begin = 0
    for word in range(ends.size):
        weight = 0.0
        for place in range(begin, ends[word]):
            at = np.searchsorted(keys, flat[place])
            here = at < keys.size and keys[at] == flat[place]
            size = starts[at + 1] - starts[at] if here else 0
            if place == begin:
                # A word counts by its own rarity, whichever of its drawers is opened.
                weight = np.log1p(n_names / (1.0 + size))
                if ends[word] - begin > 1:
                    total += weight
            if size == 0 or size > most_in_drawer:
                continue
            share = weight if place == begin else 0.8 * weight
            for i in range(starts[at], starts[at + 1]):
                name = postings[i]
                if last[name] == word:
                    continue
                if last[name] < 0:
                    if n_touched == touched.size:
                        continue
                    touched[n_touched] = name
                    n_touched += 1
                last[name] = word
                sums[name] += share
        begin = ends[word]
    return n_touched, total
