"""Looks: links of a window by the looks at which they hold, which is all that a replay asks.

A moment takes eight bytes and a look two, and a large window has tens of millions of links.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillwatch.detect.links import Links
from stillwatch.detect.room import blocks

I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
I64 = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]

#: stands for every look of a window and all after it.
ALWAYS = 2**15 - 1


@dataclass(frozen=True, slots=True)
class LooksOfLinks:
    """Rows sorted by key, then by the look at which they are known.

    Attributes:
        clock: when the window starts and how far looks are apart, microseconds.
        kind: ``(n_keys,)`` index in ``KINDS`` of each key.
        key: ``(n_keys,)`` the keyed hash that names it.
        offsets: ``(n_keys + 1,)`` where a key's rows start.
        node: ``(n_rows,)`` who has the trait.
        first, last: ``(n_rows,)`` the first look at which that holds, from 1 on, and the last
            one, ``ALWAYS`` where it does not cease.
    """

    clock: tuple[int, int]
    kind: npt.NDArray[np.int8]
    key: U64
    offsets: I64
    node: I32
    first: I16
    last: I16


def by_looks(links: Links, start_us: int, step_us: int) -> LooksOfLinks:
    """The rows that hold at a look at least, of keys that more than one of them has.

    Args:
        links: of a window.
        start_us, step_us: its clock; the look ``n`` is at ``start_us + n * step_us``.
    """
    n = links.node.size
    first, last = np.empty(n, np.int16), np.empty(n, np.int16)
    for block in blocks(n):
        first[block] = ((links.known_us[block] - start_us) // step_us + 1).clip(0, ALWAYS)
        last[block] = ((links.until_us[block] - start_us) // step_us).clip(-1, ALWAYS)
    seen = last >= first
    ends = np.concatenate(([0], np.cumsum(seen)))[links.offsets]
    sizes = np.diff(ends)
    kept = sizes > 1
    seen &= np.repeat(kept, np.diff(links.offsets))
    every = bool(seen.all())
    return LooksOfLinks(
        clock=(start_us, step_us),
        kind=links.kind[kept],
        key=links.key[kept],
        offsets=np.concatenate(([0], np.cumsum(sizes[kept]))).astype(np.int64),
        node=links.node if every else links.node[seen],
        first=first if every else first[seen],
        last=last if every else last[seen],
    )
