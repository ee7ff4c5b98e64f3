"""By key: what nodes have of each key waits on a shelf until all who may have it are known.

Wordings are found node by node, and which of them two nodes share is known at the end. All
of them are many times those: they are put aside in ranges of keys and taken back range by range.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from stillwatch.detect.shelf import Shelf
from stillwatch.detect.sights import by_group
from stillwatch.detect.wordings import Wordings

#: ranges of keys, by their highest bits.
RANGE_BITS = 6
#: wordings that are put aside at a time.
AT_A_TIME = 1 << 21
_NAME = "wordings"
_COLUMNS = ("node", "key", "row", "over")


def in_ranges(found: Iterable[Wordings], aside: Shelf, most: int = AT_A_TIME) -> Iterator[Wordings]:
    """All wordings, those of each range of keys together, ranges ascending.

    Args:
        found: wordings in parts.
        aside: where they wait.
        most: wordings that are put aside at a time.
    """
    waiting: list[Wordings] = []
    bounds: list[list[int]] = []
    first = aside.n_parts(f"{_NAME} {_COLUMNS[0]}")

    def put_aside() -> None:
        bounds.append(_put(Wordings.together(waiting), aside))
        waiting.clear()

    for part in found:
        waiting.append(part)
        if sum(one.key.size for one in waiting) >= most:
            put_aside()
    put_aside()
    for nth in range(1 << RANGE_BITS):
        cuts = [(part, ends[nth], ends[nth + 1]) for part, ends in enumerate(bounds, first)]
        yield Wordings.together(
            [
                Wordings(*(aside.part(f"{_NAME} {name}", part, lo, hi) for name in _COLUMNS))
                for part, lo, hi in cuts
                if lo < hi
            ]
        )


def _put(some: Wordings, aside: Shelf) -> list[int]:
    """Put wordings aside in order of their ranges; gives where each range starts."""
    range_of = (some.key >> np.uint64(64 - RANGE_BITS)).astype(np.int32)
    order, ends = by_group(range_of, 1 << RANGE_BITS)
    for name in _COLUMNS:
        aside.put(f"{_NAME} {name}", getattr(some, name)[order])
    told: list[int] = ends.tolist()
    return told
